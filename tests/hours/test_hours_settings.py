"""The table [hours]: what it makes, and what is said of each mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hours.shops import at, calendar
from typer.testing import CliRunner

from bridge.cli import app
from bridge.configuration.config import Config, ConfigError, load
from bridge.configuration.hours import hours_of
from bridge.hours import Hours

SHOP = """
[business]
name = "The Shop"
timezone = "Europe/Berlin"
language = "en"
[[owners]]
name = "Anna"
[[owners.surfaces]]
connector = "console"
address = "owner"
[connectors.console]
type = "console"
address = "owner"
"""
OFFICE = '[hours]\nmonday = ["09:00-12:00", "13:00-17:00"]\n'


def loaded(folder: Path, text: str) -> Config:
    path = folder / "config.toml"
    path.write_text(SHOP + text)
    path.chmod(0o600)
    return load(path)


def made(folder: Path, text: str, **fetched: bytes) -> Hours:
    config = loaded(folder, text)
    return hours_of(
        config.hours, config.business.timezone, "en", {f"https://{name}": raw for name, raw in fetched.items()}
    )


def test_without_the_table_it_is_always_open(tmp_path: Path) -> None:
    hours = made(tmp_path, "")
    assert hours.next_closing(at("2026-11-22 03:00", hours)) is None
    assert str(hours.zone) == "Europe/Berlin"


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "away.ics").write_bytes(calendar("DTSTART;VALUE=DATE:20261130"))
    hours = made(
        tmp_path,
        """[hours]
