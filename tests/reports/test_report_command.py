"""`inbox-bridge report`: the same figures on the screen, as CSV, as a workbook, as JSON and as a page."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from reports.folder import closed_on, made
from sqlalchemy import create_engine, insert
from typer.testing import CliRunner

from bridge.cli import app
from bridge.happened import Happened, moment_of
from bridge.reports.figures import By
from bridge.store.book_tables import addresses, conversations


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def happened(case: int, moment: str, kind: str, **data: Any) -> Happened:
    return Happened(case, moment_of(at(moment)), kind, data)


# Times are UTC; Berlin is an hour ahead. Monday, 3 November 2025.
LOG = [
    happened(1, "2025-11-03 10:00", "customer wrote", connector="mail"),  # 11:00
    happened(1, "2025-11-03 13:00", "answered", owner="Olga", outbound="a"),
    happened(1, "2025-11-03 13:00", "approved", owner="Olga", asked_at="2025-11-03T10:00:00+00:00"),
    happened(1, "2025-11-03 13:00", "delivery", outbound="a", state="sent", by="Olga"),  # 14:00, two hours of business
    happened(2, "2025-11-03 15:30", "customer wrote", connector="chat"),  # 16:30
    happened(2, "2025-11-03 15:31", "bot answered", outbound="b"),
    happened(2, "2025-11-03 15:31", "delivery", outbound="b", state="sent", by="bridge"),
    happened(2, "2025-12-03 09:00", "refused", owner="Olga", automatic=True, asked_at="2025-11-03T15:30:00+00:00"),
    happened(3, "2025-11-04 08:00", "customer wrote", connector="chat"),  # still waits
    happened(3, "2025-11-04 09:00", "assigned", to="Paul", owner="Olga"),
    happened(1, "2025-11-05 08:00", "closed", owner="Olga"),
    happened(1, "2025-11-05 09:00", "feedback asked", owner="Olga"),
    happened(1, "2025-12-05 10:00", "feedback", score=4, owner="Olga"),
    happened(1, "2025-12-05 10:01", "feedback solved", solved=True),
    happened(4, "2025-10-01 08:00", "customer wrote", connector="mail"),  # another month
]
NOVEMBER = ("--from", "2025-11-01", "--to", "2025-11-30")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shop with the log above."""
    made(tmp_path, LOG)
    return tmp_path


def run(folder: Path, *arguments: str, columns: int = 200) -> tuple[int, str]:
    command = ["report", "-c", str(folder / "config.toml"), *arguments]
    done = CliRunner().invoke(app(["report"]), command, env={"COLUMNS": f"{columns}"})
    return done.exit_code, done.output


def lines_of(said: str) -> list[str]:
    return [" ".join(line.split()) for line in said.splitlines()]


def test_on_the_screen(folder: Path) -> None:
    code, said = run(folder, *NOVEMBER, "--by", "channel")
    lines = lines_of(said)
    assert code == 0, said
    assert "conversations 3, 3 messages" in lines
    assert "first response half within 2 h, 9 of 10 not yet; 1 still waiting; 1 of 2 (50 %) within 4 h" in lines
    assert "the bot answered 1 of 3 waits, 1 of them alone (33 %)" in lines
    assert "its answers right: 0 of 1 (0 %, between 0 and 79 %): refused by an owner 1" in lines
    assert "its suggestions right: 1 of 1 (100 %, between 21 and 100 %): sent by an owner 1" in lines
    assert "feedback 1 of 1 who were asked" in lines
    assert "how it was 4 or 5: 1 of 1 (100 %, between 21 and 100 %): 4 \N{MULTIPLICATION SIGN} 1" in lines
    assert "problem solved yes: 1 of 1 (100 %, between 21 and 100 %): yes \N{MULTIPLICATION SIGN} 1" in lines
    assert "mail 1 1 12 h 0 0 % 1/1 1/1" in lines
    assert "mail 2 h 2 h 100 % 0" in lines


