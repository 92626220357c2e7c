"""A text as the bridge holds it: a string, and how stretches of it are to be shown."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bridge.valid import clean, one_line


class SpanKind(StrEnum):
    """How a stretch of text is to be shown."""

    BOLD = "bold"
    ITALIC = "italic"
    STRIKE = "strike"
    CODE = "code"
    PRE = "pre"
    LINK = "link"
    QUOTE = "quote"


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Characters `start` up to, not including, `end` of a text are of this kind; `target` is a link's URL."""

    start: int
    end: int
    kind: SpanKind
    target: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span from {self.start} to {self.end} covers nothing")
        object.__setattr__(self, "target", one_line(self.target, 2000))


@dataclass(frozen=True, slots=True)
class Text:
    """The bridge's plain form: a string, and the spans in it. Each connector renders it in its network's notation."""

    plain: str = ""
    spans: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "plain", clean(self.plain))
        if any(span.end > len(self.plain) for span in self.spans):
            raise ValueError("a span reaches past the end of its text")

    def __bool__(self) -> bool:
        return bool(self.plain.strip())

    def behind(self, head: str) -> Text:
        """`head` and then this, its spans moved along."""
        shift = len(head)
        spans = (
            Span(start=span.start + shift, end=span.end + shift, kind=span.kind, target=span.target)
            for span in self.spans
        )
        return Text(head + self.plain, tuple(spans))
