"""Moments as people write them: "fri 9:00", "tomorrow", "in 3 days", "morgen 9 Uhr", "1.12.". Pure.

The day is dateparser's; the time of the day, weekdays that are meant for today, and what comes before a day ("on",
"bis", "next") are read here, since it reads those wrongly or not at all in some languages (docs/decisions/0022). A day
without a time is nine in the morning. What is not surely understood is None: the owner is asked to say it otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.language import Language
from bridge.language import message as translated

MORNING = time(9)
LONGEST = timedelta(days=2 * 366)
"""Nobody means a moment further away than this."""

_LIMIT = 60
_KNOWN = ("en", "de", "fr", "es", "it", "nl", "pl", "pt")

_WEEKDAYS: tuple[str, ...] = (
    translated("Mon"),
    translated("Tue"),
    translated("Wed"),
    translated("Thu"),
    translated("Fri"),
    translated("Sat"),
    translated("Sun"),
)

# What may stand before a day without changing which one it is.
_BEFORE = re.compile(
    r"^(?:until|till|on|by|at|the|this|next|bis|am|an|zum|um|gegen|diesen|dieser|nächsten|nächster|kommenden|kommender|"
    r"le|la|ce|el|il|op|om|do|w|we|para|até|à|a|au|no|na|aan|tot|volgende|komende|przyszły|próximo|próxima|prossimo|"
    r"prossima|entro|hasta|jusqu'à)\s+",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\s+(?:at|um|à|a|alle|ore|om|o|às|den|dem|prochain|prochaine|próximo|prossimo|que viene)$", re.IGNORECASE
)
_BEFORE_A_WEEK = re.compile(
    r"^(?:next|nächsten?|kommenden?|volgende|la|w|w przyszłym)\s+(?:week|woche|semaine|month|monat)", re.IGNORECASE
)

_CLOCK = re.compile(
    r"(?<![\d.:/-])(?P<hour>\d{1,2})(?:"
    r"\s*[:h]\s*(?P<minute>\d{2})(?:\s*(?P<half>[ap])\.?m\.?)?(?:\s*(?:uhr|h|uur))?"
    r"|[.](?P<dotted>\d{2})\s*(?:uhr|uur)"
    r"|\s*(?P<half_only>[ap])\.?m\.?"
    r"|\s*(?:uhr|uur|o'clock|h)"
    r")(?![\w.:/-]*\d)\b\.?",
    re.IGNORECASE,
)
_PARTS: Mapping[str, time] = {
    "morning": time(9), "noon": time(12), "midday": time(12), "afternoon": time(14), "evening": time(18),
    "tonight": time(20), "früh": time(9), "vormittag": time(10), "mittag": time(12), "nachmittag": time(14),
    "abend": time(18), "matin": time(9), "midi": time(12), "après-midi": time(14), "soir": time(18),
    "mediodía": time(12), "tarde": time(15), "mattina": time(9), "pomeriggio": time(14), "sera": time(18),
    "ochtend": time(9), "middag": time(14), "avond": time(18), "manhã": time(9), "rano": time(9),
    "po południu": time(14), "wieczorem": time(18),
}  # fmt: skip
_PART = re.compile(rf"\s*\b(?P<part>{'|'.join(map(re.escape, _PARTS))})s?$", re.IGNORECASE)
_DURATION = re.compile(
    r"^(?:(?:in|dans|en|dentro de|tra|fra|over|za|em|daqui a)\s+)?(?P<number>\d{1,4})\s*"
    r"(?P<unit>m|min|mins|minutes?|minuten?|minutos?|minuti|minut|h|hours?|stunden?|heures?|horas?|ore|uur|godzin\w*|"
    r"d|days?|tage?n?|jours?|d[ií]as?|giorni|dagen|dni|w|weeks?|wochen?|semaines?|semanas?|settimane|weken|tygodni\w*)$",
    re.IGNORECASE,
)
_DAY_AND_MONTH = re.compile(r"^(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.?$")
_WORD = re.compile(r"^[^\W\d_]+\.?$")


def moment(words: str, now: datetime, zone: str, language: str = "en") -> datetime | None:
    """The moment that is meant, seen from `now` (both UTC), in this time zone; None where that is not sure, or nothing
    that anybody means.

    It may be past. `language` is a BCP 47 tag; English is read in any case.
    """
    meant = read(words, now, zone, language)
    return meant if meant is not None and abs(meant - now) <= LONGEST else None


def read(words: str, now: datetime, zone: str, language: str = "en") -> datetime | None:
    """The same, however far away it is."""
    here = now.astimezone(ZoneInfo(zone))
    flat = " ".join(words.split()).casefold().strip(" ,;.!") if len(words) <= _LIMIT else ""
    if not flat:
        return None
    found = _after_a_while(flat, here, language) or _on_a_day(flat, here, language)
    if found is None:
        return None
    try:
        return found.astimezone(UTC)
    except OverflowError:  # the first and the last day that there are, seen from elsewhere
        return None


def said(moment: datetime, zone: str, language: Language) -> str:
    """A moment for people to read: `Fri 2026-11-27 09:00`."""
    there = moment.astimezone(ZoneInfo(zone))
    return f"{language.say(_WEEKDAYS[there.weekday()])} {there.date().isoformat()} {there:%H:%M}"


def _after_a_while(words: str, here: datetime, language: str) -> datetime | None:
    found = _DURATION.match(words)
    if not found:
        return None
    number, unit = int(found["number"]), found["unit"]
    if unit == "h" and not words.startswith(("in ", "dans ", "en ")) and language[:2] in ("fr", "pt"):
        return None  # nine o'clock
    if unit.startswith("m"):
        return _moved(here, timedelta(minutes=number))
    if unit.startswith(("h", "st", "o", "u", "g")) and not unit.startswith("gi"):
        return _moved(here, timedelta(hours=number))
    week = unit.startswith(("w", "s", "ty"))
    return datetime.combine(here.date() + timedelta(days=number * (7 if week else 1)), MORNING, here.tzinfo)


def _moved(here: datetime, by: timedelta) -> datetime:
    # In UTC: an hour is an hour, also where the clock is put forward meanwhile.
    return here.astimezone(UTC) + by


def _on_a_day(words: str, here: datetime, language: str) -> datetime | None:
    day_words, at = _split(words)
    if not day_words:
        return None if at is None else _next(at, here)
    day = _day_and_month(day_words, here.date())
    if day is None:
        found = _dateparser_says(day_words, here, language)
        if found is None:
            return None
        day, at = found.date(), at or _time_of(found, here)
    if _WORD.match(day_words) and day == here.date() + timedelta(days=7):
        today = datetime.combine(here.date(), at or MORNING, here.tzinfo)
        if today > here:
            return today  # "fri 17:00", said on a Friday at noon
    return datetime.combine(day, at or MORNING, here.tzinfo)


def _split(words: str) -> tuple[str, time | None]:
    """The day's words and the time of the day that stands beside them."""
    at: time | None = None
    clock = _CLOCK.search(words)
    if clock and (at := _clock(clock)) is not None:
        words = f"{words[: clock.start()]} {words[clock.end() :]}".strip()
    part = _PART.search(words)
    if part:
        at = at or _PARTS[part["part"].casefold()]
        words = words[: part.start()].strip()
    return _bare(words), at


