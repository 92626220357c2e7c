"""A report as an Excel workbook: the figures on one sheet, every wait on the next."""

from __future__ import annotations

import io

from bridge.reports.figures import Report
from bridge.reports.tables import HEADINGS, WAIT_HEADINGS, cells, name_of, wait_rows

ROWS = 1_048_576
"""What a sheet can hold, its heading included (ECMA-376)."""


def as_xlsx(found: Report) -> bytes:
    """The workbook. Raises ValueError where there are more waits than a sheet can hold."""
    import xlsxwriter  # noqa: PLC0415 - loaded by those who want one

    if sum(map(len, found.total.waits.values())) >= ROWS:
        raise ValueError("there are more waits than a sheet can hold; choose a shorter period, or --csv")
    file = io.BytesIO()
    # Texts stay texts: an owner called "=1+1" is no formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        figures, waits = book.add_worksheet("figures"), book.add_worksheet("waits")
        figures.write_row(0, 0, (found.by or "", *HEADINGS))
        for row, group in enumerate((found.total, *found.groups), start=1):
            name = "all" if group is found.total else name_of(group, found.by)
            figures.write_row(row, 0, (name, *cells(group, found)))
        waits.write_row(0, 0, WAIT_HEADINGS)
        for row, values in enumerate(wait_rows(found), start=1):
            waits.write_row(row, 0, values)
    return file.getvalue()
