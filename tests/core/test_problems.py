"""Problems that many customers have: what is said to all of them is said to each once, where they write."""

from __future__ import annotations

import pytest
from shop import Shop, states


@pytest.fixture
def shop(shop: Shop) -> Shop:
    """Anna by mail (#1), Bob by chat (#2) and Carl by mail (#3) wait for their parcels."""
    shop.customer("anna@example.org", "Where is my parcel?", subject="Parcel")
    shop.customer("bob@example.net", "Parcel?", connector="chat")
    shop.customer("carl@example.org", "No parcel yet", subject="Late")
    shop.owner('problem new "Parcels of Friday are late"')
    shop.owner("problem add 1 1 #2")
    shop.drain()
    return shop


def answers(shop: Shop) -> list[tuple[str, str, str]]:
    return [(one.connector, one.address, one.text) for one in shop.live("answer")]


def test_everybody_is_told_once_where_they_write(shop: Shop) -> None:
    shop.owner("problem tell 1 They leave today.")
    assert answers(shop) == [
        ("mail", "anna@example.org", "They leave today."),
        ("chat", "bob@example.net", "They leave today."),
    ]
    assert shop.told() == "Problem 1: said to 2 customers.\n#1 Anna, email, #2 Bob, XMPP"
    assert states(shop, [1, 2, 3]) == ["waiting", "waiting", "open"]
    assert shop.log().count("answered") == 2


def test_who_comes_later_is_told_only_when_asked(shop: Shop) -> None:
    shop.owner("problem tell 1 They leave today.")
    shop.owner("problem add 1 3")
    assert shop.told().splitlines()[1].startswith('What was said of it last was: "They leave today."')
    assert len(answers(shop)) == 2
    shop.owner("problem repeat 1 3")
    assert answers(shop)[2:] == [("mail", "carl@example.org", "They leave today.")]
    shop.owner("problem repeat 1 3 1")
    assert len(answers(shop)) == 3
    assert "has it already" in shop.told()
    shop.owner("problem tell 1 They have left.")
    assert len(answers(shop)) == 6


def test_two_cases_at_one_address_are_told_once(shop: Shop) -> None:
    shop.clock.advance(minutes=1)
    shop.customer("anna@example.org", "And the invoice?", subject="Invoice")
    shop.owner("problem add 1 4")
    shop.owner("problem tell 1 They leave today.")
    assert [address for _, address, _ in answers(shop)].count("anna@example.org") == 1


def test_a_blocked_customer_is_told_nothing_and_a_closed_case_stays_closed(shop: Shop) -> None:
    shop.owner("block 1")
    shop.owner("close 2")
    shop.owner("problem add 1 3")
    shop.owner("snooze 3 tomorrow")
    shop.owner("problem tell 1 They leave today.")
    assert [address for _, address, _ in answers(shop)] == ["bob@example.net", "carl@example.org"]
    assert states(shop, [1, 2, 3]) == ["open", "closed", "snoozed"]


def test_history(shop: Shop) -> None:
    shop.owner("problem new The shop is closed on Monday")
    shop.owner("problem close 1 All have arrived.")
    assert shop.told() == "Problem 1 is closed."
    assert len(answers(shop)) == 2
    shop.owner("problem tell 1 Again.")
    assert shop.told() == "Problem 1 is closed."
    shop.owner("problem list")
    assert shop.told().splitlines() == [
        "2  The shop is closed on Monday [0, since Mon 2026-11-02 09:00]",
        "1  Parcels of Friday are late [2, closed Mon 2026-11-02 09:00]",
    ]
    shop.owner("problem show 1")
    assert shop.told().splitlines()[1:] == ["#1 Anna, email *", "#2 Bob, XMPP *", '* has read: "All have arrived."']
    assert [kind for kind in shop.log() if kind.startswith("problem")] == [
        "problem opened", "problem added", "problem added", "problem opened",
        "problem told", "problem told", "problem told", "problem closed",
    ]  # fmt: skip


def test_closed_without_a_word_says_nothing(shop: Shop) -> None:
    shop.owner("problem close 1 ")
    assert answers(shop) == []


def test_in_answer_to_a_line_the_number_may_be_left_out(shop: Shop) -> None:
    shop.owner("!problem add 1", replies_to=(shop.line_about(3),))
    shop.owner("!problem new Wrong bulbs", replies_to=(shop.line_about(3),))
    with shop.read() as book:
        assert [one.conversation for one in book.concerned(1)] == [1, 2, 3]
        assert [one.conversation for one in book.concerned(2)] == [3]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("problem add 9 1", "There is no such problem."),
        ("problem add 1 99", "There is no #99. Nothing was changed or sent."),
        ("problem add 1 Anna", "There is no such conversation."),
        ("problem add 1", "There is no such conversation."),
        ("problem tell 1", "There was nothing to send."),
        ("problem tell They leave today", "That command goes: problem new words"),
        ("problem repeat 1 1", "There was nothing to send."),
        ('problem new ""', "That command goes: problem new words"),
    ],
)
def test_what_is_not_understood_is_sent_to_nobody(shop: Shop, line: str, told: str) -> None:
    shop.owner(line)
    assert shop.told().startswith(told)
    assert answers(shop) == []


def test_merged_cases_have_each_problem_once(shop: Shop) -> None:
    shop.customer("anna@example.org", "Still no parcel", subject="Again")
    shop.owner("problem tell 1 They leave today.")
    shop.owner("problem add 1 4")
    shop.owner("merge 1 into 4")
    with shop.read() as book:
        assert [(one.conversation, one.told) for one in book.concerned(1)] == [(2, True), (4, True)]


def test_removed_is_told_no_more(shop: Shop) -> None:
    shop.owner("problem remove 1 2")
    shop.owner("problem tell 1 They leave today.")
    assert [address for _, address, _ in answers(shop)] == ["anna@example.org"]


def test_the_bot_is_silent_where_all_were_told(shop: Shop) -> None:
    shop.with_policy(acknowledge=True)
    shop.customer("dora@example.org", "Parcel?", subject="Parcel")
    shop.owner("problem add 1 4")
    shop.owner("problem tell 1 They leave today.")
    shop.clock.advance(minutes=1)
    shop.ring()
    assert shop.live("automatic") == []
