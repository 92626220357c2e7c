"""A domain of the bridge's own, put together: each conversation is a contact in it, which its owner chats with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

import structlog

from bridge.connector import (
    Mark,
    Outbound,
    Parse,
    PermanentFailure,
    Receipt,
    Receive,
    RoomGone,
    Signal,
    TemporaryFailure,
)
from connectors.xmpp import compose
from connectors.xmpp.address import bare, domain
from connectors.xmpp.contacts import presences, profile
from connectors.xmpp.contacts.book import Contact, desk
from connectors.xmpp.contacts.component import Component
from connectors.xmpp.contacts.incoming import FromOwners
from connectors.xmpp.contacts.keeping import Keeping
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.contacts.offers import Offers
from connectors.xmpp.contacts.parse import parse_to_contact, room_of, typing_to_contact, unnamed
from connectors.xmpp.contacts.settings import ContactsSettings
from connectors.xmpp.contacts.strangers import no_room
from connectors.xmpp.failures import NoSession
from connectors.xmpp.outgoing import put_through
from connectors.xmpp.presentable import presentable
from connectors.xmpp.recalling import receipt_for
from connectors.xmpp.together import together
from connectors.xmpp.typing_states import STATES

log = structlog.get_logger()


class ContactsConnector(Component):
    """A component whose owners each have contacts of their own."""

    def __init__(self, name: str, settings: ContactsSettings) -> None:
        super().__init__(name, settings)
        self.kept = Keeping(name)
        self.incoming = FromOwners(settings.domain, frozenset(), self._acknowledge, name, owners=self._owners)
        self.offers = Offers(self.link, settings.domain, settings.group)

    @property
    def parse(self) -> Parse:
        """See the contract."""
        return parse_to_contact

    async def ready(self) -> None:
        """See Ready: the server has taken us for the component."""
        await self.incoming.opened()

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Be there until cancelled. Raises Refused."""
        self.kept.open(receive, position)
        try:
            await together(
                {
                    f"xmpp {self.name} incoming": self.incoming.run(receive),
                    f"xmpp {self.name} contacts": self.kept.run(),
                    f"xmpp {self.name} offers": self.offers.run(),
                    f"xmpp {self.name}": self.link.run(self._begin),
                }
            )
        finally:
            self.kept.close()

    # -- what the link hears (see Listener) ------------------------------------------------------------------------

    def new_session(self) -> None:
        """The server knows nothing of who is there."""
        self.incoming.hold()
        self.offers.forget()

    def message(self, stanza: ET.Element) -> None:
        """Something for a contact; from owners only."""
        if bare(stanza.get("from", "")) in self._owners:
            if (answer := no_room(stanza)) is not None:
                self._put(answer)
                return
            self.incoming.put(stanza)
            if (typist := typing_to_contact(stanza, self._domain)) is not None:
                self._hear(typist)
        else:
            self._refuse(stanza)

    def presence(self, stanza: ET.Element) -> None:
        """An owner asks after a contact, or has come or gone."""
        owner, kind = bare(stanza.get("from", "")), stanza.get("type", "")
        if owner not in self._owners:
            self._refuse(stanza)
            return
        if (answer := no_room(stanza)) is not None:
            self._put(answer)
            return
        room = room_of(stanza.get("to", "")) or DESK
        if room == DESK and kind in ("", "unavailable"):
            self.offers.seen(stanza.get("from", ""), there=not kind)
        contact = self.kept.book.at(owner, room)
        if contact is not None:
            self._put(*presences.follows(kind, contact, self._domain, self.kept.book))
            self.kept.changed()

    def question(self, stanza: ET.Element) -> None:
        """Somebody asks who a contact is; nobody else's contact is there for anybody."""
        owner, to = bare(stanza.get("from", "")), stanza.get("to", "")
        known = owner in self._owners and domain(to) == self._domain
        self._put(profile.answer(stanza, self.kept.book.at(owner, room_of(to) or DESK) if known else None))

    def _acknowledge(self, jid: str, message_id: str, to: str) -> None:
        self._put(self._from(compose.received(jid, message_id), bare(to)))

    # -- at the start of each session ------------------------------------------------------------------------------

    async def _begin(self) -> None:
        for owner in self._owners:
            self._put(presences.presence(desk(owner), self._domain))
            if self._settings.ask_contacts and self.kept.book.introduce(owner):
                # Once: whoever does not want it is not asked at each start.
                self._put(presences.asking(desk(owner), self._domain))
                self.kept.changed()
            for contact in self.kept.book.of_owner(owner):
                if contact.open and contact.seen:
                    self._put(presences.presence(contact, self._domain))
        await self._look_for_upload()
        # Nothing is caught up with: a component has no archive.
        self.incoming.release(current=False)
        log.info("xmpp.ready", connector=self.name, archive=False)

    # -- what goes out ---------------------------------------------------------------------------------------------

    async def send(self, outbound: Outbound) -> Receipt:
        """See Connector. A contact's first message brings the contact."""
        contact = self._contact(outbound.address, outbound.room)
        outbound, urls = await presentable(outbound, self.files, self._features, self._settings.upload_limit)
        answered = tuple(unnamed(one)[1] or one for one in outbound.replies_to)
        message = self._composed(replace(outbound, replies_to=answered), urls, contact)
        self._introduce(contact, outbound.title)
        await put_through(self.link, message, self._settings.timeout)
        return receipt_for(outbound)

    def _composed(self, outbound: Outbound, urls: Sequence[str], contact: Contact) -> ET.Element:
        message = self._from(compose.compose(outbound, urls), self._address(contact.room))
        message.append(profile.nick(contact))
        return message

    def _introduce(self, contact: Contact, title: str) -> None:
        """The contact is there, and is called so."""
        if contact.room == DESK:
            return
        called = replace(contact, title=title or contact.title)
        try:
            if self._settings.ask_contacts and not contact.asked:
                if not self.offers.offer(called):
                    self.link.put(presences.asking(called, self._domain))
                self.link.put(profile.picture_event(called, self._address(called.room)))
            if called.seen and called.title != contact.title:
                self.link.put(presences.presence(called, self._domain))
        except NoSession as error:
            raise TemporaryFailure(f"there is no connection to the XMPP server: {error}") from error
        self.kept.book.set(contact, title=called.title, asked=True)
        self.kept.changed()

    async def mark(self, address: str, native_id: str, mark: Mark, reason: str) -> None:
        """See Marks: that it was read as a marker (XEP-0333), a failure in words; anything else is no news."""
        room, own_id = unnamed(native_id)
        if mark in (Mark.FAILED, Mark.MAYBE):
            message = compose.words(address, reason or str(mark), own_id)
        elif mark is Mark.READ and own_id:
            message = compose.displayed(address, own_id)
        else:
            return
        contact = self._contact(address, room)
        await put_through(self.link, self._from(message, self._address(contact.room)), self._settings.timeout)

    # -- Signals ------------------------------------------------------------------------------------------------------

    async def signal(self, address: str, signal: Signal, *, room: str = "") -> None:
        """See Signals: the contact types, or has stopped (XEP-0085). The shop's hours are no owner's news."""
        contact = self.kept.book.at(bare(address).lower(), room) if room else None
        if contact is not None and contact.asked:
            self._put(self._from(compose.chat_state(contact.owner, STATES[signal]), self._address(room)))

    # -- Rooms -----------------------------------------------------------------------------------------------------

    async def open_room(self, address: str, title: str) -> str:
        """See Rooms: a name, which nobody is told before there is something to say."""
        owner = bare(address).lower()
        if owner not in self._owners:
            raise PermanentFailure(f"{owner} is not among the owners of {self._domain}")
        contact = self.kept.book.fresh(owner, title)
        await self.kept.add(contact)
        return contact.room

    async def close_room(self, address: str, room: str, *, reopen: bool = False) -> None:
        """See Rooms: whoever is closed is not there."""
        contact = self._contact(address, room)
        if contact.open is not reopen:
            contact = self.kept.book.set(contact, open=reopen)
            self.kept.changed()
        if contact.seen:
            self._put(presences.presence(contact, self._domain))

    def _contact(self, address: str, room: str) -> Contact:
        if not self.kept.opened:
            raise TemporaryFailure("the connector does not run yet")
        contact = self.kept.book.at(bare(address).lower(), room or DESK)
        if contact is None:
            raise RoomGone(f"there is no contact {self._address(room)}")
        return contact

    def _from(self, stanza: ET.Element, sender: str) -> ET.Element:
        stanza.set("from", sender)
        return stanza
