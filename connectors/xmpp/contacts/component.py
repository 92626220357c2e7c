"""What a domain of the bridge's own is (XEP-0114), whatever it shows to the owners: contacts, or rooms that they share.

The connection, files, strangers who are refused, and the abilities that are the same for both.
"""

from __future__ import annotations

import contextlib
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from xml.etree import ElementTree as ET

import structlog

from bridge.connector import Attachment, Finding, Hear, Surface, Text, Traits
from connectors.xmpp import compose
from connectors.xmpp.contacts.check import check_component
from connectors.xmpp.contacts.link import Link
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.contacts.settings import ContactsSettings
from connectors.xmpp.contacts.strangers import Strangers
from connectors.xmpp.failures import Failed, NoSession
from connectors.xmpp.features import Features, upload_service
from connectors.xmpp.files import Files

log = structlog.get_logger()

_TRAITS = Traits(session=True, resend_unknown=False, concurrency=8, raw_name="message.xml")


class Component(ABC):
    """One component (XEP-0114) that the bridge is."""

    surface = Surface(rooms=True, quiet=True)

    def __init__(self, name: str, settings: ContactsSettings) -> None:
        self.name = name
        self._settings = settings
        self._domain = settings.domain
        self._owners = frozenset(settings.owners)
        self._features = Features()
        self.link = Link(settings, self, self._address(DESK))
        self.files = Files(self.link, settings.ca_file, settings.timeout, settings.fetch_hosts)
        self._strangers = Strangers()
        self._hear: Hear = lambda _: None

    # -- what the link hears (see Listener) ------------------------------------------------------------------------

    @abstractmethod
    def new_session(self) -> None:
        """See Listener."""

    @abstractmethod
    def message(self, stanza: ET.Element) -> None:
        """See Listener."""

    @abstractmethod
    def presence(self, stanza: ET.Element) -> None:
        """See Listener."""

    @abstractmethod
    def question(self, stanza: ET.Element) -> None:
        """See Listener."""

    # -- the same for all ------------------------------------------------------------------------------------------

    @property
    def traits(self) -> Traits:
        """See the contract."""
        return _TRAITS

    @property
    def trouble(self) -> str:
        """See Partial."""
        return self.link.trouble

    def split(self, text: Text) -> Sequence[Text]:
        """See Splits."""
        return compose.split(text)

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """See Fetches."""
        return await self.files.fetch(attachment.source, limit)

    def overhear(self, hear: Hear) -> None:
        """See Overhears."""
        self._hear = hear

    async def check(self) -> Sequence[Finding]:
        """See Check."""
        return await check_component(self._settings)

    async def _look_for_upload(self) -> None:
        """Where files can be put in this session. Raises NoSession."""
        with contextlib.suppress(Failed):
            service, limit = await upload_service(self.link, self.link.server)
            self._features = Features(upload=service, upload_limit=limit)
            self.files.announce(service)

    def _refuse(self, stanza: ET.Element) -> None:
        answer = self._strangers.answer(stanza, time.monotonic())
        if answer is not None:
            log.info("xmpp.stranger", connector=self.name)
            self._put(answer)

    def _put(self, *stanzas: ET.Element) -> None:
        with contextlib.suppress(NoSession):
            for stanza in stanzas:
                self.link.put(stanza)

    def _address(self, room: str) -> str:
        return f"{room}@{self._domain}"
