"""One XMPP account, put together: a session that holds, what comes in by it, what goes out by it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from xml.etree import ElementTree as ET

import structlog

from bridge.connector import (
    Attachment,
    Finding,
    Hear,
    Mark,
    Outbound,
    Parse,
    PermanentFailure,
    Receipt,
    Receive,
    Signal,
    Surface,
    Text,
    Traits,
)
from connectors.xmpp import compose
from connectors.xmpp.address import PATTERN, resource
from connectors.xmpp.archive import Archive
from connectors.xmpp.check import check_account
from connectors.xmpp.failures import Failed, NoSession
from connectors.xmpp.features import Features, discover
from connectors.xmpp.files import Files
from connectors.xmpp.incoming import Incoming
from connectors.xmpp.namespaces import CARBONS, tag
from connectors.xmpp.outgoing import Outgoing
from connectors.xmpp.parse import parse_stanza
from connectors.xmpp.presentable import presentable
from connectors.xmpp.recalling import Recalling
from connectors.xmpp.rooms import Rooms
from connectors.xmpp.session import Session
from connectors.xmpp.settings import XmppSettings
from connectors.xmpp.standing import Standing
from connectors.xmpp.together import together
from connectors.xmpp.typing_states import STATES, typing

log = structlog.get_logger()

ARCHIVE_AGAIN_SECONDS = 60.0
"""How soon an archive that could not be read is tried again."""

_TRAITS = Traits(session=True, resend_unknown=False, concurrency=8, address_pattern=PATTERN, raw_name="message.xml")
_SIGNS = {
    Mark.WAITING: "\N{HOURGLASS WITH FLOWING SAND}",
    Mark.SENT: "\N{WHITE HEAVY CHECK MARK}",
    Mark.DELIVERED: "\N{OPEN MAILBOX WITH RAISED FLAG}",
    Mark.READ: "\N{EYES}",
    Mark.FAILED: "\N{CROSS MARK}",
    Mark.MAYBE: "\N{BLACK QUESTION MARK ORNAMENT}",
}


class XmppConnector:
    """One XMPP account that the bridge signs in to."""

    surface = Surface(rooms=False)

    def __init__(self, name: str, settings: XmppSettings) -> None:
        self.name = name
        self._settings = settings
        self._features = Features()
        self._archive_trouble = ""
        self._away = False
        self._hear: Hear = lambda _: None
        self.incoming = Incoming(settings.jid, frozenset(settings.rooms), self._acknowledge, name)
        self.rooms = Rooms(frozenset(settings.rooms), settings.nickname)
        self.session = Session(settings, self)
        self.standing = Standing(self.session, self.rooms, name)
        self.archive = Archive(self.session, settings.jid)
        self.recalling = Recalling(self.session, self.archive)
        self.outgoing = Outgoing(self.session, self.recalling, self.rooms, settings.jid, settings.timeout)
        self.files = Files(self.session, settings.ca_file, settings.timeout, settings.fetch_hosts)

    @property
    def traits(self) -> Traits:
        """See the contract."""
        return _TRAITS

    @property
    def parse(self) -> Parse:
        """See the contract."""
        return parse_stanza

    @property
    def trouble(self) -> str:
        """See Partial."""
        return self.session.trouble or self._archive_trouble or self.standing.trouble

    async def ready(self) -> None:
        """See Ready: signed in, and caught up with the archive."""
        await self.incoming.opened()

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Stay signed in until cancelled. Raises Refused."""
        self.incoming.position = dict(position)
        await together(
            {
                f"xmpp {self.name} incoming": self.incoming.run(receive),
                f"xmpp {self.name} rooms": self.standing.run(),
                f"xmpp {self.name}": self.session.run(partial(self._begin, receive)),
            }
        )

    # -- what the session hears (see Listener) -----------------------------------------------------------------------

    def new_session(self) -> None:
        """Nothing is stored before the archive has been caught up with."""
        self.incoming.hold()
        self.recalling.archived = None
        self.rooms.forget()

    def message(self, stanza: ET.Element) -> None:
        """A result of our archive, or something for us."""
        if not self.archive.collect(stanza):
            self.rooms.wrote(stanza)
            self.incoming.put(stanza)
            if (typist := typing(stanza, self._settings.jid)) is not None:
                self._hear(typist)

    def presence(self, stanza: ET.Element) -> None:
        """Who leaves a room cannot be answered there any more; we ourselves enter it again."""
        self.rooms.seen(stanza)
        self.standing.seen(stanza)

    # -- at the start of each session ------------------------------------------------------------------------------

    async def _begin(self, receive: Receive) -> None:
        with contextlib.suppress(Failed):
            await self.session.ask("set", ET.Element(tag(CARBONS, "enable")))
        await self._look_around()
        await self.session.announce(self._settings.status, away=self._away)
        self.standing.enter()
        if self.incoming.archived:
            while not await self._caught_up(receive):  # noqa: ASYNC110 - nothing says when an archive is well again
                await asyncio.sleep(ARCHIVE_AGAIN_SECONDS)
        self.incoming.release(current=True)
        log.info("xmpp.ready", connector=self.name, archive=self.incoming.archived)

    async def _look_around(self) -> None:
        try:
            self._features = await discover(self.session, self._settings.jid)
        except Failed as error:
            self._unless_silent(error)
            log.warning("xmpp.no_features", connector=self.name, reason=str(error))
        self.files.announce(self._features.upload)
        self.incoming.archived = self._features.archive
        self.recalling.archived = self._features.archive and await self._keeps_all()

    async def _keeps_all(self) -> bool:
        try:
            return await self.archive.keeps_all()
        except Failed as error:
            self._unless_silent(error)
            return False

    def _unless_silent(self, error: Failed) -> None:
        """A server that does not answer is no server without archive: connect anew. Raises NoSession."""
        if error.condition == "timeout":
            self.session.suspect()
            raise NoSession(str(error)) from error

    async def _caught_up(self, receive: Receive) -> bool:
        first = timedelta(days=self._settings.archive_days)
        try:
            await self.archive.catch_up(self.incoming.position, first, partial(self.incoming.take_archived, receive))
        except Failed as error:
            self._unless_silent(error)
            log.warning("xmpp.archive", connector=self.name, reason=str(error))
            self._archive_trouble = f"the archive of {self._settings.jid} cannot be read: {error}"
            # Better out of order than not at all; the archive is asked again from where it was.
            self.incoming.release(current=False)
            return False
        self._archive_trouble = ""
        return True

    def _acknowledge(self, jid: str, message_id: str, _: str) -> None:
        with contextlib.suppress(NoSession):
            self.session.put(compose.received(jid, message_id))

    # -- what goes out -----------------------------------------------------------------------------------------------

    async def send(self, outbound: Outbound) -> Receipt:
        """See Connector. Its files are put on the server's upload service first."""
        outbound, urls = await presentable(outbound, self.files, self._features, self._settings.upload_limit)
        return await self.outgoing.send(outbound, urls)

    async def recall(self, outbound: Outbound) -> Receipt | None:
        """See Recalls."""
        return await self.recalling.recall(outbound)

    def split(self, text: Text) -> Sequence[Text]:
        """See Splits."""
        return compose.split(text)

    async def edit(self, outbound: Outbound, native_id: str) -> None:
        """See Edits: a correction (XEP-0308)."""
        await self.outgoing.deliver(compose.correction(outbound, native_id), outbound.address)

    async def delete(self, outbound: Outbound, native_id: str) -> None:
        """See Edits: a retraction (XEP-0424)."""
        await self.outgoing.deliver(compose.retraction(outbound, native_id), outbound.address)

    async def react(self, address: str, native_id: str, signs: Sequence[str]) -> None:
        """See Reacts (XEP-0444)."""
        if any(sign.startswith("[") for sign in signs):
            raise PermanentFailure("this sign exists on its own network only")
        await self.outgoing.deliver(compose.reaction(address, native_id, *signs), address)

    def overhear(self, hear: Hear) -> None:
        """See Overhears."""
        self._hear = hear

    async def signal(self, address: str, signal: Signal, *, room: str = "") -> None:  # noqa: ARG002 - it has none
        """See Signals: a chat state (XEP-0085). To nobody in particular: whether the shop is open, as our presence."""
        with contextlib.suppress(NoSession, compose.CannotSend):
            if not address:
                self._away = signal is Signal.OFFLINE
                await self.session.announce(self._settings.status, away=self._away)
                return
            # Whoever bears a name in a room now may be somebody else.
            if not resource(address):
                self.session.put(compose.chat_state(address, STATES[signal]))

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches."""
        return await self.files.fetch(attachment.source, limit)

    async def check(self) -> Sequence[Finding]:
        """See Check."""
        return await check_account(self._settings)


class MarkingConnector(XmppConnector):
    """An account that shows owners how far an answer got as a sign on their own message (XEP-0444)."""

    async def mark(self, address: str, native_id: str, mark: Mark, reason: str) -> None:
        """See Marks. A failure is worth more than a sign: its words are sent, too."""
        message = compose.reaction(address, native_id, _SIGNS[mark])
        if mark in (Mark.FAILED, Mark.MAYBE) and reason:
            await self.outgoing.deliver(compose.words(address, reason, native_id), address)
        await self.outgoing.deliver(message, address)
