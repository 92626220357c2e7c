"""From an entry's answer, Markdown with placeholders, to the text that a customer gets. Pure.

Less than Markdown on purpose, as owners' answers are read everywhere here: a line end is a line end, a list stays as it
was typed, HTML is text. `<!-- comments -->` are the owner's own and never sent. Links lead to the web, to a mail or to
a telephone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bridge.faq.entry import Entry
from bridge.faq.placeholders import filled
from bridge.text import Span, SpanKind, Text

_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
# A star within a word is a star: it waits as a character of nobody's (private use) until Markdown has been read.
_STAR_IN_WORD = re.compile(r"(?<=\w)\*(?=\w)")
_STAR = "\ue000"
_EMPTY_LINES = re.compile(r"\n{3,}")
_LINK = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)
_KINDS = {"strong": SpanKind.BOLD, "em": SpanKind.ITALIC, "s": SpanKind.STRIKE, "link": SpanKind.LINK}
_BLOCKS = {"heading": SpanKind.BOLD, "blockquote": SpanKind.QUOTE}


def render(entry: Entry, values: Mapping[str, str]) -> Text:
    """The answer, and below it the follow-up, with the values of the placeholders (`placeholders.KNOWN`) put in."""
    parts = [part for part in (entry.answer, entry.follow_up) if part.strip()]
    return filled(from_markdown("\n\n".join(parts)), values)


def from_markdown(text: str) -> Text:
    """The words of a Markdown text, and the spans of its formatting."""
    kept = _EMPTY_LINES.sub("\n\n", _COMMENT.sub("", text)).strip()
    writer = _Writer()
    for token in _READER.parse(_STAR_IN_WORD.sub(_STAR, kept)):
        writer.block(token)
    return writer.text()


class _Reader(MarkdownIt):
    """The library's, with our own view of what may be linked to."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return _LINK.fullmatch(url) is not None

    def normalizeLink(self, url: str) -> str:  # noqa: N802 - the library's name
        return url


def _reader() -> MarkdownIt:
    reader = _Reader("zero", {"html": False, "maxNesting": 20})
    block, inline = ["blockquote", "fence", "heading"], ["backticks", "emphasis", "escape", "link", "strikethrough"]
    return reader.enable([*block, *inline, "autolink", "newline", "balance_pairs"])


class _Writer:
    """The text so far, and the spans that are open in it."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0
        self._open: list[tuple[SpanKind, int, str]] = []
        self._spans: list[Span] = []

    def text(self) -> Text:
        return Text("".join(self._pieces), tuple(sorted(self._spans, key=lambda span: (span.start, -span.end))))

    def block(self, token: Token) -> None:
        name, _, side = token.type.rpartition("_")
        if token.type == "inline":
            self._part()
            for inner in token.children or ():
                self._inline(inner)
        elif token.type == "fence":
            self._part()
            self._spanned(token.content.rstrip("\n"), SpanKind.PRE)
        elif name in _BLOCKS and side == "open":
            # A block's span begins with its words, below the empty line.
            self._part()
            self._begin(_BLOCKS[name])
        elif name in _BLOCKS:
            self._end(_BLOCKS[name])

    def _part(self) -> None:
        """An empty line, unless the part that goes on has no words yet."""
        begun = self._open[-1][1] if self._open else 0
        if self._length > begun:
            self._write("\n\n")

    def _inline(self, token: Token) -> None:
        kind, _, side = token.type.rpartition("_")
        if token.type in ("softbreak", "hardbreak"):
            self._write("\n")
        elif token.type == "code_inline":
            self._spanned(token.content, SpanKind.CODE)
        elif kind in _KINDS and side == "open":
            self._begin(_KINDS[kind], str(token.attrs.get("href", "")))
        elif kind in _KINDS:
            self._end(_KINDS[kind])
        else:
            self._write(token.content)

    def _write(self, text: str) -> None:
        self._pieces.append(text.replace(_STAR, "*"))
        self._length += len(text)

    def _spanned(self, text: str, kind: SpanKind) -> None:
        self._begin(kind)
        self._write(text)
        self._end(kind)

    def _begin(self, kind: SpanKind, target: str = "") -> None:
        self._open.append((kind, self._length, target.replace(_STAR, "*")))

    def _end(self, kind: SpanKind) -> None:
        _, start, target = self._open.pop()
        if self._length > start:
            self._spans.append(Span(start=start, end=self._length, kind=kind, target=target))


_READER = _reader()
