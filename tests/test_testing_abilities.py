"""The suites of optional abilities (`bridge/testing_abilities.py`): what conforms passes, each way not to is seen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pytest

from bridge.connector import Attachment, Outbound, PermanentFailure, Receipt, Signal, Text
from bridge.scripted import able
from bridge.testing import ScriptedConnector, owner_surface_conforms
from bridge.testing_abilities import (
    fetch_conforms,
    merge_conforms,
    react_conforms,
    rooms_conform,
    signal_conforms,
    split_conforms,
)

LIMIT = 1000


def short(text: Text) -> bool:
    return len(text.plain) <= LIMIT


def roomy() -> Any:
    return able("desk", rooms={})


def seen(connector: ScriptedConnector) -> Callable[[], str]:
    return lambda: "\n".join(one.text.plain for one in connector.sent)


def one_name(connector: Any) -> None:
    async def open_room(address: str, title: str) -> str:
        connector.rooms["r"] = [title, "open"]
        return "r"

    connector.open_room = open_room


def careless(connector: Any) -> None:
    async def send(outbound: Outbound) -> Receipt:
        return await ScriptedConnector.send(connector, outbound)

    connector.send = send


def wordless(connector: Any) -> None:
    async def send(outbound: Outbound) -> Receipt:
        if outbound.room and outbound.room not in connector.rooms:
            raise PermanentFailure("not found")
        return await ScriptedConnector.send(connector, outbound)

    connector.send = send


def once(connector: Any) -> None:
    async def close_room(address: str, room: str, *, reopen: bool = False) -> None:
        wanted = "open" if reopen else "closed"
        if connector.rooms[room][1] == wanted:
            raise PermanentFailure("it is so already")
        connector.rooms[room][1] = wanted

    connector.close_room = close_room


async def test_a_surface_with_rooms_conforms() -> None:
    connector = roomy()
    await owner_surface_conforms(connector, "olga", seen(connector))
    await rooms_conform(connector, "olga", seen(connector))


@pytest.mark.parametrize("flaw", [one_name, careless, wordless, once])
async def test_a_surface_whose_rooms_are_not_right_does_not(flaw: Callable[[Any], None]) -> None:
    connector = roomy()
    flaw(connector)
    with pytest.raises((AssertionError, PermanentFailure)):
        await rooms_conform(connector, "olga", seen(connector))


def test_a_split_conforms() -> None:
    split_conforms(able("phone", longest=LIMIT), short)


def loses(text: Text) -> Sequence[Text]:
    return [Text(text.plain[:LIMIT])]


def whole(text: Text) -> Sequence[Text]:
    return [text]


def letters(text: Text) -> Sequence[Text]:
    return [Text(letter) for letter in text.plain]


@pytest.mark.parametrize("split", [loses, whole, letters])
def test_a_split_that_is_not_right_does_not(split: Callable[[Text], Sequence[Text]]) -> None:
    connector: Any = able("phone", longest=LIMIT)
    connector.split = split
    with pytest.raises(AssertionError):
        split_conforms(connector, short)


THERE = Attachment(name="photo.jpg", source="photo")


async def test_a_fetch_conforms() -> None:
    await fetch_conforms(able("phone", files={"photo": b"x" * 100}), THERE, b"x" * 100)


@pytest.mark.parametrize("given", [b"other", b"x" * 100])
async def test_a_fetch_that_is_not_right_does_not(given: bytes) -> None:
    connector: Any = able("phone", files={})

    async def fetch(attachment: Attachment, limit: int) -> bytes:
        return given

    connector.fetch = fetch
    with pytest.raises(AssertionError):
        await fetch_conforms(connector, THERE, b"x" * 100)


def merging(*, most: int = 5, joint: str = "\n", first: int = 0) -> Any:
    """A connector that merges five, each below the other."""
    connector: Any = able("phone")

    def merge(relays: Sequence[Outbound], waiting: int) -> tuple[Outbound, int]:
        fitting = [relay for relay in relays[:most] if len(relay.text.plain) < 1000]
        if waiting < 3 or len(fitting) < 2 or fitting != list(relays[: len(fitting)]):
            return relays[0], 1
        text = joint.join(relay.text.plain for relay in fitting)
        return replace(relays[first], text=Text(text)), len(fitting)

    connector.merge = merge
    return connector


def test_a_merge_conforms() -> None:
    merge_conforms(merging(), "olga", lambda text: len(text.plain) < 1000)


@pytest.mark.parametrize("flaw", [{"most": 1}, {"most": 900}, {"first": 1}])
def test_a_merge_that_is_not_right_does_not(flaw: dict[str, Any]) -> None:
    with pytest.raises(AssertionError):
        merge_conforms(merging(**flaw), "olga", lambda text: len(text.plain) < 1000)


class Signing(ScriptedConnector):
    """It has signs and signals; it may know anybody, or fail."""

    def __init__(self, known: Sequence[str] = ("anna",), fault: Exception | None = None) -> None:
        super().__init__()
        self._known, self._fault = known, fault

    async def react(self, address: str, native_id: str, signs: Sequence[str]) -> None:
        if address not in self._known:
            raise PermanentFailure("nobody")

    async def signal(self, address: str, signal: Signal, *, room: str = "") -> None:
        if self._fault is not None:
            raise self._fault


async def test_signs_and_signals_conform() -> None:
    await react_conforms(Signing(), "anna", "1")
    await signal_conforms(Signing(), "anna", "r1")


async def test_signs_and_signals_that_are_not_right_do_not() -> None:
    with pytest.raises(AssertionError, match="a sign was put"):
        await react_conforms(Signing(known=("anna", "")), "anna", "1")
    with pytest.raises(PermanentFailure):
        await signal_conforms(Signing(fault=PermanentFailure("no")), "anna")
    with pytest.raises(AssertionError, match="it has no"):
        await react_conforms(ScriptedConnector(), "anna", "1")
    with pytest.raises(AssertionError, match="it has no"):
        await signal_conforms(ScriptedConnector(), "anna")
