"""What `doctor` looks at on the machine itself: the state folder, the disk, the clock, the versions."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bridge.abilities import Finding, FindingLevel

DISK_WARNING = 1024**3
OLDEST_SQLITE = (3, 37, 0)
"""The first with STRICT tables; RETURNING and UPSERT are older."""
BUILT_AT = datetime(2026, 11, 1, tzinfo=UTC)
"""A clock that shows less is wrong: this program had not been written then."""


def _ok(what: str) -> Finding:
    return Finding(level=FindingLevel.OK, what=what)


def _warning(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.WARNING, what=what, todo=todo)


def _failure(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.FAILURE, what=what, todo=todo)


def state_folder(folder: Path) -> Iterator[Finding]:
    """Is it there, ours to write, and nobody else's to read?"""
    shown = shlex.quote(str(folder))
    if not folder.exists():
        yield _ok(f"{folder} is not there yet; the first start makes it")
        return
    if not folder.is_dir():
        yield _failure(f"{folder} is not a folder", "name another state_dir in the configuration")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield _failure(f"{folder} cannot be written by this user", f"run doctor as the bridge's user, or chown {shown}")
    elif stat.S_IMODE(folder.stat().st_mode) & 0o077:
        yield _warning(f"other users may look into {folder}, where customers' mail is", f"chmod 700 {shown}")
    else:
        yield _ok(f"{folder} can be written, by this user only")


def disk(folder: Path, must_stay_free_mb: int) -> Iterator[Finding]:
    """Is there room for what may come in, in megabytes?"""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    text = f"{free // 1024**2:,} MB free for {folder}"
    if free < must_stay_free_mb * 1024**2:
        yield _failure(text, "make room: soon no message can be stored, and senders are told to come back later")
    elif free < DISK_WARNING:
        yield _warning(text, "make room before it fills")
    else:
        yield _ok(text)


def clock() -> Iterator[Finding]:
    """Is it plausible, and does something keep it right?"""
    yield clock_finding(datetime.now(UTC), synchronised=_synchronised())


def clock_finding(now: datetime, *, synchronised: bool | None) -> Finding:
    """What is to be said of a clock; `synchronised` is None where nobody knows."""
    text = f"it is {now:%Y-%m-%d %H:%M:%S} UTC"
    if now < BUILT_AT or now.year > BUILT_AT.year + 50:
        return _failure(f"{text}: that cannot be", "set the clock: times of answers and expiries depend on it")
    if synchronised is False:
        return _warning(f"{text}, and nothing keeps the clock right", "timedatectl set-ntp true")
    return _ok(text + (", kept right by the network" if synchronised else ""))


def _synchronised() -> bool | None:
    timedatectl = shutil.which("timedatectl")
    if timedatectl is None or not Path("/run/systemd/system").is_dir():
        return None
    command = [timedatectl, "show", "--property=NTPSynchronized", "--value"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603 - constant
    except (OSError, subprocess.TimeoutExpired):
        return None
    return {"yes": True, "no": False}.get(done.stdout.strip())


def versions() -> Iterator[Finding]:
    """Are Python and SQLite new enough? (pip has seen to Python.)"""
    text = f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        needed = ".".join(str(part) for part in OLDEST_SQLITE)
        yield _failure(text, f"SQLite {needed} or newer is needed: use a newer Python or system")
    else:
        yield _ok(text)
