"""A real daemon in a temporary folder: mail comes in by SMTP, the owner is a pipe, mail goes out into a Maildir."""

from __future__ import annotations

import os
import queue
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

CONFIG = """\
[store]
url = "{url}"
[business]
name = "Bench"
[[owners]]
name = "Olga"
[[owners.surfaces]]
connector = "console"
address = "owner"
[connectors.console]
type = "console"
[connectors.mail]
type = "email"
label = "email"
address = "shop@example.org"
maildir = "outgoing"
[connectors.mail.listen]
port = {port}
max_connections_per_address = 100
[policy]
undo_seconds = 0
flood_limit = 10000
[log]
level = "warning"
"""


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Bridge:
    """The daemon as a process; what it shows its owner comes out of `shown`, with the moment it came."""

    def __init__(self, folder: Path, url: str = "sqlite:///inbox-bridge.db") -> None:
        self.port = free_port()
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CONFIG.format(port=self.port, url=url), encoding="utf-8")
        self.config.chmod(0o600)
        self.shown: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> float:
        """Start it; seconds until it accepts connections."""
        began = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bridge", "run", "--config", str(self.config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        threading.Thread(target=self._read, daemon=True).start()
        while not self._listens():
            if self.process.poll() is not None:
                raise RuntimeError(f"the daemon ended with {self.process.returncode}")
            time.sleep(0.02)
        return time.monotonic() - began

    def _listens(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as probe:
                return probe.recv(3) == b"220"
        except OSError:
            return False

    def _read(self) -> None:
        assert self.process is not None
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.shown.put((time.monotonic(), line))

    def wait_for(self, count: int, sign: str, seconds: float) -> list[tuple[float, str]]:
        """Wait until so many lines that hold `sign` were shown; those lines."""
        until = time.monotonic() + seconds
        found: list[tuple[float, str]] = []
        while len(found) < count:
            moment, line = self.shown.get(timeout=max(0.01, until - time.monotonic()))
            if sign in line:
                found.append((moment, line))
        return found

    def stop(self) -> None:
        """Stop it as the service manager would."""
        assert self.process is not None
        self.process.terminate()
        self.process.wait(20)
