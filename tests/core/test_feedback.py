"""How was it: who is asked, how often, and what follows from the answer."""

from __future__ import annotations

from datetime import timedelta

import pytest
from shop import POLICY, Shop, states

from bridge.messages import Chosen


@pytest.fixture
def shop() -> Shop:
    """Anna has written by mail, and has an answer."""
    made = Shop(POLICY).with_policy(feedback=True)
    made.customer("anna@example.org", "Do you have tulips?", subject="Tulips", native_id="first")
    made.owner("#1 From May on.")
    made.drain()
    return made


def later(shop: Shop, hours: float = 1) -> list[str]:
    shop.clock.advance(hours=hours)
    return [decision.reason for decision in shop.ring()]


def asked(shop: Shop, number: int = 1) -> int:
    return len([one for one in shop.live("automatic") if one.conversation == number])


def says(shop: Shop, words: str) -> str:
    return shop.customer("anna@example.org", words, subject="Re: Tulips", replies_to=("first",)).reason


def test_off_unless_it_is_wanted(shop: Shop) -> None:
    shop.with_policy(feedback=False)
    shop.owner("close 1")
    assert later(shop) == []


def test_one_question_after_a_person_has_closed_it(shop: Shop) -> None:
    shop.owner("close 1")
    assert later(shop) == ["asked how it was"]
    (question,) = shop.live("automatic")
    assert [choice.word for choice in shop.outbound(question.id).choices] == ["1", "2", "3", "4", "5", "stop"]
    assert later(shop, 100) == []
    assert says(shop, "5") == "feedback"
    assert states(shop, [1]) == ["closed"]
    assert shop.log()[-2:] == ["customer answered a question", "feedback"]


@pytest.mark.parametrize("mark", ["1", "2."])
def test_a_low_mark_opens_it_and_is_told_at_once(shop: Shop, mark: str) -> None:
    shop.owner("close 1")
    later(shop)
    assert says(shop, mark) == "low feedback"
    assert states(shop, [1]) == ["open"]
    assert shop.told() == f"#1 Anna was not content: {mark[0]} of 5. It is open again."


@pytest.mark.parametrize("words", ["3 tulips, please", "It was slow", "6", "10", "4 5"])
def test_anything_else_is_a_message(shop: Shop, words: str) -> None:
    shop.owner("close 1")
    later(shop)
    assert says(shop, words) == "relayed"
    assert shop.told() == f"#1 Anna (email): {words}"
    assert "feedback" not in shop.log()


def test_a_button_answers_once(shop: Shop) -> None:
    shop.owner("close 1")
    later(shop)
    (question,) = shop.live("automatic")
    event = Chosen(address="anna@example.org", outbound_id=question.id, choice_id="4")
    stranger = Chosen(address="eve@example.org", outbound_id=question.id, choice_id="1")
    assert shop.happens(stranger, "mail").reason == "chosen, but nothing was asked"
    assert shop.happens(event, "mail").reason == "feedback"
    assert shop.happens(event, "mail").reason == "chosen, but nothing was asked"
    assert shop.log().count("feedback") == 1


def test_once_in_a_month(shop: Shop) -> None:
    shop.owner("close 1")
    later(shop)
    says(shop, "Do you have roses, too?")
    shop.owner("#1 Yes.")
    shop.owner("close 1")
    assert later(shop) == ["asked before"]
    shop.clock.advance(days=31)
    says(shop, "And lilies?")
    shop.owner("#1 No.")
    shop.owner("close 1")
    assert later(shop) == ["asked how it was"]


def test_who_wants_no_questions_is_asked_no_more(shop: Shop) -> None:
    shop.owner("close 1")
    later(shop)
    assert says(shop, "Stop") == "wants no questions"
    shop.clock.advance(days=400)
    says(shop, "And lilies?")
    shop.owner("#1 No.")
    shop.owner("close 1")
    assert later(shop) == ["wants no questions"]


def test_never_after_a_closing_by_itself(shop: Shop) -> None:
    shop.with_policy(close_after=timedelta(days=1))
    shop.owner("#1 And roses.")
    later(shop, 24)
    assert states(shop, [1]) == ["closed"]
    later(shop, 24)
    assert asked(shop) == 0


def test_never_where_only_the_bot_has_spoken() -> None:
    shop = Shop(POLICY).with_policy(feedback=True, acknowledge=True)
    shop.customer("anna@example.org", "Do you have tulips?")
    later(shop)
    before = asked(shop)
    shop.owner("close 1")
    later(shop)
    assert asked(shop) == before


@pytest.mark.parametrize(
    ("before", "reason"),
    [
        ("block 1", "nobody to ask"),
        ("#1 One more thing.", "no longer needed"),
        ("snooze 1 tomorrow", "no longer needed"),
    ],
)
def test_not_where_something_has_happened_since(shop: Shop, before: str, reason: str) -> None:
    shop.owner("close 1")
    shop.owner(before)
    assert later(shop) == [reason]


def test_a_machine_is_not_asked() -> None:
    shop = Shop(POLICY).with_policy(feedback=True)
    shop.owner("to mail:carl@example.net Your bouquet is ready.")
    shop.owner("close 1")
    assert later(shop) == ["nobody to ask"]


def test_after_a_long_stop_nobody_is_asked(shop: Shop) -> None:
    shop.owner("close 1")
    assert later(shop, 100) == ["too late"]


@pytest.mark.parametrize("word", ["5", "stop"])
def test_in_a_case_that_goes_on_a_number_is_a_message(shop: Shop, word: str) -> None:
    shop.owner("close 1")
    later(shop)
    says(shop, "I should like some more tulips.")
    shop.owner("#1 How many? Or shall I stop the order?")
    assert says(shop, word) == "relayed"
    assert shop.sent("relay")[-1].text.endswith(word)
