"""Conversations that close by themselves: after the days that the shop says, and not before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from shop import POLICY, Shop, states

from bridge.messages import Automatic, AutomaticKind


@pytest.fixture
def shop() -> Shop:
    made = Shop(POLICY).with_policy(close_after=timedelta(days=7), close_told=True)
    made.customer("anna@example.org", "Do you have tulips?", native_id="first")
    made.owner("#1 From May on.")
    made.drain()
    return made


def later(shop: Shop, days: float) -> list[str]:
    shop.clock.advance(days=days)
    return [decision.reason for decision in shop.ring()]


def test_after_so_many_days_without_a_word(shop: Shop) -> None:
    assert later(shop, 6.9) == []
    assert later(shop, 0.1) == ["closed by itself"]
    assert states(shop, [1]) == ["closed"]
    assert shop.told() == "#1 Anna: closed by itself, nothing was written any more."
    assert later(shop, 100) == []
    assert shop.log().count("closed") == 1


def test_told_only_where_it_is_wanted(shop: Shop) -> None:
    shop.with_policy(close_told=False)
    later(shop, 7)
    assert states(shop, [1]) == ["closed"]
    assert "closed by itself" not in shop.told()


def test_never_where_it_is_not_wanted() -> None:
    shop = Shop()
    shop.customer("anna@example.org", "Do you have tulips?")
    shop.owner("#1 From May on.")
    assert shop.timers() == []


@pytest.mark.parametrize(
    ("what", "then"),
    [
        ("the customer writes", "open"),
        ("snooze 1 in 30 days", "snoozed"),
        ("close 1", "closed"),
    ],
)
def test_not_where_something_else_has_happened(shop: Shop, what: str, then: str) -> None:
    shop.clock.advance(days=1)
    if what == "the customer writes":
        shop.customer("anna@example.org", "Which colours?", replies_to=("first",))
    else:
        shop.owner(what)
    assert later(shop, 7) == ["no longer needed"]
    assert states(shop, [1]) == [then]


def test_thanks_count_the_days_anew_and_a_machine_does_not(shop: Shop) -> None:
    later(shop, 3)
    shop.customer("anna@example.org", "Thanks!", replies_to=("first",))
    later(shop, 3)
    machine = Automatic(kind=AutomaticKind.AUTO_REPLY, reason="Auto-Submitted")
    shop.customer("anna@example.org", "I am away", replies_to=("first",), automatic=machine)
    assert later(shop, 1) == ["not yet"]
    assert later(shop, 3) == ["closed by itself"]


def test_another_answer_counts_the_days_anew(shop: Shop) -> None:
    shop.clock.advance(days=5)
    shop.owner("#1 Or from April on.")
    assert later(shop, 2) == ["not yet"]
    assert later(shop, 5) == ["closed by itself"]


def test_a_promise_keeps_it_open(shop: Shop) -> None:
    shop.owner("remind 1 in 10 days")
    assert later(shop, 7) == ["something is promised"]
    assert states(shop, [1]) == ["waiting"]
