"""The next opening, and the hours of the week, in a customer's language. Names and formats come from CLDR (Babel)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from bridge.hours.days import WHOLE_DAY
from bridge.hours.opening import Hours
from bridge.hours.times import Span
from bridge.language import SOURCE
from bridge.language import language as spoken

if TYPE_CHECKING:
    from babel import Locale

_WEEK = timedelta(days=7)
_DASH = "\N{EN DASH}"


def next_opening_in_words(hours: Hours, moment: datetime, language: str) -> str:
    """When it opens next, seen from `moment`, to stand within a sentence: "tomorrow at 09:00", "on Monday at 09:00".

    "now" where it is open, "" where it never opens again. `language` is a BCP 47 tag; times are the shop's own.
    """
    opening = hours.next_opening(moment)
    if opening is None:
        return ""
    speech = spoken(language)
    if opening <= moment:
        return speech.say("now")
    here, there = moment.astimezone(hours.zone).date(), opening.astimezone(hours.zone)
    locale = _locale(language, hours.timetable.country)
    at = _time(there.time(), locale)
    if there.date() == here:
        return speech.say("today at {time}", time=at)
    if there.date() == here + timedelta(days=1):
        return speech.say("tomorrow at {time}", time=at)
    if there.date() < here + _WEEK:
        return speech.say("on {weekday} at {time}", weekday=_weekday(there.weekday(), "wide", locale), time=at)
    return speech.say("on {date} at {time}", date=in_full(there.date(), language, hours.timetable.country), time=at)


def opening_hours(hours: Hours, language: str) -> str:
    """The hours of an ordinary week in one line: "Mon-Fri 09:00-12:00, 13:00-17:00; Sat 10:00-14:00". "" for none."""
    table, speech = hours.timetable, spoken(language)
    if set(table.week) == {WHOLE_DAY}:
        parts = [speech.say("around the clock")]
    else:
        locale = _locale(language, table.country)
        runs = ((week_spans, list(days)) for week_spans, days in groupby(range(7), key=lambda day: table.week[day]))
        parts = [f"{_run(days, locale)} {times(spans, language, table.country)}" for spans, days in runs if spans]
    if parts and table.holidays:
        parts.append(speech.say("closed on public holidays"))
    return "; ".join(parts)


def times(spans: Iterable[Span], language: str, country: str = "") -> str:
    """The hours of one day: "09:00-12:00, 13:00-17:00"."""
    locale = _locale(language, country)
    both = ((_time(_of_day(span.start), locale), _time(_of_day(span.end), locale)) for span in spans)
    return ", ".join(f"{start}{_DASH}{end}" for start, end in both)


def in_full(day: date, language: str, country: str = "") -> str:
    """A date with its weekday: "Monday, 28 December 2026"."""
    from babel.dates import format_date  # noqa: PLC0415 - see _locale

    return str(format_date(day, "full", locale=_locale(language, country)))


def _run(days: list[int], locale: Locale) -> str:
    names = [_weekday(day, "abbreviated", locale) for day in days]
    return _DASH.join((names[0], names[-1])) if len(names) > 2 else ", ".join(names)


def _of_day(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _time(at: time, locale: Locale) -> str:
    from babel.dates import format_time  # noqa: PLC0415 - see _locale

    # CLDR sets "AM" off with a narrow no-break space, which some terminals and clients show as a box.
    return str(format_time(at, "short", locale=locale)).replace("\u202f", " ")


def _weekday(day: int, width: Literal["wide", "abbreviated"], locale: Locale) -> str:
    from babel.dates import get_day_names  # noqa: PLC0415 - see _locale

    return str(get_day_names(width, "stand-alone", locale)[day])


def _locale(language: str, country: str) -> Locale:
    """The language as it is written in the shop's country, unless the tag names another one.

    English where the bridge does not speak the language: a sentence of two languages helps nobody.
    """
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - 5 MB, for those who have hours

    tag = language.replace("-", "_")
    if spoken(language).code != tag.partition("_")[0]:
        tag = SOURCE
    for wanted in (tag if "_" in tag else f"{tag}_{country}", tag, tag.partition("_")[0]):
        try:
            return Locale.parse(wanted)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(SOURCE)
