"""Long texts in parts: what each carries, what owners are shown, and what a plug-in's fault does."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bridge.decision import Decision, Draft, Log, Reword, Send
from bridge.outbound import Choice, OutboundKind
from bridge.parts import in_parts
from bridge.text import Span, SpanKind, Text


def halves(limit: int) -> object:
    """Cuts every `limit` characters; white space at a cut goes."""

    def split(text: Text) -> Sequence[Text]:
        plain = text.plain
        return [Text(plain[start : start + limit].strip()) for start in range(0, len(plain), limit)]

    return split


def draft(text: str, kind: OutboundKind = OutboundKind.ANSWER, **fields: object) -> Draft:
    given: dict[str, object] = {"connector": "phone", "address": "bob", "conversation": 42, **fields}
    return Draft(kind=kind, text=Text(text), **given)  # type: ignore[arg-type]


def sent(made: Draft, split: object) -> list[Draft]:
    (effect,) = in_parts(Decision("x", (Send(draft=made),)), {"phone": split}).effects  # type: ignore[dict-item]
    assert isinstance(effect, Send)
    return [effect.draft, *effect.more]


def texts(made: Draft, split: object) -> list[str]:
    return [part.text.plain for part in sent(made, split)]


@pytest.mark.parametrize(("text", "parts"), [("short", ["short"]), ("0123456789ab", ["0123456789", "ab"]), ("", [""])])
def test_an_answer_in_parts(text: str, parts: list[str]) -> None:
    assert texts(draft(text), halves(10)) == parts


def test_the_first_part_answers_and_carries_the_files_the_last_one_asks() -> None:
    yes = Choice(id="1", label="Yes", word="yes")
    parts = sent(draft("a" * 25, replies_to=("in-1",), carries=True, choices=(yes,), subject="S"), halves(10))
    assert [part.replies_to for part in parts] == [("in-1",), (), ()]
    assert [part.carries for part in parts] == [True, False, False]
    assert [part.choices for part in parts] == [(), (), (yes,)]
    assert {part.subject for part in parts} == {"S"}


def test_every_part_of_a_relay_names_its_conversation() -> None:
    made = draft("#42 Anna (email): words and #7 Bob (XMPP): trust me", OutboundKind.RELAY)
    parts = texts(made, halves(28))
    assert parts == ["#42 Anna (email): words and", "#42 … #7 Bob (XMPP): trust m", "#42 … e"]


def test_a_network_with_room_for_less_than_a_number_still_gets_everything() -> None:
    parts = texts(draft("#42 abcdefgh", OutboundKind.RELAY), halves(4))
    assert parts[0] == "#42"
    assert "".join(parts).endswith("h")


def test_formatting_moves_along() -> None:
    bold = Text("#42 Anna: aaaa bbbb", (Span(start=15, end=19, kind=SpanKind.BOLD),))

    def split(text: Text) -> Sequence[Text]:
        from bridge.owners.relay import cut, shortened  # noqa: PLC0415 - here only

        return [text] if len(text.plain) <= 14 else [shortened(text, 14, ""), cut(text, 14)]

    made = draft("", OutboundKind.RELAY)
    second = sent(Draft(**{**_fields(made), "text": bold}), split)[1].text  # type: ignore[arg-type]
    (span,) = second.spans
    assert second.plain[span.start : span.end] == "bbbb"


def _fields(made: Draft) -> dict[str, object]:
    return {name: getattr(made, name) for name in made.__slots__}


def _raises(text: Text) -> Sequence[Text]:
    raise RuntimeError(text.plain)


@pytest.mark.parametrize("split", [_raises, lambda text: []], ids=["raises", "gives nothing"])
def test_a_split_that_fails_leaves_the_text_whole(split: object) -> None:
    assert texts(draft("a" * 25), split) == ["a" * 25]
    assert texts(draft("a" * 25, OutboundKind.RELAY), split) == ["a" * 25]


def test_only_what_goes_to_that_network_is_split() -> None:
    other = Decision("x", (Send(draft=draft("a" * 25, connector="mail")), Log(kind="x")))
    assert in_parts(other, {"phone": halves(10)}) == other  # type: ignore[dict-item]


def test_a_reworded_answer_is_split_anew() -> None:
    reword = Reword(outbound_id="1", text=Text("a" * 25), connector="phone")
    (effect,) = in_parts(Decision("x", (reword,)), {"phone": halves(10)}).effects  # type: ignore[dict-item]
    assert isinstance(effect, Reword)
    assert [part.plain for part in effect.parts] == ["a" * 10, "a" * 10, "a" * 5]
    assert effect.text.plain == "a" * 25
