"""A real PostgreSQL for tests: its own cluster in a temporary folder, on a free port, gone afterwards.

    start()              a running server; Missing says which Debian package it lacks
    server.database()    a fresh, empty database on it

Durability is off (`fsync=off`): these tests look at what a transaction does, not at what a power cut leaves. PostgreSQL
refuses to run as root, so that root runs it as `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

DEBIAN_PACKAGE = "postgresql"
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "100",
    "deadlock_timeout": "200ms",
}


class Missing(Exception):
    """There is no PostgreSQL on this machine."""


@dataclass
class Postgres:
    """A running server. `pid` is the postmaster's."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def url(self, database: str) -> str:
        """As the bridge's configuration has it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def database(self) -> str:
        """The URL of a new, empty database."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0".encode())
        return self.url(name)

    def drop(self, url: str) -> None:
        """Drop a database, whoever is still connected."""
        name = url.rpartition("/")[2]
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def stop(self) -> None:
        """Stop it at once, and wait until it is gone (SIGQUIT: its immediate shutdown)."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)


def program(name: str) -> str:
    """The newest installed server program of this name. Raises Missing."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: float(path.parts[4]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if not found:
        raise Missing(f"no {name} in /usr/lib/postgresql/*/bin or PATH; install the Debian package {DEBIAN_PACKAGE}")
    return found


def start(*, durable: bool = False) -> Postgres:
    """Make a cluster and start it; `durable` for those who measure what a commit costs. Raises Missing."""
    initdb, postgres = program("initdb"), program("postgres")
    folder = Path(tempfile.mkdtemp(prefix="inbox-bridge-pg-", dir="/tmp"))
    user = _unprivileged(folder)
    data, port = folder / "data", _free_port()
    subprocess.run(
        [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        check=True,
        capture_output=True,
        cwd=folder,
        **user,
    )
    lasting = dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "on") if durable else {}
    settings = _SETTINGS | lasting | {"port": str(port), "unix_socket_directories": str(folder)}
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([postgres, "-D", data, *arguments], stdout=log, stderr=log, cwd=folder, **user)
    server = Postgres(folder=folder, port=port, process=process)
    _wait_until_up(server)
    return server


def _unprivileged(folder: Path) -> dict[str, Any]:
    """What makes a subprocess run as nobody, where we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(server: Postgres) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            psycopg.connect(server.url("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.process.poll() is not None or time.monotonic() > deadline:
                said = (server.folder / "log").read_text()
                server.stop()
                raise RuntimeError(f"PostgreSQL did not start:\n{said}") from None
            time.sleep(0.05)
        else:
            return
