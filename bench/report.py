"""`inbox-bridge report` on a store of a million messages, cold: a month, everything, and once more with other hours.

The log is made up as two years of a busy shop would leave it: 300,000 conversations, a tenth of them reopened, a third
answered by the bridge first. Cold: the file is dropped from the page cache before each run, and each is a new process.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

from measuring.results import keep

from bridge.store.store import open_store

MESSAGES = 1_000_000
DAYS = 730
NOW = datetime(2026, 11, 1, tzinfo=UTC)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = 1_000_000

CONFIG = """
[business]
name = "Bench"
timezone = "Europe/Berlin"
[[owners]]
name = "Anna"
[[owners.surfaces]]
connector = "console"
address = "owner"
[connectors.console]
type = "console"
address = "owner"
[targets]
first_response_hours = 4
[hours]
holidays = "DE-BE"
"""
WEEK = "".join(
    f'{day} = ["09:00-12:00", "13:00-17:00"]\n' for day in ("monday", "tuesday", "wednesday", "thursday", "friday")
)


def conversation(number: int, chance: random.Random, begin: int) -> Iterator[tuple[int, str, int, dict[str, object]]]:
    """The events of one conversation, about three and a third messages of the customer's and as many answers."""
    at = begin
    for _ in range(chance.choice((1, 1, 2, 2))):
        for question in range(chance.choice((1, 1, 2, 3))):
            received = (_EPOCH + timedelta(microseconds=at)).isoformat()
            yield at, "customer wrote", number, {"connector": chance.choice(("mail", "chat")), "received_at": received}
            at += chance.randint(1, 600) * _SECOND
            if question == 0 and chance.random() < 0.33:
                name = f"{number}-{at}-b"
                yield at, "bot answered", number, {"outbound": name, "entry": "hours"}
                yield at + _SECOND, "delivery", number, {"outbound": name, "state": "sent", "by": "bridge"}
            at += chance.randint(60, 100_000) * _SECOND
            name = f"{number}-{at}"
            owner = chance.choice(("Anna", "Ben"))
            yield at, "answered", number, {"owner": owner, "outbound": name}
            yield at + 6 * _SECOND, "delivery", number, {"outbound": name, "state": "sent", "by": owner}
            at += chance.randint(600, 200_000) * _SECOND
        if chance.random() < 0.9:
            yield at, "closed", number, {"owner": "Anna"}
        at += chance.randint(1, 20) * 86_400 * _SECOND


def fill(file: Path, messages: int) -> tuple[int, int]:
    """Put a log of so many messages (the customers' and the answers) into the store; how many events that makes."""
    chance = random.Random(1)
    start = (NOW - timedelta(days=DAYS) - _EPOCH) // timedelta(microseconds=1)
    rows: list[tuple[int, str, int, str]] = []
    said, number = 0, 0
    while said < messages:
        number += 1
        begin = start + chance.randint(0, DAYS * 86_400) * _SECOND
        for at, kind, case, data in conversation(number, chance, begin):
            said += kind in ("customer wrote", "answered", "bot answered")
            rows.append((at, kind, case, json.dumps(data, separators=(",", ":"))))
    rows.sort()
    with sqlite3.connect(file) as database:
        database.executemany("INSERT INTO events (at, kind, conversation, data) VALUES (?, ?, ?, ?)", rows)
    database.close()
    return len(rows), number


def cold(folder: Path, *options: str) -> dict[str, float]:
    """Seconds (of the clock, and of a core) and MB of one report, its file out of the page cache first."""
    for file in folder.glob("*.db*"):
        with file.open("rb") as handle:
            os.fdatasync(handle.fileno())
            os.posix_fadvise(handle.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    command = [sys.executable, "-m", "bridge", "report", "-c", str(folder / "config.toml"), *options]
    began = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    cpu = used.ru_utime + used.ru_stime
    return {"seconds": round(time.monotonic() - began, 2), "cpu": round(cpu, 2), "mb": round(used.ru_maxrss / 1024)}


def filled(file: Path, messages: int) -> tuple[int, int]:
    """A new store with such a log."""

    async def empty() -> None:
        store = await open_store(f"sqlite:///{file}", lambda _: None)
        await store.close()

    asyncio.run(empty())
    return fill(file, messages)


def main(messages: int = MESSAGES) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        (folder / "config.toml").write_text(CONFIG + WEEK)
        # In a process of its own: what a child starts with counts as the child's memory.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            events, conversations = other.submit(filled, folder / "inbox-bridge.db", messages).result()
        month = ("--from", "2026-03-01", "--to", "2026-03-31")
        figures = {"month": cold(folder, *month), "all": cold(folder, "--all")}
        (folder / "config.toml").write_text(CONFIG + WEEK + "[hours.special]\n2026-03-10 = []\n")
        figures |= {"month_other_hours": cold(folder, *month), "all_other_hours": cold(folder, "--all")}
        size = round((folder / "inbox-bridge.db").stat().st_size / 1_000_000)
    keep(
        "report",
        messages=messages,
        events=events,
        conversations=conversations,
        megabytes=size,
        **{f"{what}_{unit}": value for what, found in figures.items() for unit, value in found.items()},
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else MESSAGES)
