"""A FAQ as a table, exported from a spreadsheet or another program: read once, to be written as TOML. Pure.

The first line names the columns: `question` and `answer` have to be there, any other setting of an entry may. Several
phrasings, languages or tags stand in one cell, line by line or with "|" between them, or in several columns of the same
name.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence

from bridge.faq.faults import Fault, Weight, did_you_mean
from bridge.faq.fields import NAMES, Written

_LISTS = ("also", "not_this", "languages", "tags", "channels")
_BETWEEN = re.compile(r"[|\n]")
_NAMED_DELIMITER = re.compile(r'"?sep=([,;\t|])"?\n')
"""What some spreadsheets write above the header."""
_JSON = re.compile(r'\s*(\{|\[\s*[\[{"])')


def read_csv(text: str, file: str) -> tuple[Sequence[Written], Sequence[Fault]]:
    """The entries as written, and what is wrong with the table. Line ends in `text` are LF."""
    if _JSON.match(text):
        todo = "save it as a table (CSV), whose first line names the columns: question,answer,also"
        return [], [Fault(file=file, line=1, what="is JSON, which is not read here", todo=todo)]
    named = _NAMED_DELIMITER.match(text)
    rows = csv.reader(io.StringIO(text), delimiter=named[1] if named else _delimiter(text), strict=True)
    try:
        if named:
            next(rows)
        header = [name.strip().casefold().replace(" ", "_") for name in next(rows, [])]
        faults = list(_header_faults(header, file, max(1, rows.line_num)))
        if any(fault.weight is Weight.ERROR for fault in faults):
            return [], faults
        known = [name if name in NAMES else "" for name in header]
        return list(_entries(rows, known, file)), faults
    except csv.Error as error:
        todo = "export it again as CSV, in UTF-8, with quotes around cells of several lines"
        return [], [Fault(file=file, line=rows.line_num, what=f"is not valid CSV here: {error}", todo=todo)]


def _delimiter(text: str) -> str:
    """Spreadsheets write a comma, a semicolon or a tab, as the country has it; the header has most of it."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)


def _header_faults(header: Sequence[str], file: str, line: int) -> Iterator[Fault]:
    for wanted in ("question", "answer"):
        if wanted not in header:
            todo = "the first line names the columns: question,answer,also"
            yield Fault(file=file, line=line, what=f"there is no column {wanted!r}", todo=todo)
    for name in header:
        if not name or name in NAMES:
            continue
        if meant := did_you_mean(name, NAMES, " ").strip():
            yield Fault(file=file, line=line, what=f"there is no setting {name!r}", todo=meant)
        else:
            what = f"there is no setting {name!r}; the column is left out"
            yield Fault(file=file, line=line, what=what, todo=did_you_mean(name, NAMES), weight=Weight.WARNING)


def _entries(rows: Iterator[list[str]], header: Sequence[str], file: str) -> Iterator[Written]:
    begins = rows.line_num + 1  # type: ignore[attr-defined]
    for row in rows:
        values = _values(dict_of_lists(header, row))
        if values:
            yield Written(file=file, line=begins, values=values)
        begins = rows.line_num + 1  # type: ignore[attr-defined]


def dict_of_lists(header: Sequence[str], row: Sequence[str]) -> dict[str, list[str]]:
    """The cells of a row that hold anything, by the name of their column."""
    cells: dict[str, list[str]] = {}
    for name, cell in zip(header, row, strict=False):
        if name and cell.strip():
            cells.setdefault(name, []).append(cell.strip())
    return cells


def _values(cells: Mapping[str, Sequence[str]]) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, found in cells.items():
        if name in _LISTS:
            values[name] = [part.strip() for cell in found for part in _BETWEEN.split(cell) if part.strip()]
        else:
            values[name] = "\n\n".join(found)
    return values
