"""A stretch of a day, and the moment at which a clock on the wall shows a time.

A time of day is *the first moment at which the clock on the wall shows it, or a later one*. So a time that is skipped
in spring is the moment of the jump, one that comes twice in autumn is its first coming, and a shop that is open from
22:00 to 06:00 is open for seven hours in one night of the year and for nine in another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY_MINUTES = 24 * 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what a clock on the wall shows has no zone
_TIME = r"(\d{1,2})(?::(\d\d))?"
_SPAN = re.compile(rf"\s*{_TIME}\s*[-\u2013]\s*{_TIME}\s*")


class HoursError(ValueError):
    """Hours that cannot be: "what is wrong; what to do"."""


@dataclass(frozen=True, order=True, slots=True)
class Span:
    """From `start` to `end`, in minutes after the midnight that its day begins with; past 1440 is the day after."""

    start: int
    end: int

    def __str__(self) -> str:
        end = self.end - DAY_MINUTES if self.end > DAY_MINUTES else self.end
        return f"{_clock(self.start)}-{_clock(end)}"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def span(text: str) -> Span:
    """What "09:00-12:00" says; "22:00-02:00" ends on the next day, "00:00-24:00" is the whole day.

    Raises HoursError.
    """
    found = _SPAN.fullmatch(text)
    if not found:
        raise HoursError(f"{text[:40]!r} is no stretch of a day; write it like 09:00-17:00")
    start = _minutes(text, found[1], found[2])
    end = _minutes(text, found[3], found[4])
    if start in (DAY_MINUTES, end):
        raise HoursError(f"{text[:40]!r} is no time at all; the whole day is 00:00-24:00, a closed day is []")
    return Span(start, end if end > start else end + DAY_MINUTES)


def _minutes(text: str, hour: str, minute: str | None) -> int:
    minutes = int(hour) * 60 + int(minute or 0)
    if int(minute or 0) > 59 or minutes > DAY_MINUTES:
        raise HoursError(f"{text[:40]!r} is no stretch of a day; times go from 00:00 to 24:00")
    return minutes


def spans(texts: Iterable[str]) -> tuple[Span, ...]:
    """The stretches of one day, in order. Raises HoursError, also where two of them overlap."""
    found = sorted(span(text) for text in texts)
    for one, two in pairwise(found):
        if two.start < one.end:
            raise HoursError(f"{one} and {two} overlap; let one of them begin where the other ends, or join them")
    return tuple(found)


@dataclass(frozen=True, slots=True)
class WallClock:
    """The clock on the wall of a place. Moments are seconds since 1970 in UTC."""

    zone: ZoneInfo

    def moment(self, day: date, minutes: int) -> int:
        """The first moment at which the clock shows so many minutes after midnight of this day, or a later time."""
        shown = datetime.combine(day, time()) + timedelta(minutes=minutes)
        before = shown.replace(tzinfo=self.zone).utcoffset() or timedelta()
        moment = shown - _NAIVE_EPOCH - before
        if (_EPOCH + moment).astimezone(self.zone).utcoffset() == before:
            return moment // timedelta(seconds=1)
        return self._jump(shown, before)

    def _jump(self, shown: datetime, before: timedelta) -> int:
        """The moment at which the clock skips this time (PEP 495: `before` is the offset before the jump)."""
        after = shown.replace(tzinfo=self.zone, fold=1).utcoffset() or timedelta()
        early = (shown - _NAIVE_EPOCH - after) // timedelta(seconds=1)
        late = (shown - _NAIVE_EPOCH - before) // timedelta(seconds=1)
        while late - early > 1:
            middle = (early + late) // 2
            if self.shown(middle).replace(tzinfo=None) < shown:
                early = middle
            else:
                late = middle
        return late

    def shown(self, moment: int) -> datetime:
        """What the clock shows, aware."""
        return (_EPOCH + timedelta(seconds=moment)).astimezone(self.zone)
