"""What an owner's program is told that asks about the rooms: what they are, who may enter, who is there. Pure.

disco#info, disco#items (XEP-0030; XEP-0045 section 6) of the service and of rooms, with the reserved name (7.12)
lists of members (9.5), which are read here and kept in the bridge's configuration
ping, by which a program learns whether it is still in a room (XEP-0410); the room's picture (XEP-0054)

Everything else, and everything that strangers ask, is answered as an address that does not exist would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from connectors.xmpp.address import bare, resource
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.contacts.profile import answer as as_a_contact
from connectors.xmpp.contacts.profile import refusal, reply
from connectors.xmpp.namespaces import (
    CLIENT,
    DATA,
    DISCO_INFO,
    DISCO_ITEMS,
    OCCUPANT_ID,
    PING,
    ROOM,
    ROOM_ADMIN,
    ROOM_OWNER,
    SELF_PING,
    SIDS,
    STANZA_ERRORS,
    VCARD_TEMP,
    tag,
)
from connectors.xmpp.shared.people import BRIDGE, People
from connectors.xmpp.shared.room import Room
from connectors.xmpp.shared.stanzas import shown
from connectors.xmpp.stanza import sendable

LISTED_AT_MOST = 500
"""Rooms that a program is told of which asks for them: as many as fit into one stanza."""

_RESERVED_NAME = "x-roomuser-item"
_SERVICE = (DISCO_INFO, DISCO_ITEMS, PING, ROOM, OCCUPANT_ID)
_OF_A_ROOM = (
    *_SERVICE,
    "muc_hidden",
    "muc_membersonly",
    "muc_unmoderated",
    "muc_nonanonymous",
    "muc_persistent",
    "muc_unsecured",
    SELF_PING,
    SIDS,
    VCARD_TEMP,
)

_KEPT_ELSEWHERE = "Rooms are set up by the bridge, and whoever may enter stands in its configuration."
_NOT_INSIDE = "You are not in this room."
_NOT_YOU = "That is not your name in this room."


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of an owner's program to a room, or to somebody in it; to the service, or to no room (`room` None)."""

    question: ET.Element
    room: Room | None
    people: People
    rooms: Iterable[Room]

    @property
    def asker(self) -> str:
        """The full JID of the program."""
        return self.question.get("from", "")

    @property
    def name(self) -> str:
        """Whom in the room it is about, "" for the room itself."""
        return resource(self.question.get("to", ""))

    @property
    def to_us(self) -> bool:
        """Whether it is the service that is asked."""
        return self.question.get("to", "") == self.people.domain


def answered(asked: Asked) -> ET.Element:
    """The iq that answers it."""
    payload = next(iter(asked.question), None)
    name = str(payload.tag) if payload is not None else ""
    if payload is None:
        return as_a_contact(asked.question, None)
    if asked.room is None:
        return _of_the_service(asked, payload) if asked.to_us else _of_no_room(asked, name)
    if name.startswith((tag(ROOM_OWNER, ""), tag(ROOM_ADMIN, ""))):
        return _of_the_list(asked, payload)
    if asked.name:
        return _of_somebody(asked, asked.room, name)
    return _of_a_room(asked, asked.room, payload)


# -- the service ---------------------------------------------------------------------------------------------------


def _of_the_service(asked: Asked, payload: ET.Element) -> ET.Element:
    about = str(payload.tag) if asked.question.get("type") == "get" and not payload.get("node") else ""
    if about == tag(DISCO_INFO, "query"):
        return reply(asked.question, _info("inbox-bridge", _SERVICE))
    if about == tag(DISCO_ITEMS, "query"):
        return reply(asked.question, _listed(asked))
    return as_a_contact(asked.question, None)


def _of_no_room(asked: Asked, name: str) -> ET.Element:
    if name == tag(PING, "ping"):
        # Any other error would say that they are in it (XEP-0410 section 3.2).
        return _refused(asked.question, "cancel", "not-acceptable", _NOT_INSIDE)
    return refusal(asked.question)


def _listed(asked: Asked) -> ET.Element:
    query = ET.Element(tag(DISCO_ITEMS, "query"))
    there = [room for room in asked.rooms if room.open][-LISTED_AT_MOST:]
    for room in there:
        about = {"jid": asked.people.address(room), "name": sendable(room.title)}
        ET.SubElement(query, tag(DISCO_ITEMS, "item"), about)
    return query


