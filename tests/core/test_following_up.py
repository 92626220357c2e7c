"""Was it solved, how easy was it to reach us: what is asked of who has said how it was, and what answers it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from shop import POLICY, Shop, states

from bridge.messages import Automatic, AutomaticKind, Chosen

ANNA = "anna@example.org"


@pytest.fixture
def shop() -> Shop:
    """Anna has written by mail and has an answer; the case is closed, and she has been asked how it was."""
    made = Shop(POLICY).with_policy(feedback=True)
    made.customer(ANNA, "Do you have tulips?", subject="Tulips", native_id="first")
    made.owner("#1 From May on.")
    made.drain()
    made.owner("close 1")
    made.clock.advance(hours=1)
    made.ring()
    made.drain()
    return made


def says(shop: Shop, words: str, age: timedelta = timedelta()) -> str:
    shop.clock.advance(minutes=1)
    return shop.customer(ANNA, words, subject="Re: Tulips", replies_to=("first",), age=age).reason


def asked(shop: Shop) -> list[str]:
    return [one.text.partition(" (This")[0] for one in shop.live("automatic")]


def presses(shop: Shop, question: int, choice: str) -> str:
    """A button under one of the questions, by its place."""
    outbound = shop.live("automatic")[question].id
    return shop.happens(Chosen(address=ANNA, outbound_id=outbound, choice_id=choice), "mail").reason


def test_all_of_it_in_one_thread(shop: Shop) -> None:
    assert [says(shop, words) for words in ("4", "Yes!", "5")] == ["feedback", "solved", "feedback"]
    assert [text.partition(",")[0] for text in asked(shop)] == [
        "How did we do",
        "Thank you. Whatever you write about it",
        "And the last one: how easy was it to reach us",
    ]
    assert {shop.outbound(one.id).replies_to[0] for one in shop.live("automatic")} == {"first"}
    assert [kind for kind in shop.log() if kind.startswith("feedback")] == [
        "feedback asked",
        "feedback",
        "feedback solved",
        "feedback ease",
    ]
    assert states(shop, [1]) == ["closed"]
    assert len(shop.sent("relay")) == 1, "no owner is troubled by it"


@pytest.mark.parametrize(("mark", "state"), [("5", "closed"), ("1", "open")])
def test_by_buttons(shop: Shop, mark: str, state: str) -> None:
    assert presses(shop, 0, mark) in ("feedback", "low feedback")
    assert presses(shop, 0, "3") == "chosen, but nothing was asked", "the first one's buttons are no answer to the next"
    assert presses(shop, 1, "solved:yes") == "solved"
    assert presses(shop, 1, "solved:no") == "chosen, but nothing was asked"
    assert presses(shop, 2, "ease:4") == "feedback"
    assert states(shop, [1]) == [state]


def test_not_solved_opens_it_and_is_told_at_once(shop: Shop) -> None:
    says(shop, "3")
    assert says(shop, "No") == "not solved"
    assert states(shop, [1]) == ["open"]
    assert shop.told() == "#1 Anna says that it is not solved. It is open."
    assert says(shop, "2") == "feedback"


@pytest.mark.parametrize(("question", "choice"), [(0, "1"), (1, "solved:no")])
def test_who_is_not_content_is_heard_after_the_question_has_ended(shop: Shop, question: int, choice: str) -> None:
    """Its buttons stay under it for ever. What is pressed twice is told once."""
    if question:
        says(shop, "5")
    shop.clock.advance(days=8)
    before = len(asked(shop))
    assert presses(shop, question, choice) in ("low feedback", "not solved")
    assert states(shop, [1]) == ["open"]
    assert (
        shop.told()
        == {
            "1": "#1 Anna was not content: 1 of 5. It is open again.",
            "solved:no": "#1 Anna says that it is not solved. It is open.",
        }[choice]
    )
    assert len(asked(shop)) == before, "nothing more is asked"
    assert presses(shop, question, choice) == "chosen, but nothing was asked"


def test_a_low_mark_is_told_before_more_is_asked(shop: Shop) -> None:
    says(shop, "1")
    assert shop.told() == "#1 Anna was not content: 1 of 5. It is open again."
    assert says(shop, "yes") == "solved"
    assert says(shop, "3") == "feedback"
    assert states(shop, [1]) == ["open"]


@pytest.mark.parametrize("mark", ["5", "1"])
@pytest.mark.parametrize(
    "words", ["You took three weeks.", "No, I want 3 tulips", "4 or 5", "5 tulips, please", "maybe"]
)
def test_what_is_no_plain_answer_is_a_message_and_a_reason(shop: Shop, mark: str, words: str) -> None:
    says(shop, mark)
    assert says(shop, words) == "relayed"
    assert shop.told() == f"#1 Anna (email): {words}"
    assert states(shop, [1]) == ["open"]
    assert shop.log().count("feedback reason") == 1
    assert not {"feedback solved", "feedback ease"} & set(shop.log())
    # From now on a bare word may be for what they wrote; a button is not.
    assert says(shop, "yes") == "relayed"
    assert presses(shop, 1, "solved:yes") == "solved"


def test_words_before_the_mark_are_no_reason(shop: Shop) -> None:
    assert says(shop, "Do you have roses, too?") == "relayed"
    assert "feedback reason" not in shop.log()


@pytest.mark.parametrize("place", [0, 1, 2])
def test_stop_ends_it_anywhere(shop: Shop, place: int) -> None:
    for words in ("4", "yes")[:place]:
        says(shop, words)
    assert says(shop, "Stop") == "wants no questions"
    assert len(asked(shop)) == place + 1
    assert says(shop, "5") == "relayed"


def test_once_a_person_has_spoken_nothing_more_is_asked(shop: Shop) -> None:
    says(shop, "2")
    shop.drain()
    shop.clock.advance(minutes=1)
    shop.owner("#1 I am sorry. How many were missing?")
    assert says(shop, "4") == "relayed"
    assert presses(shop, 1, "solved:no") == "not solved", "what they say of it still counts"
    assert len(asked(shop)) == 2


def test_nor_where_the_mark_comes_after_a_person_has_spoken(shop: Shop) -> None:
    shop.clock.advance(minutes=1)
    shop.owner("#1 One thing more: how many?")
    shop.owner("close 1")
    assert says(shop, "5") == "relayed", "that is how many"
    assert presses(shop, 0, "5") == "feedback"
    assert len(asked(shop)) == 1


def test_a_bare_word_after_a_person_has_spoken_is_for_them(shop: Shop) -> None:
    says(shop, "4")
    shop.drain()
    shop.clock.advance(minutes=1)
    shop.owner("#1 Shall I send you our list?")
    shop.owner("close 1")
    assert says(shop, "yes") == "relayed"


def test_an_old_answer_counts_and_is_followed_by_nothing(shop: Shop) -> None:
    assert says(shop, "4", age=timedelta(hours=2)) == "feedback"
    assert len(asked(shop)) == 1


def test_one_question_alone_where_the_shop_wants_that(shop: Shop) -> None:
    shop.with_policy(feedback_more=False)
    assert says(shop, "4") == "feedback"
    assert len(asked(shop)) == 1


def test_after_a_week_it_is_a_message(shop: Shop) -> None:
    says(shop, "4")
    shop.clock.advance(days=8)
    assert says(shop, "yes") in ("relayed", "thanked")
    assert "feedback solved" not in shop.log()


def test_a_customer_is_asked_in_their_language() -> None:
    shop = Shop(POLICY).with_policy(feedback=True)
    shop.customer(ANNA, "Haben Sie noch rote Tulpen, oder muss ich morgen kommen?", native_id="first")
    shop.owner("#1 Ja.")
    shop.owner("close 1")
    shop.clock.advance(hours=1)
    shop.ring()
    assert asked(shop)[0].startswith("Wie waren wir") or "von 1" in asked(shop)[0]
    says(shop, "5")
    assert says(shop, "nein") == "not solved"


def test_where_only_a_machine_has_written_nobody_is_asked() -> None:
    shop = Shop(POLICY).with_policy(feedback=True)
    note = Automatic(kind=AutomaticKind.LIST, reason="List-Id")
    shop.customer("news@example.org", "Your invoice is attached.", automatic=note)
    shop.owner("#1 Please send it to our accountant.")
    shop.owner("close 1")
    shop.clock.advance(hours=1)
    assert [decision.reason for decision in shop.ring()] == ["nobody to ask"]
