"""Draws docs/demo.svg: runs the real demo with a real customer beside it, and renders what both terminals showed.

.venv/bin/python docs/draw_demo.py
"""

from __future__ import annotations

import io
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.text import Text

WIDTH = 66
BRIDGE = [sys.executable, "-m", "bridge"]


def free_port() -> int:
    """A port that nobody uses at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Owner:
    """The demo, with somebody who types into it."""

    def __init__(self, folder: Path, port: int) -> None:
        self.shown: list[str] = []
        self.process = subprocess.Popen(
            [*BRIDGE, "demo", "--folder", str(folder), "--port", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            bufsize=1,
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.shown += self.process.stdout

    def wait_for(self, words: str) -> None:
        """Wait until these words were shown."""
        for _ in range(300):
            if any(words in line for line in list(self.shown)):
                return
            time.sleep(0.1)
        raise TimeoutError(f"{words!r} was not shown:\n{''.join(self.shown)}")

    def type(self, line: str) -> None:
        """Type a line."""
        assert self.process.stdin is not None
        self.shown.append(f"> {line}\n")
        self.process.stdin.write(f"{line}\n")


def write(folder: Path, port: int, *arguments: str) -> subprocess.Popen[str]:
    """The customer's command, begun."""
    return subprocess.Popen(
        [*BRIDGE, "write", "--folder", str(folder), "--port", str(port), *arguments], stdout=subprocess.PIPE, text=True
    )


def listening(port: int) -> bool:
    """Whether the demo takes mail yet."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def play(folder: Path) -> tuple[str, str]:
    """What the owner's and the customer's terminal showed."""
    port = free_port()
    owner = Owner(folder, port)
    while not listening(port):
        time.sleep(0.1)
    said = ["$ inbox-bridge write 'Do you have red tulips?' --wait 60\n"]
    first = write(folder, port, "Do you have red tulips?", "--wait", "60")
    owner.wait_for("Do you have red tulips?\n")
    owner.type("Yes, five euros a bunch.")
    owner.wait_for("Type the number alone")
    owner.type("1")
    said.append(first.communicate(timeout=60)[0])
    owner.wait_for("sent: #1")
    said.append("$ inbox-bridge write 'Great, keep me one!' --reply\n")
    said.append(write(folder, port, "Great, keep me one!", "--reply").communicate(timeout=30)[0])
    owner.wait_for("keep me one")
    said.append("$ inbox-bridge write 'Hi, when do you open?' --wait 60\n")
    second = write(folder, port, "Hi, when do you open?", "--wait", "60", "--from", "bob@example.net")
    owner.wait_for("`ok 2` sends it")
    time.sleep(1)
    owner.type("ok 2")
    owner.wait_for("sent: #2")
    said.append(second.communicate(timeout=60)[0])
    owner.process.communicate(timeout=30)
    text = "".join(owner.shown)
    return text[text.index("#1 carla") :], "".join(said)


def main() -> None:
    """Play and draw."""
    with tempfile.TemporaryDirectory() as folder:
        owner, customer = play(Path(folder) / "demo")
    console = Console(record=True, width=2 * WIDTH + 2, file=io.StringIO())
    panels = [
        Panel(Text(words.strip()), title=title, width=WIDTH, height=24, padding=(1, 2))
        for title, words in (("you: the shop's owner", owner), ("your customer", customer))
    ]
    console.print(Columns(panels))
    (Path(__file__).parent / "demo.svg").write_text(console.export_svg(title="inbox-bridge"), encoding="utf-8")


if __name__ == "__main__":
    main()
