"""The folder of a shop whose log is given: a configuration with hours, and a store. bench/report.py makes one, too."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import create_engine

from bridge.happened import Happened
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
WEEK = "".join(
    f'{day} = ["09:00-12:00", "13:00-17:00"]\n' for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
)


def made(folder: Path, log: Iterable[Happened], more: str = "") -> None:
    """Make it; `more` goes into the table of hours."""
    (folder / "config.toml").write_text(SHOP + more + WEEK)
    file = folder / "inbox-bridge.db"
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        create(connection)
    engine.dispose()
    rows = ((at, kind, case, json.dumps(data, separators=(",", ":"))) for case, at, kind, data in log)
    with sqlite3.connect(file) as database:
        database.executemany("INSERT INTO events (at, kind, conversation, data) VALUES (?, ?, ?, ?)", rows)
    database.close()


def closed_on(folder: Path, *days: str) -> None:
    """These days ("2026-03-10") turn out to have been days off."""
    with (folder / "config.toml").open("a") as file:
        file.write("[hours.special]\n" + "".join(f"{day} = []\n" for day in days))
