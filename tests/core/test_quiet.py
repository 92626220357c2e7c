"""Quiet hours and absences: what can wait does, once, and what customers write never."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from shop import OLGA, PAUL, POLICY, Shop

from bridge.cases.quiet import quiet_until
from bridge.policy import Owner, SurfaceAddress
from bridge.targets import Kind, Targets

NIGHT = (time(22), time(7))
NOON = (time(12), time(13))
DAY = datetime(2026, 11, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    ("quiet", "at", "until"),
    [
        (NIGHT, 21.99, None),
        (NIGHT, 22, 31),
        (NIGHT, 26, 31),
        (NIGHT, 30.99, 31),
        (NIGHT, 31, None),
        (NOON, 12.5, 13),
        (NOON, 13, None),
        (None, 3, None),
    ],
)
def test_until_when(quiet: tuple[time, time] | None, at: float, until: float | None) -> None:
    found = quiet_until(quiet, "UTC", DAY + timedelta(hours=at))
    assert found == (None if until is None else DAY + timedelta(hours=until))


def test_by_the_shops_clock() -> None:
    assert quiet_until(NIGHT, "Europe/Berlin", DAY + timedelta(hours=21)) == DAY + timedelta(hours=30)
    assert quiet_until(NIGHT, "Europe/Berlin", DAY + timedelta(hours=6)) is None


@pytest.fixture
def shop() -> Shop:
    """Olga has quiet hours, Paul has none; Anna and Bob have written, and sleep until the night."""
    made = Shop(replace(POLICY, owners=(replace(OLGA, quiet=NIGHT), PAUL)))
    for number, who in enumerate(("anna", "bob"), start=1):
        made.customer(f"{who}@example.org", f"Question {number}")
        made.owner(f"snooze {number} 23:0{number}")
    made.drain()
    return made


def read_since(shop: Shop, who: str, since: int) -> list[str]:
    return [one.text for one in shop.live("notice", "relay") if one.address == who and one.seq > since]


def test_what_can_wait_is_read_in_the_morning_at_once(shop: Shop) -> None:
    since = shop.sent()[-1].seq
    for minute in (1, 2):
        shop.clock.moment = DAY + timedelta(hours=23, minutes=minute)
        shop.ring()
    assert len(read_since(shop, "paul", since)) == 2
    assert read_since(shop, "olga", since) == []
    shop.clock.moment = DAY + timedelta(hours=31)
    shop.ring()
    shop.ring()
    assert read_since(shop, "olga", since) == [
        "Meanwhile:\nSnoozed until now: #1 Anna: Question 1\nSnoozed until now: #2 Bob: Question 2"
    ]


def test_customers_are_shown_at_once(shop: Shop) -> None:
    shop.clock.moment = DAY + timedelta(hours=23, minutes=30)
    shop.customer("carl@example.org", "Are you open?")
    assert shop.told() == "#3 Carl (email): Are you open?"
    shop.owner("list")
    assert shop.told().startswith("#3 Carl")


def test_away_and_back(shop: Shop) -> None:
    shop.owner("away until friday 9:00", who="paul")
    assert shop.told("olga") == "Paul is away until Fri 2026-11-06 09:00."
    since = shop.sent()[-1].seq
    shop.clock.moment = DAY + timedelta(hours=23, minutes=1)
    shop.ring()
    assert read_since(shop, "paul", since) == []
    shop.owner("back", who="paul")
    assert read_since(shop, "paul", since) == ["Welcome back.", "Snoozed until now: #1 Anna: Question 1"]
    shop.clock.advance(days=10)
    shop.ring()
    assert len(read_since(shop, "paul", since)) == 3  # Bob's moment


def test_an_absence_ends_by_itself(shop: Shop) -> None:
    shop.owner("away until friday 9:00", who="paul")
    since = shop.sent()[-1].seq
    shop.clock.advance(days=1)
    shop.ring()
    assert read_since(shop, "paul", since) == []
    shop.clock.advance(days=4)
    shop.ring()
    assert len(read_since(shop, "paul", since)) == 1


@pytest.mark.parametrize(
    ("words", "told"), [("away until yesterday", "that is past"), ("away until the cows come home", "When is")]
)
def test_no_moment_no_absence(shop: Shop, words: str, told: str) -> None:
    shop.owner(words)
    assert told in shop.told()
    with shop.read() as book:
        assert book.away_until("Olga") is None


def test_in_a_group_that_is_shared_the_absence_of_one_silences_nobody_else() -> None:
    group = SurfaceAddress(connector="desk", address="group", member="o")
    owners = (Owner(name="Olga", surfaces=(group,)), Owner(name="Paul", surfaces=(replace(group, member="p"),)))
    shop = Shop().with_policy(owners=owners, targets=Targets(times={Kind.FIRST: timedelta(hours=1)}))
    shop.owner("away until in 10 days", who="group", sender="o")
    shop.customer("anna@example.org", "Where is my parcel?")
    shop.until(shop.clock() + timedelta(hours=2))
    assert "the answer was due at" in shop.told("group")
