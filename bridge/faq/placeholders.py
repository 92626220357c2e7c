"""What may stand in braces in an answer, and putting the values in. Pure.

`{name}` is a value, `{name|there}` says what stands there while the value is not known. Without such a word an unknown
value leaves nothing behind, not even the blank before it: "Hello {name}," becomes "Hello,". `{{` and `}}` are braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from bridge.text import Span, Text
from bridge.valid import one_line

KNOWN: Mapping[str, str] = {
    "name": "the customer's name",
    "business": "the shop's name, from [business] of the configuration",
    "opening_hours": "the opening hours, in words",
    "next_opening": "when somebody is there again",
    "number": "the number of the conversation",
}
"""Every placeholder there is, and what stands in its place."""

NEEDED = frozenset(["opening_hours", "next_opening"])
"""Without a value the sentence around it says nothing, or something wrong. A name may be left out of a greeting."""

LONGEST_VALUE = 500
_MARK = re.compile(r"(?P<brace>\{\{|\}\})|\{(?P<name>[^{}|\n]*)(?:\|(?P<otherwise>[^{}\n]*))?\}")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Piece:
    """Characters `start` to `end` are to be replaced by `by`."""

    start: int
    end: int
    by: str


def unknown(text: str) -> Iterator[str]:
    """The names in braces that are no placeholder, in order, each once."""
    names = (found["name"].strip() for found in _MARK.finditer(text) if found["brace"] is None)
    yield from dict.fromkeys(name for name in names if name not in KNOWN)


def holes(text: str, values: Mapping[str, str]) -> Iterator[str]:
    """The placeholders that an answer needs, that have no value, and no word of their own to stand there; each once."""
    marks = (
        found for found in _MARK.finditer(text) if found["brace"] is None and not (found["otherwise"] or "").strip()
    )
    names = (found["name"].strip() for found in marks)
    yield from dict.fromkeys(name for name in names if name in NEEDED and not values.get(name, "").strip())


def filled(text: Text, values: Mapping[str, str]) -> Text:
    """The text with the values in it; its spans keep to their words. A value is plain text, whatever it looks like."""
    plain, spans, done, shifts = "", list[Span](), 0, [(0, 0)]
    for piece in _pieces(text.plain, values):
        plain += text.plain[done : piece.start] + piece.by
        shifts.append((piece.end, len(plain) - piece.end))
        done = piece.end
    plain += text.plain[done:]
    for span in text.spans:
        start, end = _moved(span.start, shifts), _moved(span.end, shifts)
        if start < end <= len(plain):
            spans.append(replace(span, start=start, end=end))
    return Text(plain, tuple(spans))


def _pieces(text: str, values: Mapping[str, str]) -> Iterator[_Piece]:
    for found in _MARK.finditer(text):
        start, end = found.span()
        if found["brace"]:
            yield _Piece(start=start, end=end, by=found["brace"][0])
            continue
        value = _fitting(values.get(found["name"].strip(), "")) or (found["otherwise"] or "").strip()
        if not value and text[start - 1 : start] == " " and text[end : end + 1] in ("", "\n", *",.!?;: "):
            start -= 1
        yield _Piece(start=start, end=end, by=value)


def _fitting(value: str) -> str:
    """The opening hours may have several lines; nothing has more than a message does."""
    lines = (one_line(line) for line in value.strip()[:LONGEST_VALUE].splitlines())
    return "\n".join(lines)


def _moved(offset: int, shifts: list[tuple[int, int]]) -> int:
    """Where an offset has gone, after the last replacement that ended before it."""
    shift = 0
    for after, by in shifts:
        if after > offset:
            break
        shift = by
    return offset + shift
