"""All rooms, and the one order in which anything happens in them. Theory of operation:

    a line --turn--> the room as it is then, committed --> copies and invitations --> a ping: handed out

There is one turn: whoever has it may change rooms. What is to be sent is put on the wire in the same turn, right behind
the commit, so that all who are in a room read the same order, and whoever enters gets each line once: with the others,
or before.

That lines were handed out is written soon after, by `run`. What a broken connection, or a kill, leaves between the two
is handed out again by `resume`, under the same ids, by which programs know them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import structlog

from bridge.connector import RawItem, Receive, RoomGone, TemporaryFailure, Unavailable, reach
from connectors.xmpp.address import bare
from connectors.xmpp.contacts.link import Link
from connectors.xmpp.contacts.names import DESK, fresh
from connectors.xmpp.failures import Failed, NoSession
from connectors.xmpp.shared import stanzas
from connectors.xmpp.shared.inviting import introduced, invited, recent, unheard, words_of
from connectors.xmpp.shared.lines import again, to_all
from connectors.xmpp.shared.people import People
from connectors.xmpp.shared.room import Room, rooms_of
from connectors.xmpp.stanza import write

log = structlog.get_logger()

_AGAIN_SECONDS = 1.0
_BEGINNING_SECONDS = 10.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """What the bridge says in a room: under which id, what the room is called then ("": as before), and what makes its
    stanza.
    """

    id: str
    title: str
    make: Callable[[Room], ET.Element]


class Service:
    """The rooms of the connector `name`."""

    def __init__(self, name: str, people: People, link: Link) -> None:
        self.rooms: dict[str, Room] = {}
        self.people = people
        self.turn = asyncio.Lock()
        self.ready = asyncio.Event()
        self._name = name
        self._link = link
        self._receive: Receive | None = None
        self._handed: dict[str, int] = {}
        self._put_out = asyncio.Event()
        self._waiting: list[asyncio.Event] = []

    def open(self, receive: Receive, position: Mapping[str, str]) -> None:
        """The rooms as they were kept, without those who are owners no more; from now on they can be written."""
        self.rooms = {
            name: room.left(*(jid for jid in room.inside if bare(jid) not in self.people.names))
            for name, room in rooms_of(position).items()
        }
        self.rooms.setdefault(DESK, Room(name=DESK, title="inbox-bridge"))
        self._receive = receive

    def close(self) -> None:
        """Nothing can be written any more, and nobody waits for that."""
        self.ready.clear()
        self._receive = None
        with self._waited_for():
            self._handed = {}

    @property
    def opened(self) -> bool:
        """Whether the rooms are known."""
        return self._receive is not None

    def room(self, name: str) -> Room:
        """The room of this name, "" for the bridge's own. Raises RoomGone, and TemporaryFailure while nobody knows."""
        if not self.opened:
            raise TemporaryFailure("the connector does not run yet")
        room = self.rooms.get(name or DESK)
        if room is None:
            raise RoomGone(f"there is no room {name}@{self.people.domain}")
        return room

    # -- what is written -------------------------------------------------------------------------------------------

    async def commit(self, items: Sequence[RawItem], rooms: Iterable[Room]) -> None:
        """Write these, and then have them. Raises Unavailable: then nothing has changed. Needs the turn."""
        if self._receive is None:
            raise Unavailable("the connector does not run")
        changed = {room.name: room for room in rooms}
        rows = {key: value for room in changed.values() for key, value in room.rows(self.rooms.get(room.name))}
        if items or rows:
            await self._receive(items, rows or None)
            reach("shared.stored")
        self.rooms.update(changed)

    async def commit_surely(self, items: Sequence[RawItem], rooms: Collection[Room]) -> None:
        """Write these, as soon as that can be done. Needs the turn."""
        while True:
            try:
                await self.commit(items, rooms)
            except Unavailable as error:
                log.warning("xmpp.not_stored", connector=self._name, reason=str(error))
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return

    async def _commit_now(self, *rooms: Room) -> None:
        try:
            await self.commit([], rooms)
        except Unavailable as error:
            raise TemporaryFailure(f"the room could not be stored: {error}") from error

    async def add(self, title: str) -> Room:
        """A new room. Raises TemporaryFailure."""
        async with self.turn:
            self.room(DESK)
            room = Room(name=fresh(title, self.rooms), title=title)
            await self._commit_now(room)
            return room

    async def run(self) -> None:
        """Ask the server behind what was put out, and write down that it was handed out; until cancelled."""
        while True:
            await self._put_out.wait()
            self._put_out.clear()
            handed, self._handed = self._handed, {}
            with self._waited_for():
                try:
                    await self._link.ping()
                except (Failed, NoSession):
                    continue  # the next session hands it out again
            async with self.turn:
                there = [(self.rooms[name], number) for name, number in handed.items() if name in self.rooms]
                await self.commit_surely([], [room.handed_out(number) for room, number in there])

    @contextlib.contextmanager
    def _waited_for(self) -> Iterator[None]:
        """Whoever waits now goes on behind this, whatever comes of it."""
        waiting, self._waiting = self._waiting, []
        try:
            yield
        finally:
            for one in waiting:
                one.set()

    # -- what is said ----------------------------------------------------------------------------------------------

    async def say(self, name: str, spoken: Spoken) -> None:
        """Say it in this room; return once it is kept, and the server has taken what goes out for it. If the connection
        breaks in between, the next one hands it out. Raises TemporaryFailure, RoomGone, CannotSend.
        """
        await self._there()
        async with self.turn:
            room = self.room(name)
            if room.knows(spoken.id):
                return
            await self._say(room, spoken)
            taken = asyncio.Event()
            self._waiting.append(taken)
        reach("shared.sending")
        await taken.wait()
        reach("shared.taken")

    async def _say(self, room: Room, spoken: Spoken) -> None:
        now = datetime.now(UTC)
        called = replace(room, title=spoken.title or room.title)
        made = spoken.make(called)
        after = called.with_line(spoken.id, write(made).decode(), now)
        asked, invitations = invited(after, self.people, words_of(after), now)
        await self._commit_now(asked)
        if called.title != room.title:
            self.put(*stanzas.retitled(room, called, self.people))
        self.put(*to_all(made, asked), *invitations)
        self.put_out(asked)

    async def close_room(self, room: Room, reason: str, *, reopen: bool) -> None:
        """Everybody is out of it, and nothing is kept; or it is there again. Raises TemporaryFailure."""
        if room.inside and not reopen:
            await self._there()
        async with self.turn:
            room = self.room(room.name)
            if reopen:
                await self._commit_now(replace(room, open=True))
                return
            await self._commit_now(room.ended())
            self.put(*stanzas.destroyed(room, self.people, reason))

    def put(self, *made: ET.Element) -> None:
        """Send these, or nothing: what has to arrive is kept."""
        with contextlib.suppress(NoSession):
            for stanza in made:
                self._link.put(stanza)

    def put_out(self, room: Room) -> None:
        """All lines of it are on the wire."""
        self._handed[room.name] = room.said
        self._put_out.set()

    async def _there(self) -> None:
        """Return in a session that has begun: a line before that would be handed out twice. Raises TemporaryFailure."""
        if not self._link.live:
            raise TemporaryFailure("there is no connection to the XMPP server")
        try:
            async with asyncio.timeout(_BEGINNING_SECONDS):
                await self.ready.wait()
        except TimeoutError as error:
            raise TemporaryFailure("the connection to the XMPP server has not begun yet") from error

    # -- at the start of each session ------------------------------------------------------------------------------

    async def resume(self) -> None:
        """Those who are in a room get what has not been handed out, the others are asked in for it; from now on more is
        said.
        """
        now = datetime.now(UTC)
        async with self.turn:
            for room in list(self.rooms.values()):
                waiting = room.waiting
                asked, invitations = introduced(room, self.people, now)
                if waiting:
                    asked, invitations = invited(unheard(asked), self.people, words_of(room), now)
                if asked != room:
                    await self.commit_surely([], [asked])
                self.put(
                    *(again(line, room, self.people, jid) for line in waiting for jid in room.inside), *invitations
                )
                if waiting:
                    self.put_out(asked)
            self.ready.set()

    async def remove(self, left: Collection[str]) -> None:
        """Those who have left are in no room. What they may have missed asks them in again."""
        now = datetime.now(UTC)
        async with self.turn:
            for room in list(self.rooms.values()):
                gone = [jid for jid in left if jid in room.inside]
                if gone:
                    await self._remove(room, gone, now)

    async def _remove(self, room: Room, left: Collection[str], now: datetime) -> None:
        after, made = room, []
        for jid in left:
            before, after = after, after.left(jid)
            made += list(stanzas.gone(before, after, self.people, jid, fault=True))
        if recent(after, now):
            after, invitations = invited(after, self.people, words_of(after), now)
            made += invitations
        await self.commit_surely([], [after])
        self.put(*made)
