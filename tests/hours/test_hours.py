"""Business hours by hand: each line was worked out with a calendar and a pencil."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hours.shops import at, calendar, shop, special, week

from bridge.hours import ALWAYS, Hours

OFFICE = week(mon_fri="9-12 13-17")
BERLIN = shop(OFFICE, holidays="DE-BE")
PLAIN = shop(OFFICE)
NIGHT = shop(week(mon_sun="22:00-06:00"))
BAR = shop(week(thu_sat="18:00-02:00"))
ROUND = shop(week(mon_sun="0-24"))
MARKET = shop(week(sat="8-13"))
EARLY = shop(week(sun="1:30-4:00"))
TWICE = shop(week(sun="2:00-2:30"))
KATHMANDU = shop(OFFICE, "Asia/Kathmandu")
HOWE = shop(week(mon_sun="0-24"), "Australia/Lord_Howe")
HOWE_MORNING = shop(week(sun="1-3"), "Australia/Lord_Howe")
SAMOA = shop(OFFICE, "Pacific/Apia")
LONDON = shop(OFFICE, "Europe/London", holidays="GB-ENG")
CHRISTMAS = shop(
    OFFICE, "Europe/Berlin", special("12-24", "9-12"), special("2026-12-28", last="2027-01-03"), holidays="DE"
)
SUMMER = shop(OFFICE, "Europe/Berlin", special("2026-08-03", last="2026-08-14"))
AWAY = shop(
    OFFICE,
    calendars=[
        (calendar("DTSTART;VALUE=DATE:20260803 DTEND;VALUE=DATE:20260815 SUMMARY:Away"), False),
        (calendar("DTSTART:20260901T110000 DTEND:20260901T150000 SUMMARY:Dentist"), False),
        (calendar("DTSTART:20260905T100000Z DTEND:20260905T140000Z SUMMARY:Fair"), True),
    ],
)
HOLIDAY_OPEN = shop(
    OFFICE,
    holidays="DE-BE",
    calendars=[(calendar("DTSTART;VALUE=DATE:20261225 SUMMARY:Open"), True)],
)
LEAP = shop(week(mon_sun="9-17"))
NEVER = shop(week())
ONCE = shop(week(), "Europe/Berlin", special("2027-05-08", "10-12"))

BETWEEN = [
    # An ordinary week: 9-12 and 13-17, Monday to Friday.
    (PLAIN, "2026-11-23 09:00", "2026-11-23 17:00", 7 * 60),  # a Monday, lunch left out
    (PLAIN, "2026-11-23 11:30", "2026-11-23 13:30", 60),  # over lunch
    (PLAIN, "2026-11-23 12:00", "2026-11-23 13:00", 0),  # lunch itself
    (PLAIN, "2026-11-23 12:10", "2026-11-23 12:50", 0),  # within lunch
    (PLAIN, "2026-11-23 00:00", "2026-11-24 00:00", 7 * 60),  # midnight to midnight
    (PLAIN, "2026-11-23 23:59", "2026-11-24 00:01", 0),  # across midnight
    (PLAIN, "2026-11-20 16:00", "2026-11-23 10:00", 2 * 60),  # over a weekend
    (PLAIN, "2026-11-21 10:00", "2026-11-22 18:00", 0),  # within a weekend
    (PLAIN, "2026-11-23 10:00", "2026-11-30 10:00", 35 * 60),  # a week
    (PLAIN, "2026-11-23 10:00", "2026-11-23 10:00", 0),  # nothing
    (PLAIN, "2026-11-24 10:00", "2026-11-23 10:00", 0),  # backwards
    (PLAIN, "2026-11-23T08:30:00Z", "2026-11-23T09:30:00Z", 60),  # on another clock: 9:30 to 10:30
    # Holidays of Berlin: 8 March (a Sunday in 2026), Good Friday, 1 May, 3 October (a Saturday), Christmas.
    (BERLIN, "2026-03-06 16:00", "2026-03-09 10:00", 2 * 60),  # a holiday on a Sunday takes nothing
    (BERLIN, "2026-10-02 16:00", "2026-10-05 10:00", 2 * 60),  # nor one on a Saturday
    (BERLIN, "2026-04-02 16:00", "2026-04-07 10:00", 2 * 60),  # Good Friday and Easter Monday within a wait
    (BERLIN, "2026-12-23 16:00", "2026-12-28 11:00", 10 * 60),  # 1 + 7 + holiday + weekend + 2
    (PLAIN, "2026-12-23 16:00", "2026-12-28 11:00", 17 * 60),  # without holidays 7 more
    (LONDON, "2026-12-24 16:00", "2026-12-29 10:00", 2 * 60),  # Boxing Day is a Saturday: the Monday is one instead
    # Other hours at Christmas, closed between the years; a closure within a wait.
    (CHRISTMAS, "2026-12-23 16:00", "2026-12-24 17:00", 60 + 3 * 60),
    (CHRISTMAS, "2026-12-24 09:00", "2027-01-04 10:00", 3 * 60 + 60),
    (CHRISTMAS, "2027-12-24 00:00", "2027-12-25 00:00", 3 * 60),  # every year (a Friday)
    (SUMMER, "2026-07-31 16:00", "2026-08-17 10:00", 2 * 60),
    (AWAY, "2026-07-31 16:00", "2026-08-17 10:00", 2 * 60),
    (AWAY, "2026-09-01 09:00", "2026-09-01 17:00", 2 * 60 + 2 * 60),  # closed 11 to 15
    (AWAY, "2026-09-05 00:00", "2026-09-06 00:00", 4 * 60),  # a Saturday, open 12 to 16
    (HOLIDAY_OPEN, "2026-12-25 00:00", "2026-12-26 00:00", 7 * 60),
    # Round the clock, and through the night.
    (ROUND, "2026-11-23 10:00", "2026-11-25 11:30", 49 * 60 + 30),
    (ROUND, "2026-03-28 12:00", "2026-03-29 12:00", 23 * 60),  # spring forward
    (ROUND, "2026-10-24 12:00", "2026-10-25 12:00", 25 * 60),  # autumn back
    (NIGHT, "2026-11-23 12:00", "2026-11-24 12:00", 8 * 60),
    (NIGHT, "2026-03-28 12:00", "2026-03-29 12:00", 7 * 60),
    (NIGHT, "2026-10-24 12:00", "2026-10-25 12:00", 9 * 60),
    (NIGHT, "2026-11-23 23:00", "2026-11-24 01:00", 2 * 60),  # across midnight
    (NIGHT, "2026-12-31 12:00", "2027-01-01 12:00", 8 * 60),  # across the year
    (BAR, "2026-11-25 12:00", "2026-11-30 12:00", 3 * 8 * 60),
    (BAR, "2026-11-29 01:00", "2026-11-29 12:00", 60),  # Sunday morning is still Saturday's
    # Clocks that jump while the shop is open, or just then.
    (EARLY, "2026-03-29 00:00", "2026-03-29 12:00", 90),  # 1:30 to 4:00 without the hour that is not there
    (EARLY, "2026-10-25 00:00", "2026-10-25 12:00", 210),  # with the hour that comes twice
    (TWICE, "2026-03-29 00:00", "2026-03-29 12:00", 0),  # 2:00 to 2:30 is not there
    (TWICE, "2026-10-25 00:00", "2026-10-25 12:00", 30),  # and is there once: its first coming
    (BERLIN, "2026-03-27 16:00", "2026-03-30 10:00", 2 * 60),  # a jump in a closed night takes nothing
    (BERLIN, "2026-10-23 16:00", "2026-10-26 10:00", 2 * 60),
    # Zones with odd offsets; half an hour of daylight saving; a Friday that never was.
    (KATHMANDU, "2026-11-23T03:15:00Z", "2026-11-23T11:15:00Z", 7 * 60),  # 9:00 to 17:00 at +05:45
    (HOWE, "2026-10-03 12:00", "2026-10-04 12:00", 23 * 60 + 30),
    (HOWE, "2026-04-04 12:00", "2026-04-05 12:00", 24 * 60 + 30),
    (HOWE_MORNING, "2026-10-04 00:00", "2026-10-04 12:00", 90),
    (HOWE_MORNING, "2026-04-05 00:00", "2026-04-05 12:00", 150),
    (SAMOA, "2011-12-29 16:00", "2012-01-02 10:00", 2 * 60),
    # Leap days.
    (LEAP, "2028-02-28 12:00", "2028-03-01 12:00", 16 * 60),
    (LEAP, "2027-02-28 12:00", "2027-03-01 12:00", 8 * 60),
    (LEAP, "2028-02-01 00:00", "2028-03-01 00:00", 29 * 8 * 60),
    (LEAP, "2027-01-01 00:00", "2029-01-01 00:00", (365 + 366) * 8 * 60),  # over years
    # Never, once, and always.
    (NEVER, "2026-01-01 00:00", "2030-01-01 00:00", 0),
    (ONCE, "2026-01-01 00:00", "2030-01-01 00:00", 120),
    (ALWAYS, "2026-01-01 00:00", "2026-01-02 00:30", 24 * 60 + 30),
]


@pytest.mark.parametrize(("hours", "start", "end", "minutes"), BETWEEN)
def test_between(hours: Hours, start: str, end: str, minutes: int) -> None:
    assert hours.between(at(start, hours), at(end, hours)) == timedelta(minutes=minutes)


AFTER = [
    (BERLIN, "2026-12-23 16:00", 10, "2026-12-28 11:00"),  # the Thursday is no holiday, the Friday is
    (BERLIN, "2026-04-30 16:00", 2, "2026-05-04 10:00"),  # 1 May is a Friday
    (PLAIN, "2026-11-23 11:00", 2, "2026-11-23 14:00"),  # over lunch
    (PLAIN, "2026-11-23 11:00", 1, "2026-11-23 12:00"),  # up to lunch, not after it
    (PLAIN, "2026-11-23 12:30", 1, "2026-11-23 14:00"),  # from within lunch
    (PLAIN, "2026-11-23 16:00", 1, "2026-11-23 17:00"),  # up to closing time, not to the next morning
    (PLAIN, "2026-11-20 18:00", 1, "2026-11-23 10:00"),  # written after closing time on a Friday
    (PLAIN, "2026-11-23 10:00", 0, "2026-11-23 10:00"),
    (PLAIN, "2026-11-21 10:00", 0, "2026-11-21 10:00"),
    (PLAIN, "2026-03-27 16:00", 2, "2026-03-30 10:00"),  # over the clocks' change
    (NIGHT, "2026-03-28 23:00", 3, "2026-03-29 03:00"),  # 2:00 to 3:00 is not there
    (NIGHT, "2026-10-24 23:00", 6, "2026-10-25 04:00"),  # 2:00 to 3:00 is there twice
    (SUMMER, "2026-07-31 16:00", 8, "2026-08-17 17:00"),
    (CHRISTMAS, "2026-12-24 11:00", 2, "2027-01-04 10:00"),
    (ROUND, "2026-12-31 12:00", 24, "2027-01-01 12:00"),
    (MARKET, "2026-11-22 12:00", 12, "2026-12-12 10:00"),  # three Saturdays
    (LEAP, "2028-02-28 16:00", 9, "2028-02-29 17:00"),
    (ONCE, "2026-01-01 00:00", 2, "2027-05-08 12:00"),
    (ONCE, "2026-01-01 00:00", 3, None),
    (NEVER, "2026-01-01 00:00", 1, None),
]


@pytest.mark.parametrize(("hours", "start", "business", "due"), AFTER)
def test_a_deadline(hours: Hours, start: str, business: int, due: str | None) -> None:
    found = hours.after(at(start, hours), timedelta(hours=business))
    assert found == (None if due is None else at(due, hours))


NEXT = [
    # moment, next opening, next closing
    (PLAIN, "2026-11-23 08:59", "2026-11-23 09:00", "2026-11-23 08:59"),
    (PLAIN, "2026-11-23 09:00", "2026-11-23 09:00", "2026-11-23 12:00"),
    (PLAIN, "2026-11-23 12:00", "2026-11-23 13:00", "2026-11-23 12:00"),
    (PLAIN, "2026-11-23 16:59", "2026-11-23 16:59", "2026-11-23 17:00"),
    (PLAIN, "2026-11-23 17:00", "2026-11-24 09:00", "2026-11-23 17:00"),
    (PLAIN, "2026-11-20 17:00", "2026-11-23 09:00", "2026-11-20 17:00"),
    (BERLIN, "2026-12-24 17:00", "2026-12-28 09:00", "2026-12-24 17:00"),
    (CHRISTMAS, "2026-12-24 12:00", "2027-01-04 09:00", "2026-12-24 12:00"),
    (NIGHT, "2026-12-31 23:00", "2026-12-31 23:00", "2027-01-01 06:00"),  # across the year
    (NIGHT, "2027-01-01 06:00", "2027-01-01 22:00", "2027-01-01 06:00"),
    (BAR, "2026-11-29 01:59", "2026-11-29 01:59", "2026-11-29 02:00"),
    (TWICE, "2026-03-22 03:00", "2026-04-05 02:00", "2026-03-22 03:00"),  # the Sunday without a 2:00 is left out
    (ROUND, "2026-11-23 10:00", "2026-11-23 10:00", None),
    (ONCE, "2026-01-01 00:00", "2027-05-08 10:00", "2026-01-01 00:00"),
    (ONCE, "2027-05-08 12:00", None, "2027-05-08 12:00"),
    (NEVER, "2026-01-01 00:00", None, "2026-01-01 00:00"),
]


@pytest.mark.parametrize(("hours", "moment", "opening", "closing"), NEXT)
def test_what_comes_next(hours: Hours, moment: str, opening: str | None, closing: str | None) -> None:
    now = at(moment, hours)
    assert hours.next_opening(now) == (at(opening, hours) if opening else None)
    assert hours.next_closing(now) == (at(closing, hours) if closing else None)
    assert hours.open_at(now) == (opening == moment)


WHY = [
    (BERLIN, "2026-12-25", 0, "Erster Weihnachtstag"),
    (BERLIN, "2026-12-24", 7, ""),
    (AWAY, "2026-08-03", 0, "Away"),
    (AWAY, "2026-09-01", 4, "Dentist"),
    (AWAY, "2026-09-05", 4, "Fair"),
    (HOLIDAY_OPEN, "2026-12-25", 7, "Open"),
    (CHRISTMAS, "2026-12-24", 3, ""),
    (CHRISTMAS, "2027-01-01", 0, "Neujahr"),
]


@pytest.mark.parametrize(("hours", "day", "open_hours", "why"), WHY)
def test_a_date_says_why(hours: Hours, day: str, open_hours: int, why: str) -> None:
    (found,) = hours.days(datetime.fromisoformat(day).date(), 1)
    assert found.why == why
    assert sum(end - start for start, end in found.open) == open_hours * 3600


def test_users_of_other_systems_complained_of() -> None:
    """Lunch that was counted, weekdays off by one, holidays that stretch a target, alarms at midnight."""
    assert PLAIN.between(at("2026-11-23 11:55", PLAIN), at("2026-11-23 13:05", PLAIN)) == timedelta(minutes=10)
    monday = at("2026-11-23 00:00", PLAIN)
    opened = [bool(day.open) for day in PLAIN.days(monday.date(), 7)]
    assert opened == [True] * 5 + [False] * 2
    # 48 business hours are six working days and six hours; a holiday more makes it one working day more, not six days.
    assert PLAIN.after(monday + timedelta(hours=9), timedelta(hours=48)) == at("2026-12-01 16:00", PLAIN)
    closed = shop(OFFICE, "Europe/Berlin", special("2026-11-25"))
    assert closed.after(monday + timedelta(hours=9), timedelta(hours=48)) == at("2026-12-02 16:00", PLAIN)
    for evening in ("2026-11-20 17:00", "2026-11-21 00:00", "2026-11-22 23:59"):
        due = PLAIN.after(at(evening, PLAIN), timedelta(minutes=1))
        assert due == at("2026-11-23 09:01", PLAIN)


def test_a_moment_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        PLAIN.open_at(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("year", [1899, 2200, 5000])
def test_years_out_of_reach(year: int) -> None:
    with pytest.raises(ValueError, match="from 1900 to 2199"):
        PLAIN.open_at(datetime(year, 1, 2, tzinfo=UTC))
