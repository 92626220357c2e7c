"""The next opening and the week, as customers read them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hours.shops import at, shop, special, week

from bridge.hours import ALWAYS
from bridge.hours.words import next_opening_in_words, opening_hours

OFFICE = week(mon_fri="9-12 13-17")
BERLIN = shop(OFFICE, "Europe/Berlin", special("2026-07-06", last="2026-07-17"), holidays="DE-BE")
NOWHERE = shop(OFFICE)

# Monday 23 November 2026: before opening, after closing, on Friday evening, before a closure of two weeks.
TODAY, TOMORROW, MONDAY, AWAY = "2026-11-23 07:00", "2026-11-23 18:00", "2026-11-27 18:00", "2026-07-03 18:00"

WORDS = [
    ("en", "today at 09:00", "tomorrow at 09:00", "on Monday at 09:00", "on Monday, 20 July 2026 at 09:00"),
    ("en-US", "today at 9:00 AM", "tomorrow at 9:00 AM", "on Monday at 9:00 AM", "on Monday, July 20, 2026 at 9:00 AM"),
    (
        "de",
        "heute um 09:00 Uhr",
        "morgen um 09:00 Uhr",
        "am Montag um 09:00 Uhr",
        "am Montag, 20. Juli 2026 um 09:00 Uhr",
    ),
    ("fr", "aujourd'hui à 09:00", "demain à 09:00", "lundi à 09:00", "lundi 20 juillet 2026 à 09:00"),
    ("es", "hoy, 9:00 h", "mañana, 9:00 h", "el lunes, 9:00 h", "el lunes, 20 de julio de 2026, 9:00 h"),
    ("it", "oggi, ore 09:00", "domani, ore 09:00", "lunedì, ore 09:00", "lunedì 20 luglio 2026, ore 09:00"),
    ("nl", "vandaag om 09:00 uur", "morgen om 09:00 uur", "maandag om 09:00 uur", "maandag 20 juli 2026 om 09:00 uur"),
    ("pl", "dzisiaj o 09:00", "jutro o 09:00", "poniedziałek, godz. 09:00", "poniedziałek, 20 lipca 2026, godz. 09:00"),
    ("pt", "hoje, 09:00 h", "amanhã, 09:00 h", "segunda-feira, 09:00 h", "segunda-feira, 20 de julho de 2026, 09:00 h"),
    # A language that the bridge does not speak, and what is none.
    ("ja", "today at 09:00", "tomorrow at 09:00", "on Monday at 09:00", "on Monday, 20 July 2026 at 09:00"),
    ("../x", "today at 09:00", "tomorrow at 09:00", "on Monday at 09:00", "on Monday, 20 July 2026 at 09:00"),
]


@pytest.mark.parametrize(("language", "today", "tomorrow", "monday", "away"), WORDS)
def test_the_next_opening(language: str, today: str, tomorrow: str, monday: str, away: str) -> None:
    said = [next_opening_in_words(BERLIN, at(moment, BERLIN), language) for moment in (TODAY, TOMORROW, MONDAY, AWAY)]
    assert said == [today, tomorrow, monday, away]


def test_now_and_never() -> None:
    assert next_opening_in_words(BERLIN, at("2026-11-23 09:00", BERLIN), "de") == "jetzt"
    never = shop(week())
    assert next_opening_in_words(never, at(TODAY, never), "de") == ""


def test_the_same_weekday_in_a_week_is_told_by_its_date() -> None:
    """On a Saturday evening "on Saturday" would be understood as today."""
    market = shop(week(sat="8-13"))
    said = next_opening_in_words(market, at("2026-11-28 20:00", market), "en-GB")
    assert said == "on Saturday, 5 December 2026 at 08:00"


def test_today_is_the_shops_today() -> None:
    """In Berlin it is the next day already."""
    late = at("2026-11-22T23:30:00Z", BERLIN)
    assert next_opening_in_words(BERLIN, late, "en") == "today at 09:00"
    assert next_opening_in_words(BERLIN, late - timedelta(hours=1), "en") == "tomorrow at 09:00"


def test_the_week_in_a_line() -> None:
    dash = "\N{EN DASH}"
    several = shop(week(mon_thu="9-12 13-17", fri="9-12", sat="22:00-02:00", sun="22:00-02:00"))
    assert opening_hours(several, "de").replace(dash, "-") == (
        "Mo-Do 09:00-12:00, 13:00-17:00; Fr 09:00-12:00; Sa, So 22:00-02:00"
    )
    assert (
        opening_hours(BERLIN, "en").replace(dash, "-") == "Mon-Fri 09:00-12:00, 13:00-17:00; closed on public holidays"
    )
    assert opening_hours(NOWHERE, "en").replace(dash, "-") == "Mon-Fri 9:00 AM-12:00 PM, 1:00 PM-5:00 PM"
    assert opening_hours(ALWAYS, "pl") == "całą dobę"
    assert opening_hours(shop(week()), "en") == ""
