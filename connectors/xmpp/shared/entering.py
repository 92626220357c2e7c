"""What follows when an owner's presence reaches a room, or somewhere in it (XEP-0045 section 7). Pure.

with `x` of MUC       they are in it: who is there, the last lines, the subject (section 7.2); again, if they were
unavailable           they are not (7.14); the others hear of it when none of the owner's programs is left
an error              what went to them came back: they are not there any more
without, from inside  they are away, or back (7.7); another name than their own is refused (7.6)
without, from outside they believe to be in it, and are told that they are not
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

from connectors.xmpp.address import bare, resource
from connectors.xmpp.namespaces import CLIENT, ROOM, tag
from connectors.xmpp.shared import stanzas
from connectors.xmpp.shared.lines import history
from connectors.xmpp.shared.people import People
from connectors.xmpp.shared.room import Room
from connectors.xmpp.shared.step import NOTHING, Step, refused
from connectors.xmpp.stanza import child

NO_ROOM = "There is no such room here."
_NOT_INSIDE = "You are not in this room; enter it again."
_OWN_NAME = "Your name in this room is {name}; it cannot be changed there."
_NO_NAME = "Name yourself: enter ROOM@DOMAIN/NAME."


def presence(stanza: ET.Element, room: Room | None, people: People, now: datetime) -> Step:
    """What an owner's presence makes of the room that it was sent to; None: there is none of that name."""
    jid, kind = stanza.get("from", ""), stanza.get("type", "")
    if kind in ("error", "unavailable"):
        return leaving(room, people, jid) if room is not None else NOTHING
    if kind or not resource(jid):
        return NOTHING
    if room is None:
        return refused(stanza, "cancel", "item-not-found", NO_ROOM)
    if not resource(stanza.get("to", "")):
        return refused(stanza, "modify", "jid-malformed", _NO_NAME)
    joining = child(stanza, "x", ROOM)
    return _staying(room, people, stanza) if joining is None else _entering(room, people, stanza, joining, now)


def _staying(room: Room, people: People, stanza: ET.Element) -> Step:
    jid = stanza.get("from", "")
    if jid not in room.inside:
        return refused(stanza, "cancel", "item-not-found", _NOT_INSIDE)
    own = people.names[bare(jid)]
    if resource(stanza.get("to", "")) != own:
        return refused(stanza, "cancel", "not-acceptable", _OWN_NAME.format(name=own))
    return Step(stanzas=tuple(stanzas.updated(room, people, jid, _told(stanza))))


def _entering(room: Room, people: People, stanza: ET.Element, joining: ET.Element, now: datetime) -> Step:
    jid, name = stanza.get("from", ""), resource(stanza.get("to", ""))
    known = jid in room.inside
    after = room.entered(jid)
    made = (
        *stanzas.welcomed(after, people, jid, name),
        *(() if known else stanzas.announced(after, people, jid)),
        *history(room, people, jid, joining, now),
        stanzas.subject(after, people, jid),
    )
    return Step(room=after, stanzas=made)


def leaving(room: Room, people: People, jid: str, *, fault: bool = False) -> Step:
    """Somebody is not in it any more; nothing, where they were not."""
    if jid not in room.inside:
        return NOTHING
    after = room.left(jid)
    return Step(room=after, stanzas=tuple(stanzas.gone(room, after, people, jid, fault=fault)))


def _told(stanza: ET.Element) -> list[ET.Element]:
    return list(_copied(stanza))


def _copied(stanza: ET.Element) -> Iterator[ET.Element]:
    for name in ("show", "status"):
        if (found := stanza.find(tag(CLIENT, name))) is not None:
            made = ET.Element(found.tag)
            made.text = found.text
            yield made
