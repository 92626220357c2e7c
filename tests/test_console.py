"""The console: whatever is typed is a line, whatever is shown is printed, and nothing that is typed gets lost."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TextIO

import pytest

from bridge.connector import (
    FindingLevel,
    Message,
    OutcomeUnknown,
    PermanentFailure,
    RawItem,
    Unavailable,
)
from bridge.testing import connector_conforms, item, outbound, owner_surface_conforms, parse_conforms
from connectors.console import LINE_LIMIT, Console, ConsoleSettings, parse_line


def line(typed: bytes) -> RawItem:
    return RawItem(native_id="n1", raw=typed, lane="owner", facts={"typed": True}, received_at=datetime.now(UTC))


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (b"hello\n", "hello"),
        (b"hello\r\n", "hello"),
        (b"hello", "hello"),  # the last line of a file without a line end
        (b"  #1 yes  \n", "  #1 yes  "),
        ("#1 Ä 😀\n".encode(), "#1 Ä 😀"),
        (b"a\x00b\x1b[31mc\n", "a\ufffdb\ufffd[31mc"),
        (b"a\xff\xfeb\n", "a\ufffd\ufffdb"),
        (b"a\xed\xa0\x80b\n", "a\ufffd\ufffd\ufffdb"),
        (b"one\rtwo\n", "one\rtwo"),
    ],
)
def test_a_line_is_a_message(typed: bytes, text: str) -> None:
    (event,) = parse_line(line(typed))

    assert isinstance(event, Message)
    assert (event.text.plain, event.address, event.native_id) == (text, "owner", "n1")
    assert event.authenticated


@pytest.mark.parametrize("typed", [b"\n", b"", b"   \n", b"\r\n", b"\t\n"])
def test_an_empty_line_says_nothing(typed: bytes) -> None:
    assert parse_line(line(typed)) == ()


@dataclass(eq=False)
class Store:
    """A `receive` that fails as often as it is told to."""

    lines: list[bytes] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    fails: int = 0
    tried: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self, items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        self.tried.set()
        if self.fails:
            self.fails -= 1
            raise Unavailable("the database is locked")
        for one in items:
            assert isinstance(one.raw, bytes)
            self.lines.append(one.raw)
            self.ids.append(one.native_id)


def reading(content: bytes) -> TextIO:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8")


def at(lines: TextIO | None, out: TextIO | None = None) -> Console:
    return Console("console", ConsoleSettings(), lines, out if out is not None else io.StringIO())


async def run(lines: TextIO, store: Store) -> Sequence[bytes]:
    await asyncio.wait_for(at(lines).run(store.receive, {}), 10)
    return store.lines


async def test_each_line_is_handed_over_and_the_end_ends_it() -> None:
    store = Store()

    assert await run(reading(b"one\n\ntwo\nthree"), store) == [b"one\n", b"\n", b"two\n", b"three"]
    assert len(set(store.ids)) == 4


async def test_a_very_long_line_comes_in_parts_and_none_is_lost() -> None:
    long = b"#1 " + b"x" * (3 * LINE_LIMIT) + b"\n"

    lines = await run(reading(long + b"next\n"), Store())

    assert b"".join(lines) == long + b"next\n"
    assert max(map(len, lines)) <= LINE_LIMIT
    assert lines[-1] == b"next\n"


async def test_a_stream_of_text_without_bytes_will_do() -> None:
    assert await run(io.StringIO("one\nlone \ud800 surrogate\n"), Store()) == [b"one\n", b"lone ? surrogate\n"]


class _Torn(io.StringIO):
    def readline(self, size: int | None = -1) -> str:  # type: ignore[override]
        raise OSError(5, "Input/output error")


async def test_a_terminal_that_is_gone_is_an_end() -> None:
    assert await run(_Torn(), Store()) == []


async def test_closed_standard_input_is_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    store = Store()

    await asyncio.wait_for(at(None).run(store.receive, {}), 10)
    (finding,) = await at(None).check()

    assert store.lines == []
    assert finding.level is FindingLevel.WARNING


async def test_what_cannot_be_stored_is_offered_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.console.TRY_AGAIN_SECONDS", 0.01)
    assert await run(reading(b"one\ntwo\n"), Store(fails=1)) == [b"one\n", b"two\n"]


async def test_what_could_not_be_stored_survives_a_new_start() -> None:
    """A lost lease cancels `run`; the line that was under way is the first one of the next."""
    connector, store = at(reading(b"one\ntwo\n")), Store(fails=1)
    first = asyncio.create_task(connector.run(store.receive, {}))
    await asyncio.wait_for(store.tried.wait(), 5)
    first.cancel()
    await asyncio.wait({first})

    await asyncio.wait_for(connector.run(store.receive, {}), 5)

    assert store.lines == [b"one\n", b"two\n"]


async def test_only_who_sits_there_is_shown_anything() -> None:
    out = io.StringIO()
    connector = at(reading(b""), out)

    receipt = await connector.send(outbound("hello", address="OWNER"))
    with pytest.raises(PermanentFailure):
        await connector.send(outbound("hello", address="somebody"))

    assert out.getvalue() == "hello\n"
    assert receipt.native_ids


@asynccontextmanager
async def pipe() -> AsyncIterator[tuple[int, TextIO]]:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", encoding="ascii") as out:
        yield reader, out
        os.close(reader)


async def test_what_the_terminal_cannot_write_is_replaced() -> None:
    async with pipe() as (reader, out):
        await at(reading(b""), out).send(outbound("Ä 😀 z", address="owner"))
        assert os.read(reader, 100) == b"? ? z\n"


async def test_a_reader_that_is_gone_leaves_it_unknown() -> None:
    async with pipe() as (reader, out):
        os.dup2(os.open(os.devnull, os.O_RDONLY), reader)
        with pytest.raises(OutcomeUnknown):
            await at(reading(b""), out).send(outbound("hello", address="owner"))


async def test_a_reader_that_does_not_read_holds_nothing_else() -> None:
    async with pipe() as (reader, out):
        sending = asyncio.create_task(at(reading(b""), out).send(outbound("x" * 300_000, address="owner")))
        await asyncio.sleep(0.05)  # the loop goes on meanwhile
        assert not sending.done()
        loop = asyncio.get_running_loop()
        read = await loop.run_in_executor(None, _read_all, reader, 300_001)
        await asyncio.wait_for(sending, 5)
        assert read == b"x" * 300_000 + b"\n"


def _read_all(reader: int, size: int) -> bytes:
    read = b""
    while len(read) < size:
        read += os.read(reader, size)
    return read


async def test_it_conforms() -> None:
    parse_conforms(at(reading(b"")), [item("hello", "1", lane="owner")])
    await connector_conforms(lambda: at(reading(b"")), "owner")
    out = io.StringIO()
    await owner_surface_conforms(at(reading(b""), out), "owner", out.getvalue)
