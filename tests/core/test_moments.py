"""Moments as people write them: in their language, in the time zone of the shop, or not at all."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bridge.cases.moments import moment, said
from bridge.language import language

BERLIN = "Europe/Berlin"
NOW = datetime(2026, 11, 18, 13, 30, tzinfo=UTC)  # a Wednesday; 14:30 in Berlin

# The language, what is written, and what is meant by Berlin's clock.
MEANT = [
    ("en", "fri 9:00", "2026-11-20 09:00"),
    ("en", "9:00 fri", "2026-11-20 09:00"),
    ("en", "Fri, 9:00", "2026-11-20 09:00"),
    ("en", "until Friday", "2026-11-20 09:00"),
    ("en", "on friday 9.30", "2026-11-20 09:30"),
    ("en", "friday at 5pm", "2026-11-20 17:00"),
    ("en", "friday afternoon", "2026-11-20 14:00"),
    ("en", "wed 17:00", "2026-11-18 17:00"),
    ("en", "wed 9:00", "2026-11-25 09:00"),
    ("en", "tomorrow", "2026-11-19 09:00"),
    ("en", "tomorrow morning", "2026-11-19 09:00"),
    ("en", "7am tomorrow", "2026-11-19 07:00"),
    ("en", "12 pm", "2026-11-19 12:00"),
    ("en", "9:00", "2026-11-19 09:00"),
    ("en", "17:00", "2026-11-18 17:00"),
    ("en", "in 20 minutes", "2026-11-18 14:50"),
    ("en", "in 2 hours", "2026-11-18 16:30"),
    ("en", "3h", "2026-11-18 17:30"),
    ("en", "3 days", "2026-11-21 09:00"),
    ("en", "2 weeks", "2026-12-02 09:00"),
    ("en", "next monday", "2026-11-23 09:00"),
    ("en", "next week", "2026-11-25 09:00"),
    ("en", "25 dec", "2026-12-25 09:00"),
    ("en", "the 24th", "2026-11-24 09:00"),
    ("en", "24/12 09:00", "2026-12-24 09:00"),
    ("en", "1.12. 10:00", "2026-12-01 10:00"),
    ("en", "2026-12-01 10:00", "2026-12-01 10:00"),
    ("en-US", "12/1 10:00", "2026-12-01 10:00"),
    ("en", "yesterday", "2026-11-17 09:00"),
    ("de", "fr 9:00", "2026-11-20 09:00"),
    ("de", "freitag um 9 uhr", "2026-11-20 09:00"),
    ("de", "bis Montag", "2026-11-23 09:00"),
    ("de", "nächsten montag", "2026-11-23 09:00"),
    ("de", "morgen", "2026-11-19 09:00"),
    ("de", "morgen nachmittag", "2026-11-19 14:00"),
    ("de", "heute 17.30 Uhr", "2026-11-18 17:30"),
    ("de", "heute abend", "2026-11-18 18:00"),
    ("de", "in einer Stunde", "2026-11-18 15:30"),
    ("de", "24.12. 9 Uhr", "2026-12-24 09:00"),
    ("de", "fri 9:00", "2026-11-20 09:00"),
    ("fr", "vendredi 9h30", "2026-11-20 09:30"),
    ("fr", "lundi prochain", "2026-11-23 09:00"),
    ("fr", "9h", "2026-11-19 09:00"),
    ("es", "mañana a las 9:00", "2026-11-19 09:00"),
    ("es", "el lunes", "2026-11-23 09:00"),
    ("it", "tra 3 giorni", "2026-11-21 09:00"),
    ("nl", "vrijdag 9 uur", "2026-11-20 09:00"),
    ("pl", "za 3 dni", "2026-11-21 09:00"),
    ("pt", "sexta 9h", "2026-11-20 09:00"),
    ("xx", "tomorrow", "2026-11-19 09:00"),
]

UNSURE = ["", "5", "may", "next month", "someday", "the door", "friday or monday", "42 fri 9:00", "monday 25:00"]
UNSURE += ["2030-01-01", "christmas", "blah 5", "1 2 3", "31.02.", "13 pm", "x" * 5_000, "9" * 59, "fri " * 15]


@pytest.mark.parametrize(("code", "words", "meant"), MEANT)
def test_what_is_meant(code: str, words: str, meant: str) -> None:
    found = moment(words, NOW, BERLIN, code)
    assert found is not None
    assert f"{found.astimezone(ZoneInfo(BERLIN)):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize("words", UNSURE)
def test_what_is_not_sure_is_no_moment(words: str) -> None:
    assert moment(words, NOW, BERLIN) is None


def test_the_clock_that_is_put_forward() -> None:
    before = datetime(2026, 3, 28, 22, 0, tzinfo=UTC)  # 23:00, four hours before the clock is put forward
    assert moment("tomorrow 9:00", before, BERLIN) == datetime(2026, 3, 29, 7, 0, tzinfo=UTC)
    assert moment("in 6 hours", before, BERLIN) == datetime(2026, 3, 29, 4, 0, tzinfo=UTC)


def test_how_a_moment_is_said() -> None:
    moment_ = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert said(moment_, BERLIN, language("en")) == "Fri 2026-11-20 09:00"
    assert said(moment_, BERLIN, language("de")) == "Fr 2026-11-20 09:00"


def test_the_library_is_loaded_only_where_a_date_is_typed() -> None:
    code = "import sys, bridge.daemon; sys.exit('dateparser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_no_words_take_long() -> None:
    began = time.process_time()
    for filler in ("1 ", "on ", "am ", "9:", "h", "fri ", ".", "p.m. "):
        moment(filler * 20_000, NOW, BERLIN)
        moment((filler * 60)[:60], NOW, BERLIN)
    assert time.process_time() - began < 2