def _bare(words: str) -> str:
    words = " ".join(words.split()).strip(" ,")
    while True:
        shorter = _AFTER.sub("", words)
        if not _BEFORE_A_WEEK.match(shorter):
            shorter = _BEFORE.sub("", shorter)
        if shorter == words:
            return "" if words in ("at", "um", "à", "a", "om", "o", "this", "the", "in the") else words
        words = shorter


def _clock(found: re.Match[str]) -> time | None:
    hour, minute = int(found["hour"]), int(found["minute"] or found["dotted"] or 0)
    half = (found["half"] or found["half_only"] or "").casefold()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _next(at: time, here: datetime) -> datetime:
    today = datetime.combine(here.date(), at, here.tzinfo)
    return today if today > here else datetime.combine(here.date() + timedelta(days=1), at, here.tzinfo)


def _day_and_month(words: str, today: date) -> date | None:
    found = _DAY_AND_MONTH.match(words)
    if not found:
        return None
    for year in (today.year, today.year + 1):
        try:
            day = date(year, int(found["month"]), int(found["day"]))
        except ValueError:
            return None
        if day >= today:
            return day
    return None


def _time_of(found: datetime, here: datetime) -> time | None:
    """The time that dateparser read; None where it only took over the present one, or none."""
    return None if found.time() in (time(), here.time().replace(tzinfo=None)) else found.time()


def _dateparser_says(words: str, here: datetime, language: str) -> datetime | None:
    from dateparser.date import DateDataParser  # noqa: PLC0415 - 22 MB, for what many shops never type

    if words.isdecimal():
        return None  # a day of the month? An hour?
    spoken = language[:2].casefold()
    found = DateDataParser(
        languages=[code for code in dict.fromkeys((spoken, "en")) if code in _KNOWN],
        settings={
            "PREFER_DATES_FROM": "future",
            "RELATIVE_BASE": here.replace(tzinfo=None),
            "DATE_ORDER": "MDY" if language.casefold() == "en-us" else "DMY",
            "PARSERS": ["relative-time", "absolute-time"],
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    ).get_date_data(words)
    # "May" alone is no day.
    return found.date_obj if found.period not in ("month", "year") else None
