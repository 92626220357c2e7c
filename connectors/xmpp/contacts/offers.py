"""Contacts are offered to owners' programs that take them without a question for each (XEP-0144).

Which those are is asked of every program of an owner's that is seen at the bridge's own contact (XEP-0030). Until that
is answered, and for all other programs, a contact asks to be taken as a person would.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from connectors.xmpp.address import bare
from connectors.xmpp.contacts.book import Contact
from connectors.xmpp.contacts.link import Link
from connectors.xmpp.contacts.presences import offering
from connectors.xmpp.failures import Failed, NoSession
from connectors.xmpp.namespaces import DISCO_INFO, ROSTER_EXCHANGE, tag

PROGRAMS_AT_MOST = 50


@dataclass(eq=False)
class Offers:
    """Offers contacts of `domain`, to be put into `group`."""

    link: Link
    domain: str
    group: str
    _taking: set[str] = field(default_factory=set)
    _asking: asyncio.Queue[str] = field(default_factory=asyncio.Queue)

    def seen(self, jid: str, *, there: bool) -> None:
        """An owner's program has come, or gone."""
        self._taking.discard(jid)
        if there and self._asking.qsize() < PROGRAMS_AT_MOST:
            self._asking.put_nowait(jid)

    def forget(self) -> None:
        """Nobody knows who is there any more."""
        self._taking.clear()

    async def run(self) -> None:
        """Ask what programs can, until cancelled."""
        while True:
            jid = await self._asking.get()
            try:
                answer = await self.link.ask("get", ET.Element(tag(DISCO_INFO, "query")), jid)
            except (Failed, NoSession):
                continue
            if any(one.get("var") == ROSTER_EXCHANGE for one in answer.iter(tag(DISCO_INFO, "feature"))):
                self._taking.add(jid)

    def taking(self, owner: str) -> list[str]:
        """The programs of this owner's that take offers."""
        return sorted(jid for jid in self._taking if bare(jid) == owner)

    def offer(self, contact: Contact) -> bool:
        """Offer it to one program of its owner's, which tells all others by the server; False where there is none.

        Raises NoSession.
        """
        taking = self.taking(contact.owner)
        if not taking:
            return False
        self.link.put(offering(contact, self.domain, self.group, taking[0], self.link.sender))
        return True
