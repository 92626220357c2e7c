"""What is open on a date, and why. A day's hours are those that begin on it: a night shift belongs to the evening.

For each date the first of these that says anything holds: a calendar's opening of the whole day (the ordinary hours,
whatever else is the matter), a calendar's closure of the whole day, a special day, a public holiday (closed), the week.
What a calendar closes or opens from a time to a time is then cut out or added, by the moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bridge.hours.times import Span, WallClock

Interval = tuple[int, int]
"""From a moment up to, not including, another one; seconds since 1970."""

WHOLE_DAY = (Span(0, 24 * 60),)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Special:
    """Other hours from the day `first` to the day `last`: (year, month, day), or (month, day) of every year."""

    first: tuple[int, ...]
    last: tuple[int, ...]
    spans: tuple[Span, ...]

    def covers(self, day: date) -> bool:
        """Whether the day is one of them. Days of every year may go over New Year's Eve."""
        this = (day.year, day.month, day.day)[-len(self.first) :]
        if self.first <= self.last:
            return self.first <= this <= self.last
        return this >= self.first or this <= self.last

    @property
    def rank(self) -> tuple[bool, bool]:
        """What is said of a day itself goes before what is said of several, or of every year."""
        return (len(self.first) == 2, self.first != self.last)


@dataclass(frozen=True, kw_only=True, slots=True)
class WholeDays:
    """A calendar closes (or `opens`) these days, both included."""

    first: date
    last: date
    name: str
    opens: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Times:
    """A calendar closes (or `opens`) from the moment `start` to the moment `end`."""

    start: int
    end: int
    name: str
    opens: bool = False


Calendar = Callable[[date, date], Sequence[WholeDays | Times]]
"""What a calendar holds between two days, both included; it may give more than that."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenDay:
    """One date: from when to when it is open, and why it is not as every week, if it is not."""

    day: date
    open: tuple[Interval, ...]
    why: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Timetable:
    """The rules. `week` has the hours of Monday first; `holidays` names those of a year. `country` (ISO 3166) is whose
    formats times are written in.
    """

    zone: ZoneInfo
    week: tuple[tuple[Span, ...], ...] = (WHOLE_DAY,) * 7
    specials: tuple[Special, ...] = ()
    holidays: Callable[[int], Mapping[date, str]] | None = None
    calendars: tuple[Calendar, ...] = ()
    country: str = ""

    def days(self, first: date, last: date) -> Iterator[OpenDay]:
        """Each date from `first` to `last`, both included."""
        clock = WallClock(self.zone)
        held = [event for calendar in self.calendars for event in calendar(first - 2 * _DAY, last + 2 * _DAY)]
        whole = _by_day([event for event in held if isinstance(event, WholeDays)], first, last)
        cuts = [event for event in held if isinstance(event, Times) and not event.opens]
        extra = _by_beginning([event for event in held if isinstance(event, Times) and event.opens], clock)
        ranked = sorted(self.specials, key=lambda special: special.rank)
        for offset in range((last - first).days + 1):
            day = first + offset * _DAY
            spans, why = self._planned(day, ranked, whole.get(day, ()))
            planned = [(clock.moment(day, span.start), clock.moment(day, span.end)) for span in spans]
            cut = [event for event in cuts if any(event.start < end and start < event.end for start, end in planned)]
            added = extra.get(day, ())
            opened = merged([*_without(planned, cut), *((event.start, event.end) for event in added)])
            named = dict.fromkeys(name for name in (why, *(event.name for event in (*cut, *added))) if name)
            yield OpenDay(day=day, open=tuple(opened), why=", ".join(named))

    def _planned(
        self, day: date, ranked: Sequence[Special], whole: Sequence[WholeDays]
    ) -> tuple[tuple[Span, ...], str]:
        special = next((special for special in ranked if special.covers(day)), None)
        ordinary = special.spans if special else self.week[day.weekday()]
        opened = next((event for event in whole if event.opens), None)
        if opened:
            return ordinary, opened.name
        if whole:
            return (), whole[0].name
        if special:
            return ordinary, self.holiday(day)
        return ((), name) if (name := self.holiday(day)) else (ordinary, "")

    def holiday(self, day: date) -> str:
        """The public holiday's name, or ""."""
        return self.holidays(day.year).get(day, "") if self.holidays else ""


def _by_day(events: Iterable[WholeDays], first: date, last: date) -> dict[date, list[WholeDays]]:
    found: dict[date, list[WholeDays]] = {}
    for event in events:
        day = max(event.first, first)
        while day <= min(event.last, last):
            found.setdefault(day, []).append(event)
            day += _DAY
    return found


def _by_beginning(events: Iterable[Times], clock: WallClock) -> dict[date, list[Times]]:
    found: dict[date, list[Times]] = {}
    for event in events:
        found.setdefault(clock.shown(event.start).date(), []).append(event)
    return found


def _without(intervals: Sequence[Interval], cuts: Iterable[Times]) -> Sequence[Interval]:
    for cut in cuts:
        intervals = [
            piece
            for start, end in intervals
            for piece in ((start, min(end, cut.start)), (max(start, cut.end), end))
            if piece[0] < piece[1]
        ]
    return intervals


def merged(intervals: Iterable[Interval]) -> list[Interval]:
    """The same time in order, in as few intervals as can be, none of them empty."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        elif start < end:
            found.append((start, end))
    return found
