"""Targets: owners are reminded once before and once when an answer is due, in business time, and never in a storm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from shop import OLGA, PAUL, POLICY, Shop

from bridge.hours import Hours, Timetable
from bridge.hours.times import spans
from bridge.messages import DeliveryReport, DeliveryStatus
from bridge.targets import Group, Kind, Rule, Targets

HOUR = timedelta(hours=1)
WEEK = (*(spans(["09:00-12:00", "13:00-17:00"]) for _ in range(5)), (), ())
HOURS = Hours(timetable=Timetable(zone=ZoneInfo("Europe/Berlin"), week=WEEK))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


def shop_at(moment: str, first: timedelta = HOUR, following: timedelta = 2 * HOUR) -> Shop:
    targets = Targets(times={Kind.FIRST: first, Kind.NEXT: following})
    shop = Shop(hours=HOURS).with_policy(targets=targets, acknowledge_closed=False)
    shop.clock.moment = at(moment)
    return shop


def until(shop: Shop, moment: str) -> None:
    shop.until(at(moment))


def told(shop: Shop) -> list[str]:
    return [one.text for one in shop.sent("notice", to="olga") if "has waited" in one.text or "have waited" in one.text]


def test_before_and_when_it_is_due() -> None:
    shop = shop_at("2026-11-23T10:00")
    shop.customer("anna@example.org", "Tulips?")
    until(shop, "2026-11-23T10:44")
    assert told(shop) == []
    until(shop, "2026-11-23T10:45")
    assert told(shop) == ["#1 Anna has waited since 10:00; the answer is due at 11:00."]
    until(shop, "2026-11-25T11:00")
    assert told(shop)[1:] == ["#1 Anna has waited since 10:00; the answer was due at 11:00."]


def test_business_time_only() -> None:
    """Written on Friday at 16:30: half an hour on Friday, half an hour on Monday."""
    shop = shop_at("2026-11-20T16:30")
    shop.customer("anna@example.org", "Tulips?")
    until(shop, "2026-11-23T09:14")
    assert told(shop) == []
    until(shop, "2026-11-23T09:30")
    assert len(told(shop)) == 2
    assert "since 2026-11-20 16:30; the answer was due at 09:30" in told(shop)[1]


@pytest.mark.parametrize("ends", ["#1 Yes.", "close 1", "block 1"])
def test_whoever_no_longer_waits_is_not_told_of(ends: str) -> None:
    shop = shop_at("2026-11-23T10:00")
    shop.customer("anna@example.org", "Tulips?")
    shop.owner(ends)
    until(shop, "2026-11-23T14:00")
    assert told(shop) == []


def test_more_words_do_not_begin_it_anew() -> None:
    shop = shop_at("2026-11-23T10:00")
    shop.customer("anna@example.org", "Tulips?", connector="chat")
    until(shop, "2026-11-23T10:40")
    shop.customer("anna@example.org", "Hello?", connector="chat")
    until(shop, "2026-11-23T12:00")
    assert len(told(shop)) == 2


def test_the_next_turn_has_its_own_target() -> None:
    shop = shop_at("2026-11-23T09:00")
    shop.customer("anna@example.org", "Tulips?", connector="chat")
    shop.owner("#1 Yes.")
    until(shop, "2026-11-23T09:30")
    shop.customer("anna@example.org", "Red ones?", connector="chat")
    until(shop, "2026-11-23T10:59")
    assert told(shop) == []
    until(shop, "2026-11-23T11:30")
    assert len(told(shop)) == 2


def test_a_clock_that_jumps_a_day_makes_one_list() -> None:
    shop = shop_at("2026-11-23T10:00")
    for count in range(40):
        shop.customer(f"c{count}@example.org", "Tulips?")
    shop.clock.advance(days=1)
    for _ in range(10):
        shop.ring()
        shop.clock.advance(minutes=1)
    (text,) = told(shop)
    assert text.startswith("40 customers have waited for an answer longer than they should:\n#1 C0 (email), since")
    assert text.endswith("… and 10 more: `list`")
    until(shop, "2026-11-25T11:00")
    assert len(told(shop)) == 1


def test_whoever_has_the_conversation_is_reminded_and_then_everybody() -> None:
    shop = shop_at("2026-11-23T10:00").with_policy(owners=(OLGA, PAUL))
    shop.customer("anna@example.org", "Tulips?")
    shop.owner("assign 1 Paul")
    until(shop, "2026-11-23T10:50")
    reminded = [one.address for one in shop.sent("notice") if "has waited" in one.text]
    assert reminded == ["paul"]
    until(shop, "2026-11-23T11:00")
    assert [one.address for one in shop.sent("notice") if "was due" in one.text] == ["olga", "paul"]


def test_an_answer_that_came_back_begins_a_wait() -> None:
    shop = shop_at("2026-11-23T09:00")
    shop.customer("anna@example.org", "Tulips?")
    shop.owner("#1 Yes.")
    names = shop.drain()
    (sent,) = shop.sent("answer")
    report = DeliveryReport(refers_to=names[sent.id], status=DeliveryStatus.BOUNCED, reason="550")
    shop.clock.advance(minutes=5)
    shop.happens(report, "mail")
    until(shop, "2026-11-23T11:05")
    assert len(told(shop)) == 2


def test_without_targets_nothing_is_said() -> None:
    shop = Shop(POLICY)
    shop.customer("anna@example.org", "Tulips?")
    assert not [timer for timer in shop.timers() if timer["timer"] == "target"]


def test_without_hours_the_clock_on_the_wall_counts() -> None:
    shop = Shop().with_policy(targets=Targets(times={Kind.FIRST: HOUR}))
    shop.customer("anna@example.org", "Tulips?")
    shop.clock.advance(minutes=45)
    shop.ring()
    assert len(told(shop)) == 1


URGENT = Rule(tag="urgent", times={Kind.FIRST: HOUR})


def tagging_shop(moment: str, *rules: Rule, groups: tuple[Group, ...] = ()) -> Shop:
    targets = Targets(times={Kind.FIRST: 4 * HOUR, Kind.NEXT: 4 * HOUR}, rules=rules, groups=groups)
    shop = Shop(hours=HOURS).with_policy(targets=targets, timezone="Europe/Berlin", acknowledge_closed=False)
    shop.clock.moment = at(moment)
    return shop


def test_a_tag_changes_the_deadline_from_then_on() -> None:
    shop = tagging_shop("2026-11-23T10:00", URGENT)
    shop.customer("anna@example.org", "Tulips?")
    until(shop, "2026-11-23T10:20")
    shop.owner("tag 1 urgent")
    assert shop.told() == "#1 Anna, email: #urgent. By that the answer is due at 11:00."
    until(shop, "2026-11-24T12:00")
    assert told(shop) == [
        "#1 Anna has waited since 10:00; the answer is due at 11:00.",
        "#1 Anna has waited since 10:00; the answer was due at 11:00.",
    ], "and nothing more at the four hours of before"


def test_a_tag_that_comes_too_late_says_so_at_once_and_everybody_reads_it_once() -> None:
    shop = tagging_shop("2026-11-23T10:00", URGENT).with_policy(owners=(OLGA, PAUL))
    shop.customer("anna@example.org", "Tulips?")
    until(shop, "2026-11-23T11:30")
    shop.owner("tag 1 urgent")
    assert shop.told() == "#1 Anna, email: #urgent. By that the answer was due at 11:00."
    until(shop, "2026-11-24T12:00")
    late = [one for one in shop.sent("notice") if "the answer was due at 11:00" in one.text and "waited" in one.text]
    assert [one.address for one in late] == ["olga", "paul"]
    assert len(told(shop)) == 1


def test_a_tag_that_is_taken_off_gives_the_time_back() -> None:
    shop = tagging_shop("2026-11-23T10:00", URGENT)
    shop.customer("anna@example.org", "Tulips?")
    shop.owner("tag 1 urgent")
    until(shop, "2026-11-23T10:10")
    shop.owner("untag 1 urgent")
    assert shop.told() == "#1 Anna, email: no tags. By that the answer is due at 15:00."
    until(shop, "2026-11-23T13:59")
    assert told(shop) == []
    until(shop, "2026-11-23T15:00")
    assert len(told(shop)) == 2


def test_a_tag_without_a_target_of_its_own_changes_nothing() -> None:
    shop = tagging_shop("2026-11-23T10:00", URGENT)
    shop.customer("anna@example.org", "Tulips?")
    before = shop.timers()
    shop.owner("tag 1 blue")
    assert shop.told() == "#1 Anna, email: #blue"
    assert shop.timers() == before


def test_a_tag_that_says_no_target() -> None:
    shop = tagging_shop("2026-11-23T10:00", Rule(tag="friends", times={Kind.FIRST: timedelta()}))
    shop.customer("anna@example.org", "Tulips?")
    shop.owner("tag 1 friends")
    assert shop.told() == "#1 Anna, email: #friends. No answer is due by a target any more."
    until(shop, "2026-11-24T12:00")
    assert told(shop) == []


@pytest.mark.parametrize(
    ("address", "connector", "due"),
    [
        ("anna@example.org", "mail", "15:00"),
        ("anna@big.example", "mail", "12:00"),
        ("anna@example.org", "chat", "11:00"),
        ("anna@big.example", "chat", "10:30"),
    ],
)
def test_channels_and_groups_have_targets_of_their_own(address: str, connector: str, due: str) -> None:
    rules = (
        Rule(group="big", times={Kind.FIRST: 2 * HOUR}),
        Rule(channel="chat", times={Kind.FIRST: HOUR}),
        Rule(channel="chat", group="big", times={Kind.FIRST: HOUR / 2}),
    )
    shop = tagging_shop("2026-11-23T10:00", *rules, groups=(Group(name="big", members=frozenset(["*@big.example"])),))
    shop.customer(address, "Tulips?", connector=connector)
    until(shop, "2026-11-23T16:00")
    assert told(shop)[1] == f"#1 Anna has waited since 10:00; the answer was due at {due}."


def test_a_new_configuration_counts_for_who_waits() -> None:
    shop = tagging_shop("2026-11-23T10:00")
    shop.customer("anna@example.org", "Tulips?")
    shop.with_policy(targets=Targets(times={Kind.FIRST: 5 * HOUR}))
    until(shop, "2026-11-23T15:59")
    assert told(shop) == ["#1 Anna has waited since 10:00; the answer is due at 16:00."]
    until(shop, "2026-11-23T16:00")
    assert len(told(shop)) == 2


def test_who_was_closed_unanswered_and_writes_again_has_the_next_target() -> None:
    """As the reports have it: the first wait is over, however it ended."""
    shop = shop_at("2026-11-23T09:00")
    shop.customer("anna@example.org", "Tulips?", connector="chat")
    shop.owner("close 1")
    shop.customer("anna@example.org", "Really, tulips?", connector="chat")
    until(shop, "2026-11-23T10:29")
    assert told(shop) == []
    until(shop, "2026-11-23T11:00")
    assert len(told(shop)) == 2


def test_what_slept_is_reminded_of_when_it_is_awake() -> None:
    shop = tagging_shop("2026-11-23T10:00")
    shop.customer("anna@example.org", "Tulips?")
    shop.owner("snooze 1 14:30")
    until(shop, "2026-11-23T14:59")
    assert told(shop) == ["#1 Anna has waited since 10:00; the answer is due at 15:00."]
    until(shop, "2026-11-23T15:00")
    assert len(told(shop)) == 2


def test_what_woke_too_late_is_not_told_twice() -> None:
    shop = tagging_shop("2026-11-23T10:00")
    shop.customer("anna@example.org", "Tulips?")
    shop.owner("snooze 1 tomorrow 10:00")
    until(shop, "2026-11-24T16:00")
    assert told(shop) == []


def test_what_is_split_off_is_reminded_of() -> None:
    shop = tagging_shop("2026-11-23T10:00")
    shop.customer("anna@example.org", "Tulips?", connector="chat")
    shop.owner("#1 Yes.")
    until(shop, "2026-11-23T11:00")
    shop.customer("anna@example.org", "And do you repair bicycles?", connector="chat")
    shop.owner("split 1")
    until(shop, "2026-11-23T16:00")
    assert [line.split(";")[0] for line in told(shop)] == ["#2 Anna has waited since 11:00"] * 2


def test_a_merged_case_has_the_target_of_both_tags() -> None:
    shop = tagging_shop("2026-11-23T10:00", URGENT)
    shop.customer("anna@example.org", "Tulips?", subject="Tulips")
    shop.customer("anna@example.org", "Roses?", subject="Roses", native_id="two")
    shop.owner("tag 2 urgent")
    shop.owner("merge 2 into 1")
    assert shop.log()[-2:] != ["merged"]
    assert "tagged" in shop.log()[-4:]
    until(shop, "2026-11-23T16:00")
    assert len([line for line in told(shop) if "the answer was due at 11:00" in line]) == 1
