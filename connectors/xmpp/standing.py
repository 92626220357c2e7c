"""Standing in rooms (XEP-0045): whoever is put out, or was never let in, enters again, and the owner is told.

    a new session --> entering --> in --> out (thrown out, the room's service restarted, or without a word)
                         |                  |
                         +-- refused: why --+--> entering again, after a pause that grows

A room says nothing of having forgotten us: so it is asked now and then (XEP-0410). Meanwhile the session is as well as
ever.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Collection
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

import structlog

from connectors.xmpp.address import bare
from connectors.xmpp.failures import Failed, NoSession
from connectors.xmpp.rooms import Rooms
from connectors.xmpp.session import Session
from connectors.xmpp.stanza import condition

log = structlog.get_logger()

AGAIN_SECONDS = 5.0
"""The first pause before a room is entered again; it grows up to LOOK_SECONDS."""

LOOK_SECONDS = 300.0
"""How often a room is asked whether we are in it."""

# XEP-0410 section 3.2: we are in it, and our own program answers no ping; or nobody can know. Where nobody bears our
# name (`item-not-found`), we had better enter again.
_NO_NEWS = (
    "service-unavailable",
    "feature-not-implemented",
    "timeout",
    "remote-server-not-found",
    "remote-server-timeout",
)


@dataclass(eq=False)
class Standing:
    """Stands in `rooms`, in a session of `connector`'s; `inside` are those that have let us in."""

    session: Session
    rooms: Rooms
    connector: str
    inside: set[str] = field(default_factory=set)
    _refused: dict[str, list[str]] = field(default_factory=dict)
    _out: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def trouble(self) -> str:
        """Which room did not let us in twice, and why; "" where all do."""
        twice = {room: why for room, why in self._refused.items() if len(why) > 1}
        return next((f"the room {room} cannot be entered: {why[-1]}" for room, why in twice.items()), "")

    def enter(self) -> None:
        """A new session: nobody is in any room. Raises NoSession."""
        self.inside.clear()
        for room in self._missing():
            self.session.enter(self.rooms.own(room))

    def seen(self, presence: ET.Element) -> None:
        """What a room says of us."""
        sender, kind = presence.get("from", ""), presence.get("type", "")
        room = bare(sender)
        if room not in self.rooms.rooms or sender not in (room, self.rooms.own(room)):
            return
        if kind == "error":
            self._lost(room, condition(presence)[0])
        elif kind == "unavailable":
            self._lost(room, "")
        elif not kind:
            self.inside.add(room)
            self._refused.pop(room, None)

    def _lost(self, room: str, why: str) -> None:
        self.inside.discard(room)
        if why:
            self._refused[room] = [*self._refused.get(room, ())[-1:], why]
        log.warning("xmpp.not_in_room", connector=self.connector, room=room, reason=why or "put out")
        self._out.set()

    async def run(self) -> None:
        """Stay in them, until cancelled."""
        pause = AGAIN_SECONDS
        while True:
            await self._quiet()
            await asyncio.sleep(pause)
            with contextlib.suppress(NoSession):
                await self.look()
            pause = AGAIN_SECONDS if not self._missing() else min(pause * 2, LOOK_SECONDS)

    async def _quiet(self) -> None:
        """Until we are out of one, or it is time to look."""
        if not self._missing():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LOOK_SECONDS):
                    await self._out.wait()
        self._out.clear()

    async def look(self) -> None:
        """See whether we are in each of them, and enter those that we are not in. Raises NoSession."""
        for room in sorted(self.inside):
            try:
                await self.session.ping(self.rooms.own(room))
            except Failed as error:
                if error.condition not in _NO_NEWS:
                    self._lost(room, "")
        for room in self._missing():
            self.session.enter(self.rooms.own(room))

    def _missing(self) -> Collection[str]:
        return sorted(set(self.rooms.rooms) - self.inside)
