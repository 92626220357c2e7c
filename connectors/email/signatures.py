"""Where a person's words end and what is put below every mail begins. Pure, linear.

Only what is sure is cut: the delimiter of RFC 3676 section 4.3, what the HTML calls a signature, a phone's line, and
footers of programs and companies (`disclaimers.py`). "Thanks, Anna" stays, and so do her title and her number below it:
nobody can tell them from the last words of a mail, and people do write their number because they want to be called.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from connectors.email import footer_phrases as table
from connectors.email.disclaimers import disclaimer_start, is_added
from connectors.email.lines import Line
from connectors.email.phrases import folded, pattern, stems

_DELIMITER = re.compile(r"--|__|-{2,3} ?-?")
_MOST_FOOTERS = 5
_RULE = re.compile(r"[_-]{20,}")
_MOST_LINES = 25
_MOST_CHARACTERS = 2000
_SENT = stems(folded(table.SENT))
_SENT_FROM_MY = pattern(folded(table.SENT_FROM_MY))
_DEVICE = stems(folded({"": table.DEVICES}))
_GET_OUTLOOK = re.compile(r"(?=.{0,120}outlook)(?=.{0,120}(?:ios|android|aka\.ms))")


def words_end(lines: Sequence[Line], start: int, end: int) -> int:
    """Up to where the lines `start` to `end` are somebody's words; `end` where nothing is to be cut."""
    for _ in range(_MOST_FOOTERS):
        before = end
        while end > start and (lines[end - 1].blank or _is_footer(lines[end - 1])):
            end -= 1
        end = disclaimer_start(lines, start, end)
        end = _delimiter(lines, start, _list_footer(lines, start, end))
        if end == before:
            break
    return end


def _is_footer(line: Line) -> bool:
    return line.signed or is_sent_from(line.folded) or is_added(line.folded)


def is_sent_from(line: str) -> bool:
    """Whether a phone or a mail program says here what it is."""
    words, link, _ = line.strip("-_.,()[]<>\"' ").partition("<http")
    words = words.strip()
    if len(words) > 110 or len(words.split()) > 14 or words.endswith("?"):
        return False
    if _SENT_FROM_MY.match(words) and (len(words.split()) <= 6 or _DEVICE.search(words)):
        return words.startswith("von meinem") is False or _SENT.search(words) is not None
    if _GET_OUTLOOK.match(line) and len(words.split()) <= 8:
        return True
    sent = _SENT.search(words)
    if sent is None or not (link or _DEVICE.search(words)):
        return False
    return sent.start() == 0 or len(words) - sent.end() <= 4


def _list_footer(lines: Sequence[Line], start: int, end: int) -> int:
    """The rule above what a mailing list's program adds: its name, and an address or a link or two."""
    for number in range(end - 2, max(start - 1, end - 7), -1):
        if _RULE.fullmatch(lines[number].folded):
            return number if "mailing list" in lines[number + 1].folded else end
    return end


def _delimiter(lines: Sequence[Line], start: int, end: int) -> int:
    """The last line of two dashes, where not too much follows it."""
    characters = 0
    for number in range(end - 1, max(start - 1, end - 1 - _MOST_LINES), -1):
        line = lines[number]
        characters += line.end - line.start
        if characters > _MOST_CHARACTERS or line.quoted:
            return end
        if _DELIMITER.fullmatch(line.folded):
            return number
    return end
