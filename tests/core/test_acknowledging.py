"""The automatic word that something has arrived while the shop is closed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from shop import Shop

from bridge.hours import Hours, Timetable
from bridge.hours.times import spans
from bridge.messages import Automatic, AutomaticKind

WEEK = (*(spans(["09:00-12:00", "13:00-17:00"]) for _ in range(5)), (), ())
HOURS = Hours(timetable=Timetable(zone=ZoneInfo("Europe/Berlin"), week=WEEK))


def shop_at(moment: str) -> Shop:
    shop = Shop(hours=HOURS)
    shop.clock.moment = datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    return shop


def later(shop: Shop, **units: float) -> None:
    shop.clock.advance(**units)
    shop.ring()


def words(shop: Shop) -> list[str]:
    return [one.text for one in shop.live("automatic")]


@pytest.mark.parametrize(
    ("moment", "opening"),
    [
        ("2026-11-23T23:10", "tomorrow at 9:00 AM"),
        ("2026-11-23T08:10", "today at 9:00 AM"),
        ("2026-11-23T12:30", "today at 1:00 PM"),
        ("2026-11-20T18:00", "on Monday at 9:00 AM"),
    ],
)
def test_closed(moment: str, opening: str) -> None:
    shop = shop_at(moment)
    shop.customer("anna@example.org", "Do you have tulips?")
    later(shop, seconds=15)
    (said,) = words(shop)
    assert f"we are open again {opening}" in " ".join(said.split())


def test_open_says_nothing_unless_asked_to() -> None:
    shop = shop_at("2026-11-23T10:00")
    shop.customer("anna@example.org", "Do you have tulips?")
    later(shop, seconds=15)
    assert words(shop) == []


def test_once_in_a_conversation_and_closure() -> None:
    shop = shop_at("2026-11-23T20:00")
    for text in ("Do you have tulips?", "Or roses?", "Or lilies?"):
        shop.customer("anna@example.org", text, connector="chat")
        later(shop, minutes=30)
    assert len(words(shop)) == 1
    later(shop, hours=24)
    shop.customer("anna@example.org", "Nobody there?", connector="chat")
    later(shop, minutes=1)
    assert len(words(shop)) == 2


def test_none_by_the_setting() -> None:
    shop = shop_at("2026-11-23T20:00").with_policy(acknowledge_closed=False)
    shop.customer("anna@example.org", "Do you have tulips?")
    later(shop, seconds=15)
    assert words(shop) == []


def test_none_in_the_middle_of_a_conversation_nor_to_a_machine() -> None:
    shop = shop_at("2026-11-23T20:00")
    shop.customer("news@example.org", "Buy!", automatic=Automatic(kind=AutomaticKind.LIST, reason="List-Id"))
    shop.customer("anna@example.org", "Do you have tulips?", connector="chat")
    shop.owner("#2 Yes.")
    later(shop, minutes=1)
    shop.customer("anna@example.org", "Red ones?", connector="chat")
    later(shop, minutes=1)
    assert words(shop) == []


def test_who_never_opens_has_nothing_to_say() -> None:
    shop = Shop(hours=Hours(timetable=Timetable(zone=ZoneInfo("UTC"), week=((),) * 7)))
    shop.customer("anna@example.org", "Do you have tulips?")
    later(shop, seconds=15)
    assert words(shop) == []
