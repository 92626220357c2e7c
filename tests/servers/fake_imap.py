"""An IMAP server that says what the test wants, and one that hands out tokens: for what no Dovecot does on request."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs


@dataclass
class FakeImap:
    """Answers commands by name: each of `answers` is what goes before the tagged line, and that line without its tag.

    A login by XOAUTH2 works with one of `tokens`. `said` is what clients sent.
    """

    answers: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    greeting: bytes = b"* OK hello\r\n"
    capabilities: bytes = b"IMAP4rev1 SASL-IR IDLE AUTH=PLAIN AUTH=XOAUTH2"
    tokens: set[str] = field(default_factory=set)
    said: list[bytes] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        writer.write(self.greeting)
        with contextlib.suppress(OSError):
            while line := await reader.readline():
                self.said.append(line.strip())
                tag, _, rest = line.strip().partition(b" ")
                name = rest.removeprefix(b"UID ").split(b" ")[0].decode().upper()
                if name == "AUTHENTICATE":
                    await self._authenticate(tag, rest, reader, writer)
                elif name == "IDLE" and name not in self.answers:
                    writer.write(b"+ idling\r\n")
                    await reader.readline()
                    writer.write(tag + b" OK\r\n")
                else:
                    before, result = self.answers.get(name, (b"", b"OK done"))
                    if name == "CAPABILITY":
                        before = b"* CAPABILITY " + self.capabilities + b"\r\n"
                    writer.write(before + tag + b" " + result + b"\r\n")
                if name == "LOGOUT":
                    break
                await writer.drain()
        writer.close()

    async def _authenticate(
        self, tag: bytes, rest: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        words = rest.split(b" ")
        if len(words) < 3:
            writer.write(b"+ \r\n")
            words.append((await reader.readline()).strip())
        said = base64.b64decode(words[2]).decode()
        if words[1] != b"XOAUTH2" or any(f"auth=Bearer {token}\x01\x01" in said for token in self.tokens):
            writer.write(tag + b" OK in\r\n")
            return
        writer.write(b"+ " + base64.b64encode(b'{"status":"401"}') + b"\r\n")
        assert (await reader.readline()) == b"\r\n"
        writer.write(tag + b" NO [AUTHENTICATIONFAILED] bad token\r\n")


@dataclass
class FakeTokens:
    """Answers each request for a token with the next of `answers`: a status, and what becomes JSON. `asked`: forms."""

    answers: list[tuple[int, object]]
    asked: list[dict[str, str]] = field(default_factory=list)
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            int(one.split(b":")[1]) for one in head.lower().split(b"\r\n") if one.startswith(b"content-length")
        )
        form = parse_qs((await reader.readexactly(length)).decode())
        self.asked.append({name: values[0] for name, values in form.items()})
        status, answer = self.answers.pop(0)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        writer.write(b"HTTP/1.1 %d X\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % (status, len(content)))
        writer.write(content)
        await writer.drain()
        writer.close()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/token"


@contextlib.asynccontextmanager
async def listening(server: FakeImap | FakeTokens) -> AsyncIterator[None]:
    """It listens until the block ends."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await server.serve(reader, writer)
        finally:
            writer.transport.abort()
            tasks.discard(task)

    sockets = await asyncio.start_server(serve, "127.0.0.1", 0)
    server.port = sockets.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        sockets.close()
        for task in [*tasks]:
            task.cancel()
        if tasks:
            await asyncio.wait([*tasks])
