"""What owners read once a week: the figures of seven days beside those of the week before, and that once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from shop import OLGA, POLICY, Shop
from sqlalchemy import insert

from bridge.cases.weekly import TIMER, Calendar, calendar
from bridge.hours import Hours, Special, Timetable
from bridge.hours.times import spans
from bridge.store.book_tables import events
from bridge.targets import Kind, Targets

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = (*(spans(["09:00-17:00"]) for _ in range(5)), (), ())
CLOSED = Special(first=(2026, 11, 30), last=(2026, 11, 30), spans=())
HOURS = Hours(timetable=Timetable(zone=BERLIN, week=WEEK, specials=(CLOSED,)))
NEVER = Hours(timetable=Timetable(zone=BERLIN, week=((),) * 7))
MONDAY, HOUR = 0, timedelta(hours=1)


FIRST = (
    "First answer by a person: half not yet, 9 of 10 not yet (before: half within 30 min, 9 of 10 within 1 h 30 min). "
    "Still without one: 2 (0)."
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


def shop_at(moment: str, hours: Hours | None = HOURS, weekly: int | None = MONDAY, language: str = "en") -> Shop:
    owner = replace(OLGA, language=language)
    targets = Targets(times={Kind.FIRST: HOUR})
    shop = Shop(hours=hours).with_policy(owners=(owner,), weekly=weekly, targets=targets, timezone="Europe/Berlin")
    shop.clock.moment = at(moment)
    return shop


def answered(shop: Shop, number: int, minutes: int) -> None:
    """The owner answers after so many minutes, and the network takes it."""
    shop.until(shop.clock() + timedelta(minutes=minutes))
    shop.owner(f"#{number} Yes.")
    sent = shop.sent("answer")[-1]
    data = {"outbound": sent.id, "state": "sent", "by": "Olga"}
    with shop.engine.begin() as connection:
        row = {"at": shop.clock(), "kind": "delivery", "conversation": number, "data": data}
        connection.execute(insert(events), [row])


def reports(shop: Shop) -> list[str]:
    return [one.text for one in shop.sent("notice", to="olga") if one.text.startswith(("The week", "Die Woche"))]


@pytest.mark.parametrize(
    ("now", "hours", "last", "due"),
    [
        ("2026-11-23T09:00", HOURS, "2026-11-23", "2026-11-23T09:00"),
        ("2026-11-23T08:59", HOURS, "2026-11-16", "2026-11-16T09:00"),
        ("2026-11-29T23:59", HOURS, "2026-11-23", "2026-11-23T09:00"),
        ("2026-12-01T08:59", HOURS, "2026-11-23", "2026-11-23T09:00"),  # the Monday is a closed one
        ("2026-12-01T09:00", HOURS, "2026-11-30", "2026-12-01T09:00"),
        ("2026-11-23T08:59", None, "2026-11-16", "2026-11-16T09:00"),
        ("2026-11-23T09:00", None, "2026-11-23", "2026-11-23T09:00"),
        ("2026-11-23T09:00", NEVER, "2026-11-23", "2026-11-23T09:00"),
    ],
)
def test_which_report_is_the_latest(now: str, hours: Hours | None, last: str, due: str) -> None:
    found = Calendar(weekday=MONDAY, zone=BERLIN, hours=hours)
    assert found.last(at(now)) == date.fromisoformat(last)
    assert found.told_at(found.last(at(now))) == at(due)


def test_every_day_of_the_week_can_be_the_one() -> None:
    for weekday in range(7):
        found = Calendar(weekday=weekday, zone=BERLIN, hours=None)
        for hours in range(0, 24 * 14, 5):
            now = at("2026-10-20T00:30") + timedelta(hours=hours)  # the clocks change within these days
            day = found.last(now)
            assert day.weekday() == weekday
            assert found.told_at(day) <= now < found.told_at(day + timedelta(days=7))
    assert calendar(replace(POLICY, weekly=None), HOURS) is None


def test_the_figures_of_two_weeks() -> None:
    shop = shop_at("2026-11-10T10:00")
    for name, minutes in (("anna", 30), ("bob", 90)):
        shop.customer(f"{name}@example.org", "Tulips?")
        answered(shop, {"anna": 1, "bob": 2}[name], minutes)
    shop.until(at("2026-11-17T10:00"))
    shop.customer("carla@example.org", "Roses?")
    answered(shop, 3, 20)
    shop.customer("dora@example.org", "Are you there?")
    shop.customer("emil@example.org", "Hello?", connector="chat")
    shop.owner("problem new The parcels are late")
    shop.until(at("2026-11-23T09:00"))
    assert reports(shop)[-1].splitlines() == [
        "The week from 2026-11-16 to 2026-11-22; in brackets, the week before:",
        "Conversations: 3 (2). Messages: 3 (2).",
        FIRST,
        "First answers in time: 33 % (50 %).",
        "2 customers wait for you now; the longest:",
        "#4 Dora (email), since 2026-11-17 10:20; was due 2026-11-17 11:20",
        "1 problem is open:",
        "1  The parcels are late",
    ]


def test_in_the_owners_language() -> None:
    shop = shop_at("2026-11-17T10:00", language="de")
    shop.customer("anna@example.org", "Tulpen?")
    shop.until(at("2026-11-23T09:00"))
    text = reports(shop)[0]
    assert text.startswith("Die Woche vom 2026-11-16 bis 2026-11-22; in Klammern die Woche davor:\n")
    assert "1 Kunde wartet jetzt auf Sie:" in text


def test_once_a_week_while_somebody_waits_and_then_no_more() -> None:
    shop = shop_at("2026-11-17T10:00")
    shop.customer("anna@example.org", "Tulips?")
    shop.until(at("2026-12-08T12:00"))
    assert [text[14:24] for text in reports(shop)] == ["2026-11-16", "2026-11-23", "2026-11-30"]
    answered(shop, 1, 0)
    shop.until(at("2027-01-20T12:00"))
    assert len(reports(shop)) == 3, "quiet weeks are not told of"
    shop.customer("anna@example.org", "More tulips?", subject="Again", native_id="again")
    shop.until(at("2027-01-26T12:00"))
    assert len(reports(shop)) == 4


def test_a_clock_that_jumps_over_weeks_makes_one_and_one_that_jumps_back_none() -> None:
    shop = shop_at("2026-11-17T10:00")
    shop.customer("anna@example.org", "Tulips?")
    shop.clock.advance(days=40)
    shop.until(shop.clock() + timedelta(hours=1))
    assert [text[14:24] for text in reports(shop)] == ["2026-12-14"]
    shop.clock.moment -= timedelta(days=2)
    shop.customer("bob@example.org", "Roses?")
    shop.until(shop.clock() + timedelta(days=2))
    assert len(reports(shop)) == 1
    shop.until(at("2026-12-28T12:00"))
    assert [text[14:24] for text in reports(shop)] == ["2026-12-14", "2026-12-21"]


def test_a_timer_that_rings_twice_tells_once() -> None:
    """The clock goes back by an hour after the report, and words come: its timer is set once more."""
    shop = shop_at("2026-11-17T10:00")
    shop.customer("anna@example.org", "Tulips?")
    shop.until(at("2026-11-23T09:30"))
    shop.clock.moment -= HOUR
    shop.customer("bob@example.org", "Roses?")
    shop.until(at("2026-11-23T12:00"))
    assert len(reports(shop)) == 1


@pytest.mark.parametrize("then", [None, 3])
def test_off_or_on_another_day_from_now_on(then: int | None) -> None:
    shop = shop_at("2026-11-17T10:00", weekly=3 if then is None else None)
    shop.customer("anna@example.org", "Tulips?")
    assert len([timer for timer in shop.timers() if timer["timer"] == TIMER]) == (then is None)
    shop.with_policy(weekly=then)
    shop.until(at("2026-11-25T12:00"))
    assert reports(shop) == []


def test_quiet_hours_hold_it_back() -> None:
    shop = shop_at("2026-11-17T10:00", hours=None)
    (owner,) = shop.policy.owners
    shop.with_policy(owners=(replace(owner, quiet=(time(8), time(10))),))
    shop.customer("anna@example.org", "Tulips?")
    shop.until(at("2026-11-23T09:59"))
    assert reports(shop) == []
    shop.until(at("2026-11-23T10:00"))
    assert any("The week from" in one.text for one in shop.sent("notice"))


def test_a_shop_that_opens_later_than_it_was_to_reads_it_as_it_opens() -> None:
    """The timer was set for an opening of which a calendar has said since that it is none."""
    shop = shop_at("2026-11-24T10:00", Hours(timetable=Timetable(zone=BERLIN, week=WEEK)))
    shop.customer("anna@example.org", "Tulips?")
    answered(shop, 1, 20)
    shop.owner("done 1")
    shop.hours = HOURS
    shop.until(at("2026-11-30T12:00"))
    assert reports(shop) == []
    shop.until(at("2026-12-01T09:00"))
    assert [one.splitlines()[1] for one in reports(shop)] == ["Conversations: 1 (0). Messages: 1 (0)."]
