"""A network for the crash tests: JSON lines over a loopback socket to the test, which is never killed and counts.

Owner and customers write on it. Nothing on it recognises an outbound that comes twice (`resend_unknown` is False), so
that each copy that is not marked shows. From the test: `line` (somebody wrote), `taken` (the receipt of a `show`),
`break` (fail now). To the test: `hello` (who connects, and which line it has stored last), `show`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

from bridge.connector import (
    Attachment,
    ConnectorType,
    InboundEvent,
    Message,
    Outbound,
    OutcomeUnknown,
    RawItem,
    Receipt,
    Receive,
    Settings,
    Surface,
    TemporaryFailure,
    Text,
    Traits,
)

LINE_LIMIT = 64 * 1024 * 1024
PATIENCE_SECONDS = 1.0
LARGE = 100_000


class WireSettings(Settings):
    """Where the test listens, and what this daemon is called there."""

    port: int
    me: str


def parse_line(item: RawItem) -> Sequence[InboundEvent]:
    """A line is a message; `poison` cannot be read."""
    assert isinstance(item.raw, bytes)
    text = item.raw.decode()
    if text.startswith("poison"):
        raise ValueError("poison")
    owner = item.lane == "owner"
    said = Message(address=item.lane, text=Text(text), native_id=item.native_id, authenticated=owner)
    token = text.partition(" ")[0]
    return (said if owner else replace(said, attachments=(Attachment(name=f"{token}.file", source=token),)),)


class Wire:
    """One connection to the test."""

    traits = Traits(session=True)
    parse = staticmethod(parse_line)
    surface = Surface(rooms=True)

    def __init__(self, name: str, settings: WireSettings) -> None:
        self.name = name
        self._settings = settings
        self._writer: asyncio.StreamWriter | None = None
        self._connected = asyncio.Event()
        self._numbers = count(1)
        self._shown: dict[int, asyncio.Future[str]] = {}

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Hand over each line with its number as the position."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._settings.port, limit=LINE_LIMIT)
        self._writer = writer
        self._connected.set()
        try:
            self._say({"hello": self._settings.me, "after": int(position.get("line", "0"))})
            while line := await reader.readline():
                await self._heard(json.loads(line), receive)
            raise ConnectionError("the test closed the wire")
        finally:
            self._connected.clear()
            self._writer = None
            for waiting in self._shown.values():
                if not waiting.done():
                    waiting.set_exception(OutcomeUnknown("the wire broke"))
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _heard(self, said: Mapping[str, Any], receive: Receive) -> None:
        if "break" in said:
            raise RuntimeError("broken on request")
        if "taken" in said:
            waiting = self._shown.get(said["taken"])
            if waiting is not None and not waiting.done():
                waiting.set_result(said["native_id"])
            return
        item = RawItem(
            native_id=f"line-{said['line']}",
            raw=said["text"].encode(),
            lane=said["who"],
            received_at=datetime.now(UTC),
        )
        await receive([item], {"line": str(said["line"])})

    async def send(self, outbound: Outbound) -> Receipt:
        """Show it, and wait until the test has written that down."""
        try:
            # The back-off of a lane that a hundred crashes have interrupted is an hour: rather a moment's patience.
            await asyncio.wait_for(self._connected.wait(), PATIENCE_SECONDS)
        except TimeoutError:
            raise TemporaryFailure("the wire is not connected") from None
        shown = {
            "id": outbound.id,
            "kind": str(outbound.kind),
            "address": outbound.address,
            "text": outbound.text.plain,
            "conversation": outbound.conversation,
            "room": outbound.room,
            "files": [file.size for file in outbound.attachments],
        }
        return Receipt(native_ids=(await self._taken(shown),))

    async def _taken(self, said: Mapping[str, Any]) -> str:
        """Say it, and wait until the test has written it down; what the test calls it."""
        number = next(self._numbers)
        waiting = self._shown[number] = asyncio.get_running_loop().create_future()
        try:
            self._say({"show": number, **said})
            return str(await waiting)
        finally:
            del self._shown[number]

    async def open_room(self, address: str, title: str) -> str:
        """A room that the test keeps."""
        if self._writer is None:
            raise TemporaryFailure("the wire is not connected")
        return await self._taken({"open": title})

    async def close_room(self, address: str, room: str, *, reopen: bool = False) -> None:
        """Nobody closes one here."""
        raise NotImplementedError

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """A file that came by reference: a small one, or one that no row holds."""
        assert limit > LARGE
        return b"x" * (LARGE if int(attachment.source[1:5]) % 2 else 10)

    def _say(self, said: Mapping[str, Any]) -> None:
        assert self._writer is not None
        self._writer.write(json.dumps(said).encode() + b"\n")


def create(name: str, settings: WireSettings) -> Wire:
    """Make the connector."""
    return Wire(name, settings)


TYPE = ConnectorType(settings=WireSettings, create=create)
