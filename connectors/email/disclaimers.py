"""Notices of confidentiality and other footers that companies and programs add. Pure, linear.

A notice is known by what it speaks of: of itself, of secrecy or of the right recipient, of mistakes, of deleting, of
what is forbidden. A customer who asks to delete something sent by mistake speaks of two of these, never of four.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from connectors.email import footer_phrases as table
from connectors.email.folding import fold
from connectors.email.lines import Line
from connectors.email.phrases import folded, stems

_MOST_LINES = 80
_SHORTEST = 60
_THIS_MAIL = stems(folded(table.THIS_MAIL))
_CONFIDENTIAL = stems(folded(table.CONFIDENTIAL))
_RECIPIENT = stems(folded(table.RECIPIENT))
_OTHERS = tuple(stems(folded(one)) for one in (table.MISTAKE, table.REMOVE, table.PROHIBITED))
_ADDED = stems(folded(table.ADDED))
_HEADINGS = tuple(fold(heading) for heading in table.HEADINGS)
_RULE = re.compile(r"[-_=+#~. ]{3,}")


def is_added(line: str) -> bool:
    """Whether a program or a company added this line."""
    return len(line) < 250 and _ADDED.search(line) is not None


def is_notice(paragraph: str) -> bool:
    """Whether this folded paragraph is a notice of confidentiality."""
    if len(paragraph) < _SHORTEST:
        return False
    confidential, recipient = _CONFIDENTIAL.search(paragraph), _RECIPIENT.search(paragraph)
    others = sum(one.search(paragraph) is not None for one in _OTHERS)
    if _THIS_MAIL.search(paragraph) is None:
        return bool(confidential and recipient and others >= 2)
    if confidential and recipient:
        return True
    return others >= 2 if confidential or recipient else False


def disclaimer_start(lines: Sequence[Line], start: int, end: int) -> int:
    """The line where footers begin that go on to `end`; `end` where there are none.

    What stands below a notice was added with it: nobody writes below their company's lawyers.
    """
    for first, last in _paragraphs(lines, start, end):
        paragraph = " ".join(line.folded for line in lines[first:last])[:4000]
        if is_notice(paragraph):
            return _with_heading(lines, start, first)
    return end


def _paragraphs(lines: Sequence[Line], start: int, end: int) -> Iterator[tuple[int, int]]:
    """The last paragraphs, the first of them first."""
    first = max(start, end - _MOST_LINES)
    while first < end:
        if lines[first].blank or lines[first].quoted:
            first += 1
            continue
        last = first
        while last < end and not lines[last].blank and not lines[last].quoted:
            last += 1
        yield first, last
        first = last


def _with_heading(lines: Sequence[Line], start: int, first: int) -> int:
    """The same line, or an earlier one that is the heading or the rule above it."""
    number = first
    for before in range(first - 1, max(start - 1, first - 5), -1):
        line = lines[before].folded
        if line and not _RULE.fullmatch(line) and not (len(line) < 60 and line.strip("-_=:. ").startswith(_HEADINGS)):
            break
        number = before
    return number
