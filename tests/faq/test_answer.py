"""What a customer reads: the answer's words with its formatting, the values in it, and nothing of the owner's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bridge.faq.answer import from_markdown, render
from bridge.faq.entry import Entry
from bridge.faq.placeholders import KNOWN, LONGEST_VALUE, filled, unknown
from bridge.text import Span, SpanKind, Text


def shown(text: Text) -> list[tuple[str, str, str]]:
    return [(str(span.kind), text.plain[span.start : span.end], span.target) for span in text.spans]


@pytest.mark.parametrize(
    ("markdown", "plain", "spans"),
    [
        ("Two days.", "Two days.", []),
        ("**Two** *days*, ~~three~~.", "Two days, three.", ["bold Two", "italic days", "strike three"]),
        ("[our page](https://x.example/a_b?c=1)", "our page", ["link our page https://x.example/a_b?c=1"]),
        ("<https://x.example>", "https://x.example", ["link https://x.example https://x.example"]),
        ("[write](mailto:a@x.example) [call](tel:+49123)", "write call", ["link write", "link call"]),
        ("[bad](javascript:alert)", "[bad](javascript:alert)", []),
        ("Market Square 1\n12345 Town", "Market Square 1\n12345 Town", []),
        ("- one\n- **two**\n  - three", "- one\n- two\n- three", ["bold two"]),
        ("1. one\n2. two", "1. one\n2. two", []),
        ("* one\n* two", "* one\n* two", []),
        ("2*3*4 and a_b_c", "2*3*4 and a_b_c", []),
        ("# Title\nText", "Title\n\nText", ["bold Title"]),
        ("> said\n> so\n\nText", "said\nso\n\nText", ["quote said\nso"]),
        ("```\na  b\n```\nText", "a  b\n\nText", ["pre a  b"]),
        ("`code`", "code", ["code code"]),
        ("one\n\n\n\n\ntwo", "one\n\ntwo", []),
        ("Hi <!-- ours --> you", "Hi  you", []),
        ("Hi <!-- ours", "Hi", []),
        ("<b>bold</b> & co", "<b>bold</b> & co", []),
        ("\\*no\\*", "*no*", []),
        ("***both***", "both", ["bold both", "italic both"]),
        ("", "", []),
    ],
)
def test_markdown(markdown: str, plain: str, spans: list[str]) -> None:
    text = from_markdown(markdown)

    assert text.plain == plain
    found = [" ".join(part for part in row if part) for row in shown(text)]
    assert len(found) == len(spans)
    assert all(one.startswith(wanted) for one, wanted in zip(found, spans, strict=True))


@pytest.mark.parametrize(
    ("answer", "values", "plain"),
    [
        ("Hello {name},", {"name": "Anna"}, "Hello Anna,"),
        ("Hello {name},", {}, "Hello,"),
        ("Hello {name}", {"name": " "}, "Hello"),
        ("Hello {name|there},", {}, "Hello there,"),
        ("Hello { name }.", {"name": "Anna"}, "Hello Anna."),
        ("{{name}} {{}} }}", {"name": "Anna"}, "{name} {} }"),
        ("{unheard}", {"unheard": "x"}, "x"),
        ("{name}", {"name": "**Anna** [x](https://a.example) {name}"}, "**Anna** [x](https://a.example) {name}"),
        ("{name}", {"name": "a\u202eb\0c\nd"}, "a b\ufffdc\nd"),
        ("We are open:\n{opening_hours}", {"opening_hours": "Mon 9-18\nTue 9-18"}, "We are open:\nMon 9-18\nTue 9-18"),
        ("{name}", {"name": "a" * 2_000}, "a" * LONGEST_VALUE),
    ],
)
def test_placeholders(answer: str, values: dict[str, str], plain: str) -> None:
    assert render(Entry(id="a", question="a", answer=answer), values).plain == plain


def test_formatting_keeps_to_its_words() -> None:
    entry = Entry(id="a", question="a", answer="{name}: **{name}** and `{business}` *x*", follow_up="> {name}")

    text = render(entry, {"name": "Anna Maria", "business": "Us"})

    assert text.plain == "Anna Maria: Anna Maria and Us x\n\nAnna Maria"
    assert [row[:2] for row in shown(text)] == [
        ("bold", "Anna Maria"),
        ("code", "Us"),
        ("italic", "x"),
        ("quote", "Anna Maria"),
    ]


def test_what_is_formatted_and_unknown_leaves_nothing() -> None:
    assert render(Entry(id="a", question="a", answer="Hello **{name}**, hi"), {}) == Text("Hello, hi")


def test_unknown_placeholders_are_found_once_each() -> None:
    assert list(unknown("{a} {name} {a} {{b}} {c|d} {name|x}")) == ["a", "c"]


@given(some.text(max_size=200), some.dictionaries(some.sampled_from(sorted(KNOWN)), some.text(max_size=50)))
def test_any_text_can_be_rendered(answer: str, values: dict[str, str]) -> None:
    text = render(Entry(id="a", question="a", answer=answer), values)

    assert all(span.end <= len(text.plain) for span in text.spans)


@given(some.text("ab {}|name*\n", max_size=60), some.text("x{}*", max_size=5))
def test_spans_never_leave_their_text(plain: str, value: str) -> None:
    spans = tuple(Span(start=at, end=at + 1, kind=SpanKind.BOLD) for at in range(len(plain)))

    filled(Text(plain, spans), {"name": value})


def test_a_long_answer_costs_little() -> None:
    for piece in ("*a ", "[a](", "`", "> ", "<!--", "{name", "**a** _b_ "):
        from_markdown(piece * (10_000 // len(piece)))
