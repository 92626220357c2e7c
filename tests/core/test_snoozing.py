"""Snoozed conversations: how long they sleep, what wakes them, and what owners read of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from shop import OLGA, PAUL, POLICY, Shop, states

from bridge.conversation import State
from bridge.decision import Change
from bridge.messages import Attachment, Automatic, AutomaticKind


@pytest.fixture
def anna(shop: Shop) -> Shop:
    """Anna has written by mail (#1) and has an answer."""
    shop.customer("anna@example.org", "Do you have tulips?", subject="Tulips", native_id="first")
    shop.owner("#1 From May on.")
    shop.drain()
    return shop


def again(shop: Shop, words: str, **fields: Any) -> str:
    return shop.customer("anna@example.org", words, replies_to=("first",), **fields).reason


def read_by(shop: Shop, who: str, since: int) -> list[str]:
    return [one.text for one in shop.sent("notice", "relay", to=who, after=since)]


def mark(shop: Shop) -> int:
    sent = shop.sent()
    return sent[-1].seq if sent else 0


def test_it_sleeps_and_wakes_once(anna: Shop) -> None:
    assert anna.owner("snooze 1 in 3 hours").reason == "command"
    assert anna.told() == "Snoozed until Mon 2026-11-02 12:00: #1 Anna, email"
    assert states(anna, [1]) == ["snoozed"]
    anna.clock.advance(hours=3)
    since = mark(anna)
    anna.ring()
    anna.ring()
    assert states(anna, [1]) == ["open"]
    assert read_by(anna, "olga", since) == ["Snoozed until now: #1 Anna: Do you have tulips?"]
    assert anna.log()[-2:] == ["snoozed", "woken"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("yesterday", '"yesterday" was read as Sun 2026-11-01 09:00, and that is past. Nothing was changed.'),
        ("1.11.2026 9:00", '"1.11.2026 9:00" was read as Sun 2026-11-01 09:00, and that is past.'),
        ("2019-03-01", '"2019-03-01" was read as Fri 2019-03-01 09:00, and that is past.'),
        ("2039-03-01", '"2039-03-01" was read as Tue 2039-03-01 09:00, years from now. Nothing was changed.'),
        ("in 9999 weeks", '"in 9999 weeks" was read as '),
        ("1.1.0001 0:00", '"1.1.0001 0:00" was read as Mon 0001-01-01 00:00, and that is past.'),
        ("someday", 'When is "someday"? Nothing was changed.'),
        ("the cat", 'When is "the cat"? Nothing was changed.'),
    ],
)
def test_no_moment_no_snooze(anna: Shop, words: str, told: str) -> None:
    anna.owner(f"snooze 1 {words}")
    assert anna.told().startswith(told)
    assert states(anna, [1]) == ["waiting"]
    assert anna.timers() == []


@pytest.mark.parametrize("zone", ["America/New_York", "Pacific/Auckland"])
@pytest.mark.parametrize("words", ["1.1.0001 0:00", "31.12.9999 23:59"])
def test_the_first_and_the_last_day_that_there_are(anna: Shop, zone: str, words: str) -> None:
    anna.with_policy(timezone=zone).owner(f"snooze 1 {words}")
    assert "Nothing was changed." in anna.told()


def test_what_is_far_away_is_said_to_be(anna: Shop) -> None:
    """In November, the first of it is a day of the next year."""
    anna.owner("snooze 1 1.11.")
    assert anna.told() == "Snoozed until Mon 2027-11-01 09:00 (in 364 days): #1 Anna, email"
    anna.owner("remind 1 1.11.")
    assert anna.told() == "You are reminded Mon 2027-11-01 09:00 (in 364 days): #1 Anna, email"


def test_a_number_may_be_a_part_of_the_moment(anna: Shop) -> None:
    anna.owner("!snooze 3 days", replies_to=(anna.line_about(1),))
    assert anna.told() == "Snoozed until Thu 2026-11-05 09:00: #1 Anna, email"
    anna.owner("snooze 3 days")
    assert anna.told().startswith("There is no such conversation.")


def test_in_the_shops_time_zone_and_the_owners_language() -> None:
    german = replace(OLGA, language="de")
    shop = Shop(POLICY).with_policy(timezone="Europe/Berlin", owners=(german,))
    shop.customer("anna@example.org", "Tulpen?")
    shop.owner("snooze 1 morgen 9 Uhr")
    with shop.read() as book:
        found = book.conversation(1)
    assert found is not None
    assert found.snoozed_until is not None
    assert found.snoozed_until.isoformat() == "2026-11-03T08:00:00+00:00"


def test_another_moment_takes_the_place_of_the_first(anna: Shop) -> None:
    anna.owner("snooze 1 in 1 hour")
    anna.owner("snooze 1 in 3 hours")
    anna.clock.advance(hours=1)
    anna.ring()
    assert states(anna, [1]) == ["snoozed"]
    anna.clock.advance(hours=2)
    anna.ring()
    assert states(anna, [1]) == ["open"]


