"""Owners' stanzas, taken in order: what each makes of its room is committed before anything is sent for it.

Those that wait are taken together, fifty at most: a program that enters a hundred rooms as it starts costs few writes.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import ChainMap, deque
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import structlog

from bridge.connector import RawItem, reach
from connectors.xmpp.address import bare
from connectors.xmpp.incoming import AT_ONCE
from connectors.xmpp.namespaces import CLIENT, tag
from connectors.xmpp.shared.entering import presence
from connectors.xmpp.shared.people import People
from connectors.xmpp.shared.room import Room
from connectors.xmpp.shared.saying import message
from connectors.xmpp.shared.service import Service
from connectors.xmpp.shared.step import Step

log = structlog.get_logger()


@dataclass(eq=False)
class Intake:
    """What owners sent to the rooms of `service`, on its way into them."""

    service: Service
    name: str
    _queue: deque[ET.Element] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, stanza: ET.Element) -> None:
        """A message or a presence of an owner's came by the stream."""
        self._queue.append(stanza)
        self._arrived.set()

    async def run(self) -> None:
        """Take what comes, until cancelled; in a new session, once it has begun."""
        while True:
            await self.service.ready.wait()
            await self._arrived.wait()
            self._arrived.clear()
            while self._queue and self.service.ready.is_set():
                await self._take()
            if self._queue:
                self._arrived.set()

    async def _take(self) -> None:
        service = self.service
        async with service.turn:
            taken = [self._queue[at] for at in range(min(AT_ONCE, len(self._queue)))]
            changed: dict[str, Room] = {}
            rooms = ChainMap(changed, service.rooms)
            steps = [self._step(stanza, rooms) for stanza in taken]
            spoken = [room for room in changed.values() if room.said > service.rooms[room.name].said]
            await service.commit_surely([step.item for step in steps if step.item is not None], changed.values())
            if any(step.item is not None for step in steps):
                reach("shared.said")
            # They are taken out only now: whoever cancels us while the store is away finds them here again.
            for _ in taken:
                self._queue.popleft()
            for step in steps:
                service.put(*step.stanzas)
            for room in spoken:
                service.put_out(room)

    def _step(self, stanza: ET.Element, rooms: MutableMapping[str, Room]) -> Step:
        """What follows from a stanza; the room is then as it left it."""
        try:
            step = step_of(stanza, rooms, self.service.people, datetime.now(UTC))
        except Exception as error:  # noqa: BLE001 - one stanza that nobody foresaw must not stop those behind it
            # Without what the error says: that may be of its text.
            log.error("xmpp.fault", connector=self.name, error=type(error).__name__)  # noqa: TRY400 - see above
            step = Step(item=_unforeseen(stanza)) if stanza.tag == tag(CLIENT, "message") else Step()
        if step.room is not None:
            rooms[step.room.name] = step.room
        return step


def step_of(stanza: ET.Element, rooms: Mapping[str, Room], people: People, now: datetime) -> Step:
    """What an owner's stanza makes of the room that it was sent to. Pure."""
    room = rooms.get(bare(stanza.get("to", "")).rpartition("@")[0])
    follow = message if stanza.tag == tag(CLIENT, "message") else presence
    return follow(stanza, room, people, now)


def _unforeseen(stanza: ET.Element) -> RawItem:
    """Nothing can be made of it: its parser will say so, and the owner reads from whom it was."""
    lane = bare(stanza.get("from", ""))
    return RawItem(native_id=f"unnamed:{uuid.uuid4()}", raw=b"", lane=lane, received_at=datetime.now(UTC))