def test_in_the_owners_language(folder: Path) -> None:
    file = folder / "config.toml"
    file.write_text(file.read_text().replace('name = "Olga"', 'name = "Olga"\nlanguage = "de-AT"'))
    _, said = run(folder, *NOVEMBER, "--by", "weekday")
    assert "Gespräche 3, 3 Nachrichten" in lines_of(said)
    assert "Dienstag" in said
    run(folder, *NOVEMBER, "--html", "--by", "weekday", "-o", str(folder / "r.html"))
    page = (folder / "r.html").read_text()
    assert '<html lang="de">' in page
    assert "So lange haben Kunden gewartet" in page
    assert "Mo\N{EN DASH}Fr 09:00" in page
    _, english = run(folder, *NOVEMBER, "--csv")
    assert english.startswith("what,conversation,channel,began,")


@pytest.mark.parametrize("by", By)
@pytest.mark.parametrize("spoken", ["en", "de"])
def test_it_fits_an_ordinary_terminal(tmp_path: Path, by: By, spoken: str) -> None:
    """Nothing is cut off, but for long names."""
    long = "a very long name of a tag"
    made(tmp_path, [*LOG, happened(1, "2025-11-05 09:00", "tagged", tags=[long])])
    file = tmp_path / "config.toml"
    file.write_text(file.read_text().replace("[business]", f'[business]\nlanguage = "{spoken}"'))
    _, wide = run(tmp_path, *NOVEMBER, "--by", by, columns=300)
    _, narrow = run(tmp_path, *NOVEMBER, "--by", by, columns=80)
    assert max(map(len, narrow.splitlines())) <= 80
    assert narrow.count("…") == wide.count("…") == (2 if by is By.TAG else 0)
    tables = wide.split("\n\n")[1:]
    assert len(tables) == 2
    assert narrow.endswith("\n\n".join(tables)), "the tables are the same, however wide the terminal is"


def test_by_owner_is_who_answered_else_whose_it_is(folder: Path) -> None:
    _, said = run(folder, *NOVEMBER, "--json", "--by", "owner")
    groups = {group["name"]: group["conversations"] for group in json.loads(said)["groups"]}
    assert groups == {"(nobody)": [2], "Olga": [1], "Paul": [3]}


