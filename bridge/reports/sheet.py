"""A report as an Excel workbook: the figures on one sheet, every wait and every verdict on the next."""

from __future__ import annotations

import io

from bridge.language import SOURCE, language
from bridge.reports.export import FIGURES, LINE, figures, lines
from bridge.reports.figures import Report
from bridge.reports.wording import name_of

ROWS = 1_048_576
"""What a sheet can hold, its heading included (ECMA-376)."""


def as_xlsx(found: Report) -> bytes:
    """The workbook. Raises ValueError where there are more lines than a sheet can hold."""
    import xlsxwriter  # noqa: PLC0415 - loaded by those who want one

    if sum(1 for _ in lines(found)) >= ROWS:
        raise ValueError("there are more waits than a sheet can hold; choose a shorter period, or --csv")
    file = io.BytesIO()
    # Texts stay texts: an owner called "=1+1" is no formula.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(file, options) as book:
        sums, single = book.add_worksheet("figures"), book.add_worksheet("lines")
        sums.write_row(0, 0, (found.by or "", *FIGURES))
        for row, group in enumerate((found.total, *found.groups), start=1):
            name = name_of(group, None if group is found.total else found.by, language(SOURCE))
            sums.write_row(row, 0, (name, *figures(group)))
        single.write_row(0, 0, LINE)
        for row, values in enumerate(lines(found), start=1):
            single.write_row(row, 0, values)
    return file.getvalue()
