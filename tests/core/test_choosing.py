"""Buttons under what owners are shown: what each does, and that a tap never sends a line astray."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shop import OLGA, PAUL, POLICY, Shop, states

from bridge.decision import Decision
from bridge.messages import Chosen
from bridge.policy import Owner, Policy, SurfaceAddress


def with_buttons(owner: Owner) -> Owner:
    return replace(owner, surfaces=tuple(replace(surface, buttons=True) for surface in owner.surfaces))


@pytest.fixture
def shop() -> Shop:
    made = Shop(replace(POLICY, owners=(with_buttons(OLGA), PAUL)))
    made.customer("anna@example.org", "Do you have tulips?")
    made.customer("bob@example.org", "And roses?", connector="chat")
    return made


def press(shop: Shop, choice: str, *, number: int = 1, who: str = "olga", authenticated: bool = True) -> Decision:
    (relay,) = [one for one in shop.sent("relay", to="olga") if one.conversation == number]
    event = Chosen(address=who, outbound_id=relay.id, choice_id=choice, authenticated=authenticated)
    return shop.happens(event, "desk")


def answers(shop: Shop) -> list[tuple[int, str]]:
    return [(one.conversation, one.text) for one in shop.live("answer")]


def test_only_who_has_buttons_is_shown_some(shop: Shop) -> None:
    shown = {one.address: shop.outbound(one.id).choices for one in shop.sent("relay")}
    assert [choice.id for choice in shown["olga"]] == ["answer", "close", "note", "block"]
    assert shown["paul"] == ()


def test_the_line_after_answer_goes_to_that_customer(shop: Shop) -> None:
    press(shop, "answer", number=2)
    assert shop.told() == "Your next line goes to #2 Bob, XMPP. 0 takes that back."
    shop.owner("Yes, red ones.")
    shop.owner("list")
    assert answers(shop) == [(2, "Yes, red ones.")]


def test_the_line_after_note_is_a_note(shop: Shop) -> None:
    press(shop, "note")
    assert shop.owner("she has a dog").reason == "noted"
    assert answers(shop) == []


def test_a_bare_0_takes_it_back(shop: Shop) -> None:
    press(shop, "answer")
    assert shop.owner("0").reason == "not sent"
    assert shop.owner("Yes!").reason == "asked"
    assert answers(shop) == []


def test_a_line_that_names_another_goes_there_or_is_asked_about(shop: Shop) -> None:
    shop.drain()
    press(shop, "answer", number=1)
    assert shop.owner("for Bob", replies_to=(shop.line_about(2),)).reason == "answered"
    press(shop, "answer", number=1)
    assert shop.owner("#2 or for Anna?").reason == "asked"
    assert answers(shop) == [(2, "for Bob")]


def test_what_was_tapped_last_counts(shop: Shop) -> None:
    press(shop, "answer", number=1)
    press(shop, "answer", number=2)
    shop.owner("Yes!")
    assert answers(shop) == [(2, "Yes!")]


def test_a_tap_after_so_long_is_forgotten(shop: Shop) -> None:
    press(shop, "answer")
    shop.clock.advance(seconds=POLICY.question_expires.total_seconds())
    assert shop.owner("Yes!").reason == "asked"


def test_a_held_line_is_dropped_and_that_is_said(shop: Shop) -> None:
    shop.owner("To whom?")
    press(shop, "answer")
    assert 'Not sent: "To whom?"' in [one.text for one in shop.sent("notice", to="olga")]


def test_close_and_block_do_what_the_commands_do(shop: Shop) -> None:
    press(shop, "close", number=1)
    press(shop, "block", number=2)
    assert states(shop, [1]) == ["closed"]
    assert shop.customer("bob@example.org", "Hello?", connector="chat").reason == "blocked"


@pytest.mark.parametrize(
    ("choice", "who", "authenticated"),
    [("close", "olga", False), ("close", "paul", True), ("close", "bob@example.org", True), ("sell", "olga", True)],
)
def test_nobody_else_presses_anything(shop: Shop, choice: str, who: str, *, authenticated: bool) -> None:
    before = len(shop.sent())
    press(shop, choice, who=who, authenticated=authenticated)
    assert states(shop, [1]) == ["open"]
    assert len(shop.sent()) == before


def test_a_button_under_nothing_known(shop: Shop) -> None:
    event = Chosen(address="olga", outbound_id="x", choice_id="close", authenticated=True)
    assert shop.happens(event, "desk").effects == ()


GROUP = SurfaceAddress(connector="desk", address="team")
SHARED = Policy(
    business="Tulips & Co",
    owners=(
        Owner(name="Olga", surfaces=(replace(GROUP, member="11"),)),
        Owner(name="Paul", surfaces=(replace(GROUP, member="22"), SurfaceAddress(connector="desk", address="paul"))),
    ),
)


def test_in_a_shared_group_who_wrote_it_is_who_answered() -> None:
    shop = Shop(SHARED)
    shop.customer("anna@example.org", "Tulips?")
    assert [one.address for one in shop.sent("relay")] == ["team", "paul"]
    shop.owner("#1 Yes.", who="team", sender="22")
    assert len(shop.sent("answer")) == 1
    with shop.read() as book:
        found = book.conversation(1)
    assert found is not None
    assert found.answered_by == "Paul"
    assert [one.address for one in shop.sent("notice") if "answered by Paul" in one.text] == ["paul"]


def test_a_question_is_answered_by_whom_it_was_asked() -> None:
    shop = Shop(SHARED)
    shop.customer("anna@example.org", "Tulips?")
    shop.customer("bob@example.org", "Roses?")
    shop.owner("Yes.", who="team", sender="11")
    assert shop.owner("1", who="team", sender="22").reason == "asked"
    assert shop.sent("answer") == []
    shop.owner("Yes.", who="team", sender="11")
    shop.owner("1", who="team", sender="11")
    assert len(shop.sent("answer")) == 1


def test_another_owners_question_is_not_dropped_without_a_word() -> None:
    """There is one question at a place: whose line was held reads that it is not sent."""
    shop = Shop(SHARED)
    shop.customer("anna@example.org", "Tulips?")
    shop.customer("bob@example.org", "Roses?")
    shop.owner("Yes, in red.", who="team", sender="11")
    before = len(shop.sent("notice"))
    shop.owner("Until six.", who="team", sender="22")
    told = [one.text for one in shop.sent("notice")[before:] if one.address == "team"]
    assert told[0] == 'Not sent: "Yes, in red."'
    assert told[1].startswith('To whom shall "Until six." go?')
    # A line that is clear asks nothing, and drops nothing.
    shop.owner("#1 Yes.", who="team", sender="11")
    shop.owner("1", who="team", sender="22")
    assert [one.text for one in shop.sent("answer")] == ["Yes.", "Until six."]


@pytest.mark.parametrize("sender", ["33", ""])
def test_who_is_not_named_is_no_owner_and_no_customer(sender: str) -> None:
    shop = Shop(SHARED)
    shop.customer("anna@example.org", "Tulips?")
    shop.owner("#1 Come to my shop instead!", who="team", sender=sender, name="Eve")
    assert shop.sent("answer") == []
    if sender:
        assert shop.told("team").startswith("Not read: Eve is not named among the owners")
