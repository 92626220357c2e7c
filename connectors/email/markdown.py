"""What an owner typed as Markdown, as HTML: bold, italic, code, links, lists, quotes. Pure.

Less than Markdown on purpose: a customer reads the plain part or this one, so nothing may say something else here. A
line end is a line end, "2*3*4" has no italics in it, a backslash is a backslash, "# 5" is no heading. No tag and no
picture of the writer's gets through, and links lead to the web or to a mail only.
"""

from __future__ import annotations

from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from connectors.email.web_links import is_web_link, linked

MOST_CHARACTERS = 20_000
_MOST_MARKS = 1000
"""A text of more is not looked at for Markdown: its time grows faster than its length."""

_BLOCKS = ("blockquote", "fence", "list")
_INLINE = ("backticks", "emphasis", "link", "newline")


def may_be_markdown(text: str) -> bool:
    """Whether a text is of a size that a person types."""
    return len(text) <= MOST_CHARACTERS and sum(map(text.count, "*_`[")) <= _MOST_MARKS


def from_markdown(text: str) -> str:
    """The text as HTML blocks."""
    return str(_READER.render(text)).strip("\n")


def _emphasis(state: StateInline, silent: bool) -> bool:  # noqa: FBT001 - the library calls it so
    """The library's own rule, but a star within a word is a star, as an underscore is."""
    marker = state.src[state.pos]
    if silent or marker not in "*_":
        return False
    scanned = state.scanDelims(state.pos, False)  # noqa: FBT003 - the library's own signature
    for _ in range(scanned.length):
        state.push("text", "", 0).content = marker
        state.delimiters.append(
            Delimiter(
                marker=ord(marker),
                length=scanned.length,
                token=len(state.tokens) - 1,
                end=-1,
                open=scanned.can_open,
                close=scanned.can_close,
            )
        )
    state.pos += scanned.length
    return True


def _text(_renderer: RendererHTML, tokens: Sequence[Token], index: int, _options: OptionsDict, _env: EnvType) -> str:
    """Text, with web addresses as links where it is not within a link."""
    depth = sum(token.nesting for token in tokens[:index] if token.type in ("link_open", "link_close"))
    token = tokens[index]
    return linked(token.content) if depth == 0 else str(RendererHTML.text(_renderer, tokens, index, _options, _env))


class _Reader(MarkdownIt):
    """The library's, with our own view of what may be linked to."""

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        return is_web_link(url)


def _reader() -> MarkdownIt:
    reader = _Reader("zero", {"html": False, "breaks": True, "xhtmlOut": False, "maxNesting": 20})
    reader.enable([*_BLOCKS, *_INLINE, "balance_pairs"])
    reader.inline.ruler.at("emphasis", _emphasis)
    reader.add_render_rule("text", _text)
    return reader


_READER = _reader()
