"""Typing is passed on to whom it concerns, at once or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from bridge.connector import Hear, Signal, Typing, Unavailable
from bridge.desk import Desk
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.steps.signalling import AGAIN_SECONDS, AT_ONCE, Signalling
from bridge.testing import ScriptedConnector
from bridge.work import Spot

ANNA, END, ROOM = Spot("chat", "anna"), Spot("chat", "end"), Spot("desk", "olga", "r42")
OLGA = Owner(name="Olga", surfaces=(SurfaceAddress(connector="desk", address="olga", rooms=True),))
TYPING, STOPPED = Signal.TYPING, Signal.STOPPED


class Network(ScriptedConnector):
    """One on which it is told, and shown, that somebody types."""

    def __init__(self, name: str, shown: asyncio.Queue[tuple[Spot, Signal]]) -> None:
        super().__init__(name=name)
        self.shown = shown
        self.fault: Exception | None = None
        self.hear: Hear = lambda _: None

    def overhear(self, hear: Hear) -> None:
        self.hear = hear

    async def signal(self, address: str, signal: Signal, *, room: str = "") -> None:
        await self.shown.put((Spot(self.name, address, room), signal))
        if self.fault is not None:
            raise self.fault


@dataclass
class Spots:
    """Anna's conversation stands in room r42."""

    asked: list[str] = field(default_factory=list)
    fault: Exception | None = None

    async def rooms_of(self, connector: str, address: str, among: Collection[tuple[str, str]]) -> Sequence[Spot]:
        self.asked.append(address)
        if self.fault is not None:
            raise self.fault
        # Not where a former owner read of her.
        assert list(among) == [("desk", "olga")]
        return [ROOM] if (connector, address) == ("chat", "anna") else []

    async def customer_in(self, connector: str, address: str, room: str) -> Spot | None:
        self.asked.append(room)
        known = {"r42": ANNA, "end": END} if (connector, address) == ("desk", "olga") else {}
        return known.get(room)


class Street:
    """A customers' network, an owners', and what was shown on either."""

    def __init__(self) -> None:
        self.shown: asyncio.Queue[tuple[Spot, Signal]] = asyncio.Queue()
        self.chat, self.desk = Network("chat", self.shown), Network("desk", self.shown)
        self.spots, self.now, self.busy = Spots(), 100.0, False
        self.looks = 0
        self.here = {"chat", "desk"}
        connectors = {"chat": self.chat, "desk": self.desk, "mail": ScriptedConnector(name="mail")}
        desk = Desk(policy=Policy(business="B", owners=(OLGA,)), connectors=connectors)
        self.signalling = Signalling(
            spots=self.spots,
            desk=lambda: desk,
            here=lambda: self.here,
            busy=lambda: self.busy,
            clock=lambda: self.now,
            look_seconds=0,
        )
        self.signalling.listen(connectors)

    def anna(self, signal: Signal = TYPING) -> None:
        self.chat.hear(Typing(signal=signal, address="anna", authenticated=True))

    def olga(self, signal: Signal = TYPING, *, room: str = "r42", authenticated: bool = True) -> None:
        self.desk.hear(Typing(signal=signal, address="olga", room=room, authenticated=authenticated))

    async def what_is_shown(self) -> list[tuple[Spot, Signal]]:
        """All of it: a word of Olga's in another room is behind it."""
        self.busy = False
        self.here |= {"chat"}
        self.looks += 1
        last = Typing(signal=TYPING, address="olga", room="end", sender=f"look {self.looks}", authenticated=True)
        self.signalling.heard("desk", last)
        found: list[tuple[Spot, Signal]] = []
        async with asyncio.timeout(5):
            while not found or found[-1] != (END, TYPING):
                found.append(await self.shown.get())
        return found[:-1]


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    made = Street()
    async with running(made):
        yield made


@asynccontextmanager
async def running(street: Street) -> AsyncIterator[None]:
    task = asyncio.create_task(street.signalling.run())
    try:
        yield
    finally:
        assert not task.done(), "it ended by itself"
        task.cancel()
        await asyncio.wait([task])


async def next_shown(street: Street) -> tuple[Spot, Signal]:
    async with asyncio.timeout(5):
        return await street.shown.get()


async def test_a_customers_typing_is_shown_in_their_room_and_an_owners_to_the_customer(street: Street) -> None:
    for signal in (TYPING, STOPPED):
        street.anna(signal)
        assert await next_shown(street) == (ROOM, signal)
        street.olga(signal)
        assert await next_shown(street) == (ANNA, signal)


async def test_what_concerns_nobody_is_shown_to_nobody(street: Street) -> None:
    street.anna(STOPPED)  # nobody was told that she types
    street.olga(authenticated=False)
    street.olga(room="")
    street.olga(room="r43")
    street.chat.hear(Typing(signal=TYPING, address="mallory", authenticated=True))
    street.chat.hear(Typing(signal=Signal.ONLINE, address="anna", authenticated=True))
    assert await street.what_is_shown() == []


async def test_what_is_said_again_is_shown_again_only_after_a_while(street: Street) -> None:
    street.anna()
    assert await next_shown(street) == (ROOM, TYPING)
    street.anna()
    street.now += AGAIN_SECONDS
    assert await street.what_is_shown() == []
    street.anna()
    assert await next_shown(street) == (ROOM, TYPING)


async def test_who_stops_before_it_was_shown_that_they_type_is_not_shown_at_all(street: Street) -> None:
    street.anna()
    street.anna(STOPPED)
    assert await street.what_is_shown() == []


async def test_who_types_on_before_it_was_shown_that_they_stopped_types(street: Street) -> None:
    street.anna()
    assert await next_shown(street) == (ROOM, TYPING)
    street.anna(STOPPED)
    street.anna()
    assert await street.what_is_shown() == []


async def test_while_much_comes_in_or_another_daemon_sends_nothing_is_shown(street: Street) -> None:
    street.busy = True
    street.anna()
    assert await street.what_is_shown() == []
    street.here = set()
    street.anna()
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        while "anna" not in street.spots.asked:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0)
    assert await street.what_is_shown() == []


async def test_of_a_crowd_no_more_are_kept_in_mind_than_may_be() -> None:
    street = Street()
    for number in range(10 * AT_ONCE):
        street.chat.hear(Typing(signal=TYPING, address=f"stranger{number}"))
    async with running(street), asyncio.timeout(5):
        while len(street.spots.asked) < AT_ONCE:  # noqa: ASYNC110 - nobody is told
            await asyncio.sleep(0)
        assert await street.what_is_shown() == []
    assert len(street.spots.asked) == AT_ONCE + 1


@pytest.mark.parametrize("fault", [Unavailable("locked"), None])
async def test_what_fails_ends_nothing(street: Street, fault: Exception | None) -> None:
    street.spots.fault = fault
    street.desk.fault = KeyError("x")
    street.anna()
    shown = await street.what_is_shown()
    assert shown == ([] if fault else [(ROOM, TYPING)])


async def test_a_plug_in_that_cannot_say_stops_nobody() -> None:
    street = Street()

    class Broken(Network):
        def overhear(self, hear: Hear) -> None:
            raise KeyError("x")

    street.signalling.listen({"broken": Broken("broken", street.shown), "chat": street.chat})
    async with running(street):
        street.anna()
        assert await next_shown(street) == (ROOM, TYPING)
