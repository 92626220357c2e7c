"""To whom an owner's line goes, and what an owner sees of a customer's message (`bridge/owners/relay.py`)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.book import Line
from bridge.conversation import Conversation, Customer, State
from bridge.language import language
from bridge.messages import Attachment, Automatic, AutomaticKind, Message
from bridge.owners.relay import (
    SHOWN_LIMIT,
    Shown,
    Standing,
    Target,
    ToCommand,
    ToCustomer,
    ToNote,
    Unclear,
    cut,
    excerpt,
    headed,
    relayed,
    resolve,
    shortened,
)
from bridge.text import Span, SpanKind, Text

NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)
ENGLISH = language("en")


def to(number: int, text: str) -> ToCustomer:
    return ToCustomer(number=number, text=Text(text))


def unclear(text: str, *numbers: int) -> Unclear:
    return Unclear(candidates=numbers, text=Text(text))


def command(words: str, number: int = 0, *, sure: bool = False) -> ToCommand:
    return ToCommand(words=words, number=number, sure=sure)


PLAIN = Standing()
QUOTES_7 = Standing(quoted=(7,))
QUOTES_LOST = Standing(quoted=())
ROOM_7 = Standing(room=7)
ROOM_LOST = Standing(room=None)

RESOLVED: list[tuple[str, Standing, Target]] = [
    # a handle
    ("#42 Yes.", PLAIN, to(42, "Yes.")),
    ("#42: Yes.", PLAIN, to(42, "Yes.")),
    ("#42 : Yes.", PLAIN, to(42, "Yes.")),
    ("  \n#42\n\nYes.  ", PLAIN, to(42, "Yes.")),
    ("#42", PLAIN, to(42, "")),
    ("#42 #43 Yes.", PLAIN, to(42, "#43 Yes.")),
    ("#007 Yes.", PLAIN, to(7, "Yes.")),
    ("#42.", PLAIN, to(42, ".")),
    ("#42,5 metres", PLAIN, to(42, ",5 metres")),
    # what looks like a handle and is none
    ("#0 Yes.", PLAIN, command("#0 Yes.")),
    ("#42nd street", PLAIN, command("#42nd street")),
    ("#42-a", PLAIN, command("#42-a")),
    ("#42_a", PLAIN, command("#42_a")),
    ("# 42 Yes.", PLAIN, command("# 42 Yes.")),
    ("Yes, #42", PLAIN, command("Yes, #42")),
    ("#1234567890123456 Yes.", PLAIN, command("#1234567890123456 Yes.")),
    ("#\u0664\u0662 Yes.", PLAIN, command("#\u0664\u0662 Yes.")),  # ARABIC-INDIC DIGITS 42
    ("#\uff14\uff12 Yes.", PLAIN, command("#\uff14\uff12 Yes.")),  # FULLWIDTH DIGITS 42
    ("#\u00b2 Yes.", PLAIN, command("#\u00b2 Yes.")),  # SUPERSCRIPT TWO
    ("\uff0342 Yes.", PLAIN, command("\uff0342 Yes.")),  # FULLWIDTH NUMBER SIGN
    # a quote
    ("Yes.", QUOTES_7, to(7, "Yes.")),
    ("help", QUOTES_7, to(7, "help")),
    ("undo", QUOTES_7, to(7, "undo")),
    ("#7 Yes.", QUOTES_7, to(7, "Yes.")),
    ("", QUOTES_7, to(7, "")),
    ("Yes.", Standing(quoted=(7, 7)), to(7, "Yes.")),
    # a room
    ("Yes.", ROOM_7, to(7, "Yes.")),
    ("list", ROOM_7, to(7, "list")),
    ("#7 Yes.", ROOM_7, to(7, "Yes.")),
    ("Yes.", Standing(quoted=(7,), room=7), to(7, "Yes.")),
    # two that differ: nothing is guessed
    ("#8 Yes.", QUOTES_7, unclear("Yes.", 7, 8)),
    ("#8 Yes.", ROOM_7, unclear("Yes.", 7, 8)),
    ("Yes.", Standing(quoted=(7,), room=8), unclear("Yes.", 7, 8)),
    ("Yes.", Standing(quoted=(9, 7)), unclear("Yes.", 7, 9)),
    ("#6 Yes.", Standing(quoted=(7,), room=8), unclear("Yes.", 6, 7, 8)),
    ("#8 !close", QUOTES_7, unclear("!close", 7, 8)),
    ("#8 // rude man", QUOTES_7, unclear("// rude man", 7, 8)),
    # what it answers, or where it stands, is not known here
    ("Yes.", QUOTES_LOST, unclear("Yes.")),
    ("help", QUOTES_LOST, unclear("help")),
    ("Yes.", ROOM_LOST, unclear("Yes.")),
    ("#42 Yes.", QUOTES_LOST, to(42, "Yes.")),
    ("#42 Yes.", ROOM_LOST, to(42, "Yes.")),
    ("Yes.", Standing(quoted=(), room=7), unclear("Yes.", 7)),
    ("Yes.", Standing(quoted=(7,), room=None), unclear("Yes.", 7)),
    # a command
    ("!close", PLAIN, command("close", sure=True)),
    ("! close 7", PLAIN, command("close 7", sure=True)),
    ("!close", QUOTES_7, command("close", 7, sure=True)),
    ("!close", ROOM_7, command("close", 7, sure=True)),
    ("#7 !close", PLAIN, command("close", 7, sure=True)),
    ("!", PLAIN, command("", sure=True)),
    ("\uff01close", QUOTES_7, to(7, "\uff01close")),  # FULLWIDTH EXCLAMATION MARK
    ("list", PLAIN, command("list")),
    ("", PLAIN, command("")),
    # a note
    ("// rude man", QUOTES_7, ToNote(number=7, text=Text("rude man"))),
    ("//rude man", ROOM_7, ToNote(number=7, text=Text("rude man"))),
    ("#7 // rude man", PLAIN, ToNote(number=7, text=Text("rude man"))),
    ("  // rude // man ", QUOTES_7, ToNote(number=7, text=Text("rude // man"))),
    ("// rude man", PLAIN, unclear("// rude man")),
    ("http://example.org/", QUOTES_7, to(7, "http://example.org/")),
    ("/ / slow", QUOTES_7, to(7, "/ / slow")),
]


@pytest.mark.parametrize(("line", "standing", "target"), RESOLVED)
def test_where_a_line_goes(line: str, standing: Standing, target: Target) -> None:
    found = resolve(Text(line), standing)
    if isinstance(found, ToCustomer):
        found = to(found.number, found.text.plain.strip())
    assert found == target


@given(st.text(max_size=40), st.sampled_from([PLAIN, QUOTES_7, QUOTES_LOST, ROOM_7, ROOM_LOST]))
def test_a_line_goes_nowhere_that_was_not_named(line: str, standing: Standing) -> None:
    target = resolve(Text(line), standing)
    if isinstance(target, ToCustomer | ToNote):
        assert target.number == 7 or line.lstrip().startswith(f"#{target.number}") or "#0" in line


BOLD = (Span(start=4, end=7, kind=SpanKind.BOLD),)


@pytest.mark.parametrize(
    ("text", "start", "left", "spans"),
    [
        (Text("#42 yes", BOLD), 4, "yes", [(0, 3)]),
        (Text("#42 yes no", BOLD), 3, "yes no", [(0, 3)]),
        (Text("#42 yes  ", BOLD), 3, "yes", [(0, 3)]),
        (Text("#42 yes", BOLD), 5, "es", [(0, 2)]),
        (Text("#42 yes no", BOLD), 7, "no", []),
        (Text("#42    "), 3, "", []),
        (Text("a #42 b ", (Span(start=0, end=8, kind=SpanKind.CODE),)), 1, "#42 b", [(0, 5)]),
    ],
)
def test_cutting_moves_the_spans(text: Text, start: int, left: str, spans: list[tuple[int, int]]) -> None:
    found = cut(text, start)
    assert found.plain == left
    assert [(span.start, span.end) for span in found.spans] == spans


SPANNED = st.text(min_size=1, max_size=30).flatmap(
    lambda plain: st.tuples(st.just(plain), st.integers(0, len(plain) - 1), st.integers(1, len(plain))).map(
        lambda drawn: Text(
            drawn[0], (Span(start=drawn[1], end=drawn[2], kind=SpanKind.BOLD),) if drawn[1] < drawn[2] else ()
        )
    )
)


@given(SPANNED, st.integers(0, 40))
def test_a_cut_text_is_a_text(text: Text, start: int) -> None:
    """Whatever is cut, the spans left mark characters that they marked before."""
    left = cut(text, min(start, len(text.plain)))
    assert left.plain in text.plain
    for span in left.spans:
        (before,) = text.spans
        assert left.plain[span.start : span.end] in text.plain[before.start : before.end]


@given(SPANNED, st.text(max_size=9), st.text(max_size=9))
def test_a_head_and_a_tail_keep_the_marked_words(text: Text, head: str, tail: str) -> None:
    whole = headed(head, text, tail)
    marked = [text.plain[span.start : span.end] for span in text.spans]
    assert [whole.plain[span.start : span.end] for span in whole.spans] == marked


@given(SPANNED, st.integers(1, 30))
def test_shortening_leaves_no_span_behind(text: Text, limit: int) -> None:
    short = shortened(text, limit, "…")
    assert short == text or short.plain == text.plain[:limit] + "…"
    assert all(span.end <= limit or short == text for span in short.spans)


@pytest.mark.parametrize(
    ("text", "limit", "short"),
    [("a\n b\t c", 9, "a b c"), ("abcdef", 5, "abcd…"), ("", 5, ""), ("   \n", 5, ""), ("abcde", 5, "abcde")],
)
def test_an_excerpt_is_one_line(text: str, limit: int, short: str) -> None:
    assert excerpt(text, limit) == short


ANNA = Customer(id="c1", name="Anna", window_at=NOW)
MATTER = Conversation(
    number=42,
    customer=ANNA,
    connector="mail",
    address="anna@example.org",
    state=State.OPEN,
    version=1,
    opened_at=NOW,
    changed_at=NOW,
)


def message(text: str = "Do you have tulips?", **fields: object) -> Message:
    return Message(address="anna@example.org", text=Text(text), **fields)  # type: ignore[arg-type]


def around(*, first: bool = False, in_room: bool = False, history: tuple[Line, ...] = ()) -> Shown:
    return Shown(conversation=MATTER, label="email", first=first, in_room=in_room, history=history)


EARLIER = Line(conversation=3, direction="in", author="Anna", text=Text("Old\nwords"), at=NOW)
ANSWERED = Line(conversation=3, direction="out", author="Olga", text=Text("Yes."), at=NOW)


@pytest.mark.parametrize(
    ("written", "shown", "read"),
    [
        (message(), around(), "#42 Anna (email): Do you have tulips?"),
        (message(), around(in_room=True), "Do you have tulips?"),
        (message(subject="Tulips"), around(), "#42 Anna (email): Do you have tulips?"),
        (message(subject="Tulips"), around(first=True), "#42 Anna (email): Tulips\nDo you have tulips?"),
        (message(""), around(), "#42 Anna (email): [no text]"),
        (message("all of it", visible=Text("of it")), around(), "#42 Anna (email): of it"),
        (message("quoted only", visible=Text("")), around(), "#42 Anna (email): [no text]"),
        (
            message(automatic=Automatic(kind=AutomaticKind.LIST, reason="List-Id")),
            around(),
            "#42 Anna (email): [automatic: list] Do you have tulips?",
        ),
        (
            message(attachments=(Attachment(name="a.jpg", size=3000), Attachment(name="i.png", inline=True))),
            around(),
            "#42 Anna (email): Do you have tulips?\n[file a.jpg, 2 KB]",
        ),
        (
            message(),
            around(first=True, history=(EARLIER, ANSWERED)),
            (
                "Earlier with this customer:\n  2026-11-02 09:30 #3 < Anna: Old words\n"
                "  2026-11-02 09:30 #3 Olga: Yes.\n"
                "#42 Anna (email): Do you have tulips?"
            ),
        ),
    ],
)
def test_what_an_owner_sees(written: Message, shown: Shown, read: str) -> None:
    assert relayed(written, shown, ENGLISH).plain == read


def test_a_long_message_says_how_to_read_the_rest() -> None:
    shown = relayed(message("x" * 20_000), around(), ENGLISH).plain
    assert len(shown) < SHOWN_LIMIT + 100
    assert shown.endswith("[shortened; all of it: show 42]")


def test_spans_of_a_relay_mark_the_same_words() -> None:
    text = Text("a bold word", (Span(start=2, end=6, kind=SpanKind.BOLD),))
    shown = relayed(Message(address="x", text=text), around(first=True, history=(EARLIER,)), ENGLISH)
    (span,) = shown.spans
    assert shown.plain[span.start : span.end] == "bold"
