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
from sqlalchemy import create_engine, insert
from typer.testing import CliRunner

from bridge.cli import app
from bridge.store.book_tables import events
from bridge.store.migrating import create

SHOP = """
[business]
name = "The Shop"
timezone = "Europe/Berlin"
[[owners]]
name = "Olga"
[[owners.surfaces]]
connector = "console"
address = "owner"
[connectors.console]
type = "console"
address = "owner"
[targets]
first_response_hours = 4
[hours]
"""
HOURS = "".join(
    f'{day} = ["09:00-12:00", "13:00-17:00"]\n' for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def happened(case: int, moment: str, kind: str, **data: Any) -> dict[str, Any]:
    return {"conversation": case, "at": at(moment), "kind": kind, "data": data}


# Times are UTC; Berlin is an hour ahead. Monday, 3 November 2025.
LOG = [
    happened(1, "2025-11-03 10:00", "customer wrote", connector="mail"),  # 11:00
    happened(1, "2025-11-03 13:00", "answered", owner="Olga", outbound="a"),
    happened(1, "2025-11-03 13:00", "delivery", outbound="a", state="sent", by="Olga"),  # 14:00, two hours of business
    happened(2, "2025-11-03 15:30", "customer wrote", connector="chat"),  # 16:30
    happened(2, "2025-11-03 15:31", "bot answered", outbound="b"),
    happened(2, "2025-11-03 15:31", "delivery", outbound="b", state="sent", by="bridge"),
    happened(3, "2025-11-04 08:00", "customer wrote", connector="chat"),  # still waits
    happened(1, "2025-11-05 08:00", "closed", owner="Olga"),
    happened(4, "2025-10-01 08:00", "customer wrote", connector="mail"),  # another month
]
NOVEMBER = ("--from", "2025-11-01", "--to", "2025-11-30")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A shop with the log above."""
    (tmp_path / "config.toml").write_text(SHOP + HOURS)
    engine = create_engine(f"sqlite:///{tmp_path / 'inbox-bridge.db'}")
    with engine.begin() as connection:
        create(connection)
        connection.execute(insert(events), LOG)
    engine.dispose()
    return tmp_path


def run(folder: Path, *arguments: str) -> tuple[int, str]:
    command = ["report", "-c", str(folder / "config.toml"), *arguments]
    done = CliRunner().invoke(app(["report"]), command, env={"COLUMNS": "200"})
    return done.exit_code, done.output


def test_on_the_screen(folder: Path) -> None:
    code, said = run(folder, *NOVEMBER, "--by", "channel")
    lines = [" ".join(line.split()) for line in said.splitlines()]
    assert code == 0, said
    assert "conversations 3, 3 messages" in lines
    assert any(line.startswith("first response half within 2 h, 9 of 10 within not yet; 1 waiting;") for line in lines)
    assert "the bot answered 1 of 3 waits, 1 of them alone (33 %)" in lines
    assert any(line.startswith("mail 1 1 2 h 2 h 100 % 0") for line in lines)


def test_as_csv(folder: Path) -> None:
    code, said = run(folder, *NOVEMBER, "--csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(said)))
    first = next(row for row in rows if row["what"] == "first response" and row["conversation"] == "1")
    assert (first["wall seconds"], first["business seconds"]) == ("10800", "7200")
    assert (first["how"], first["who"], first["in time"]) == ("answered", "Olga", "yes")
    assert first["ended"] == "2025-11-03 14:00:00+01:00"
    waiting = next(row for row in rows if row["what"] == "first response" and row["conversation"] == "3")
    assert (waiting["how"], waiting["ended"], waiting["who"]) == ("waiting", "", "")


def test_as_json(folder: Path) -> None:
    code, said = run(folder, *NOVEMBER, "--json", "--by", "owner")
    assert code == 0
    found = json.loads(said)
    assert found["total"]["conversations"] == [1, 2, 3]
    assert found["total"]["first_response"]["median"] == 7200
    assert [group["name"] for group in found["groups"]] == ["(nobody yet)", "Olga"]
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
    with (folder / "config.toml").open("a") as file:
        file.write('[hours.special]\n2025-11-03 = ["09:00-12:00"]\n')
    _, said = run(folder, *NOVEMBER, "--json")
    assert json.loads(said)["total"]["first_response"]["waits"][0]["business"] == 3600


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
