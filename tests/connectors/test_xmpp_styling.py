"""Styling to and from the bridge's plain form."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.connector import Span, SpanKind, Text
from connectors.xmpp import styling

B, E, S, C = SpanKind.BOLD, SpanKind.ITALIC, SpanKind.STRIKE, SpanKind.CODE
Q, P, L = SpanKind.QUOTE, SpanKind.PRE, SpanKind.LINK

READ: dict[str, tuple[str, list[tuple[int, int, SpanKind]]]] = {
    "plain": ("plain", []),
    "*strong*": ("strong", [(0, 6, B)]),
    "a *b* c": ("a b c", [(2, 3, B)]),
    "_emphasis_": ("emphasis", [(0, 8, E)]),
    "~strike~": ("strike", [(0, 6, S)]),
    "`*code*`": ("*code*", [(0, 6, C)]),
    "*_both_*": ("both", [(0, 4, B), (0, 4, E)]),
    "*a _b_ c*": ("a b c", [(0, 5, B), (2, 3, E)]),
    # XEP-0393 section 5.1.1: what is no span.
    "not* strong*": ("not* strong*", []),
    "* not strong*": ("* not strong*", []),
    "*not strong *": ("*not strong *", []),
    "**": ("**", []),
    "****": ("****", []),
    "*": ("*", []),
    "2*3*4": ("2*3*4", []),
    "snake_case_name": ("snake_case_name", []),
    "*not\nstrong*": ("*not\nstrong*", []),
    "*strong*plain*": ("strongplain*", [(0, 6, B)]),
    "* plain *strong*": ("* plain strong", [(8, 14, B)]),
    "*this _is *crossed_": ("*this is *crossed", [(6, 17, E)]),
    "https://a.test/x_y_z": ("https://a.test/x_y_z", []),
    "> quoted\n> twice\nmine": ("quoted\ntwice\nmine", [(0, 12, Q)]),
    ">> deep": ("> deep", [(0, 6, Q)]),
    "> *a*": ("a", [(0, 1, Q), (0, 1, B)]),
    "```\n*code*\n```\nafter": ("*code*\nafter", [(0, 6, P)]),
    "```lua\nx\n```": ("x", [(0, 1, P)]),
    "```\nopen": ("open", [(0, 4, P)]),
    "```": ("", []),
    ">": ("", []),
}


def spans(found: Text) -> list[tuple[int, int, SpanKind]]:
    return [(span.start, span.end, span.kind) for span in found.spans]


@pytest.mark.parametrize("body", READ)
def test_reading(body: str) -> None:
    plain, marked = READ[body]
    found = styling.read(body)
    assert found.plain == plain
    assert sorted(spans(found), key=str) == sorted(marked, key=str)


WRITTEN: list[tuple[Text, str]] = [
    (Text("plain"), "plain"),
    (Text("a b c", (Span(start=2, end=3, kind=B),)), "a *b* c"),
    (Text("a b c", (Span(start=1, end=4, kind=B),)), "a *b* c"),
    (Text("both", (Span(start=0, end=4, kind=B), Span(start=0, end=4, kind=E))), "*_both_*"),
    (Text("a\nb", (Span(start=0, end=3, kind=B),)), "a\nb"),
    (Text("a\nb\nc", (Span(start=0, end=3, kind=Q),)), "> a\n> b\nc"),
    (Text("x y", (Span(start=2, end=3, kind=P),)), "x \n```\ny\n```"),
    (Text("here", (Span(start=0, end=4, kind=L, target="https://a.test"),)), "here ( https://a.test )"),
    (Text("https://a.test", (Span(start=0, end=14, kind=L, target="https://a.test"),)), "https://a.test"),
]


@pytest.mark.parametrize(("text", "body"), WRITTEN)
def test_writing(text: Text, body: str) -> None:
    assert styling.write(text) == (body, False)


@pytest.mark.parametrize("plain", ["*strong*", "> not a quote", "```\nx"])
def test_what_would_be_misread_is_sent_unstyled(plain: str) -> None:
    assert styling.write(Text(plain)) == (plain, True)


@given(st.text(alphabet="ab *_~`>\n\\", max_size=60))
def test_no_word_is_lost_in_reading(body: str) -> None:
    def words(text: str) -> str:
        return "".join(letter for letter in text if letter in "ab\\")

    found = styling.read(body)
    fence = body.startswith("```") or "\n```" in body
    # The first line of a preformatted block may name a language; everything else is kept.
    assert fence or words(found.plain) == words(body)


@given(st.text(alphabet="ab *_~`>\n", max_size=60))
def test_what_was_read_is_written_as_it_was(body: str) -> None:
    found = styling.read(body)
    written, _ = styling.write(found)
    assert styling.read(written).plain.split() == found.plain.split() or not found.spans or "`" in body or ">" in body
