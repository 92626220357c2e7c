"""Message styling (XEP-0393) to and from the bridge's plain form. Pure, and linear in the text.

Reading takes the marks out and puts spans in their place; writing puts them back. A text that would be read as styled
without meaning it (`2*3*4`) is sent with the sign that switches styling off (section 6).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from bridge.connector import Span, SpanKind, Text

LONGEST = 100_000
"""Characters above which a text is shown as it was written, marks and all."""

_KINDS = {"*": SpanKind.BOLD, "_": SpanKind.ITALIC, "~": SpanKind.STRIKE, "`": SpanKind.CODE}
_MARKS = {kind: mark for mark, kind in _KINDS.items()}
_FENCE = "```"


@dataclass(slots=True)
class _Plain:
    """The text so far, without marks, and its spans."""

    pieces: list[str] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)

    def mark(self, start: int, kind: SpanKind) -> None:
        if self.length > start:
            self.spans.append(Span(start=start, end=self.length, kind=kind))

    def text(self) -> Text:
        return Text("".join(self.pieces), tuple(sorted(self.spans, key=lambda span: (span.start, -span.end))))


def read(body: str) -> Text:
    """A body as text with spans: preformatted blocks, quotes; in lines *strong*, _emphasis_, ~strike~ and `code`."""
    if len(body) > LONGEST:
        return Text(body)
    plain = _Plain()
    lines = body.split("\n")
    number = 0
    while number < len(lines):
        if number:
            plain.add("\n")
        number += _block(lines, number, plain)
    return plain.text()


def _block(lines: list[str], number: int, plain: _Plain) -> int:
    """Read the block that begins at this line; how many lines it has."""
    line = lines[number]
    if line.startswith(_FENCE):
        return _preformatted(lines, number, plain)
    if line.startswith(">"):
        return _quote(lines, number, plain)
    _inline(line, plain)
    return 1


def _preformatted(lines: list[str], number: int, plain: _Plain) -> int:
    end = next((at for at in range(number + 1, len(lines)) if lines[at].rstrip() == _FENCE), len(lines))
    start = plain.length
    plain.add("\n".join(lines[number + 1 : end]))
    plain.mark(start, SpanKind.PRE)
    return min(end + 1, len(lines)) - number


def _quote(lines: list[str], number: int, plain: _Plain) -> int:
    end = next((at for at in range(number, len(lines)) if not lines[at].startswith(">")), len(lines))
    start = plain.length
    for at in range(number, end):
        if at > number:
            plain.add("\n")
        # A quote within a quote keeps its sign: one level is what a span can say.
        _inline(lines[at][1:].removeprefix(" "), plain)
    plain.mark(start, SpanKind.QUOTE)
    return end - number


def _inline(line: str, plain: _Plain) -> None:
    """One line: marks that open a span before a character and close it after one (section 5.1)."""
    closings = _closings(line)
    ends: list[tuple[int, int, SpanKind]] = []
    last = 0
    for at in sorted({*closings, *closings.values()}):
        plain.add(line[last:at])
        last = at + 1
        if at in closings:
            ends.append((closings[at], plain.length, _KINDS[line[at]]))
        else:
            _, start, kind = ends.pop()
            plain.mark(start, kind)
    plain.add(line[last:])


def _closings(line: str) -> dict[int, int]:
    """Where each opening mark's closing one stands; properly nested, nothing within code."""
    found: dict[int, int] = {}
    limit = [len(line)]
    nexts = {mark: _places(line, mark) for mark in _KINDS}
    at = 0
    while at < len(line):
        while at >= limit[-1] and len(limit) > 1:
            limit.pop()
        mark = line[at]
        if mark in _KINDS and _opens(line, at):
            end = _closing(at, limit[-1], nexts[mark])
            if end:
                found[at] = end
                limit.append(end)
                at = end if mark == "`" else at
        at += 1
    return found


def _places(line: str, mark: str) -> list[int]:
    """For each position the next place of a mark that can close: not after white space. The end where there is none."""
    places = [len(line)] * (len(line) + 1)
    for at in range(len(line) - 1, -1, -1):
        places[at] = at if line[at] == mark and at and not line[at - 1].isspace() else places[at + 1]
    return places


def _opens(line: str, at: int) -> bool:
    before = line[at - 1] if at else " "
    after = line[at + 1 : at + 2]
    return (before.isspace() or (before in _KINDS and before != line[at])) and bool(after) and not after.isspace()


def _closing(at: int, limit: int, places: list[int]) -> int:
    """The place of the closing mark, 0 for none: at least one character between, within the enclosing span."""
    end = places[at + 1]
    return end if at + 1 < end < limit else 0


def write(text: Text) -> tuple[str, bool]:
    """A body, and whether it must be sent with styling switched off because it would be misread."""
    if not text.spans:
        return text.plain, bool(read(text.plain).spans)
    body = "".join(_pieces(text))
    return body, False


def _pieces(text: Text) -> Iterator[str]:
    plain = text.plain
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for span in sorted(text.spans, key=lambda one: (one.start, -one.end)):
        start, end = _trimmed(plain, span)
        before, after = _signs(plain, start, end, span)
        if start < end:
            opening.setdefault(start, []).append(before)
            closing.setdefault(end, []).insert(0, after)
    quoted = _quoted_starts(text)
    last = 0
    for at in sorted({*opening, *closing, *quoted}):
        yield plain[last:at]
        yield from closing.get(at, ())
        yield "> " if at in quoted else ""
        yield from opening.get(at, ())
        last = at
    yield plain[last:]


def _trimmed(plain: str, span: Span) -> tuple[int, int]:
    inner = plain[span.start : span.end]
    start = span.start + len(inner) - len(inner.lstrip())
    return start, max(start, span.start + len(inner.rstrip()))


def _signs(plain: str, start: int, end: int, span: Span) -> tuple[str, str]:
    inner = plain[start:end]
    if span.kind is SpanKind.LINK:
        return "", "" if span.target in ("", inner, f"mailto:{inner}") else f" ( {span.target} )"
    if span.kind is SpanKind.PRE:
        before = "" if start == 0 or plain[start - 1] == "\n" else "\n"
        after = "" if end == len(plain) or plain[end] == "\n" else "\n"
        return f"{before}{_FENCE}\n", f"\n{_FENCE}{after}"
    mark = "" if "\n" in inner else _MARKS.get(span.kind, "")
    return mark, mark


def _quoted_starts(text: Text) -> frozenset[int]:
    """Where the lines of quotes begin."""
    starts = set()
    for span in text.spans:
        if span.kind is not SpanKind.QUOTE:
            continue
        at = text.plain.rfind("\n", 0, span.start) + 1
        while 0 <= at < span.end:
            starts.add(at)
            following = text.plain.find("\n", at, span.end)
            at = following + 1 if following >= 0 else span.end
    return frozenset(starts)
