"""Formatting and length: UTF-16 offsets both ways, nesting that Telegram takes, and cuts that hurt nothing."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from servers.telegram.methods import _check_entities

from bridge.connector import Span, SpanKind, Text
from connectors.telegram.entities import nested, read, units, write
from connectors.telegram.splitting import TEXT_UNITS, beginning, split

B, IT, C, P, L, Q = (
    SpanKind.BOLD,
    SpanKind.ITALIC,
    SpanKind.CODE,
    SpanKind.PRE,
    SpanKind.LINK,
    SpanKind.QUOTE,
)


def span(start: int, end: int, kind: SpanKind, target: str = "") -> Span:
    return Span(start=start, end=end, kind=kind, target=target)


@pytest.mark.parametrize(
    ("text", "entity", "expected"),
    [
        ("tulips", {"type": "bold", "offset": 0, "length": 6}, span(0, 6, B)),
        ("😀 tulips", {"type": "bold", "offset": 3, "length": 6}, span(2, 8, B)),
        ("😀😀x", {"type": "italic", "offset": 4, "length": 1}, span(2, 3, IT)),
        ("👨‍👩‍👧 x", {"type": "code", "offset": 9, "length": 1}, span(6, 7, C)),
        ("é x", {"type": "pre", "offset": 2, "length": 1}, span(2, 3, P)),
        (
            "see",
            {"type": "text_link", "offset": 0, "length": 3, "url": "https://a.example/"},
            span(0, 3, L, "https://a.example/"),
        ),
        ("said", {"type": "expandable_blockquote", "offset": 0, "length": 4}, span(0, 4, Q)),
        # Half an emoji is the whole of it, and what reaches past the end ends there.
        ("😀x", {"type": "bold", "offset": 1, "length": 1}, span(0, 1, B)),
        ("tulips", {"type": "bold", "offset": 3, "length": 300}, span(3, 6, B)),
    ],
)
def test_an_entity_is_a_span(text: str, entity: dict[str, object], expected: Span) -> None:
    assert read(text, [entity]) == Text(text, (expected,))


@pytest.mark.parametrize(
    "entity",
    [
        {"type": "url", "offset": 0, "length": 3},
        {"type": "sparkles", "offset": 0, "length": 3},
        {"type": "bold", "offset": 90, "length": 3},
        {"type": "bold", "offset": -1, "length": 3},
        {"type": "bold", "offset": 0, "length": 0},
        {"type": "bold", "offset": "0", "length": 3},
        {"type": ["bold"], "offset": 0, "length": 3},
        {"offset": 0, "length": 3},
        "bold",
        None,
    ],
)
def test_what_is_no_formatting_leaves_the_words(entity: object) -> None:
    assert read("tulips", [entity]) == Text("tulips")


def test_the_documentations_own_example() -> None:
    """https://core.telegram.org/bots/api#markdownv2-style: bold, in it italic, in that more, as TDLib sends it."""
    words = "bold italic bold italic bold strikethrough italic bold strikethrough spoiler underline italic bold bold"
    entities = [
        {"type": "bold", "offset": 0, "length": 103},
        {"type": "italic", "offset": 5, "length": 93},
        {"type": "strikethrough", "offset": 17, "length": 60},
        {"type": "spoiler", "offset": 43, "length": 34},
        {"type": "underline", "offset": 78, "length": 20},
    ]
    found = read(words, entities)
    assert found.plain == words
    assert nested(found.spans) == [span(0, 103, B), span(5, 98, IT), span(17, 77, SpanKind.STRIKE)]
    assert write(found) == entities[:3]


