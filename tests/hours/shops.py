"""Shops for the tests of business hours, written as a table is read: which days, from when to when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bridge.hours import Hours, Special, Timetable
from bridge.hours.calendars import read_calendar
from bridge.hours.holidays import public_holidays
from bridge.hours.times import Span, spans

NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def week(**days: str) -> tuple[tuple[Span, ...], ...]:
    """`mon_fri="9-12 13-17", sat="10-14"`."""
    found: list[tuple[Span, ...]] = [()] * 7
    for names, text in days.items():
        first, _, last = names.partition("_")
        for number in range(NAMES.index(first), NAMES.index(last or first) + 1):
            found[number] = spans(text.split())
    return tuple(found)


def special(first: str, hours: str = "", last: str = "") -> Special:
    """`special("2026-12-24", "9-12")`, `special("12-28", last="01-03")`."""
    one, two = (tuple(int(part) for part in text.split("-")) for text in (first, last or first))
    return Special(first=one, last=two, spans=spans(hours.split()))


def shop(
    days: tuple[tuple[Span, ...], ...],
    zone: str = "Europe/Berlin",
    *specials: Special,
    holidays: str = "",
    calendars: Sequence[tuple[bytes, bool]] = (),
) -> Hours:
    """The hours; `calendars` are iCalendars, and whether their events open."""
    place = ZoneInfo(zone)
    return Hours(
        timetable=Timetable(
            zone=place,
            week=days,
            specials=specials,
            holidays=public_holidays(holidays) if holidays else None,
            calendars=tuple(read_calendar(raw, place, opens=opens) for raw, opens in calendars),
            country=holidays[:2],
        )
    )


def at(text: str, hours: Hours) -> datetime:
    """A moment on the shop's clock, "2026-12-23 16:00"; with "+01:00" behind it, or "Z", on another one."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=hours.zone)


def calendar(*events: Mapping[str, str] | str) -> bytes:
    """An iCalendar; an event is its lines, "DTSTART;VALUE=DATE:20260803 DTEND;VALUE=DATE:20260815 SUMMARY:Away"."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"]
    for number, event in enumerate(events):
        lines += ["BEGIN:VEVENT", f"UID:{number}", "DTSTAMP:20260101T000000Z", *str(event).split(), "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()