def _info(name: str, features: Iterable[str]) -> ET.Element:
    query = ET.Element(tag(DISCO_INFO, "query"))
    about = {"category": "conference", "type": "text", "name": sendable(name)}
    ET.SubElement(query, tag(DISCO_INFO, "identity"), about)
    for feature in sorted(features):
        ET.SubElement(query, tag(DISCO_INFO, "feature"), {"var": feature})
    return query


# -- a room --------------------------------------------------------------------------------------------------------


def _of_a_room(asked: Asked, room: Room, payload: ET.Element) -> ET.Element:
    if asked.question.get("type") == "get":
        if payload.tag == tag(DISCO_INFO, "query"):
            return reply(asked.question, _about_room(asked, room, payload.get("node", "")))
        if payload.tag == tag(DISCO_ITEMS, "query"):
            return reply(asked.question, _inside(asked, room))
    return as_a_contact(asked.question, shown(room))


def _about_room(asked: Asked, room: Room, node: str) -> ET.Element:
    if node == _RESERVED_NAME:
        query = ET.Element(tag(DISCO_INFO, "query"), {"node": node})
        about = {"category": "conference", "type": "text", "name": asked.people.names[bare(asked.asker)]}
        ET.SubElement(query, tag(DISCO_INFO, "identity"), about)
        return query
    query = _info(room.title, _OF_A_ROOM)
    form = ET.SubElement(query, tag(DATA, "x"), {"type": "result"})
    fields = {
        "FORM_TYPE": f"{ROOM}#roominfo",
        "muc#roominfo_description": room.title,
        "muc#roominfo_subject": room.title,
        "muc#roominfo_occupants": str(len(_names(asked, room))),
    }
    for name, value in fields.items():
        field = ET.SubElement(form, tag(DATA, "field"), {"var": name})
        ET.SubElement(field, tag(DATA, "value")).text = sendable(value)
    return query


def _names(asked: Asked, room: Room) -> list[str]:
    owners = [asked.people.names[owner] for owner in room.owners_inside()]
    return [one for one in (BRIDGE, asked.people.customer(room), *owners) if one]


def _inside(asked: Asked, room: Room) -> ET.Element:
    query = ET.Element(tag(DISCO_ITEMS, "query"))
    for name in _names(asked, room):
        ET.SubElement(query, tag(DISCO_ITEMS, "item"), {"jid": asked.people.place(room, name), "name": name})
    return query


def _of_somebody(asked: Asked, room: Room, name: str) -> ET.Element:
    """To somebody in it: nothing is passed on from one to the other."""
    if asked.question.get("type") == "get" and name == tag(PING, "ping"):
        return _of_oneself(asked, room)
    is_customer = asked.name == asked.people.customer(room) and name != tag(DISCO_INFO, "query")
    return as_a_contact(asked.question, shown(room) if is_customer else None)


def _of_oneself(asked: Asked, room: Room) -> ET.Element:
    """Whether a program is in the room, and under the name that it asks for (XEP-0410 section 3)."""
    if asked.asker not in room.inside:
        return _refused(asked.question, "cancel", "not-acceptable", _NOT_INSIDE)
    if asked.name == asked.people.names[bare(asked.asker)]:
        return reply(asked.question, None)
    condition = "service-unavailable" if asked.name in _names(asked, room) else "item-not-found"
    return _refused(asked.question, "cancel", condition, _NOT_YOU)


# -- who may enter -------------------------------------------------------------------------------------------------


def _of_the_list(asked: Asked, payload: ET.Element) -> ET.Element:
    items = [one for one in payload if one.tag == tag(ROOM_ADMIN, "item")]
    wanted = {one.get("affiliation", "") for one in items}
    if asked.question.get("type") != "get" or len(wanted) != 1 or payload.tag != tag(ROOM_ADMIN, "query"):
        return _refused(asked.question, "auth", "forbidden", _KEPT_ELSEWHERE)
    query = ET.Element(tag(ROOM_ADMIN, "query"))
    standing = wanted.pop()
    owners = {"member": asked.people.names, "owner": {f"{DESK}@{asked.people.domain}": BRIDGE}}.get(standing, {})
    for jid, name in owners.items():
        ET.SubElement(query, tag(ROOM_ADMIN, "item"), {"affiliation": standing, "jid": jid, "nick": name})
    return reply(asked.question, query)


def _refused(question: ET.Element, kind: str, condition: str, words: str) -> ET.Element:
    made = reply(question, None)
    made.set("type", "error")
    error = ET.SubElement(made, tag(CLIENT, "error"), {"type": kind})
    ET.SubElement(error, tag(STANZA_ERRORS, condition))
    ET.SubElement(error, tag(STANZA_ERRORS, "text")).text = words
    return made
