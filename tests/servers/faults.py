"""A TCP proxy that does to a connection what networks do: resets it, or swallows what is sent.

async with Faults(port) as link:    clients connect to link.port
    link.cut()                      every connection is reset
    link.stall(); link.flow()       nothing arrives, in neither direction, as long as it is stalled
    link.hush(); link.flow()        nothing arrives at the clients; what they send does
"""

from __future__ import annotations

import asyncio
import contextlib
from types import TracebackType
from typing import Self


class Faults:
    """Stands in front of a server on 127.0.0.1."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._flowing, self._back = asyncio.Event(), asyncio.Event()
        self.flow()
        self.port = 0

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.cut()
        self.flow()
        for task in set(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(set(self._tasks))
        await self._server.wait_closed()

    def cut(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def stall(self) -> None:
        """Let nothing through; connections stay."""
        self._flowing.clear()
        self._back.clear()

    def hush(self) -> None:
        """Let nothing through that the server says."""
        self._back.clear()

    def flow(self) -> None:
        """Let it through again: what was held arrives late, as over a bad line."""
        self._flowing.set()
        self._back.set()

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: one of the stream's, when it is cancelled, has asyncio print what was raised.
        task = asyncio.create_task(self._passed_on(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _passed_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(reader, writer)
        except OSError:
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._target)
        both = {writer, there_writer}
        self._writers |= both
        try:
            there, back = self._pump(reader, there_writer, self._flowing), self._pump(there_reader, writer, self._back)
            await asyncio.gather(there, back)
        finally:
            self._writers -= both
            for one in both:
                one.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flowing: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
