"""The questions about business hours. Answered by bisection in a table of open intervals, one per year in UTC.

A year's table is made when it is first asked for (some milliseconds) and kept: a wait costs two bisections. Tables of
different years meet without a gap, so a night shift over New Year's Eve is in both, half in each.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from zoneinfo import ZoneInfo

from bridge.hours.days import Interval, OpenDay, Timetable, merged

FIRST_YEAR, LAST_YEAR = 1900, 2200
AHEAD_YEARS = 11
"""How many calendar years are looked at for what comes next, the moment's own included: longer is never."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class _Year:
    """Microseconds since 1970: open from `starts[i]` to `ends[i]`; `before[i]` is how much of the year was by then."""

    begins: int
    ends_at: int
    starts: Sequence[int]
    ends: Sequence[int]
    before: Sequence[int]

    def elapsed(self, moment: int) -> int:
        """How long it was open from the year's beginning up to this moment."""
        index = bisect_right(self.starts, moment) - 1
        if index < 0:
            return 0
        return self.before[index] + min(moment, self.ends[index]) - self.starts[index]

    def reached(self, elapsed: int) -> int:
        """The first moment at which `elapsed` (more than 0, at most the year's whole) says so."""
        index = bisect_left(self.before, elapsed) - 1
        return self.starts[index] + elapsed - self.before[index]

    @property
    def total(self) -> int:
        return self.before[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class Hours:
    """When the shop is open. Moments are aware and may be of any zone; answers are in UTC.

    Moments from 1900 to 2199 can be asked about; ValueError for any other.
    """

    timetable: Timetable
    _years: dict[int, _Year] = field(default_factory=dict, compare=False, repr=False)
    _latest: list[_Year] = field(default_factory=list, compare=False, repr=False)

    @property
    def zone(self) -> ZoneInfo:
        """Where the shop is."""
        return self.timetable.zone

    def open_at(self, moment: datetime) -> bool:
        """Whether it is open. At the moment of opening it is, at the moment of closing it no longer is."""
        at = _number(moment)
        year = self._year(moment.astimezone(UTC).year)
        index = bisect_right(year.starts, at) - 1
        return index >= 0 and at < year.ends[index]

    def next_opening(self, moment: datetime) -> datetime | None:
        """The first moment, not before this one, at which it is open; None where it never is again."""
        at = _number(moment)
        for year in self._from(moment):
            index = bisect_right(year.ends, at)
            if index < len(year.starts):
                return _moment(max(at, year.starts[index]))
        return None

    def next_closing(self, moment: datetime) -> datetime | None:
        """The first moment, not before this one, at which it is closed; None where it never is again."""
        at = _number(moment)
        for year in self._from(moment):
            index = bisect_right(year.starts, at) - 1
            if index < 0 or at >= year.ends[index]:
                return _moment(at)
            at = year.ends[index]
            if at < year.ends_at:
                return _moment(at)
        return None

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How long it was open from `start` to `end`; nothing where the end comes first."""
        return timedelta(microseconds=self.microseconds(_number(start), _number(end)))

    def microseconds(self, start: int, end: int) -> int:
        """The same in whole microseconds, of moments in microseconds since 1970: for whoever has a million of them."""
        if end <= start:
            return 0
        year = self._holding(start)
        if end <= year.ends_at:
            return year.elapsed(end) - year.elapsed(start)
        elapsed = -year.elapsed(start)
        while end > year.ends_at:
            elapsed += year.total
            year = self._year(_moment(year.ends_at).year)
        return elapsed + year.elapsed(end)

    def _holding(self, moment: int) -> _Year:
        """The moment's year; the one that was asked for last is looked at first."""
        for year in self._latest:
            if year.begins <= moment < year.ends_at:
                return year
        found = self._year(_moment(moment).year)
        self._latest[:] = [found]
        return found

    def after(self, moment: datetime, business: timedelta) -> datetime | None:
        """The first moment by which it was open for so long since this one: a deadline. None where there is none."""
        wanted = business // _MICROSECOND
        if wanted <= 0:
            return moment.astimezone(UTC)
        at = _number(moment)
        for year in self._from(moment):
            elapsed = year.elapsed(at)
            if wanted <= year.total - elapsed:
                return _moment(year.reached(elapsed + wanted))
            wanted -= year.total - elapsed
            at = year.ends_at
        return None

    def days(self, first: date, count: int) -> Sequence[OpenDay]:
        """So many dates from this one on, each with what is open and why."""
        return list(self.timetable.days(first, first + timedelta(days=count - 1)))

    def _from(self, moment: datetime) -> Iterator[_Year]:
        first = moment.astimezone(UTC).year
        return (self._year(number) for number in range(first, min(first + AHEAD_YEARS, LAST_YEAR)))

    def _year(self, number: int) -> _Year:
        if number not in self._years:
            if not FIRST_YEAR <= number < LAST_YEAR:
                raise ValueError(f"business hours are known from {FIRST_YEAR} to {LAST_YEAR - 1}, not in {number}")
            self._years[number] = self._made(number)
        return self._years[number]

    def _made(self, number: int) -> _Year:
        begins, ends_at = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) for year in (number, number + 1))
        # A zone's day begins up to 14 hours earlier or 12 later than in UTC, a shift is up to a day long.
        days = self.timetable.days(date(number - 1, 12, 29), date(number + 1, 1, 3))
        within = _clipped(merged(interval for day in days for interval in day.open), begins, ends_at)
        starts = [start * _SECOND for start, _ in within]
        ends = [end * _SECOND for _, end in within]
        lengths = (end - start for start, end in zip(starts, ends, strict=True))
        return _Year(begins * _SECOND, ends_at * _SECOND, starts, ends, list(accumulate(lengths, initial=0)))


def _clipped(intervals: Sequence[Interval], begins: int, ends_at: int) -> list[Interval]:
    return [(max(start, begins), min(end, ends_at)) for start, end in intervals if end > begins and start < ends_at]


def _number(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone; every time here is aware")
    return (moment - _EPOCH) // _MICROSECOND


def _moment(number: int) -> datetime:
    return _EPOCH + timedelta(microseconds=number)


ALWAYS = Hours(timetable=Timetable(zone=ZoneInfo("UTC")))
"""Always open: business time is wall time."""
