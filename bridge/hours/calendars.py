"""An iCalendar's bytes (RFC 5545) -> closures and special openings. Pure: who fetches the bytes is another matter.

An event of whole days closes those days, one with times closes from then to then, and one that opens does the opposite.
"Free" or "busy" (TRANSP) says nothing here: calendar programs make events of whole days "free" by themselves. Cancelled
events are left out. Times without a zone are the shop's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from bridge.hours.days import Times, WholeDays
from bridge.hours.times import HoursError
from bridge.valid import one_line

if TYPE_CHECKING:
    import icalendar
    import recurring_ical_events

SIZE_LIMIT = 8 * 1024 * 1024
_DAY = timedelta(days=1)
_TOO_OFTEN = ("SECONDLY", "MINUTELY", "HOURLY")
_EXPORT = "export it once more as iCalendar (.ics)"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadCalendar:
    """A calendar that was read. Call it with two days for what it holds between them."""

    zone: ZoneInfo
    opens: bool
    open_words: tuple[str, ...]
    _query: recurring_ical_events.CalendarQuery = field(repr=False, compare=False)

    def __call__(self, first: date, last: date) -> Sequence[WholeDays | Times]:
        """Every event that touches these days, series resolved."""
        start = datetime(first.year, first.month, first.day, tzinfo=self.zone)
        between = self._query.between(start, start + (last - first + _DAY))
        return [self._event(found) for found in between if str(found.get("STATUS", "")).upper() != "CANCELLED"]

    def _event(self, found: Any) -> WholeDays | Times:
        name = one_line(str(found.get("SUMMARY", "")), 80)
        opens = self.opens or any(word.casefold() in name.casefold() for word in self.open_words)
        start, end = found.start, found.end
        if not isinstance(start, datetime):
            last = end.date() if isinstance(end, datetime) else end
            return WholeDays(first=start, last=max(start, last - _DAY), name=name, opens=opens)
        return Times(start=self._moment(start), end=self._moment(end), name=name, opens=opens)

    def _moment(self, moment: datetime) -> int:
        aware = moment if moment.tzinfo else moment.replace(tzinfo=self.zone)
        return int(aware.astimezone(UTC).timestamp())


def read_calendar(raw: bytes, zone: ZoneInfo, *, opens: bool = False, open_words: Sequence[str] = ()) -> ReadCalendar:
    """What the bytes say. `opens`: its events open; else those whose title has one of `open_words`, and the others
    close. Raises HoursError with what is wrong and what to do.
    """
    import recurring_ical_events  # noqa: PLC0415 - loaded by those who have a calendar

    calendar = _parsed(raw)
    for event in calendar.walk("VEVENT"):
        if reason := _fault(event):
            title = one_line(str(event.get("SUMMARY", "without a title")), 80)
            raise HoursError(f"the event {title!r} {reason}; correct it in the calendar program")
    try:
        query = recurring_ical_events.of(calendar)
        list(query.between(date(2000, 1, 1), date(2000, 1, 2)))
    except (ValueError, KeyError, TypeError, OverflowError) as error:  # what the library raises for odd series
        raise HoursError(f"a series of events cannot be read ({one_line(str(error), 100)}); {_EXPORT}") from error
    return ReadCalendar(zone=zone, opens=opens, open_words=tuple(open_words), _query=query)


def _parsed(raw: bytes) -> icalendar.Calendar:
    import icalendar  # noqa: PLC0415 - see above

    if len(raw) > SIZE_LIMIT:
        raise HoursError(f"is larger than {SIZE_LIMIT // 1024 // 1024} MB; use a calendar for closures alone")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise HoursError(f"is no UTF-8 text (byte {error.start}); {_EXPORT}") from error
    if not text.lstrip().upper().startswith("BEGIN:VCALENDAR"):
        told = (
            "is a web page" if text.lstrip()[:1] == "<" else "is no iCalendar: it does not begin with BEGIN:VCALENDAR"
        )
        raise HoursError(f"{told}; use the address that ends in .ics, which calendar programs give for other programs")
    if not text.rstrip().upper().endswith("END:VCALENDAR"):
        raise HoursError(f"ends in the middle: its last line is not END:VCALENDAR; {_EXPORT}")
    try:
        return icalendar.Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError) as error:  # what the library raises for lines that are none
        raise HoursError(f"cannot be read ({one_line(str(error), 100)}); {_EXPORT}") from error


def _fault(event: Any) -> str:
    """What is wrong with an event, "" for nothing. What the library would leave out or guess is a fault here.

    An event is a mapping whose values are of some thirty classes of the library's: nothing that types could say.
    """
    for name, reason in event.errors:
        return f"has a {name} that cannot be read ({one_line(str(reason), 100)})"
    start, end = event.get("DTSTART"), event.get("DTEND")
    if start is None:
        return "has no beginning (DTSTART)"
    for moment in (start, end):
        zone = moment.params.get("TZID") if moment is not None else None
        if zone and isinstance(moment.dt, datetime) and moment.dt.tzinfo is None:
            return f"names the time zone {one_line(str(zone), 60)!r}, which nobody knows"
    if end is not None and _later(start.dt, end.dt):
        return "ends before it begins"
    for rule in _rules(event):
        if any(frequency.upper() in _TOO_OFTEN for frequency in rule.get("FREQ", [])):
            return "comes again several times a day"
    return ""


def _later(one: date, two: date) -> bool:
    if isinstance(one, datetime) != isinstance(two, datetime):
        return False
    if isinstance(one, datetime) and isinstance(two, datetime) and (one.tzinfo is None) != (two.tzinfo is None):
        return False
    return one > two


def _rules(event: Any) -> Iterator[Any]:
    rules = event.get("RRULE", [])
    yield from rules if isinstance(rules, list) else [rules]
