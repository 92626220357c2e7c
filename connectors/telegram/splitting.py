"""Long texts in parts that Telegram takes. Pure.

A part ends, best first, at an empty line, a line end, a sentence's end or a space, in the second half of what fits;
else between two characters. A formatted stretch is cut only where it alone is longer than a part; both parts keep its
formatting then.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from bridge.connector import Span, Text
from connectors.telegram.entities import offsets, units

TEXT_UNITS = 4096
"""UTF-16 units of a message: https://core.telegram.org/bots/api#sendmessage"""

CAPTION_UNITS = 1024
"""UTF-16 units of a caption: https://core.telegram.org/bots/api#sendphoto"""

_ENDS = ("\n\n", "\n", ". ", "! ", "? ", "。", " ")
_JOINER = "\u200d"


def split(text: Text, limit: int = TEXT_UNITS) -> list[Text]:
    """The same text in parts of at most `limit` units, in order; parts that would show nothing are left out."""
    before, parts, start = offsets(text.plain), [], 0
    while start < len(text.plain):
        end = bisect_right(before, before[start] + limit) - 1
        if end < len(text.plain):
            end = _cut(text, start, max(end, start + 1))
        parts.append(piece(text, start, end))
        start = end
    return [part for part in parts if part]


def beginning(text: Text, limit: int) -> Text:
    """As much of its beginning as fits into so many units, with an ellipsis where something is left out."""
    if units(text.plain) <= limit:
        return text
    first = split(text, limit - 1)[0]
    return Text(first.plain + "…", first.spans)


def piece(text: Text, start: int, end: int) -> Text:
    """The characters from `start` up to, not including, `end`, with what formats them."""
    spans = tuple(
        Span(start=max(span.start, start) - start, end=min(span.end, end) - start, kind=span.kind, target=span.target)
        for span in text.spans
        if span.end > start and span.start < end
    )
    return Text(text.plain[start:end], spans)


def _cut(text: Text, start: int, end: int) -> int:
    """Where a part ends that begins at `start` and may reach up to `end`."""
    half = (start + end) // 2
    formatted = _united(text.spans, half, end + 1)
    if place := _ending(text.plain, half, end, formatted):
        return place
    first = formatted[-1][0] if formatted and formatted[-1][1] > end else start
    if first > start:
        return first
    return _ending(text.plain, half, end, []) or _between(text.plain, start, end)


def _ending(plain: str, half: int, end: int, formatted: Sequence[tuple[int, int]]) -> int:
    """The last place in this stretch behind the best ending there is, and in no formatted stretch; 0 for none."""
    for ending in _ENDS:
        found = plain.rfind(ending, half, end)
        while found >= 0:
            place = found + len(ending)
            nearest = bisect_left(formatted, (place,)) - 1
            if nearest < 0 or formatted[nearest][1] <= place:
                return place
            # Nothing within that stretch will do either.
            found = plain.rfind(ending, half, max(half, formatted[nearest][0]))
    return 0


def _united(spans: Sequence[Span], start: int, end: int) -> list[tuple[int, int]]:
    """The stretches that are formatted and have to do with this one, in order, those that overlap made one."""
    made: list[tuple[int, int]] = []
    for first, last in sorted((span.start, span.end) for span in spans if span.end > start and span.start < end):
        if made and first < made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], last))
        else:
            made.append((first, last))
    return made


def _between(plain: str, start: int, end: int) -> int:
    """Not before a mark that belongs to the character before it, nor within an emoji of several."""
    for place in range(end, max(start, end - 32), -1):
        if not unicodedata.combining(plain[place]) and _JOINER not in plain[place - 1 : place + 1]:
            variation = "\ufe00" <= plain[place] <= "\ufe0f" or "\U0001f3fb" <= plain[place] <= "\U0001f3ff"
            if not variation:
                return place
    return end
