"""Calendars on the web: a server on loopback gives them out; what is bad never replaces what was good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hours.shops import calendar

from bridge.hours.calendars import read_calendar
from bridge.steps import calendars
from bridge.steps.calendars import kept, refresh

GOOD = calendar("DTSTART;VALUE=DATE:20261123 SUMMARY:Away")
BETTER = calendar("DTSTART;VALUE=DATE:20261124 SUMMARY:Away")


class Server:
    """Answers each request with `status` and `body`; with no status it says nothing at all."""

    def __init__(self) -> None:
        self.status: str = "200 OK"
        self.body = GOOD
        self.port = 0
        self.answering: list[asyncio.Task[None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/private-7.ics"

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.answering.append(asyncio.create_task(self.answer(reader, writer)))

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if self.status:
            head = f"HTTP/1.1 {self.status}\r\nContent-Length: {len(self.body)}\r\nConnection: close\r\n\r\n"
            writer.write(head.encode() + self.body)
        else:
            await reader.read()
        writer.close()
        with suppress(ConnectionError):  # it was told to go away before all of it was read
            await writer.wait_closed()


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    served = Server()
    server = await asyncio.start_server(served.connected, "127.0.0.1", 0)
    served.port = server.sockets[0].getsockname()[1]
    async with server:
        yield served
        await asyncio.gather(*served.answering)


def check(raw: bytes) -> object:
    return read_calendar(raw, ZoneInfo("UTC"))


async def test_it_is_fetched_and_kept(tmp_path: Path) -> None:
    async with serving() as server:
        assert (await refresh(tmp_path, [server.url], check)).changed
        assert not (await refresh(tmp_path, [server.url, server.url], check)).changed
        server.body = BETTER
        done = await refresh(tmp_path, [server.url], check)
        assert (done.changed, dict(done.troubles)) == (True, {})
        assert kept(tmp_path, [server.url, "http://other"]) == {server.url: BETTER}


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        ("404 Not Found", GOOD, "the server answers 404 Not Found"),
        ("200 OK", b"<html>sign in</html>", "web page"),
        ("200 OK", GOOD[:-30], "ends in the middle"),
        ("200 OK", b"x" * 9_000_000, "larger than 8 MB"),
        ("nonsense", GOOD, "could not be fetched"),
        ("", b"", "did not come within"),
    ],
)
async def test_what_is_bad_replaces_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: str, body: bytes, told: str
) -> None:
    async with serving() as server:
        await refresh(tmp_path, [server.url], check)
        server.status, server.body = status, body
        monkeypatch.setattr(calendars, "TIMEOUT_SECONDS", 0.5)
        done = await refresh(tmp_path, [server.url], check)
        assert not done.changed
        assert told in done.troubles[server.url]
        assert "private-7" not in done.troubles[server.url]
        assert kept(tmp_path, [server.url]) == {server.url: GOOD}


async def test_nobody_listens(tmp_path: Path) -> None:
    async with serving() as server:
        pass
    done = await refresh(tmp_path, [server.url], check)
    assert "could not be fetched" in done.troubles[server.url]


async def test_one_that_was_kept_and_cannot_be_read_ends_nothing(tmp_path: Path) -> None:
    """Another user's file, or a disk that fails: it has not come yet, and the owners are told."""
    async with serving() as server:
        await refresh(tmp_path, [server.url], check)
        (file,) = await asyncio.to_thread(lambda: list(tmp_path.iterdir()))
        file.unlink()
        file.symlink_to("/proc/self/mem")  # no user can read its beginning
        assert kept(tmp_path, [server.url]) == {}
        found = await refresh(tmp_path, [server.url], check)
        assert list(found.troubles) == [server.url]
