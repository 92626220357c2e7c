"""A domain of the bridge's own, put together: each conversation is a room in it that all owners share."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping
from dataclasses import replace
from xml.etree import ElementTree as ET

import structlog

from bridge.connector import (
    Mark,
    Outbound,
    OutboundKind,
    OutcomeUnknown,
    Parse,
    PermanentFailure,
    Receipt,
    Receive,
    Signal,
)
from connectors.xmpp import compose
from connectors.xmpp.address import bare
from connectors.xmpp.contacts.component import Component
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.contacts.parse import unnamed
from connectors.xmpp.contacts.profile import answer, nick, refusal
from connectors.xmpp.contacts.settings import ContactsSettings
from connectors.xmpp.contacts.strangers import Strangers
from connectors.xmpp.failures import Failed
from connectors.xmpp.namespaces import PING, tag
from connectors.xmpp.presentable import presentable
from connectors.xmpp.recalling import receipt_for
from connectors.xmpp.shared.intake import Intake
from connectors.xmpp.shared.lines import spoken, to_all
from connectors.xmpp.shared.parse import parse_in_room, typing_in_room
from connectors.xmpp.shared.people import BRIDGE, People
from connectors.xmpp.shared.questions import Asked, answered
from connectors.xmpp.shared.room import Room
from connectors.xmpp.shared.saying import GONE
from connectors.xmpp.shared.service import Service, Spoken
from connectors.xmpp.shared.stanzas import shown
from connectors.xmpp.together import together
from connectors.xmpp.typing_states import STATES

log = structlog.get_logger()

_CLOSED = "The conversation is closed. The customer's next word opens the room again."
_STILL_THERE_SECONDS = 5.0
_ASKED_AT_ONCE = 20


class SharedConnector(Component):
    """A component whose owners share one room for each conversation."""

    def __init__(self, name: str, settings: ContactsSettings) -> None:
        super().__init__(name, settings)
        self._strangers = Strangers(rooms=True)
        self._people = People.of(settings.domain, settings.owners, settings.nicknames)
        self.service = Service(name, self._people, self.link)
        self.intake = Intake(self.service, name)

    @property
    def parse(self) -> Parse:
        """See the contract."""
        return parse_in_room

    async def ready(self) -> None:
        """See Ready: the server has taken us for the component."""
        await self.service.ready.wait()

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Be there until cancelled. Raises Refused."""
        self.service.open(receive, position)
        try:
            await together(
                {
                    f"xmpp {self.name} intake": self.intake.run(),
                    f"xmpp {self.name} rooms": self.service.run(),
                    f"xmpp {self.name}": self.link.run(self._begin),
                }
            )
        finally:
            self.service.close()

    # -- what the link hears (see Listener) ------------------------------------------------------------------------

    def new_session(self) -> None:
        """What it brings waits until the rooms are as they should be."""
        self.service.ready.clear()

    def message(self, stanza: ET.Element) -> None:
        """Something for a room; from owners only."""
        if bare(stanza.get("from", "")) not in self._owners:
            self._refuse(stanza)
            return
        self.intake.put(stanza)
        room = self._asked_room(stanza)
        if room is not None and stanza.get("from") in room.inside:
            typist = typing_in_room(stanza, self._domain)
            if typist is not None:
                self._hear(typist)

    def presence(self, stanza: ET.Element) -> None:
        """An owner comes into a room, or leaves it."""
        if bare(stanza.get("from", "")) in self._owners:
            self.intake.put(stanza)
        else:
            self._refuse(stanza)

    def question(self, stanza: ET.Element) -> None:
        """Somebody asks what there is; to strangers there is nothing."""
        if bare(stanza.get("from", "")) not in self._owners:
            self._put(answer(stanza, None) if stanza.get("to") == self._domain else refusal(stanza))
            return
        asked = Asked(stanza, self._asked_room(stanza), self._people, self.service.rooms.values())
        self._put(answered(asked))

    def _asked_room(self, stanza: ET.Element) -> Room | None:
        return self.service.rooms.get(bare(stanza.get("to", "")).rpartition("@")[0])

    # -- at the start of each session ------------------------------------------------------------------------------

    async def _begin(self) -> None:
        await self._look_for_upload()
        # Nothing is caught up with: a component has no archive.
        await self.service.resume()
        log.info("xmpp.ready", connector=self.name, archive=False)
        await self.service.remove(await self._left())

    async def _left(self) -> list[str]:
        """Who is in a room by what we know, and is not there by the word of their server. Raises NoSession."""
        inside = {jid for room in self.service.rooms.values() for jid in room.inside}
        turn = asyncio.Semaphore(_ASKED_AT_ONCE)
        found = await asyncio.gather(*(self._has_left(jid, turn) for jid in sorted(inside)))
        return [jid for jid in found if jid]

    async def _has_left(self, jid: str, turn: asyncio.Semaphore) -> str:
        """The JID, where nobody is there; "" for whoever answers, in whichever way, or sleeps."""
        async with turn:
            try:
                async with asyncio.timeout(_STILL_THERE_SECONDS):
                    await self.link.ask("get", ET.Element(tag(PING, "ping")), jid)
            except Failed as error:
                return jid if error.condition in GONE else ""
            except TimeoutError:
                return ""
            return ""

    # -- what goes out ---------------------------------------------------------------------------------------------

    async def send(self, outbound: Outbound) -> Receipt:
        """See Connector. The receipt means: it is kept in the room, and the server has taken what goes to those who are
        in it; or, where the connection broke after it was kept, the next one takes it there.
        """
        room = self._room(outbound.address, outbound.room)
        given, urls = await presentable(outbound, self.files, self._features, self._settings.upload_limit)
        replies = tuple(unnamed(one)[1] or one for one in given.replies_to)
        given = replace(given, address=self._address(room.name), replies_to=replies)
        relayed = given.kind is OutboundKind.RELAY and room.name != DESK

        def make(room: Room) -> ET.Element:
            name = self._people.customer(room) if relayed else BRIDGE
            made = spoken(compose.compose(given, urls), room, self._people, name)
            if relayed:
                made.append(nick(shown(room)))
            return made

        title = given.title if room.name != DESK else ""
        await self.service.say(room.name, Spoken(id=outbound.id, title=title, make=make))
        return receipt_for(outbound)

    async def recall(self, outbound: Outbound) -> Receipt | None:
        """See Recalls: what is kept in the room was said, or will be."""
        if not self.service.opened:
            raise OutcomeUnknown("the connector does not run yet")
        room = self.service.rooms.get(outbound.room or DESK)
        return receipt_for(outbound) if room is not None and room.knows(outbound.id) else None

    async def mark(self, address: str, native_id: str, mark: Mark, reason: str) -> None:
        """See Marks: that it was read as a marker (XEP-0333), a failure in words; anything else is no news."""
        name, key = unnamed(native_id)
        room = self._room(address, name)
        to = self._address(room.name)
        if mark in (Mark.FAILED, Mark.MAYBE):
            words = reason or str(mark)

            def make(room: Room) -> ET.Element:
                return spoken(compose.words(to, words, key), room, self._people, BRIDGE)

            await self.service.say(room.name, Spoken(id=str(uuid.uuid4()), title="", make=make))
        elif mark is Mark.READ and key:
            self._signal(compose.displayed(to, key), room)

    def _signal(self, message: ET.Element, room: Room) -> None:
        """Something of the customer's that is for those who are there now."""
        made = spoken(message, room, self._people, self._people.customer(room) or BRIDGE)
        self.service.put(*to_all(made, room))

    async def signal(self, address: str, signal: Signal, *, room: str = "") -> None:
        """See Signals: the customer types, or has stopped (XEP-0085). The shop's hours are no owner's news."""
        found = self.service.rooms.get(room) if room and address.lower() == self._domain else None
        if found is not None:
            self._signal(compose.chat_state(self._address(room), STATES[signal]), found)

    # -- Rooms -----------------------------------------------------------------------------------------------------

    async def open_room(self, address: str, title: str) -> str:
        """See Rooms: a name, which nobody is told before there is something to say."""
        self._check(address)
        return (await self.service.add(title)).name

    async def close_room(self, address: str, room: str, *, reopen: bool = False) -> None:
        """See Rooms: a closed room is left by everybody."""
        await self.service.close_room(self._room(address, room), _CLOSED, reopen=reopen)

    def _room(self, address: str, room: str) -> Room:
        self._check(address)
        return self.service.room(room)

    def _check(self, address: str) -> None:
        if address.lower() != self._domain:
            raise PermanentFailure(f"{address[:80]} is not {self._domain}, where the owners share rooms")
