"""What one stanza makes of a room: the room as it is then, what is to be stored, and what is then to be sent. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from bridge.connector import RawItem
from connectors.xmpp.contacts.strangers import not_entered, returned
from connectors.xmpp.namespaces import CLIENT, tag
from connectors.xmpp.shared.room import Room


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """`room` is None where nothing changes in any."""

    room: Room | None = None
    item: RawItem | None = None
    stanzas: Sequence[ET.Element] = ()


NOTHING = Step()


def refused(stanza: ET.Element, kind: str, condition: str, words: str) -> Step:
    """Nothing comes of it but an error to whoever sent it (RFC 6120 section 8.3)."""
    made = returned if stanza.tag == tag(CLIENT, "message") else not_entered
    return Step(stanzas=(made(stanza, kind, condition, words),))