def test_as_csv(folder: Path) -> None:
    code, written = run(folder, *NOVEMBER, "--csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(written)))
    first = next(row for row in rows if row["what"] == "first response" and row["conversation"] == "1")
    assert (first["wall seconds"], first["business seconds"]) == ("10800", "7200")
    assert (first["how"], first["who"], first["in time"]) == ("answered", "Olga", "yes")
    assert first["ended"] == "2025-11-03 14:00:00+01:00"
    waiting = next(row for row in rows if row["what"] == "first response" and row["conversation"] == "3")
    assert (waiting["how"], waiting["ended"], waiting["who"], waiting["owner"]) == ("waiting", "", "", "Paul")
    said = [(row["what"], row["conversation"], row["how"]) for row in rows if row["what"].startswith("feedback")]
    assert said == [("feedback", "1", "4"), ("feedback solved", "1", "yes")]
    judged = [(row["conversation"], row["what"], row["how"], row["who"]) for row in rows if "bot" in row["what"]]
    assert judged == [("1", "bot suggestion", "approved", "Olga"), ("2", "bot answer", "refused", "Olga")]


def test_as_json(folder: Path) -> None:
    code, said = run(folder, *NOVEMBER, "--json", "--by", "owner")
    assert code == 0
    found = json.loads(said)
    assert found["total"]["conversations"] == [1, 2, 3]
    assert found["total"]["first_response"]["median"] == 7200
    assert [group["name"] for group in found["groups"]] == ["(nobody)", "Olga", "Paul"]
    assert found["total"]["bot"]["answers"] == {
        "right": 0,
        "judged": 1,
        "between": [0, 0.7935],
        "conversations": {"refused": [2]},
    }
    assert found["total"]["feedback"]["asked"] == [1]
    assert found["total"]["feedback"]["solved"]["conversations"] == {"yes": [1]}
    assert found["total"]["bot"]["suggestions"]["conversations"] == {"approved": [1]}
    assert [wait["conversation"] for wait in found["total"]["first_response"]["waits"]] == [1, 3]


def test_as_a_workbook(folder: Path) -> None:
    code, said = run(folder, *NOVEMBER, "--xlsx")
    assert (code, "-o report.xlsx" in said) == (1, True)
    code, _ = run(folder, *NOVEMBER, "--xlsx", "-o", str(folder / "r.xlsx"))
    assert code == 0
    with zipfile.ZipFile(folder / "r.xlsx") as book:
        assert {"xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"} <= set(book.namelist())
        assert b"first response" in book.read("xl/sharedStrings.xml")


def test_as_a_page(folder: Path) -> None:
    code, _ = run(folder, *NOVEMBER, "--html", "-o", str(folder / "r.html"))
    page = (folder / "r.html").read_text()
    assert code == 0
    assert "Mon\N{EN DASH}Fri 9:00 AM" in page or "Mon\N{EN DASH}Fri 09:00" in page
    assert page.count("<svg") == 4


def test_everything_and_another_calendar(folder: Path) -> None:
    code, said = run(folder, "--all", "--json")
    assert (code, json.loads(said)["total"]["conversations"]) == (0, [1, 2, 3, 4])
    assert json.loads(said)["from"] == "2025-10-01T00:00:00+02:00", "the day of the first message"
    closed_on(folder, "2025-11-03")
    _, said = run(folder, *NOVEMBER, "--json")
    assert json.loads(said)["total"]["first_response"]["waits"][0]["business"] == 0


def test_targets_by_channel_and_group(folder: Path) -> None:
    """Four hours for all, one for those of a group: Anna had her answer after two."""
    rules = '[[targets.rules]]\nchannel = "console"\nfirst_response_hours = 1\n'
    rules += '[[targets.rules]]\ngroup = "big"\nfirst_response_hours = 1\n[groups.big]\nmembers = ["*@big.example"]\n'
    text = (folder / "config.toml").read_text()
    _, said = run(folder, *NOVEMBER)
    assert "within 4 h" in said
    (folder / "config.toml").write_text(text.replace("[hours]", rules + "[hours]"))
    _, said = run(folder, *NOVEMBER, "--json")
    found = json.loads(said)
    assert [wait["in_time"] for wait in found["total"]["first_response"]["waits"]] == [True, False]
    assert [rule["group"] for rule in found["target_rules"]] == ["big", ""]
    _enrolled(folder, 1, "Anna@big.example")
    _, said = run(folder, *NOVEMBER, "--json")
    assert [wait["in_time"] for wait in json.loads(said)["total"]["first_response"]["waits"]] == [False, False]
    _, said = run(folder, *NOVEMBER)
    assert "0 of 2 (0 %) in time" in said


def _enrolled(folder: Path, number: int, address: str) -> None:
    """The conversation is one of a customer's with this address, and with another one."""
    engine = create_engine(f"sqlite:///{folder / 'inbox-bridge.db'}")
    then = at("2025-11-03 10:00")
    case = {"number": number, "customer": "c", "connector": "mail", "address": "anna@home.example", "state": "open"}
    known = [{"connector": "mail", "address": one, "customer": "c", "first_customer": "c"} for one in (address, "a@b")]
    with engine.begin() as connection:
        connection.execute(insert(conversations), [{**case, "version": 1, "opened_at": then, "changed_at": then}])
        connection.execute(insert(addresses), known)
    engine.dispose()


@pytest.mark.parametrize("option", ["--from", "--to"])
def test_a_day_that_is_none_is_told_how_to_be_written(folder: Path, option: str) -> None:
    code, said = run(folder, option, "gestern")
    assert code == 2
    assert "'gestern' is no day; write it like 2026-11-30" in " ".join(said.replace("│", " ").split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--csv", "--json"), "choose one of"),
        (("--from", "2026-12-01", "--to", "2026-11-01"), "the first day is after the last one"),
        (("--html", "-o", "/nowhere/r.html"), "/nowhere/r.html cannot be written: No such file"),
    ],
)
def test_what_cannot_be(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    code, said = run(folder, *arguments)
    assert (code, told in said) == (1, True), said