@pytest.mark.parametrize(
    "kind",
    [
        "mention",
        "hashtag",
        "cashtag",
        "bot_command",
        "url",
        "email",
        "phone_number",
        "underline",
        "spoiler",
        "text_mention",
        "custom_emoji",
        "date_time",
    ],
)
def test_what_only_telegram_marks_keeps_its_words_and_the_rest(kind: str) -> None:
    """Every other type of https://core.telegram.org/bots/api#messageentity"""
    both = [{"type": kind, "offset": 0, "length": 6}, {"type": "bold", "offset": 2, "length": 3}]
    assert read("tulips in red", both) == Text("tulips in red", (span(2, 5, B),))


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([span(0, 9, B), span(2, 4, IT)], [span(0, 9, B), span(2, 4, IT)]),
        # Two that cross: the inner kind is cut.
        ([span(0, 5, B), span(3, 8, IT)], [span(0, 5, B), span(3, 5, IT), span(5, 8, IT)]),
        # A quote is never cut.
        ([span(0, 5, B), span(3, 8, Q)], [span(0, 3, B), span(3, 8, Q), span(3, 5, B)]),
        # Code holds nothing.
        ([span(0, 9, B), span(3, 5, C)], [span(0, 3, B), span(3, 5, C), span(5, 9, B)]),
        ([span(0, 9, C), span(3, 5, B)], [span(0, 9, C)]),
        ([span(0, 9, L, "https://a/"), span(3, 5, C)], [span(0, 9, L, "https://a/")]),
        ([span(0, 4, B), span(4, 8, B), span(2, 6, B)], [span(0, 8, B)]),
        ([span(0, 4, L, ""), span(4, 8, B)], [span(4, 8, B)]),
        ([span(0, 9, Q), span(2, 4, P)], [span(0, 9, Q), span(2, 4, P)]),
    ],
)
def test_formatting_is_nested_as_telegram_wants_it(spans: list[Span], expected: list[Span]) -> None:
    assert nested(spans) == expected


CHARACTERS = st.sampled_from(["a", "b", "é", " ", "\n", ".", "😀", "👍🏽", "\u200d", "中", "́"])


@st.composite
def texts(draw: st.DrawFn, longest: int = 60) -> Text:
    plain = "".join(draw(st.lists(CHARACTERS, min_size=1, max_size=longest)))
    places = st.integers(0, len(plain))
    spans = []
    for start, end, kind in draw(st.lists(st.tuples(places, places, st.sampled_from(SpanKind)), max_size=8)):
        if start < end:
            spans.append(span(start, end, kind, f"https://{kind}.example/" if kind is L else ""))
    return Text(plain, tuple(spans))


@given(texts())
def test_no_send_is_refused_for_its_formatting(text: Text) -> None:
    """The fake refuses what is out of bounds, within a surrogate pair, crossing, or within code."""
    _check_entities(text.plain, write(text))


@given(texts())
def test_formatting_survives_the_way_there_and_back(text: Text) -> None:
    returned = read(text.plain, write(text))
    assert nested(returned.spans) == nested(text.spans)
    assert write(returned) == write(text)


@given(texts(), st.integers(5, 40))
def test_parts_fit_and_nothing_is_lost(text: Text, limit: int) -> None:
    parts = split(text, limit)
    assert all(units(part.plain) <= limit and part for part in parts)
    kept = "".join(part.plain for part in parts)
    assert [c for c in kept if not c.isspace()] == [c for c in text.plain if not c.isspace()] or not text


def test_a_short_text_is_one_part() -> None:
    text = Text("tulips", (span(0, 6, B),))
    assert split(text) == [text]


def test_a_long_text_is_cut_at_a_sensible_place() -> None:
    paragraph = "We have tulips in red, white and yellow. " * 60
    first, second = split(Text(f"{paragraph.strip()}\n\n{paragraph.strip()}"))
    assert first.plain.strip() == second.plain.strip() == paragraph.strip()


def test_a_cut_is_not_within_a_link() -> None:
    words = "a" * (TEXT_UNITS - 10)
    text = Text(f"{words} see the whole list here", (span(len(words) + 1, len(words) + 24, L, "https://a.example/"),))
    first, second = split(text)
    assert first.spans == ()
    assert second.plain.startswith("see the whole list here")
    assert second.spans == (span(0, 23, L, "https://a.example/"),)


def test_what_is_longer_than_a_part_keeps_its_formatting_in_each() -> None:
    parts = split(Text("tulip " * 2000, (span(0, 12000, P),)))
    assert all(part.spans == (span(0, len(part.plain), P),) for part in parts)


def test_thousands_of_links_take_no_time() -> None:
    links = tuple(span(at, at + 9, L, f"https://{at}.example/") for at in range(0, 200_000, 10))
    begun = time.process_time()
    parts = split(Text("a link in " * 20_000, (*links, span(0, 200_000, B))))
    for part in parts:
        assert len(write(part)) <= 100
    assert time.process_time() - begun < 3


def test_an_emoji_of_several_characters_is_not_torn() -> None:
    family = "👨‍👩‍👧"
    parts = split(Text(family * 20), 50)
    assert all(part.plain.replace(family, "") == "" for part in parts)


def test_a_beginning_says_that_there_is_more() -> None:
    assert beginning(Text("x" * 2000), 1024).plain == "x" * 1023 + "…"
    assert beginning(Text("x" * 20), 1024).plain == "x" * 20
