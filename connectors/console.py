"""The owner, or a customer, in the terminal that the daemon runs in: the smallest complete connector. The one to copy.

Everything that a connector does is here once: it runs (reads lines), it parses (a line is a message), it sends
(prints). What other networks have and a terminal has not, it simply does not mention.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import count
from typing import TextIO

from bridge.connector import (
    ConnectorType,
    Finding,
    FindingLevel,
    InboundEvent,
    Message,
    Outbound,
    OutcomeUnknown,
    PermanentFailure,
    RawItem,
    Receipt,
    Receive,
    Settings,
    Surface,
    Text,
    Traits,
    Unavailable,
)

LINE_LIMIT = 64 * 1024
"""Bytes; a longer line comes as several."""

TRY_AGAIN_SECONDS = 1.0


class ConsoleSettings(Settings):
    """A terminal: whoever sits at it is its one address."""

    address: str = "owner"
    """The address of whoever sits there, as the owner's surface names it."""


def parse_line(item: RawItem) -> Sequence[InboundEvent]:
    """One line is one message. Whoever has the terminal of the daemon is who it is: authenticated, as `run` says."""
    assert isinstance(item.raw, bytes)
    text = Text(item.raw.decode(errors="replace").rstrip("\r\n"))
    if not text:
        return ()
    typed = item.facts.get("typed") is True
    return (Message(address=item.lane, text=text, native_id=item.native_id, authenticated=typed),)


class Console:
    """Reads lines from one stream, prints to another; by default the standard ones."""

    traits = Traits(session=True, concurrency=1)
    parse = staticmethod(parse_line)
    surface = Surface(rooms=False)

    def __init__(self, name: str, settings: ConsoleSettings, lines: TextIO | None = None, out: TextIO | None = None):
        self.name = name
        self._address = settings.address
        # None where the process was started without them.
        self._lines: TextIO | None = lines if lines is not None else sys.stdin
        self._out: TextIO | None = out if out is not None else sys.stdout
        # Lines have no ids of their own: this process's number and start make them unique for ever.
        self._epoch = f"{os.getpid()}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}"
        self._numbers = count(1)
        self._arrived: asyncio.Queue[bytes] = asyncio.Queue()
        self._unstored: RawItem | None = None
        self._reader: threading.Thread | None = None

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:  # noqa: ARG002 - a terminal has no past
        """Hand over each line; return at the end of the stream."""
        self._start_reading()
        while self._unstored or await self._next():
            assert self._unstored is not None
            try:
                await receive([self._unstored], None)
            except Unavailable:
                # A network would offer it again; a terminal will not, so we do.
                await asyncio.sleep(TRY_AGAIN_SECONDS)
            else:
                self._unstored = None

    async def _next(self) -> bool:
        line = await self._arrived.get()
        if line:
            self._unstored = RawItem(
                native_id=f"{self._epoch}-{next(self._numbers)}",
                raw=line,
                lane=self._address,
                facts={"typed": True},
                received_at=datetime.now(UTC),
            )
        return bool(line)

    async def send(self, outbound: Outbound) -> Receipt:
        """Print it. The attachments are named in the text already; a terminal cannot show them."""
        if outbound.address.casefold() != self._address.casefold():
            raise PermanentFailure(f"nobody called {outbound.address} sits at this terminal")
        if self._out is None:
            raise PermanentFailure("there is no terminal")
        # In a thread: a terminal that is held (Ctrl-S), or a pipe that nobody empties, must not hold the bridge.
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        thread = threading.Thread(
            target=_print, args=(outbound.text.plain, self._out, loop, written), name="console-out", daemon=True
        )
        thread.start()
        try:
            await written
        except (OSError, ValueError) as error:
            raise OutcomeUnknown("the terminal is gone") from error
        return Receipt(native_ids=(f"{self._epoch}-out-{next(self._numbers)}",))

    async def check(self) -> Sequence[Finding]:
        """Whether there is a terminal at all."""
        if self._lines is not None and self._lines.isatty():
            return [Finding(level=FindingLevel.OK, what="there is a terminal to read from")]
        todo = "run it in a terminal, or give the owner another surface"
        return [Finding(level=FindingLevel.WARNING, what="standard input is no terminal", todo=todo)]

    def _start_reading(self) -> None:
        """A thread, since a pipe, a terminal and a file all need another way to be awaited. It ends with us."""
        if self._reader is None:
            loop = asyncio.get_running_loop()
            self._reader = threading.Thread(target=self._read, args=(loop,), name="console", daemon=True)
            self._reader.start()

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        line = b"more"
        while line:
            line = _read_line(self._lines)
            try:
                loop.call_soon_threadsafe(self._arrived.put_nowait, line)
            except RuntimeError:  # the loop is closed: the daemon is stopping
                return


def _read_line(lines: TextIO | None) -> bytes:
    """The next line; empty at the end, also where the terminal is gone or never was."""
    stream = getattr(lines, "buffer", lines)
    try:
        line: bytes | str = stream.readline(LINE_LIMIT) if stream is not None else b""
    except (OSError, ValueError):
        return b""
    return line.encode(errors="replace") if isinstance(line, str) else line


def _print(text: str, out: TextIO, loop: asyncio.AbstractEventLoop, written: asyncio.Future[None]) -> None:
    failure = None
    try:
        _write(f"{text}\n", out)
    except (OSError, ValueError) as error:
        failure = error
    with contextlib.suppress(RuntimeError):  # the loop is closed: the daemon is stopping
        loop.call_soon_threadsafe(_answer, written, failure)


def _write(text: str, out: TextIO) -> None:
    try:
        number = out.fileno()
    except OSError:  # no file, like io.StringIO
        out.write(text)
        return
    # Past Python's own buffer: whatever hangs in that would hang the end of the process.
    left = text.encode(out.encoding or "utf-8", "replace")
    while left:
        left = left[os.write(number, left) :]


def _answer(written: asyncio.Future[None], failure: Exception | None) -> None:
    if written.done():  # its caller was cancelled
        return
    if failure is None:
        written.set_result(None)
    else:
        written.set_exception(failure)


def unfit_owner(settings: ConsoleSettings, address: str) -> str:
    """Why no owner can sit there under this address; empty where one can."""
    if address.casefold() == settings.address.casefold():
        return ""
    return f'whoever sits at the terminal has another address there; write address = "{settings.address}"'


def create(name: str, settings: ConsoleSettings) -> Console:
    """Make the connector."""
    return Console(name, settings)


TYPE = ConnectorType(settings=ConsoleSettings, create=create, unfit_owner=unfit_owner)
