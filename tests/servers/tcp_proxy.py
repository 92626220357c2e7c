"""A TCP proxy on a free port of this machine, for the ways in which a connection fails.

proxy.cut()             every connection breaks at once (RST)
proxy.stalled = True    nothing is passed on any more, and nobody is told: a black hole; new ones are not served
proxy.refusing = True   new connections break at once
proxy.cut_after = 5000  each connection breaks after so many bytes from the server
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator


class TcpProxy:
    """Stands before 127.0.0.1:`target`; `taken` counts the connections."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.taken = 0
        self.stalled = False
        self.refusing = False
        self.cut_after: int | None = None
        self.sent = bytearray()
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """Break every connection."""
        for writer in self._open:
            writer.transport.abort()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._tasks.add(task := asyncio.current_task())  # type: ignore[arg-type]
        task.add_done_callback(self._tasks.discard)  # type: ignore[union-attr]
        self.taken += 1
        self._open.add(writer)
        try:
            if self.refusing:
                return
            with contextlib.suppress(OSError):
                await self._connect(reader, writer)
        finally:
            writer.transport.abort()
            self._open.discard(writer)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, to_them = await asyncio.open_connection("127.0.0.1", self.target)
        self._open.add(to_them)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, to_them, from_server=False))
                group.create_task(self._pump(theirs, writer, from_server=True))
        except* (OSError, _CutError):
            pass
        finally:
            to_them.transport.abort()
            self._open.discard(to_them)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, from_server: bool) -> None:
        passed = 0
        while data := await reader.read(65536):
            if self.stalled:
                continue
            if not from_server:
                self.sent += data
            passed += len(data)
            if from_server and self.cut_after is not None and passed > self.cut_after:
                writer.write(data[: self.cut_after - passed])
                await writer.drain()
                raise _CutError
            writer.write(data)
            await writer.drain()
        raise _CutError

    async def close(self) -> None:
        """End all connections, and what serves them."""
        self.cut()
        for task in [*self._tasks]:
            task.cancel()
        if self._tasks:
            await asyncio.wait([*self._tasks])


class _CutError(Exception):
    """The end of one direction is the end of both."""


@contextlib.asynccontextmanager
async def tcp_proxy(target: int) -> AsyncIterator[TcpProxy]:
    """A proxy that runs until the block ends."""
    proxy = TcpProxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        await proxy.close()
