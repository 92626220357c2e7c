"""Business hours hold together: additive, monotone, never negative, and what a minute-by-minute count says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

from examples import examples
from hours.shops import calendar, shop, special
from hypothesis import given, settings
from hypothesis import strategies as st

from bridge.hours import Hours, Span, Timetable

ZONES = [
    "UTC",
    "Europe/Berlin",
    "America/St_Johns",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/Sao_Paulo",  # its clocks used to jump at midnight
    "Africa/Casablanca",
    "Antarctica/Troll",  # two hours of daylight saving
]
MINUTE = timedelta(minutes=1)


@st.composite
def days(draw: st.DrawFn) -> tuple[Span, ...]:
    marks = sorted(draw(st.sets(st.integers(0, 47), max_size=6)))
    found = [Span(start * 30, end * 30) for start, end in list(pairwise(marks))[::2]]
    if draw(st.booleans()):
        start = draw(st.integers(marks[-1] if marks else 0, 47))
        found.append(Span(start * 30, draw(st.integers(start + 1, start + 48)) * 30))  # into the next day
    return tuple(found)


weeks = st.tuples(*(days() for _ in range(7)))
moments = st.datetimes(datetime(2009, 1, 1), datetime(2029, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis's
near_jumps = st.sampled_from(
    ["2026-03-28", "2026-10-24", "2011-12-29", "2018-11-03", "2018-02-17", "2026-04-04", "2026-10-03", "2028-02-28"]
).map(lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC))
lengths = st.integers(0, 60 * 24 * 4).map(lambda minutes: minutes * MINUTE)


@st.composite
def shops(draw: st.DrawFn) -> Hours:
    return Hours(timetable=Timetable(zone=ZoneInfo(draw(st.sampled_from(ZONES))), week=draw(weeks)))


def counted(hours: Hours, start: datetime, end: datetime) -> timedelta:
    """Minute by minute: the clock on the wall is read, and it is looked up whether the shop is open then.

    A clock that has been put back shows what it has shown already: nothing new happens until it is past that.
    """
    shown = datetime(1, 1, 1)  # noqa: DTZ001 - what a clock on the wall shows
    found = timedelta()
    moment = start - timedelta(days=1)
    while moment < end:
        shown = max(shown, moment.astimezone(hours.zone).replace(tzinfo=None))
        if moment >= start and _open(hours, shown):
            found += MINUTE
        moment += MINUTE
    return found


def _open(hours: Hours, shown: datetime) -> bool:
    minute = shown.hour * 60 + shown.minute
    today = hours.timetable.week[shown.weekday()]
    yesterday = hours.timetable.week[(shown.weekday() - 1) % 7]
    return any(span.start <= minute < span.end for span in today) or any(
        span.start <= minute + 1440 < span.end for span in yesterday
    )


@settings(max_examples=examples(150))
@given(hours=shops(), start=moments | near_jumps, length=lengths)
def test_it_is_what_a_count_by_minutes_says(hours: Hours, start: datetime, length: timedelta) -> None:
    begin = start.replace(second=0, microsecond=0)
    assert hours.between(begin, begin + length) == counted(hours, begin, begin + length)


@settings(max_examples=examples(300))
@given(hours=shops(), start=moments | near_jumps, one=lengths, two=lengths)
def test_it_is_additive_and_never_negative(hours: Hours, start: datetime, one: timedelta, two: timedelta) -> None:
    middle, end = start + one, start + one + two
    whole = hours.between(start, end)
    assert hours.between(start, middle) + hours.between(middle, end) == whole
    assert timedelta() <= hours.between(start, middle) <= whole <= end - start
    assert hours.between(end, start) == timedelta()


@settings(max_examples=examples(300))
@given(hours=shops(), start=moments | near_jumps, business=lengths)
def test_a_deadline_is_the_first_moment_at_which_the_time_is_up(
    hours: Hours, start: datetime, business: timedelta
) -> None:
    due = hours.after(start, business)
    if due is None:
        assert not any(hours.timetable.week)
        return
    assert due >= start
    assert hours.between(start, due) == business
    if business:
        assert hours.between(start, due - timedelta(microseconds=1)) < business


@settings(max_examples=examples(300))
@given(hours=shops(), start=moments | near_jumps)
def test_openings_and_closings_are_where_it_changes(hours: Hours, start: datetime) -> None:
    opening, closing = hours.next_opening(start), hours.next_closing(start)
    tick = timedelta(microseconds=1)
    if opening:
        assert opening >= start
        assert hours.open_at(opening)
        assert hours.between(start, opening) == timedelta()
        assert opening == start or not hours.open_at(opening - tick)
    if closing:
        assert closing >= start
        assert not hours.open_at(closing)
        assert hours.between(start, closing) == closing - start
        assert closing == start or hours.open_at(closing - tick)
    assert start in (opening, closing)


@cache
def _busy() -> Hours:
    return shop(
        Hours(timetable=Timetable(zone=ZoneInfo("Europe/Berlin"))).timetable.week,
        "Europe/Berlin",
        special("12-24", "9-12"),
        holidays="DE-BE",
        calendars=[
            (calendar("DTSTART;VALUE=DATE:20260803 DTEND;VALUE=DATE:20260815 SUMMARY:Away"), False),
            (calendar("DTSTART:20260102T110000 DTEND:20260102T150000 RRULE:FREQ=WEEKLY SUMMARY:Delivery"), False),
        ],
    )


@settings(max_examples=examples(200))
@given(day=st.dates(date(2025, 1, 1), date(2028, 12, 31)), hour=st.integers(0, 23), days=st.integers(0, 400))
def test_years_meet_without_a_gap(day: date, hour: int, days: int) -> None:
    """A year's table and the days of that year say the same, over New Year's Eve too."""
    hours = _busy()
    start = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
    end = start + timedelta(days=days)
    listed = hours.days(day - timedelta(days=2), days + 4)
    first, last = int(start.timestamp()), int(end.timestamp())
    slow = sum(max(0, min(b, last) - max(a, first)) for one in listed for a, b in one.open)
    assert hours.between(start, end) == timedelta(seconds=slow)
