"""Hostile mails the whole way, from SMTP to the owner: none is lost, none holds up the loop, none gets into the log."""

from __future__ import annotations

import contextlib
import smtplib
import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hostile_mail import HOSTILE, SECRET, SENDER, bait

from daemon.process import Running, environment, start_program, until_listening
from daemon.shop import SHOP, Shop

pytestmark = pytest.mark.servers

LOOP_SECONDS = 0.2
DAEMON_MB = 600
WORKER_MB = 512

# What costs the loop, the store or the worker most; the parser's own table has them all.
SENT = (
    "10,000 levels",
    "100,000 parts",
    "one boundary for all levels",
    "31,000 boundaries that begin alike",
    "a boundary of a dash",
    "400 calendars",
    "1,000,000 fields",
    "100,000 authors",
    "100,000 copies",
    "1,000,000 references",
    "700,000 encoded words",
    "after the year 9999",
    "signs of our own",
    "no header at all",
    "nothing but NUL",
    "every byte",
    "a line of 25 MB",
    "bytes that are no UTF-8",
    "25 MB of base64",
    "lone surrogates",
    "marks of direction",
    "letters that are eighteen",
    "the line above which to answer",
    "scripts that do not begin",
    "ruby that stays open",
    "80,000 attributes",
    "a bounce of 10,000 receivers",
    "a forged bounce",
    "a report of reports",
)


def test_every_mail_that_is_sent_is_one_of_the_table() -> None:
    assert set(SENT) <= set(HOSTILE)


@dataclass
class Peaks:
    """The most memory that a daemon and its workers had, looked at until it is told to stop."""

    pid: int
    daemon: float = 0
    workers: float = 0
    _stop: threading.Event = field(default_factory=threading.Event)

    def watch(self) -> None:
        while not self._stop.wait(0.1):
            self.daemon = max(self.daemon, _peak(self.pid))
            for thread in Path(f"/proc/{self.pid}/task").glob("*/children"):
                for child in _read(thread).split():
                    self.workers = max(self.workers, _peak(int(child)))

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        thread = threading.Thread(target=self.watch)
        thread.start()
        yield
        self._stop.set()
        thread.join()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:  # it ended meanwhile
        return ""


def _peak(pid: int) -> float:
    """Megabytes, the most that it ever had."""
    lines = _read(Path(f"/proc/{pid}/status")).splitlines()
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:")), 0)


@contextlib.contextmanager
def measured(shop: Shop, report: Path) -> Iterator[Running]:
    program = [sys.executable, str(Path(__file__).with_name("measured.py")), str(shop.config), str(report)]
    with start_program(program, cwd=shop.folder, environ=environment(PYTHONPATH="")) as running:
        until_listening(shop.port, running)
        yield running


def send(shop: Shop, number: int, mail: bytes) -> int:
    """As it is, from an address of its own; the code of the answer to its data."""
    address = f"bait{number}@bait.example"
    content = mail.replace(SENDER, address.encode(), 1).replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    with smtplib.SMTP("127.0.0.1", shop.port, timeout=60) as server:
        server.ehlo()
        server.mail(address)
        server.rcpt(SHOP)
        code, _ = server.data(content.replace(b"\n", b"\r\n"))
        return code


def fates(shop: Shop) -> dict[str, tuple[str, int]]:
    """Of each hostile mail its state, and how much of it was shown to the owner, and is no longer under way."""
    shown = "SELECT count(*) FROM outbox WHERE outbox.conversation = messages.conversation AND state = 'sent'"
    told = "SELECT count(*) FROM outbox WHERE state = 'sent' AND instr(payload, 'retry i' || items.id || '`')"
    query = (
        f"SELECT lane, items.state, coalesce(max(({shown})), 0) + ({told}) FROM items "
        "LEFT JOIN messages ON messages.item = items.id WHERE lane LIKE '%bait%' GROUP BY items.id"
    )
    with contextlib.closing(sqlite3.connect(shop.database, timeout=10)) as connection:
        return {lane: (state, seen) for lane, state, seen in connection.execute(query)}


def until_shown(shop: Shop, count: int, seconds: float) -> dict[str, tuple[str, int]]:
    """The store tells nobody of an item that is done: look until all are, and shown."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = fates(shop)
        if len(found) == count and all(state in ("done", "dead") and seen for state, seen in found.values()):
            break
        time.sleep(0.2)
    return fates(shop)


@pytest.mark.timeout(300)
def test_hostile_mails_the_whole_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop, report = Shop(tmp_path), tmp_path / "report"
    with measured(shop, report) as running:
        assert shop.send("before") == 250
        running.out.wait_for("^before")
        report.unlink(missing_ok=True)
        peaks = Peaks(running.process.pid)
        began = time.monotonic()
        with peaks.watching():
            codes = {name: send(shop, number, bait(name)) for number, name in enumerate(SENT)}
            found = until_shown(shop, len(SENT), seconds=200)
            assert shop.send("after", sender="after@example.org") == 250
            running.out.wait_for("^after", seconds=30)
        seconds = time.monotonic() - began
        assert running.stop() == 0, running.log.text

    slow = sorted(report.read_text().splitlines(), reverse=True) if report.exists() else []
    with capsys.disabled():
        print(f"\n{len(SENT)} hostile mails: {seconds:.1f} s")
        print(f"at most: daemon {peaks.daemon:.0f} MB, worker {peaks.workers:.0f} MB")
        print(f"slowest callbacks: {slow[:3]}; dead: {[lane for lane, (state, _) in found.items() if state == 'dead']}")
    assert set(codes.values()) == {250}, codes
    assert len(found) == len(SENT)
    assert not [lane for lane, (state, seen) in found.items() if state not in ("done", "dead") or not seen]
    assert not [line for line in slow if float(line.split()[0]) > LOOP_SECONDS], slow[:5]
    assert peaks.daemon < DAEMON_MB
    assert peaks.workers < WORKER_MB
    log = running.log.wait_for_end()
    assert SECRET.decode() not in log
    assert "Traceback" not in log
    assert "bait.example" not in log
