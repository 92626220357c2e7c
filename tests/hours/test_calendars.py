"""iCalendars: what their events close and open, and what is said of one that cannot be read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hours.shops import at, calendar, shop, week

from bridge.hours import HoursError
from bridge.hours.calendars import SIZE_LIMIT, read_calendar

OFFICE = week(mon_fri="9-12 13-17")
NIGHTS = week(mon_sun="22:00-02:00")

# What the calendar says, whether its events open, from when to when, how many minutes of it are open.
EVENTS = [
    ("DTSTART;VALUE=DATE:20261123 SUMMARY:x", False, "2026-11-23 00:00", "2026-11-25 00:00", 7 * 60),
    ("DTSTART;VALUE=DATE:20261123 TRANSP:TRANSPARENT", False, "2026-11-23 00:00", "2026-11-25 00:00", 7 * 60),
    ("DTSTART;VALUE=DATE:20261123 STATUS:CANCELLED", False, "2026-11-23 00:00", "2026-11-24 00:00", 7 * 60),
    ("DTSTART;VALUE=DATE:20261123 DURATION:P2D", False, "2026-11-23 00:00", "2026-11-26 00:00", 7 * 60),
    ("DTSTART:20261123T100000 DURATION:PT1H", False, "2026-11-23 00:00", "2026-11-24 00:00", 6 * 60),
    ("DTSTART;TZID=Europe/London:20261123T100000 DURATION:PT30M", False, "2026-11-23 11:00", "2026-11-23 12:00", 30),
    ("DTSTART:20261123T163000Z DTEND:20261123T183000Z", True, "2026-11-23 16:00", "2026-11-23 20:00", 60 + 120),
    ("DTSTART:20261128T100000 DTEND:20261128T120000", True, "2026-11-28 00:00", "2026-11-29 00:00", 120),
    # An opening of a whole day brings back the ordinary hours: a Sunday has none.
    ("DTSTART;VALUE=DATE:20261129", True, "2026-11-29 00:00", "2026-11-30 00:00", 0),
    # Every second Wednesday from 2020 on, but for one.
    (
        "DTSTART:20200101T130000 DURATION:PT4H RRULE:FREQ=WEEKLY;INTERVAL=2 EXDATE:20261125T130000",
        False,
        "2026-11-09 00:00",
        "2026-12-05 00:00",
        20 * 7 * 60 - 4 * 60,
    ),
    # The last Friday of each month, on the clock of the shop over the change to winter.
    (
        "DTSTART;TZID=Europe/Berlin:20260130T160000 DURATION:PT1H RRULE:FREQ=MONTHLY;BYDAY=-1FR",
        False,
        "2026-10-30 15:00",
        "2026-10-30 18:00",
        60,
    ),
]


@pytest.mark.parametrize(("event", "opens", "start", "end", "minutes"), EVENTS)
def test_what_an_event_does(event: str, opens: bool, start: str, end: str, minutes: int) -> None:
    hours = shop(OFFICE, calendars=[(calendar(event), opens)])
    assert hours.between(at(start, hours), at(end, hours)).total_seconds() == minutes * 60


def test_one_day_of_a_series_is_called_off() -> None:
    series = "UID:s DTSTART:20261102T100000 DURATION:PT2H RRULE:FREQ=WEEKLY"
    one = "UID:s RECURRENCE-ID:20261109T100000 DTSTART:20261109T100000 DURATION:PT2H STATUS:CANCELLED"
    raw = calendar(series, one).replace(b"UID:0\r\n", b"").replace(b"UID:1\r\n", b"")
    hours = shop(OFFICE, calendars=[(raw, False)])
    minutes = [
        hours.between(at(f"2026-11-{day:02} 00:00", hours), at(f"2026-11-{day:02} 23:59", hours)) for day in (2, 9, 16)
    ]
    assert [length.total_seconds() / 3600 for length in minutes] == [5, 7, 5]


def test_a_day_that_is_closed_keeps_the_night_before() -> None:
    """The shift of Sunday ends on Monday; the shift that begins on Monday is closed."""
    hours = shop(NIGHTS, calendars=[(calendar("DTSTART;VALUE=DATE:20261123"), False)])
    assert hours.open_at(at("2026-11-23 01:00", hours))
    assert not hours.open_at(at("2026-11-23 23:00", hours))
    assert not hours.open_at(at("2026-11-24 01:00", hours))


def test_a_title_says_that_it_opens() -> None:
    raw = calendar("DTSTART:20261128T100000 DURATION:PT2H SUMMARY:OPEN", "DTSTART;VALUE=DATE:20261127 SUMMARY:Away")
    read = read_calendar(raw, ZoneInfo("UTC"), open_words=["open"])
    found = read(at("2026-11-20 00:00", shop(OFFICE)).date(), at("2026-11-30 00:00", shop(OFFICE)).date())
    assert sorted((event.name, event.opens) for event in found) == [("Away", False), ("OPEN", True)]


BAD = [
    (b"", "no iCalendar"),
    (b"<!DOCTYPE html><title>Sign in</title>", "web page"),
    (b"\xff\xfe\x00", "no UTF-8"),
    (calendar("DTSTART;VALUE=DATE:20261123")[:-20], "ends in the middle"),
    (b"BEGIN:VCALENDAR\r\nhello\r\nEND:VCALENDAR\r\n", "cannot be read"),
    (b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", "cannot be read"),
    (b"BEGIN:VCALENDAR\r\n" + b"X" * SIZE_LIMIT + b"\r\nEND:VCALENDAR", "larger than 8 MB"),
    (calendar("SUMMARY:Away"), "'Away' has no beginning"),
    (calendar("DTSTART:2026-11-23 SUMMARY:Away"), "'Away' has a DTSTART that cannot be read"),
    (calendar("DTSTART:20261123T100000 DTEND:20261122T100000"), "ends before it begins"),
    (calendar("DTSTART;TZID=Middle/Earth:20261123T100000"), "time zone 'Middle/Earth'"),
    (calendar("DTSTART:20261123T100000 RRULE:FREQ=SECONDLY"), "several times a day"),
    (calendar("DTSTART:20261123T100000 RRULE:FREQ=NEVER"), "RRULE that cannot be read"),
    (calendar("DTSTART:20261123T100000 RRULE:COUNT=3"), "cannot be read"),
]


@pytest.mark.parametrize(("raw", "told"), BAD)
def test_a_calendar_that_cannot_be_read(raw: bytes, told: str) -> None:
    with pytest.raises(HoursError, match=told) as caught:
        read_calendar(raw, ZoneInfo("UTC"))
    assert "; " in str(caught.value), "it says what to do"


def test_an_empty_calendar_is_none_of_these() -> None:
    hours = shop(OFFICE, calendars=[(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n", False)])
    assert hours.open_at(at("2026-11-23 10:00", hours))
