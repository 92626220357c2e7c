"""A text as lines that rules can be asked about: blank, quoted, or words. Pure, linear, bounded.

A line keeps where it stands in the text, so that what is shown of a text is always made of lines of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from connectors.email.folding import fold

# A text is looked at up to here; what follows is left as it is. Long lines are judged by their beginnings.
MOST_CHARACTERS = 256 * 1024
MOST_LINES = 5000
LONGEST = 600

_INVISIBLE = "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad\xa0 \t\r\f\v"
_QUOTE = re.compile(r"[>\uff1e]")
# ">:-(" and ">100" are words, and ">From " is what mailbox files make of a line that begins so.
# The end of an attribution that was wrapped within its address: "<anna@there.example" and ">:" below it.
_ADDRESS_END = re.compile(r">[^<>:]{0,30}:")
_NO_QUOTE = re.compile(r">(?:From |[:;8=]['-]?[()DPp/\\|]|\d)")
TIME = re.compile(r"(?<!\d)[0-2]?\d\s?[:.h]\s?[0-5]\d(?!\d)|(?<!\d)[01]?\d ?[ap]\.?m\b")
ADDRESS = re.compile(r"[^\s<>@\"'()\[\],;:]{1,64}@[^\s<>@\"'()\[\],;:]{1,80}")


@dataclass(frozen=True, slots=True)
class Line:
    """A line from `start` up to `end` in the text, without its line end.

    `folded` is its beginning for comparing; empty for a blank line. `quoted` says that it begins with `>`, or that the
    HTML's structure says so. `signed` says that the HTML calls it a signature.
    """

    start: int
    end: int
    folded: str
    quoted: bool = False
    marked: bool = False
    signed: bool = False

    @property
    def blank(self) -> bool:
        """Nothing that a reader would see."""
        return not self.folded


@dataclass(frozen=True, slots=True)
class Ranges:
    """Stretches of a text, [start, end), in order and apart from each other."""

    pairs: Sequence[tuple[int, int]] = ()

    @staticmethod
    def of(pairs: Sequence[tuple[int, int]]) -> Ranges:
        """The same stretches, those that touch made one."""
        joined: list[tuple[int, int]] = []
        for start, end in sorted(pairs):
            if joined and start <= joined[-1][1]:
                joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
            else:
                joined.append((start, end))
        return Ranges(joined)


def lines(text: str, quoted: Ranges = Ranges(), signed: Ranges = Ranges()) -> list[Line]:
    """The lines of a text's beginning, `MOST_LINES` and `MOST_CHARACTERS` at most, the last of them whole or not there.

    A line counts as quoted or signed where the beginning of its words lies in such a stretch.
    """
    found: list[Line] = []
    position = 0
    is_quoted, is_signed = _Walk(quoted), _Walk(signed)
    while position <= len(text) and len(found) < MOST_LINES:
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if end > MOST_CHARACTERS and found:
            break
        line = _line(text, position, end, found[-1] if found else None)
        first = end - len(text[position:end].lstrip(_INVISIBLE)) if is_quoted or is_signed else position
        structure, signature = is_quoted.holds(first), is_signed.holds(first)
        found.append(
            replace(line, quoted=line.quoted or structure, signed=signature) if structure or signature else line
        )
        position = end + 1
    return _with_bars(found)


def _with_bars(found: list[Line]) -> list[Line]:
    """The same lines; three and more that begin with a bar, and are no table, are a quote."""
    first = 0
    while first < len(found):
        last = first
        while last < len(found) and found[last].folded.startswith("|") and "|" not in found[last].folded.strip("| "):
            last += 1
        if last - first >= 3:
            found[first:last] = [replace(line, quoted=True, marked=True) for line in found[first:last]]
        first = max(last, first + 1)
    return found


class _Walk:
    """Asks of growing positions whether they lie in one of the ranges."""

    def __init__(self, ranges: Ranges) -> None:
        self._pairs = ranges.pairs
        self._at = 0

    def __bool__(self) -> bool:
        return bool(self._pairs)

    def holds(self, position: int) -> bool:
        while self._at < len(self._pairs) and self._pairs[self._at][1] <= position:
            self._at += 1
        return self._at < len(self._pairs) and self._pairs[self._at][0] <= position


def _line(text: str, start: int, end: int, before: Line | None) -> Line:
    beginning = text[start : min(end, start + LONGEST)]
    words = beginning.strip(_INVISIBLE)
    if not words:
        return Line(start, end, "" if end - start <= LONGEST else "…")
    by_mark = _QUOTE.match(words) is not None and _NO_QUOTE.match(words) is None
    if by_mark and before is not None and not before.marked and _ADDRESS_END.fullmatch(words):
        by_mark = before.folded.rfind("<") <= before.folded.rfind(">")
    return Line(start, end, fold(words) or words, quoted=by_mark, marked=by_mark)


def next_words(lines_: Sequence[Line], number: int, most: int = 3) -> int:
    """The next line from `number` on that is not blank, looking `most` lines far; the number of lines for none."""
    for one in range(number, min(number + most, len(lines_))):
        if not lines_[one].blank:
            return one
    return len(lines_)
