"""Stopping under load, and what the service manager is told of a daemon's life."""

from __future__ import annotations

import fcntl
import itertools
import os
import signal
import smtplib
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from daemon.process import INBOX_BRIDGE, Running, environment
from daemon.shop import Shop

pytestmark = pytest.mark.servers

SENDERS = 6


@dataclass
class Load:
    """Customers who write as fast as they are let; `taken` is what got its 250."""

    shop: Shop
    taken: set[str] = field(default_factory=set)
    enough: threading.Event = field(default_factory=threading.Event)
    stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[None]:
        with ThreadPoolExecutor(SENDERS) as pool:
            for sender in range(SENDERS):
                pool.submit(self._write, sender)
            try:
                yield
            finally:
                self.stop.set()

    def _write(self, sender: int) -> None:
        number = 0
        while not self.stop.is_set():
            text = f"mail {sender}-{number}."
            try:
                code = self.shop.send(text, sender=f"customer{sender}@example.org")
            except (OSError, smtplib.SMTPException):
                return
            if code == 250:
                self.taken.add(text)
            number += 1
            if len(self.taken) > 60:
                self.enough.set()


def stored(shop: Shop) -> str:
    with sqlite3.connect(shop.database) as connection:
        raws = connection.execute("SELECT raw FROM items").fetchall()
    connection.close()
    return "".join(bytes(raw).decode() for (raw,) in raws if raw)


def test_what_got_its_250_is_stored_when_sigterm_comes_in_between(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    load = Load(shop)
    with shop.running() as running, load.running():
        assert load.enough.wait(30)
        began = time.monotonic()
        assert running.stop() == 0, running.log.text
        took = time.monotonic() - began

    kept = stored(shop)
    assert [text for text in load.taken if text not in kept] == []
    assert took < 10
    print(f"{len(load.taken)} mails got their 250; stopped in {took:.2f} s")


def test_a_second_sigterm_changes_nothing(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with shop.running() as running:
        running.signal(signal.SIGTERM)
        assert running.stop() == 0, running.log.text


def test_it_goes_on_after_it_was_held(tmp_path: Path) -> None:
    """Ctrl-Z and `fg`: who wrote meanwhile waited, and what was typed is read."""
    shop = Shop(tmp_path)
    with shop.running() as running, ThreadPoolExecutor(1) as pool:
        running.signal(signal.SIGSTOP)
        sent = pool.submit(shop.send, "Hello")
        running.type("list")
        time.sleep(0.3)  # that it does nothing has no event
        assert not sent.done()
        running.signal(signal.SIGCONT)
        assert sent.result(20) == 250
        running.out.wait_for("^#1 carla")
        assert running.stop() == 0, running.log.text


@pytest.mark.parametrize("closed", ["stdin", "stdout", "both", "log"])
def test_it_runs_without_a_terminal(tmp_path: Path, closed: str) -> None:
    """A service has no terminal, and a reader may go away: mail is taken all the same, and it stops cleanly."""
    shop = Shop(tmp_path)
    redirected = {"stdin": "<&-", "stdout": ">&-", "both": "<&- >&-", "log": "2>&-"}[closed]
    command = ["sh", "-c", f'exec "$0" run --config config.toml {redirected}', INBOX_BRIDGE]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=tmp_path, env=environment(), stdin=pipe, stdout=pipe, stderr=pipe)
    with Running(process) as running:
        _until_taken(shop)
        assert running.stop() == 0, running.log.text
        assert "Traceback" not in running.log.wait_for_end()


def test_a_terminal_that_is_gone_or_held_holds_nothing_else(tmp_path: Path) -> None:
    """Nobody empties the pipe behind standard output: mail is taken all the same, and it stops in time."""
    shop = Shop(tmp_path)
    reader, writer = os.pipe()
    os.write(writer, b"x" * fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ))
    command = [INBOX_BRIDGE, "run", "--config", str(shop.config)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=pipe, stdout=writer, stderr=pipe, env=environment())
    os.close(writer)
    try:
        for number in range(3):
            _until_taken(shop, f"held {number}")
        began = time.monotonic()
        process.terminate()
        assert process.wait(12) == 0
        assert time.monotonic() - began < 10
    finally:
        process.kill()
        process.wait(10)
        os.close(reader)
        for stream in (process.stdin, process.stderr):
            assert stream is not None
            stream.close()


def _until_taken(shop: Shop, text: str = "Hello") -> None:
    end = time.monotonic() + 20
    while True:
        try:
            assert shop.send(text) == 250
        except (OSError, smtplib.SMTPException):
            assert time.monotonic() < end, "no mail is taken"
            time.sleep(0.02)
        else:
            return


class ServiceManager:
    """The other end of NOTIFY_SOCKET (sd_notify(3))."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(20)

    def next(self) -> dict[str, str]:
        """The next message."""
        return dict(line.split("=", 1) for line in self._socket.recv(4096).decode().splitlines())

    def next_but_alive(self) -> dict[str, str]:
        """The next message that is no sign of life."""
        while (message := self.next()) == {"WATCHDOG": "1"}:
            pass
        return message

    def close(self) -> None:
        self._socket.close()


def test_what_the_service_manager_is_told(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    manager = ServiceManager(tmp_path / "notify")
    with shop.running(NOTIFY_SOCKET=str(manager.path), WATCHDOG_USEC="1000000") as running:
        # The first sign of life may come before or after.
        assert manager.next_but_alive() == {"READY": "1", "STATUS": "2 connectors"}

        seen: list[float] = []
        while len(seen) < 4:
            assert manager.next() == {"WATCHDOG": "1"}
            seen.append(time.monotonic())
        pauses = [later - earlier for earlier, later in itertools.pairwise(seen[1:])]
        assert max(pauses) < 0.8  # half of the interval, and what a busy machine adds
        assert min(pauses) > 0.3

        before = time.monotonic_ns() // 1000
        running.signal(signal.SIGHUP)
        reloading = manager.next_but_alive()
        assert reloading.keys() == {"RELOADING", "MONOTONIC_USEC"}
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.monotonic_ns() // 1000
        assert manager.next_but_alive()["READY"] == "1"

        shop.label = "\\u0000"
        shop.bottom = "broken ="
        shop.write()
        assert manager.next_but_alive()["RELOADING"] == "1"
        assert "refused" in manager.next_but_alive()["STATUS"]

        running.signal(signal.SIGTERM)
        assert manager.next_but_alive() == {"STOPPING": "1"}
        assert running.wait() == 0
    manager.close()
