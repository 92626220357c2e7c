"""A daemon, or any command of ours, as a process: what it prints can be awaited, line by line."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Self

INBOX_BRIDGE = str(Path(sys.executable).with_name("inbox-bridge"))
ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(**more: str) -> dict[str, str]:
    """This process's, without what a service manager or an earlier test left in it."""
    ours = ("NOTIFY_SOCKET", "WATCHDOG_", "STATE_DIRECTORY", "CREDENTIALS_DIRECTORY", "INBOX_BRIDGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)} | more


class Lines:
    """What comes out of a stream, kept as it comes."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lines: list[str] = []
        self._changed = threading.Condition()
        self._ended = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        for line in self._stream:
            with self._changed:
                self._lines.append(line.decode(errors="replace").rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def text(self) -> str:
        """All of it so far."""
        with self._changed:
            return "\n".join(self._lines)

    def wait_for(self, pattern: str, count: int = 1, seconds: float = 20) -> str:
        """The `count`th line that matches, as soon as it is there; fails with all lines if it does not come."""
        found: list[str] = []

        def there() -> bool:
            found[:] = [line for line in self._lines if re.search(pattern, line)]
            return len(found) >= count or self._ended

        with self._changed:
            self._changed.wait_for(there, seconds)
        assert len(found) >= count, f"no {pattern!r} ({count}) in:\n{self.text}"
        return found[count - 1]

    def wait_for_end(self) -> str:
        """Everything that there will ever be."""
        self._thread.join(20)
        return self.text


@dataclass(eq=False)
class Running:
    """A process of ours."""

    process: subprocess.Popen[bytes]
    out: Lines = field(init=False)
    log: Lines = field(init=False)

    def __post_init__(self) -> None:
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.out, self.log = Lines(self.process.stdout), Lines(self.process.stderr)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        # A worker of a daemon that was killed holds its log open for a moment more; nobody closes what a thread reads.
        self.out.wait_for_end()
        self.log.wait_for_end()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def type(self, line: str | bytes) -> None:
        """The owner types a line."""
        assert self.process.stdin is not None
        self.process.stdin.write((line.encode() if isinstance(line, str) else line) + b"\n")
        self.process.stdin.flush()

    def end_of_input(self) -> None:
        """The owner leaves."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.process.wait(10)

    def stop(self, seconds: float = 10) -> int:
        """SIGTERM; its exit code. Fails if it takes longer."""
        self.signal(signal.SIGTERM)
        return self.wait(seconds)

    def wait(self, seconds: float = 30) -> int:
        """Its exit code."""
        return self.process.wait(seconds)


def start(*arguments: str, cwd: Path, environ: Mapping[str, str] | None = None) -> Running:
    """Start `inbox-bridge` with these arguments."""
    return start_program([INBOX_BRIDGE, *arguments], cwd=cwd, environ=environ)


def start_program(
    command: Sequence[str], *, cwd: Path, environ: Mapping[str, str] | None = None, session: bool = False
) -> Running:
    """Start any program."""
    return Running(
        subprocess.Popen(
            command,
            cwd=cwd,
            env=environment() if environ is None else dict(environ),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=session,
        )
    )


def call(*arguments: str, cwd: Path, seconds: float = 30) -> subprocess.CompletedProcess[str]:
    """Run `inbox-bridge` to its end."""
    return subprocess.run(
        [INBOX_BRIDGE, *arguments],
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def until_listening(port: int, running: Running | None = None, seconds: float = 20) -> None:
    """Wait until somebody listens on the port. There is no event for that: a connection is the only question."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert running is None or running.process.poll() is None, running.log.text
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"nobody listens on port {port}")
