"""The HTML part of a mail of ours. Pure.

Only our own tags are ever in it: whatever anybody wrote is escaped. Formatting comes from the text's spans, or, where
it has none, from what was typed as Markdown (`markdown.py`). Layout is by `<br>` and blanks that do not break, since
Outlook knows no `white-space`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from bridge.connector import Span, SpanKind, Text
from connectors.email.markdown import from_markdown, may_be_markdown
from connectors.email.markup import render
from connectors.email.web_links import is_web_link, linked

_BLANKS = re.compile(r"(?<=\n) +| {2,}")
_TAGS = {
    SpanKind.QUOTE: "blockquote",
    SpanKind.LINK: "a",
    SpanKind.PRE: "code",
    SpanKind.BOLD: "b",
    SpanKind.ITALIC: "i",
    SpanKind.STRIKE: "s",
    SpanKind.CODE: "code",
}
# From the outermost in.
_ORDER = tuple(_TAGS)


def page(blocks: Sequence[str]) -> str:
    """A whole document of blocks that are HTML already."""
    body = "\n".join(f'<div dir="auto">{block}</div>' for block in blocks if block)
    return f'<!DOCTYPE html>\n<html><head><meta charset="utf-8"></head><body>\n{body}\n</body></html>\n'


def formatted(text: Text) -> str:
    """A person's words with their formatting."""
    spans = [one for one in text.spans if _formats(one, text.plain)]
    if spans:
        return _spanned(text.plain, spans)
    if may_be_markdown(text.plain):
        return from_markdown(text.plain)
    return as_typed(render(text))


def as_typed(text: str) -> str:
    """The same characters, line by line, with web addresses as links and nothing else."""
    return _laid_out(linked(text), begins=True)


def quote(attribution: str, text: str) -> str:
    """A quote with the line above it, in the marks by which mail programs fold it away."""
    return (
        f'<div class="gmail_quote"><div class="gmail_attr">{escape(attribution)}</div>\n'
        f'<blockquote type="cite" class="gmail_quote">{as_typed(text)}</blockquote></div>'
    )


def signature(text: str) -> str:
    """The signature below its line."""
    return f'<div class="moz-signature">-- <br>\n{as_typed(text)}</div>'


def _formats(span: Span, plain: str) -> bool:
    """Whether a span shows anything: chats mark each web address as a link to itself."""
    return span.kind is not SpanKind.LINK or span.target.rstrip("/") != plain[span.start : span.end].rstrip("/")


def _laid_out(escaped: str, *, begins: bool) -> str:
    """`begins` says that a line begins with it."""
    after = "\n" if begins else ""
    kept = _BLANKS.sub(lambda found: "&#160;" * len(found[0]), after + escaped)
    return kept[len(after) :].replace("\n", "<br>\n")


def _spanned(plain: str, spans: Sequence[Span]) -> str:
    """The text with its spans as tags. Spans that overlap are closed and opened again, so that tags always nest."""
    edges = sorted({0, len(plain), *(one.start for one in spans), *(one.end for one in spans)})
    starting: dict[int, list[Span]] = {}
    for one in spans:
        starting.setdefault(one.start, []).append(one)
    pieces: list[str] = []
    open_tags: list[str] = []
    active: list[Span] = []
    for start, end in pairwise(edges):
        active = [one for one in active if one.end > start] + starting.get(start, [])
        wanted = _opening(active)
        pieces += _changed(open_tags, wanted)
        within_link = any(tag.startswith("<a ") for tag in wanted)
        words = plain[start:end].replace("\r\n", "\n").replace("\r", "\n")
        begins = start == 0 or plain[start - 1] in "\r\n"
        pieces.append(_laid_out(escape(words) if within_link else linked(words), begins=begins))
        open_tags = wanted
    return "".join([*pieces, *_changed(open_tags, [])])


def _opening(active: Sequence[Span]) -> list[str]:
    """The tags of these spans, the outermost first, each once."""
    tags: dict[str, str] = {}
    for one in sorted(active, key=lambda span: _ORDER.index(span.kind)):
        if one.kind is not SpanKind.LINK:
            tags.setdefault(_TAGS[one.kind], f"<{_TAGS[one.kind]}>")
        elif is_web_link(one.target):
            tags.setdefault("a", f'<a href="{escape(one.target)}">')
    return list(tags.values())


def _changed(open_tags: Sequence[str], wanted: Sequence[str]) -> list[str]:
    """What closes and opens between two stretches."""
    same = 0
    while same < min(len(open_tags), len(wanted)) and open_tags[same] == wanted[same]:
        same += 1
    closing = [f"</{tag[1:-1].split(' ')[0]}>" for tag in reversed(open_tags[same:])]
    return [*closing, *wanted[same:]]
