"""A text with spans as plain text with the marks that people use in mails: *bold*, _italic_, `code`, > quotes. Pure."""

from __future__ import annotations

from bridge.connector import Span, SpanKind, Text

# Where a quote begins and ends, until its lines get their "> ". A Text holds no control character of its own.
_QUOTE_ON, _QUOTE_OFF = "\x01", "\x02"
_MARKS = {SpanKind.BOLD: "*", SpanKind.ITALIC: "_", SpanKind.STRIKE: "~", SpanKind.CODE: "`"}


def render(text: Text) -> str:
    """The text as a mail shows it, its lines ended by LF. A span's marks stand inside its outer white space."""
    plain = text.plain
    opening: dict[int, list[str]] = {}
    closing: dict[int, list[str]] = {}
    for span in sorted(text.spans, key=lambda one: (one.start, -one.end)):
        start, end = _trimmed(plain, span)
        before, after = _marks(plain[start:end], span)
        if start < end:
            opening.setdefault(start, []).append(before)
            closing.setdefault(end, []).insert(0, after)
    pieces, last = [], 0
    for position in sorted({*opening, *closing}):
        pieces.append(plain[last:position])
        pieces += closing.get(position, [])
        pieces += opening.get(position, [])
        last = position
    pieces.append(plain[last:])
    marked = "".join(pieces)
    return _quoted(_line_ends(marked))


def _trimmed(plain: str, span: Span) -> tuple[int, int]:
    inner = plain[span.start : span.end]
    start = span.start + len(inner) - len(inner.lstrip())
    return start, max(start, span.start + len(inner.rstrip()))


def _marks(inner: str, span: Span) -> tuple[str, str]:
    if span.kind is SpanKind.QUOTE:
        return _QUOTE_ON, _QUOTE_OFF
    if span.kind is SpanKind.LINK:
        return "", "" if span.target in ("", inner, f"mailto:{inner}") else f" <{span.target}>"
    mark = _MARKS.get(span.kind, "")
    # Marks over a line end read as noise.
    return ("", "") if "\n" in inner else (mark, mark)


def _line_ends(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _quoted(text: str) -> str:
    lines, depth = [], 0
    for line in text.split("\n"):
        within = depth + line.count(_QUOTE_ON)
        depth = max(0, within - line.count(_QUOTE_OFF))
        bare = line.replace(_QUOTE_ON, "").replace(_QUOTE_OFF, "")
        lines.append(">" * within + " " + bare if within else bare)
    return "\n".join(lines)
