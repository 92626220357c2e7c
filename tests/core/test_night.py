"""What owners read when the shop opens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from shop import Shop

from bridge.faq.entry import Entry
from bridge.faq.match import Candidate, Match
from bridge.faq.rules import Rules
from bridge.hours import Hours, Timetable
from bridge.hours.times import spans
from bridge.targets import Kind, Targets

HOURS = Hours(timetable=Timetable(zone=ZoneInfo("Europe/Berlin"), week=(*(spans(["09:00-17:00"]),) * 5, (), ())))
OPENING = Entry(id="opening", question="When are you open?", answer="From 9 to 5.")


def find(text: str) -> Match:
    sure = 0.99 if "open" in text else 0.1
    return Match(candidates=(Candidate(entry="opening", confidence=sure),), asked=text, language="en")


def shop_at(moment: str) -> Shop:
    faq = Rules(entries={"opening": OPENING}, at_once=True)
    shop = Shop(hours=HOURS, faq=faq, find=find).with_policy(targets=Targets(times={Kind.FIRST: timedelta(hours=1)}))
    shop.clock.moment = at(moment)
    return shop


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def until(shop: Shop, moment: str) -> None:
    shop.until(at(moment))


def reports(shop: Shop) -> list[str]:
    return [
        one.text for one in shop.sent("notice", to="olga") if "Wait" in one.text or "Answered by itself" in one.text
    ]


def test_what_was_answered_and_who_waits() -> None:
    shop = shop_at("2026-11-23T23:10")
    shop.customer("anna@example.org", "When are you open?", connector="chat")
    shop.customer("bob@example.org", "Do you have tulips?", connector="chat")
    until(shop, "2026-11-24T08:59")
    assert reports(shop) == []
    until(shop, "2026-11-24T09:00")
    (text,) = reports(shop)
    assert text.splitlines() == [
        "Answered by itself: 1 message. `no N` under what is wrong.",
        "#1 Anna (XMPP): #opening: When are you open?",
        "Waits for you: 1 customer.",
        "#2 Bob (XMPP), since 2026-11-23 23:10; due 10:00",
    ]


def test_it_comes_again_while_somebody_waits_and_then_no_more() -> None:
    shop = shop_at("2026-11-23T10:00")
    shop.customer("bob@example.org", "Do you have tulips?", connector="chat")
    until(shop, "2026-11-26T09:00")
    assert len(reports(shop)) == 3
    shop.owner("#1 Yes.")
    until(shop, "2026-11-30T09:00")
    assert len(reports(shop)) == 3


def test_what_could_not_be_sent_is_counted() -> None:
    shop = shop_at("2026-11-23T10:00")
    shop.customer("bob@example.org", "Do you have tulips?", connector="chat")
    shop.owner("#1 Yes.")
    until(shop, "2026-11-24T09:00")
    assert reports(shop) == [], "nothing to tell: nothing is said"


def test_no_hours_no_report() -> None:
    shop = Shop()
    shop.customer("bob@example.org", "Do you have tulips?", connector="chat")
    assert not [timer for timer in shop.timers() if timer["timer"] == "night"]
