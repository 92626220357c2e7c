"""Whether the shop is open is shown at each change, to who can show it; what goes wrong there ends nothing."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bridge.connector import Signal
from bridge.desk import Desk
from bridge.hours import Hours, Timetable
from bridge.hours.times import spans
from bridge.policy import Policy
from bridge.steps import presence
from bridge.testing import FakeClock, ScriptedConnector

HOURS = Hours(timetable=Timetable(zone=ZoneInfo("UTC"), week=(spans(["09:00-17:00"]),) * 7))
EARLY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


class Showing(ScriptedConnector):
    """It can show it; or fails to."""

    def __init__(self, name: str, fault: Exception | None = None) -> None:
        super().__init__(name=name)
        self.shown: asyncio.Queue[Signal] = asyncio.Queue()
        self._fault = fault

    async def signal(self, address: str, signal: Signal, *, room: str = "") -> None:
        assert address == room == ""
        await self.shown.put(signal)
        if self._fault is not None:
            raise self._fault


async def test_it_is_shown_once_for_each_opening_and_closing() -> None:
    chat, broken = Showing("chat"), Showing("plug-in", fault=KeyError("x"))
    connectors = {"plug-in": broken, "chat": chat, "mail": ScriptedConnector(name="mail")}
    desk, clock = Desk(policy=Policy(business="B", owners=()), connectors=connectors, hours=HOURS), FakeClock(EARLY)
    following = asyncio.create_task(presence.follow(lambda: desk, clock, look_seconds=0.005))
    async with asyncio.timeout(20):
        assert await chat.shown.get() is Signal.OFFLINE
        clock.moment += timedelta(hours=2)
        assert await chat.shown.get() is Signal.ONLINE
        clock.moment += timedelta(hours=12)
        assert await chat.shown.get() is Signal.OFFLINE
    assert [broken.shown.get_nowait() for _ in range(3)] == [Signal.OFFLINE, Signal.ONLINE, Signal.OFFLINE]
    assert chat.shown.empty()
    assert not following.done()
    following.cancel()
    await asyncio.wait({following})
