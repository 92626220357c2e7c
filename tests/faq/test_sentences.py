"""What of a letter is looked at."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.faq.sentences import LONGEST, MOST, sentences


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("where is my order", ("where is my order",)),
        ("Hi", ("Hi",)),
        ("Hi there, where is it?", ("where is it?",)),
        ("hello delivery charges", ("delivery charges",)),
        ("Dear Ms Keller,\n\nIt broke. What now?\n\nKind regards,\nTom", ("It broke.", "What now?")),
        (
            "Guten Tag zusammen, wie kann ich zahlen? Vielen Dank im Voraus!\nViele Grüße\nAnna",
            ("wie kann ich zahlen?",),
        ),
        ("Bonjour, où est mon colis ? Merci d'avance !", ("où est mon colis ?",)),
        ("Where is it?\n\nOn Mon, 3 Mar 2025 at 10:12, Shop <a@b.example> wrote:\n> Do you pay?", ("Where is it?",)),
        ("> quoted line\nWhere is it?", ("Where is it?",)),
        ("Where is it?\n--\nAnna Keller\nDo you know our shop?", ("Where is it?",)),
        ("Where is it?\n\nSent from my iPhone", ("Where is it?",)),
        ("It is order no. 5 and costs 3.50 euro. Why?", ("It is order no. 5 and costs 3.50 euro.", "Why?")),
        ("Can I send the jacket back to you for free when I have\nlost the box?", None),
        ("退货怎么办？我要退款。", ("退货怎么办？", "我要退款。")),  # noqa: RUF001 - full-width marks are the point
        ("", ()),
        ("😀😀 !!", ()),
        ("\0\0", ()),
    ],
)
def test_a_message_is_cut_to_what_it_says(text: str, wanted: tuple[str, ...] | None) -> None:
    assert sentences(text) == (wanted if wanted is not None else (" ".join(text.split()),))


def test_a_long_message_keeps_the_sentences_that_ask() -> None:
    found = sentences("It rains. " * 60 + "Where is my order?")
    assert len(found) == MOST
    assert found[-1] == "Where is my order?"


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_cut_without_failing(text: str) -> None:
    found = sentences(text)
    assert len(found) <= MOST
    assert all(len(piece) <= LONGEST for piece in found)
