"""HTML as the bridge's text, with its links, emphasis and quotes as spans. Pure, linear, and without a recursion.

Nothing that a reader would see is dropped: what is not known is its text. Styles that hide are not looked at; what a
mail hides (a preview line) is better shown than a customer's words lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bridge.connector import Span, SpanKind, Text, one_line
from connectors.email.html_bounds import bare_words, is_harmless
from connectors.email.html_marks import Mark, mark_of

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

MOST_SPANS = 2000
_MOST_NODES = 300_000

_SILENT = frozenset(["script", "style", "head", "title", "template", "meta", "link", "-comment"])
_PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "dl", "blockquote", "pre", "hr"])
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "aside",
        "caption",
        "center",
        "dd",
        "details",
        "dir",
        "div",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "header",
        "li",
        "main",
        "nav",
        "option",
        "section",
        "summary",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
    ]
)
_CELLS = frozenset({"td", "th"})
_SPANS = {
    "b": SpanKind.BOLD,
    "strong": SpanKind.BOLD,
    "i": SpanKind.ITALIC,
    "em": SpanKind.ITALIC,
    "s": SpanKind.STRIKE,
    "strike": SpanKind.STRIKE,
    "del": SpanKind.STRIKE,
    "code": SpanKind.CODE,
    "tt": SpanKind.CODE,
    "pre": SpanKind.PRE,
    "blockquote": SpanKind.QUOTE,
}
# The elements that may carry a mark of `html_marks`.
_MARKED = frozenset({"blockquote", "div", "span", "p", "hr", "table", "section"})
_LINKS = re.compile(r"(?:https?|mailto|tel|xmpp|ftp):", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n\f]+")


@dataclass(slots=True)
class _Writer:
    """The text so far. Line ends and blanks wait until something follows them."""

    pieces: list[str] = field(default_factory=list)
    length: int = 0
    breaks: int = 0
    blank: bool = False
    bullet: str = ""
    preformatted: int = 0
    spans: list[Span] = field(default_factory=list)
    quoted: list[tuple[int, int]] = field(default_factory=list)
    signed: list[tuple[int, int]] = field(default_factory=list)
    rest: int | None = None

    def write(self, text: str) -> None:
        if self.length:
            self._put("\n" * self.breaks if self.breaks else " " * self.blank)
        self._put(self.bullet + text)
        self.breaks, self.blank, self.bullet = 0, False, ""

    def _put(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)

    def text(self, text: str) -> None:
        """A text node."""
        if not self.preformatted:
            self.flow(text)
        elif text := text.replace("\r\n", "\n"):
            self.write(text)

    def flow(self, text: str) -> None:
        """Text outside of `pre`: runs of blanks count as one."""
        packed = _BLANKS.sub(" ", text)
        inner = packed.strip(" ")
        self.blank = self.blank or packed.startswith(" ")
        if inner:
            self.write(inner)
            self.blank = packed.endswith(" ")

    def line(self, breaks: int = 1) -> None:
        """At least so many line ends before what follows."""
        self.breaks = max(self.breaks, breaks)

    def span(self, start: int, kind: SpanKind, target: str = "") -> None:
        if self.length > start and len(self.spans) < MOST_SPANS:
            self.spans.append(Span(start=start, end=self.length, kind=kind, target=target))

    def mark(self, start: int, mark: Mark) -> None:
        """An element that began at `start` ends here, and is this."""
        end = self.length
        if mark is Mark.SIGNATURE and end > start:
            self.signed.append((start, end))
        elif mark is Mark.HOLDER and self.quoted and self.quoted[-1][0] >= start:
            # What follows the quote in it may be an answer to it.
            self.quoted.append((start, self.quoted[-1][1]))
        elif end > start and mark is not Mark.REST:
            self.quoted.append((start, end))

    @property
    def next(self) -> int:
        """Where the next text will begin."""
        return self.length + (self.breaks or self.blank if self.length else 0) + len(self.bullet)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadHtml:
    """What a reader would see, and what the structure says of it: stretches [start, end) of the text."""

    text: Text
    quoted: tuple[tuple[int, int], ...] = ()
    signed: tuple[tuple[int, int], ...] = ()


def html_text(source: str) -> Text:
    """What a reader would see. Takes a second a million characters at most."""
    return read_html(source).text


def read_html(source: str) -> ReadHtml:
    """The same, with what the structure says of quotes and signatures."""
    if not is_harmless(source):
        return ReadHtml(text=Text(bare_words(source)))
    # Here, since the daemon itself imports this file and reads no HTML with it: 2 MB.
    from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser  # noqa: PLC0415 - see above

    root = LexborHTMLParser(source, options=LexborDocumentOptions.WO_EVENTS).root
    writer = _Writer()
    if root is not None and not _walk(root, writer):
        return ReadHtml(text=Text(bare_words(source)))
    spans = tuple(sorted(writer.spans, key=lambda span: (span.start, -span.end)))
    rest = [(writer.rest, writer.length)] if writer.rest is not None and writer.rest < writer.length else []
    return ReadHtml(
        text=Text("".join(writer.pieces), spans), quoted=(*writer.quoted, *rest), signed=tuple(writer.signed)
    )


def _walk(root: LexborNode, writer: _Writer) -> bool:
    """Document order, by the nodes' own links: no depth is too deep. False when there are too many nodes."""
    open_: list[_Element] = []
    node: LexborNode | None = root
    for _ in range(_MOST_NODES):
        if node is None:
            return True
        tag = node.tag or ""
        child = None
        if tag == "-text":
            writer.text(node.text_content or "")
        elif tag not in _SILENT:
            child = node.first_child
            open_.append(_enter(node, tag, writer))
        if child is not None:
            node = child
            continue
        if tag not in _SILENT and tag != "-text":
            _leave(open_.pop(), writer)
        following = node.next
        while following is None and open_:
            element = open_.pop()
            _leave(element, writer)
            following = element.node.next
        node = following
    return False


@dataclass(slots=True)
class _Element:
    node: LexborNode
    tag: str
    start: int
    target: str
    mark: Mark | None


def _enter(node: LexborNode, tag: str, writer: _Writer) -> _Element:
    _break(tag, writer)
    if tag == "br":
        writer.breaks += 1
    elif tag == "li":
        writer.bullet = "- "
    elif tag == "img":
        writer.flow(node.attributes.get("alt") or "")
    writer.preformatted += tag == "pre"
    mark = mark_of(tag, node.attributes) if tag in _MARKED else None
    if mark is Mark.REST and writer.rest is None:
        writer.rest = writer.next
    return _Element(node, tag, writer.next, _target(node) if tag == "a" else "", mark)


def _leave(element: _Element, writer: _Writer) -> None:
    kind = _SPANS.get(element.tag)
    if kind is not None:
        writer.span(element.start, kind)
    elif element.target:
        writer.span(element.start, SpanKind.LINK, element.target)
    if element.mark is not None:
        writer.mark(element.start, element.mark)
    writer.preformatted -= element.tag == "pre"
    _break(element.tag, writer)


def _break(tag: str, writer: _Writer) -> None:
    if tag in _PARAGRAPHS:
        writer.line(2)
    elif tag in _BLOCKS:
        writer.line()
    elif tag in _CELLS:
        writer.blank = True


def _target(node: LexborNode) -> str:
    target = one_line(node.attributes.get("href") or "", 2000)
    return target if _LINKS.match(target) else ""
