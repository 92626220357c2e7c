"""What an owner's stanza to one of the contacts means. Pure.

It means what it would mean in a chat with the shop's own account (`connectors/xmpp/parse.py`), with the room that it
stands in: the localpart that it was sent to, or none where that is the bridge's own. What it wraps stays wrapped:
no archive and no carbons reach a component.

`facts` say what the bytes do not: `domain` (ours), `owner` (the owner's address that the stanza came from). Without
them, or where the stanza says otherwise, it is nobody's.

Programs count a message's id within one chat; so its native id here is the room, "/", and that id.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as ET

from bridge.connector import Deletion, Edit, Ignored, InboundEvent, Message, RawItem, Reaction, Typing
from connectors.xmpp.address import bare, domain
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.envelope import Opened
from connectors.xmpp.parse import Sender, event_of
from connectors.xmpp.stanza import read
from connectors.xmpp.typing_states import typing


def parse_to_contact(item: RawItem) -> Sequence[InboundEvent]:
    """The events of one stanza: one. Raises NotAStanza."""
    assert isinstance(item.raw, bytes)
    stanza = read(item.raw)
    ours, owner = str(item.facts.get("domain", "")), str(item.facts.get("owner", ""))
    to = stanza.get("to", "")
    if not ours or not owner or bare(stanza.get("from", "")) != owner or domain(to) != ours:
        return (Ignored(reason="not from an owner, or not to us"),)
    # Who is addressed is a whole domain of ours: nothing in it writes to us.
    opened = Opened(message=stanza, account=ours)
    event = event_of(opened, Sender(owner, "", vouched=True))
    return (_in_room(event, room_of(to)),)


def typing_to_contact(stanza: ET.Element, ours: str) -> Typing | None:
    """Whether an owner types in a contact of the domain `ours`; whose address it is was seen before."""
    found = typing(stanza, ours)
    return None if found is None else replace(found, room=room_of(stanza.get("to", "")))


def room_of(to: str) -> str:
    """The room that an address of ours stands for, "" for the bridge's own."""
    name = bare(to).rpartition("@")[0]
    return "" if name == DESK else name


def named(room: str, own_id: str) -> str:
    """How the core calls an owner's message."""
    return f"{room}/{own_id}" if own_id else ""


def unnamed(native_id: str) -> tuple[str, str]:
    """The room and the message's own id."""
    room, _, own_id = native_id.partition("/")
    return room, own_id


def _in_room(event: InboundEvent, room: str) -> InboundEvent:
    if isinstance(event, Message):
        # It may answer a line of ours, or one of the owner's own.
        answered = tuple(one for own_id in event.replies_to for one in (own_id, named(room, own_id)))
        return replace(event, room=room, native_id=named(room, event.native_id), replies_to=answered)
    if isinstance(event, Edit | Deletion):
        return replace(event, room=room, native_id=named(room, event.native_id))
    return replace(event, room=room) if isinstance(event, Reaction) else event
