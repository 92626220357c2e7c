"""The other end of the wire: the owner, who reads and answers, and customers who write there. Never killed."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from crash.ledger import Answered, Ledger, Shown, customer_of, token_of

LINE_LIMIT = 64 * 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Hello:
    """A daemon took the wire at `at` (monotonic seconds)."""

    daemon: str
    at: float


class Desk:
    """Serves the wire. `answers(token)` says whether the owner answers the message of this token."""

    def __init__(self, ledger: Ledger, answers: Callable[[str], bool]) -> None:
        self.ledger = ledger
        self.hellos: list[Hello] = []
        self.port = 0
        self._answers = answers
        self._lines: list[dict[str, Any]] = []
        self._writers: dict[str, asyncio.StreamWriter] = {}
        self._server: asyncio.Server | None = None
        self._changed = asyncio.Event()
        self._interrupted: Callable[[], None] | None = None

    async def open(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=LINE_LIMIT)
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Hang up."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers.values():
            writer.close()
        await asyncio.sleep(0)

    def write(self, who: str, text: str) -> None:
        """Somebody writes a line; it is offered to every daemon until one has stored it."""
        self._lines.append({"line": len(self._lines) + 1, "who": who, "text": text})
        if who.startswith("chat"):
            self.ledger.on_the_wire.add(token_of(text))
        for writer in self._writers.values():
            _say(writer, self._lines[-1])

    def poison(self) -> None:
        """Somebody writes what cannot be read."""
        self.ledger.poisoned += 1
        self.write(f"mallory{self.ledger.poisoned}", "poison")

    def break_wire(self) -> None:
        """Make the connector fail as if by a fault of its own."""
        for writer in self._writers.values():
            _say(writer, {"break": True})

    def interrupt(self, stop: Callable[[], None]) -> None:
        """At the next thing that is shown: call `stop` before its receipt is given."""
        self._interrupted = stop

    async def taken_by(self, daemon: str, since: float) -> float:
        """Wait until a daemon has the wire; the seconds from `since` to then."""
        while True:
            for hello in self.hellos:
                if hello.daemon == daemon and hello.at >= since:
                    return hello.at - since
            self._changed.clear()
            await self._changed.wait()

    async def connected(self, count: int) -> None:
        """Wait until daemons have taken the wire so many times."""
        while len(self.hellos) < count:
            self._changed.clear()
            await self._changed.wait()

    @property
    def holder(self) -> str:
        """The daemon that took the wire last."""
        return self.hellos[-1].daemon if self.hellos else ""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        daemon = ""
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                said = json.loads(line)
                if "hello" in said:
                    daemon = said["hello"]
                    self._greet(daemon, said["after"], writer)
                else:
                    name = self._take(said, daemon)
                    if self._interrupted is not None:
                        self._interrupted()
                        self._interrupted = None
                    _say(writer, {"taken": said["show"], "native_id": name})
        if self._writers.get(daemon) is writer:
            del self._writers[daemon]
        writer.close()

    def _take(self, said: dict[str, Any], daemon: str) -> str:
        """Write it down; what it is called from now on."""
        if "open" in said:
            self.ledger.rooms.append(said["open"])
            return f"room-{len(self.ledger.rooms)}"
        self._show(said, daemon)
        return f"{said['id']}/{len(self.ledger.shown)}"

    def _greet(self, daemon: str, after: int, writer: asyncio.StreamWriter) -> None:
        self._writers[daemon] = writer
        self.hellos.append(Hello(daemon=daemon, at=time.monotonic()))
        self._changed.set()
        for line in self._lines[after:]:
            _say(writer, line)

    def _show(self, said: dict[str, Any], daemon: str) -> None:
        shown = Shown(
            id=said["id"],
            kind=said["kind"],
            address=said["address"],
            text=said["text"],
            conversation=said["conversation"],
            daemon=daemon,
            files=tuple(said["files"]),
            room=said["room"],
        )
        self.ledger.shown.append(shown)
        token = token_of(shown.bare)
        if shown.kind == "relay" and token and token not in self.ledger.answered and self._answers(token):
            by_wire = token in self.ledger.on_the_wire
            answered = Answered(token=token, conversation=shown.conversation, by_wire=by_wire)
            self.ledger.answered[token] = answered
            self.write("owner", f"#{shown.conversation} re {token}: yes, we do")


def _say(writer: asyncio.StreamWriter, said: dict[str, Any]) -> None:
    if not writer.is_closing():
        writer.write(json.dumps(said).encode() + b"\n")


def every(count: int) -> Callable[[str], bool]:
    """The owner answers each `count`-th message of each customer."""
    return lambda token: (int(token[6:]) + customer_of(token)) % count == 0
