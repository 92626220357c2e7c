"""From owners' stanzas to the store, as `connectors/xmpp/incoming.py` does it; a component has no archive.

A program that does not know whether its message arrived sends it again under its id, perhaps as another resource: so an
item is known by its owner, the contact that it went to, that id and what it says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from bridge.connector import RawItem
from connectors.xmpp.address import bare
from connectors.xmpp.envelope import Opened, Via
from connectors.xmpp.incoming import REPEATS_AFTER, Incoming, Made
from connectors.xmpp.parse import own_id
from connectors.xmpp.stanza import write
from connectors.xmpp.worth import fingerprint, passing, receipt


@dataclass(eq=False)
class FromOwners(Incoming):
    """What owners sent to the contacts of `account`, which is our domain."""

    owners: Collection[str] = ()

    def made(self, stanza: ET.Element, via: Via) -> Made | None:  # noqa: ARG002 - there is one way only
        """The item of a stanza; None for what says nothing, and for what is no owner's."""
        opened, owner = Opened(message=stanza, account=self.account), bare(stanza.get("from", ""))
        if owner not in self.owners or passing(opened):
            return None
        told = receipt(opened, occupant=False)
        facts = {"domain": self.account, "owner": owner}
        return Made(item=item_of(stanza, facts, self.unnamed(), datetime.now(UTC)), receipt=told)


def item_of(stanza: ET.Element, facts: Mapping[str, str], unnamed: str, now: datetime) -> RawItem:
    """The item of the stanza that the owner `facts["owner"]` sent; `unnamed` is what it is called if it has no id."""
    own, owner = own_id(stanza), facts["owner"]
    whose = f"{owner} {bare(stanza.get('to', ''))}"
    return RawItem(
        native_id=f"stanza:{fingerprint(stanza, whose, own)}" if own else unnamed,
        raw=write(stanza),
        lane=owner,
        facts=facts,
        received_at=now,
        repeats_after=REPEATS_AFTER if own else None,
    )