monday = ["09:00-12:00", "13:00-17:00"]
saturday = ["22:00-02:00"]
sunday = []
holidays = "DE-BE"
[hours.special]
2026-12-24 = ["9-12"]
12-31 = []
"2026-08-03 to 2026-08-14" = []
[[hours.calendars]]
file = "away.ics"
[[hours.calendars]]
url = "webcal://fair"
means = "open"
""",
        fair=calendar("DTSTART:20261206T120000 DURATION:PT2H"),
    )
    opened = ["2026-11-23 10:00", "2026-11-29 01:00", "2026-12-24 11:00", "2026-12-06 13:00"]
    closed = ["2026-11-23 12:30", "2026-11-29 10:00", "2026-11-30 10:00", "2026-12-25 10:00", "2026-08-10 10:00"]
    assert [hours.open_at(at(moment, hours)) for moment in opened + closed] == [True] * 4 + [False] * 5


MISTAKES = [
    ('[hours]\nmonday = "9-17"', "hours.monday", "must be a list of texts", "write it like"),
    ("[hours]\nmonday = [9]", "hours.monday", "must be a list of texts", "write it like"),
    ('[hours]\nmonday = ["nine to five"]', "hours.monday", "is no stretch of a day", "write it like 09:00-17:00"),
    ('[hours]\nmonday = ["09:60-17:00"]', "hours.monday", "is no stretch of a day", "00:00 to 24:00"),
    ('[hours]\nmonday = ["20:00-25:00"]', "hours.monday", "is no stretch of a day", "00:00 to 24:00"),
    ('[hours]\nmonday = ["09:00-09:00"]', "hours.monday", "no time at all", "the whole day is 00:00-24:00"),
    ('[hours]\nmonday = ["9-13", "12-17"]', "hours.monday", "09:00-13:00 and 12:00-17:00 overlap", "let one of them"),
    ('[hours]\nmonday = ["20-4"]\ntuesday = ["2-9"]', "hours", "monday's 20:00-04:00 and tuesday's", "let one begin"),
    ('[hours]\nsunday = ["20-4"]\nmonday = ["2-9"]', "hours", "sunday's 20:00-04:00 and monday's", "let one begin"),
    ('[hours]\nmonda = ["9-17"]', "hours.monda", "there is no such setting", "did you mean monday?"),
    ("[hours]", "hours", "never opens", "write the hours of each day"),
    ('[hours]\nholidays = "DE"', "hours", "never opens", "write the hours of each day"),
    (OFFICE + 'holidays = "Germany"', "hours.holidays", "there is no country 'Germany'", "two capital letters"),
    (OFFICE + 'holidays = "de-BE"', "hours.holidays", "there is no country 'de'", "did you mean DE?"),
    (OFFICE + 'holidays = "DE-XX"', "hours.holidays", "there is no region 'XX' in DE", "its regions are BB, BE"),
    (OFFICE + 'holidays = "SG-1"', "hours.holidays", "there is no region '1' in SG", "leave the region out"),
    (OFFICE + 'holidays = "DE"\nholiday_kinds = ["x"]', "hours.holiday_kinds", "no holidays of the kind x", "catholic"),
    (OFFICE + "special = {2026-02-30 = []}", "hours.special", "there is no day '2026-02-30'", "2026-12-24"),
    (OFFICE + "special = {christmas = []}", "hours.special", "'christmas' is no date", "12-24 for every year"),
    (OFFICE + 'special = {"2026-08-14 to 2026-08-03" = []}', "hours.special", "ends before it begins", "earlier"),
    (OFFICE + 'special = {"2026-08-14 to 08-20" = []}', "hours.special", "a year at one end only", "both ends"),
    (
        OFFICE + 'special = {"2026-08-03 to 2026-08-14" = [], "2026-08-14 to 2026-08-20" = ["9-12"]}',
        "hours.special",
        "name the same day",
        "leave it to one of them",
    ),
    (OFFICE + 'special = {12-24 = ["9-99"]}', "hours.special.12-24", "is no stretch of a day", "00:00 to 24:00"),
    (OFFICE + "[[hours.calendars]]", "hours.calendars #1", "needs either a `url` or a `file`", "write one"),
    (OFFICE + '[[hours.calendars]]\nfile = "no.ics"', "hours.calendars #1.file", "cannot be read: No such", "state"),
    (OFFICE + '[[hours.calendars]]\nfile = "bad.ics"', "hours.calendars #1.file", "bad.ics is a web page", ".ics"),
    (OFFICE + '[[hours.calendars]]\nurl = "away.ics"', "hours.calendars #1.url", "is no web address", "`file`"),
    (SHOP.replace("Europe/Berlin", "Europe/Berln"), "business.timezone", "is no time zone", "Europe/Berlin"),
]


@pytest.mark.parametrize(("text", "key", "what", "todo"), MISTAKES)
def test_each_mistake(tmp_path: Path, text: str, key: str, what: str, todo: str) -> None:
    (tmp_path / "bad.ics").write_bytes(b"<html>")
    path = tmp_path / "config.toml"
    path.write_text(text if text.startswith("\n[business]") else SHOP + text)
    path.chmod(0o600)
    with pytest.raises(ConfigError) as caught:
        load(path)
    (problem,) = caught.value.problems
    assert problem.key == key
    assert what in problem.what
    assert todo in problem.todo


def run(folder: Path, text: str, *arguments: str) -> tuple[int, str]:
    loaded(folder, text)
    done = CliRunner().invoke(app(["hours"]), ["hours", "-c", str(folder / "config.toml"), *arguments])
    return done.exit_code, done.output


def test_the_command(tmp_path: Path) -> None:
    text = OFFICE + 'friday = ["09:00-24:00"]\nholidays = "DE-BE"\n'
    code, said = run(tmp_path, text, "--at", "2026-12-18 23:00")
    lines = [line.rstrip() for line in said.splitlines()]
    assert code == 0
    assert lines[0] == "Open until Sat 2026-12-19 00:00 (Europe/Berlin). Opens again Mon 2026-12-21 09:00."
    assert "Fri 2026-12-18  09:00-24:00" in lines
    assert "Fri 2026-12-25  closed                    Christmas Day" in lines
    assert len(lines) == 2 + 14


def test_the_command_while_closed_and_for_scripts(tmp_path: Path) -> None:
    code, said = run(tmp_path, OFFICE, "--at", "2026-11-23 12:30")
    assert code == 0
    assert said.startswith("Closed. Opens Mon 2026-11-23 13:00 (Europe/Berlin).")
    code, said = run(tmp_path, OFFICE, "--at", "2026-11-23 10:30", "--json")
    assert code == 0
    assert '"next_closing": "2026-11-23T12:00:00+01:00"' in said


def test_the_command_without_the_table(tmp_path: Path) -> None:
    code, said = run(tmp_path, "")
    assert (code, said.splitlines()[0]) == (0, "Open, and never closes (Europe/Berlin).")


def test_a_calendar_that_was_never_fetched_is_told(tmp_path: Path) -> None:
    code, said = run(tmp_path, OFFICE + '[[hours.calendars]]\nurl = "https://shop.example/secret-7.ics"')
    assert code == 0
    assert "number 1 was never fetched" in said
    assert "secret-7" not in said
