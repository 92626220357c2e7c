"""The table [hours], and the value that is made of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_validator,
)

from bridge.extras import remedy
from bridge.hours import Hours, HoursError, Span, Special, Timetable
from bridge.hours.calendars import ReadCalendar, read_calendar
from bridge.hours.holidays import public_holidays
from bridge.hours.times import DAY_MINUTES, spans
from bridge.settings import Hidden, Secret, Settings, StatePath

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LIBRARIES = ("babel", "holidays", "httpx", "icalendar", "recurring_ical_events")
_DATE = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)")
_LEAP_YEAR = 2000


def _day_hours(value: object) -> object:
    if isinstance(value, list | tuple) and all(isinstance(item, str) for item in value):
        return spans(value)
    if isinstance(value, tuple) and all(isinstance(item, Span) for item in value):
        return value
    raise ValueError('must be a list of texts; write it like ["09:00-12:00", "13:00-17:00"], and [] for closed')


DayHours = Annotated[
    tuple[Span, ...],
    BeforeValidator(_day_hours),
    WithJsonSchema({"type": "array", "items": {"type": "string"}}),
]


def _days(text: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The first and the last day that a key of [hours.special] names."""
    first, separator, last = text.partition(" to ")
    one, two = _date(first), _date(last if separator else first)
    if len(one) != len(two):
        raise HoursError(f"{text!r} has a year at one end only; write it at both ends, or at none for every year")
    if len(one) == 3 and two < one:
        raise HoursError(f"{text!r} ends before it begins; write the earlier day first")
    return one, two


def _date(text: str) -> tuple[int, ...]:
    found = _DATE.fullmatch(text.strip())
    if not found:
        raise HoursError(f"{text!r} is no date; write 2026-12-24, 12-24 for every year, or 2026-08-03 to 2026-08-14")
    numbers = tuple(int(part) for part in found.groups() if part)
    try:
        date(*((_LEAP_YEAR, *numbers) if len(numbers) == 2 else numbers))
    except ValueError as error:
        raise HoursError(f"there is no day {text!r}; write year, month and day: 2026-12-24") from error
    return numbers


def _readable(path: Path) -> Path:
    try:
        read_calendar(path.read_bytes(), ZoneInfo("UTC"))
    except OSError as error:
        raise HoursError(
            f"the file {path} cannot be read: {error.strerror}; a relative path begins at the state folder"
        ) from error
    except HoursError as error:
        raise HoursError(f"the calendar {path} {error}") from error
    return path


def _web(value: str) -> str:
    url = re.sub(r"^webcal://", "https://", value.strip(), flags=re.IGNORECASE)
    if not re.fullmatch(r"https?://[^\s/]+\S*", url):
        raise HoursError("is no web address; write https://..., or use `file` for a file")
    return Hidden(url)


class CalendarSettings(Settings):
    """A calendar (iCalendar, .ics) with closures, or with special openings: a web address or a file."""

    url: Annotated[Secret, AfterValidator(_web)] | None = None
    """Its web address, which is as good as a password with most providers: so this is written like a secret. It is
    fetched again every hour; while it cannot be, what was fetched last goes on."""
    file: Annotated[StatePath, AfterValidator(_readable)] | None = None
    """Or the file itself."""
    means: Literal["closed", "open"] = "closed"
    """What its events mean: the shop is closed then, or it is open then. An event of whole days that opens brings back
    those days' ordinary hours, on a holiday for example."""
    open_words: tuple[Annotated[str, StringConstraints(min_length=2, max_length=80, strip_whitespace=True)], ...] = ()
    """Words by which a title shows that an event opens, in a calendar that closes otherwise: "open"."""

    @model_validator(mode="after")
    def _one_of_two(self) -> CalendarSettings:
        if (self.url is None) == (self.file is None):
            raise ValueError("needs either a `url` or a `file`; write one of the two")
        return self


