"""Formatting: Telegram's entities to the bridge's spans and back. Pure.

https://core.telegram.org/bots/api#messageentity. Offsets and lengths there count UTF-16 code units, in Python
characters: an emoji is two there and one here. Of two entities that have characters in common one lies within the
other; `code` and `pre` hold no other, and lie within nothing but a quote.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from bridge.connector import Span, SpanKind, Text

MOST_ENTITIES = 100
"""Telegram drops what is over: https://core.telegram.org/api/config#entities-length-max"""

_KINDS: Mapping[str, SpanKind] = {
    "bold": SpanKind.BOLD,
    "italic": SpanKind.ITALIC,
    "strikethrough": SpanKind.STRIKE,
    "code": SpanKind.CODE,
    "pre": SpanKind.PRE,
    "text_link": SpanKind.LINK,
    "blockquote": SpanKind.QUOTE,
    "expandable_blockquote": SpanKind.QUOTE,
}
_NAMES: Mapping[SpanKind, str] = {
    SpanKind.BOLD: "bold",
    SpanKind.ITALIC: "italic",
    SpanKind.STRIKE: "strikethrough",
    SpanKind.CODE: "code",
    SpanKind.PRE: "pre",
    SpanKind.LINK: "text_link",
    SpanKind.QUOTE: "blockquote",
}
# Outer kinds first: a later one is cut where it would cross an earlier one.
_RANK = (
    SpanKind.QUOTE,
    SpanKind.PRE,
    SpanKind.LINK,
    SpanKind.CODE,
    SpanKind.BOLD,
    SpanKind.ITALIC,
    SpanKind.STRIKE,
)
_HOLD_NOTHING = (SpanKind.PRE, SpanKind.CODE)


def units(text: str) -> int:
    """How long a text is for Telegram: in UTF-16 code units."""
    return len(text) + sum(character > "\uffff" for character in text)


def offsets(text: str) -> list[int]:
    """For each character, and for the end, how many UTF-16 units stand before it."""
    return list(accumulate((2 if character > "\uffff" else 1 for character in text), initial=0))


def read(text: str, entities: Iterable[object]) -> Text:
    """A message's text with its entities. What cannot be understood of them is left out; the words are all there."""
    before = offsets(text)
    spans = (span for entity in entities if (span := _span(entity, before)))
    return Text(text, tuple(spans))


def _span(entity: object, before: Sequence[int]) -> Span | None:
    if not isinstance(entity, dict):
        return None
    kind = _KINDS.get(str(entity.get("type")))
    offset, length = entity.get("offset"), entity.get("length")
    if kind is None or not isinstance(offset, int) or not isinstance(length, int) or offset < 0 or length <= 0:
        return None
    start = bisect_right(before, offset) - 1
    end = min(bisect_left(before, offset + length), len(before) - 1)
    url = entity.get("url")
    target = url if kind is SpanKind.LINK and isinstance(url, str) else ""
    return Span(start=start, end=end, kind=kind, target=target) if start < end else None


def write(text: Text) -> list[dict[str, object]]:
    """The entities of a text, as Telegram takes them."""
    before = offsets(text.plain)
    first = sorted(text.spans, key=lambda span: span.start)[:MOST_ENTITIES]  # a mail's links may be thousands
    return [_entity(span, before) for span in nested(first)[:MOST_ENTITIES]]


def _entity(span: Span, before: Sequence[int]) -> dict[str, object]:
    offset = before[span.start]
    made: dict[str, object] = {"type": _NAMES[span.kind], "offset": offset, "length": before[span.end] - offset}
    return made | {"url": span.target} if span.kind is SpanKind.LINK else made


def nested(spans: Sequence[Span]) -> list[Span]:
    """The same formatting, in spans none of which crosses another or lies where it may not; in order of place."""
    placed: list[Span] = []
    for kind in _RANK:
        for span in _united([span for span in spans if span.kind is kind]):
            if kind is not SpanKind.LINK or span.target:
                placed += _pieces(span, placed)
    return sorted(placed, key=lambda span: (span.start, -span.end, _RANK.index(span.kind)))


def _united(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans of one kind, those that overlap or touch made one. Of links only those with the same target are."""
    held: Span | None = None
    for span in sorted(spans, key=lambda span: (span.target, span.start)):
        if held is not None and held.target == span.target and span.start <= held.end:
            held = replace(held, end=max(held.end, span.end))
            continue
        if held is not None:
            yield held
        held = span
    if held is not None:
        yield held


def _pieces(span: Span, placed: Sequence[Span]) -> list[Span]:
    met = [one for one in placed if one.start < span.end and span.start < one.end]
    closed = [one for one in met if _excludes(one.kind, span.kind)]
    crossed = [one for one in met if one in closed or _cross(one, span)]
    bounds = {place for one in crossed for place in (one.start, one.end) if span.start < place < span.end}
    pieces = [replace(span, start=start, end=end) for start, end in pairwise(sorted({span.start, *bounds, span.end}))]
    return [piece for piece in pieces if not any(one.start <= piece.start < one.end for one in closed)]


def _excludes(outer: SpanKind, inner: SpanKind) -> bool:
    return outer in _HOLD_NOTHING or (outer is SpanKind.LINK and inner in (SpanKind.LINK, SpanKind.CODE))


def _cross(one: Span, other: Span) -> bool:
    return one.start < other.start < one.end < other.end or other.start < one.start < other.end < one.end
