"""`inbox-bridge report` on a store of a million messages, cold: a month, everything, and once more with other hours.

The log is made up as two years of a busy shop would leave it: 300,000 conversations, a tenth of them reopened, a third
answered by the bridge first. Cold: the file is dropped from the page cache before each run, and each is a new process.
"""

from __future__ import annotations

import os
import random
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

from bridge.happened import Happened, at_moment, moment_of

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from reports.folder import closed_on, made

MESSAGES = 1_000_000
DAYS = 730
NOW = datetime(2026, 11, 1, tzinfo=UTC)
HOLIDAYS = 'holidays = "DE-BE"\n'
_SECOND = 1_000_000


def conversation(number: int, chance: random.Random, begin: int) -> Iterator[Happened]:
    """The events of one conversation, about three and a third messages of the customer's and as many answers."""
    at = begin
    for _ in range(chance.choice((1, 1, 2, 2))):
        for question in range(chance.choice((1, 1, 2, 3))):
            received = at_moment(at).isoformat()
            data = {"connector": chance.choice(("mail", "chat")), "received_at": received}
            yield Happened(number, at, "customer wrote", data)
            at += chance.randint(1, 600) * _SECOND
            if question == 0 and chance.random() < 0.33:
                name = f"{number}-{at}-b"
                yield Happened(number, at, "bot answered", {"outbound": name, "entry": "hours"})
                yield _arrived(number, at + _SECOND, name, "bridge")
            at += chance.randint(60, 100_000) * _SECOND
            name = f"{number}-{at}"
            owner = chance.choice(("Anna", "Ben"))
            yield Happened(number, at, "answered", {"owner": owner, "outbound": name})
            yield _arrived(number, at + 6 * _SECOND, name, owner)
            at += chance.randint(600, 200_000) * _SECOND
        if chance.random() < 0.9:
            yield Happened(number, at, "closed", {"owner": "Anna"})
        at += chance.randint(1, 20) * 86_400 * _SECOND


def _arrived(number: int, at: int, outbound: str, by: str) -> Happened:
    return Happened(number, at, "delivery", {"outbound": outbound, "state": "sent", "by": by})


def fill(folder: Path, messages: int) -> tuple[int, int]:
    """A shop with a log of so many messages (the customers' and the answers); how many events and conversations."""
    chance = random.Random(1)
    start = moment_of(NOW - timedelta(days=DAYS))
    log: list[Happened] = []
    said, number = 0, 0
    while said < messages:
        number += 1
        begin = start + chance.randint(0, DAYS * 86_400) * _SECOND
        events = list(conversation(number, chance, begin))
        said += sum(event.kind in ("customer wrote", "answered", "bot answered") for event in events)
        log += events
    log.sort(key=lambda event: event.at)
    made(folder, log, HOLIDAYS)
    return len(log), number


def cold(folder: Path, *options: str) -> dict[str, float]:
    """Seconds (of the clock, and of a core) and MB of one report, its file out of the page cache first; and how much
    else the machine had to do when it began.
    """
    load = round(os.getloadavg()[0], 1)
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
    seconds = round(time.monotonic() - began, 2)
    return {"seconds": seconds, "cpu": round(cpu, 2), "mb": round(used.ru_maxrss / 1024), "load": load}


def main(messages: int = MESSAGES) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        # In a process of its own: what a child starts with counts as the child's memory.
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            events, conversations = other.submit(fill, folder, messages).result()
        month = ("--from", "2026-03-01", "--to", "2026-03-31")
        figures = {"month": cold(folder, *month), "all": cold(folder, "--all")}
        closed_on(folder, "2026-03-10")
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
