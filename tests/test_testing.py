"""The conformance suites pass on our own connectors, and fail on broken ones: else they would say nothing."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from bridge.connector import (
    Connector,
    InboundEvent,
    Message,
    Outbound,
    RawItem,
    Receipt,
    Receive,
    Surface,
    TemporaryFailure,
    Text,
    Traits,
)
from bridge.testing import (
    START,
    FakeClock,
    ScriptedConnector,
    connector_conforms,
    item,
    outbound,
    owner_surface_conforms,
    parse_conforms,
    parse_text,
)
from connectors.console import Console, ConsoleSettings

SAMPLES = [item("Do you have tulips?", "1", received_at=START)]


class Terminal:
    """A console whose lines come from a pipe that stays open, and whose output is kept."""

    def __init__(self) -> None:
        self.read, self.write = os.pipe()
        self.lines = os.fdopen(self.read)
        self.out = io.StringIO()
        self.made: list[Console] = []

    def console(self, address: str = "anna") -> Console:
        self.made.append(Console("console", ConsoleSettings(address=address), self.lines, self.out))
        return self.made[-1]

    def close(self) -> None:
        os.close(self.write)
        for console in self.made:
            if console._reader is not None:
                console._reader.join(5)
        self.lines.close()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


async def test_the_console_conforms(terminal: Terminal) -> None:
    await connector_conforms(terminal.console, "anna")
    parse_conforms(terminal.console(), [item("Do you have tulips?", "1", received_at=START)])
    await owner_surface_conforms(terminal.console(), "anna", terminal.out.getvalue)


async def test_the_scripted_connector_conforms() -> None:
    await connector_conforms(ScriptedConnector, "anna")
    scripted = ScriptedConnector()
    parse_conforms(scripted, SAMPLES)
    await owner_surface_conforms(scripted, "anna", lambda: "\n".join(one.text.plain for one in scripted.sent))


@dataclass(eq=False)
class Broken(ScriptedConnector):
    """A connector with one fault."""

    fault: str = ""
    surface: Surface = Surface()  # noqa: RUF009 - a frozen value

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        if self.fault == "runs on":
            while True:
                try:
                    await asyncio.sleep(3600)
                except asyncio.CancelledError:
                    if self.hold is not None:
                        raise
        if self.fault == "cannot run":
            raise RuntimeError("no such server")
        await super().run(receive, position)

    async def send(self, outbound: Outbound) -> Receipt:
        if self.fault == "raises what the contract does not know":
            raise KeyError(outbound.address)
        if self.fault == "answers with nothing":
            return None  # type: ignore[return-value]
        if self.fault == "has no ids":
            self.sent.append(outbound)
            return Receipt()
        if self.fault == "cuts":
            self.sent.append(Outbound(**{**_fields(outbound), "text": Text(outbound.text.plain[:20])}))
            return Receipt(native_ids=("1",))
        return await super().send(outbound)


def _fields(outbound: Outbound) -> dict[str, Any]:
    return {name: getattr(outbound, name) for name in ("id", "kind", "connector", "address", "created_at")}


@pytest.mark.parametrize(
    "fault", ["runs on", "cannot run", "raises what the contract does not know", "answers with nothing"]
)
async def test_a_broken_connector_does_not_conform(fault: str) -> None:
    made: list[Broken] = []

    def make() -> Connector:
        made.append(Broken(fault=fault))
        return made[-1]

    with pytest.raises((AssertionError, KeyError, RuntimeError)):
        await connector_conforms(make, "anna", patience=timedelta(seconds=0.2))
    for connector in made:
        connector.hold = asyncio.Event()  # let it go now
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


@pytest.mark.parametrize("fault", ["has no ids", "cuts"])
async def test_a_broken_surface_does_not_conform(fault: str) -> None:
    broken = Broken(fault=fault)
    with pytest.raises(AssertionError):
        await owner_surface_conforms(broken, "anna", lambda: "\n".join(one.text.plain for one in broken.sent))


async def test_a_surface_that_needs_tokens_and_shows_none_does_not_conform() -> None:
    scripted = ScriptedConnector(surface=Surface(tokens=True))
    with pytest.raises(AssertionError, match="needs tokens"):
        await owner_surface_conforms(scripted, "anna", lambda: "\n".join(one.text.plain for one in scripted.sent))
    await owner_surface_conforms(
        scripted, "anna", lambda: "\n".join(f"{one.token.upper()} {one.text.plain}" for one in scripted.sent)
    )


async def test_what_is_no_surface_does_not_conform() -> None:
    class Mute:
        traits, parse = Traits(), staticmethod(parse_text)

        async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
            """Nothing ever comes."""

        async def send(self, outbound: Outbound) -> Receipt:
            raise TemporaryFailure("mute")

    with pytest.raises(AssertionError, match="surface"):
        await owner_surface_conforms(Mute(), "anna", str)


_count = iter(range(1_000_000))


def silent(raw: RawItem) -> Sequence[InboundEvent]:
    return ()


def moody(raw: RawItem) -> Sequence[InboundEvent]:
    return (Message(address="anna", text=Text(str(next(_count)))),)


def gullible(raw: RawItem) -> Sequence[InboundEvent]:
    return (Message(address="anna", text=Text("x"), authenticated=True),)


def anything(raw: RawItem) -> Sequence[InboundEvent]:
    return ("not an event",)  # type: ignore[return-value]


def meddling(raw: RawItem) -> Sequence[InboundEvent]:
    assert isinstance(raw.facts, dict)
    raw.facts["seen"] = True
    return (Message(address="anna", text=Text("x")),)


@pytest.mark.parametrize("parse", [silent, moody, gullible, anything, meddling, lambda raw: (*parse_text(raw),)])
def test_a_broken_parser_does_not_conform(parse: Callable[[RawItem], Sequence[InboundEvent]]) -> None:
    connector = ScriptedConnector()
    connector.parse = parse  # type: ignore[assignment]
    with pytest.raises((AssertionError, AttributeError, TypeError)):
        parse_conforms(connector, [item("Do you have tulips?", "1", received_at=START)])


async def test_a_scripted_connector_fails_as_it_is_told() -> None:
    scripted = ScriptedConnector()
    scripted.failures.extend([TemporaryFailure("later"), None])
    with pytest.raises(TemporaryFailure):
        await scripted.send(outbound())
    await scripted.send(outbound())
    assert (len(scripted.attempted), len(scripted.sent)) == (2, 1)


def test_a_clock_moves_only_when_told() -> None:
    clock = FakeClock()
    assert clock() == clock() == START
    clock.advance(seconds=5)
    assert clock() == START + timedelta(seconds=5)