def test_new_words_wake_it_and_its_timer_finds_nothing(anna: Shop) -> None:
    anna.owner("snooze 1 in 3 hours")
    assert again(anna, "And roses?") == "relayed"
    assert states(anna, [1]) == ["open"]
    anna.clock.advance(hours=3)
    assert [decision.reason for decision in anna.ring()] == ["no longer needed"]
    assert "woken" in anna.log()


@pytest.mark.parametrize("end", ["close 1", "#1 Here they are."])
def test_closed_or_answered_it_does_not_wake(anna: Shop, end: str) -> None:
    anna.owner("snooze 1 in 3 hours")
    anna.owner(end)
    then = states(anna, [1])
    anna.clock.advance(hours=3)
    anna.ring()
    assert states(anna, [1]) == then


@pytest.mark.parametrize("words", ["Thanks!", "ok", "\N{THUMBS UP SIGN}", "Vielen Dank!"])
def test_thanks_neither_end_a_snooze_nor_open_what_is_closed(anna: Shop, words: str) -> None:
    anna.owner("snooze 1 in 3 hours")
    assert again(anna, words) == "thanked"
    assert anna.told() == f"#1 Anna (email): {words}\n[stays snoozed]"
    assert states(anna, [1]) == ["snoozed"]
    anna.clock.advance(hours=3)
    anna.ring()
    assert states(anna, [1]) == ["open"]
    anna.owner("close 1")
    assert again(anna, words) == "thanked"
    assert anna.told() == f"#1 Anna (email): {words}\n[stays closed]"
    assert states(anna, [1]) == ["closed"]
    assert "customer thanked" in anna.log()


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({}, "Thanks, but where is it?"),
        ({}, "thanks for nothing"),
        ({"attachments": (Attachment(name="photo.jpg", content=b"x"),)}, "Thanks"),
        ({"unreadable": "OpenPGP"}, "Thanks"),
    ],
)
def test_when_unsure_it_opens(anna: Shop, fields: dict[str, Any], words: str) -> None:
    anna.owner("close 1")
    assert again(anna, words, **fields) == "relayed"
    assert states(anna, [1]) == ["open"]
    assert anna.log()[-1] == "reopened"


@pytest.mark.parametrize(
    ("answer", "words", "state"),
    [
        ("From May on.", "Thanks!", "waiting"),
        ("From May on.", "ok", "open"),
        ("Shall I keep you some?", "Thanks!", "open"),
    ],
)
def test_thanks_for_an_answer_open_it_only_where_they_answer_something(answer: str, words: str, state: str) -> None:
    shop = Shop()
    shop.customer("anna@example.org", "Do you have tulips?", native_id="first")
    shop.owner(f"#1 {answer}")
    again(shop, words)
    assert states(shop, [1]) == [state]


def test_a_machines_mail_wakes_nothing(anna: Shop) -> None:
    anna.owner("snooze 1 in 3 hours")
    again(anna, "I am away.", automatic=Automatic(kind=AutomaticKind.AUTO_REPLY, reason="Auto-Submitted"))
    assert states(anna, [1]) == ["snoozed"]


def test_a_day_that_is_jumped_over_makes_one_list() -> None:
    shop = Shop(POLICY).with_policy(owners=(OLGA, PAUL))
    for n in range(1, 31):
        shop.customer(f"c{n}@example.org", f"Question {n}")
        shop.owner(f"snooze {n} in {n} minutes")
    shop.drain()
    since = mark(shop)
    shop.clock.advance(days=1)
    assert sorted({decision.reason for decision in shop.ring()}) == ["no longer needed", "woken"]
    for who in ("olga", "paul"):
        (told,) = read_by(shop, who, since)
        assert told.splitlines()[0] == "Snoozed until now, and open again:"
        assert [line.split()[0] for line in told.splitlines()[1:]] == [f"#{n}" for n in range(1, 31)]
    assert set(states(shop, range(1, 31))) == {"open"}


def test_whatever_ends_a_snooze_its_moment_is_gone(anna: Shop) -> None:
    anna.owner("snooze 1 in 3 hours")
    again(anna, "And roses?")
    with anna.read() as book:
        found = book.conversation(1)
    assert found is not None
    assert (found.state, found.snoozed_until) == (State.OPEN, None)


def test_a_snooze_that_is_changed_meanwhile_is_decided_again(anna: Shop) -> None:
    decided = anna.owner("snooze 1 in 3 hours")
    (change,) = [effect for effect in decided.effects if isinstance(effect, Change)]
    with anna.read() as book:
        now = book.conversation(1)
    assert now is not None
    assert now.version == change.after.version + 1
    assert anna.clock() + timedelta(hours=3) == now.snoozed_until