class HoursSettings(Settings):
    """When the shop is open, in its own time zone. Without the table it always is."""

    monday: DayHours = ()
    """From when to when: ["09:00-12:00", "13:00-17:00"]. "22:00-02:00" ends on the next day, "00:00-24:00" is the whole
    day. A day that is left out, or [], is closed."""
    tuesday: DayHours = ()
    """Likewise."""
    wednesday: DayHours = ()
    """Likewise."""
    thursday: DayHours = ()
    """Likewise."""
    friday: DayHours = ()
    """Likewise."""
    saturday: DayHours = ()
    """Likewise."""
    sunday: DayHours = ()
    """Likewise."""
    holidays: Annotated[str, StringConstraints(min_length=1)] | None = None
    """Closed on the public holidays of this country and region, by their ISO 3166 codes: "DE", "DE-BE"."""
    holiday_kinds: tuple[str, ...] = ("public",)
    """Which kinds of holidays count; what other kinds there are differs by country (catholic, bank, optional)."""
    special: dict[str, DayHours] = Field(default_factory=dict)
    """Other hours on some days: 2026-12-24 = ["09:00-12:00"], 12-31 = [] for every year, and for several days
    "2026-08-03 to 2026-08-14" = []. They go before holidays."""
    calendars: tuple[CalendarSettings, ...] = ()
    """One table [[hours.calendars]] for each calendar to follow."""

    @field_validator("holidays")
    @classmethod
    def _known_place(cls, value: str | None) -> str | None:
        if value is not None and find_spec("holidays"):
            public_holidays(value)
        return value

    @field_validator("holiday_kinds")
    @classmethod
    def _known_kinds(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        place = info.data.get("holidays")
        if place and find_spec("holidays"):
            public_holidays(place, value)
        return value

    @field_validator("special")
    @classmethod
    def _known_days(cls, value: dict[str, tuple[Span, ...]]) -> dict[str, tuple[Span, ...]]:
        ranked: dict[tuple[bool, bool], list[tuple[str, Special]]] = {}
        for text, found in value.items():
            special = _special(text, found)
            ranked.setdefault(special.rank, []).append((text, special))
        for same in ranked.values():
            for (one, first), (two, second) in combinations(same, 2):
                if first.first <= second.last and second.first <= first.last:
                    raise HoursError(f"{one!r} and {two!r} name the same day; leave it to one of them")
        return value

    @model_validator(mode="after")
    def _possible(self) -> HoursSettings:
        if missing := [name for name in _LIBRARIES if not find_spec(name)]:
            raise ValueError(f"needs {', '.join(missing)}; {remedy('hours')}")
        if not any((*self.week, *self.special.values(), self.calendars)):
            raise ValueError(
                'never opens; write the hours of each day, like monday = ["09:00-17:00"], or remove the table: '
                "without it the shop is always open"
            )
        for told in _overlapping_nights(self.week):
            raise ValueError(told)
        return self

    @property
    def week(self) -> tuple[tuple[Span, ...], ...]:
        """Monday first."""
        return (
            self.monday, self.tuesday, self.wednesday, self.thursday, self.friday, self.saturday, self.sunday,
        )  # fmt: skip


def _overlapping_nights(week: Sequence[Sequence[Span]]) -> Iterator[str]:
    for number, today in enumerate(week):
        tomorrow = week[(number + 1) % 7]
        if today and tomorrow and today[-1].end - DAY_MINUTES > tomorrow[0].start:
            names = WEEKDAYS[number], WEEKDAYS[(number + 1) % 7]
            yield f"{names[0]}'s {today[-1]} and {names[1]}'s {tomorrow[0]} overlap; let one begin where the other ends"


def _special(text: str, found: tuple[Span, ...]) -> Special:
    first, last = _days(text)
    return Special(first=first, last=last, spans=found)


def hours_of(
    settings: HoursSettings | None, timezone: str, language: str = "en", fetched: Mapping[str, bytes] | None = None
) -> Hours:
    """The hours that a file's [hours] says; always open without it. Raises HoursError for a calendar gone bad.

    `fetched` has the bytes of calendars on the web by their URL; one that is not there is taken to be empty. Holidays
    are named in `language`.
    """
    zone = ZoneInfo(timezone)
    if settings is None:
        return Hours(timetable=Timetable(zone=zone))
    calendars = (_calendar(calendar, zone, fetched or {}) for calendar in settings.calendars)
    place = settings.holidays
    return Hours(
        timetable=Timetable(
            zone=zone,
            week=settings.week,
            specials=tuple(_special(text, found) for text, found in settings.special.items()),
            holidays=public_holidays(place, settings.holiday_kinds, language) if place else None,
            calendars=tuple(calendar for calendar in calendars if calendar),
            country=(place or "").partition("-")[0],
        )
    )


def _calendar(settings: CalendarSettings, zone: ZoneInfo, fetched: Mapping[str, bytes]) -> ReadCalendar | None:
    raw = settings.file.read_bytes() if settings.file else fetched.get(settings.url or "")
    if raw is None:
        return None
    return read_calendar(raw, zone, opens=settings.means == "open", open_words=settings.open_words)
