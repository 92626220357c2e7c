"""What follows when an owner's message reaches a room (XEP-0045 section 7.4). Pure.

to the room, from somebody in it    stored, kept for those who come later, and said to everybody
the same without words or signs     said to everybody, and stored nowhere: typing, markers
what came back                      whoever it could not be brought to is not in the room
anything else                       refused, with words that say what to do
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime
from xml.etree import ElementTree as ET

from connectors.xmpp.address import bare, resource
from connectors.xmpp.compose import BYTES_AT_MOST
from connectors.xmpp.contacts.incoming import item_of
from connectors.xmpp.incoming import REPEATS_AFTER
from connectors.xmpp.namespaces import CLIENT, HINTS, MARKERS, RECEIPTS, ROOM_USER, tag
from connectors.xmpp.parse import own_id
from connectors.xmpp.shared.entering import NO_ROOM, leaving
from connectors.xmpp.shared.inviting import missed
from connectors.xmpp.shared.lines import kept, reflected, to_all
from connectors.xmpp.shared.people import People, key
from connectors.xmpp.shared.room import NEVER, Room
from connectors.xmpp.shared.step import NOTHING, Step, refused
from connectors.xmpp.stanza import child, condition, read, write
from connectors.xmpp.worth import says_nothing

GONE = frozenset(
    [
        "gone",
        "item-not-found",
        "jid-malformed",
        "recipient-unavailable",
        "redirect",
        "remote-server-not-found",
        "remote-server-timeout",
        "service-unavailable",
        "undefined-condition",
    ]
)
"""Errors after which nobody is where a line was sent to (as the servers' own rooms see it)."""

_PRIVATE = "Nothing is said privately here: what you write in the room goes to the customer, `// text` is a note."
_ENTER = "This is a room; enter it, and write there."
_NOT_INSIDE = "You are not in this room, and nobody has got this. Enter it, and send it again."
_SUBJECT = "The subject is the conversation's title, which the bridge keeps."
_NO_GUESTS = "Only the owners of the shop are let in; the bridge's configuration names them."
_TOO_LONG = "This is too long for a message. Send it as a file."


@dataclass(frozen=True, slots=True)
class Said:
    """An owner's message in a room, and who is there."""

    stanza: ET.Element
    people: People
    now: datetime

    @property
    def owner(self) -> str:
        """Who sent it: the address that their server stamped on it."""
        return bare(self.stanza.get("from", ""))


def message(stanza: ET.Element, room: Room | None, people: People, now: datetime) -> Step:
    """What an owner's message makes of the room that it was sent to; None: there is none of that name."""
    if stanza.get("type") == "error":
        return _came_back(stanza, room, people, now) if room is not None else NOTHING
    why = _unfit(stanza, room)
    if why is not None:
        return why if _worth_words(stanza) else NOTHING
    assert room is not None
    if all(_passes(one) for one in stanza):
        made = reflected(stanza, room, people, bare(stanza.get("from", "")), "")
        return Step(stanzas=tuple(to_all(made, room)))
    return _line(Said(stanza, people, now), room)


def _unfit(stanza: ET.Element, room: Room | None) -> Step | None:
    """Why it is not said in the room; the first reason."""
    groupchat, guest = stanza.get("type") == "groupchat", child(stanza, "x", ROOM_USER) is not None
    retitled = stanza.find(tag(CLIENT, "subject")) is not None and stanza.find(tag(CLIENT, "body")) is None
    inside = room is not None and stanza.get("from", "") in room.inside
    reasons = (
        (room is None, "cancel", "item-not-found", NO_ROOM),
        (bool(resource(stanza.get("to", ""))), "cancel", "forbidden", _PRIVATE),
        (guest and not groupchat, "auth", "forbidden", _NO_GUESTS),
        (not groupchat, "modify", "not-acceptable", _ENTER),
        (not inside, "modify", "not-acceptable", _NOT_INSIDE),
        (retitled, "auth", "forbidden", _SUBJECT),
        # Written, it is no deeper than anything may be that is copied.
        (len(write(stanza)) > BYTES_AT_MOST, "modify", "not-acceptable", _TOO_LONG),
    )
    return next((refused(stanza, *why) for unfit, *why in reasons if unfit), None)


def _worth_words(stanza: ET.Element) -> bool:
    """Whether somebody meant something by it: a program that types is not told that it may not."""
    return not all(_passes(one) for one in stanza)


_REPORTS = tuple(tag(space, "") for space in (RECEIPTS, MARKERS, HINTS))


def _passes(element: ET.Element) -> bool:
    """What is for now: who types, what was read."""
    return says_nothing(element) or str(element.tag).startswith(_REPORTS)


def _line(said: Said, room: Room) -> Step:
    own = own_id(said.stanza)
    named = key(said.owner, own or str(uuid.uuid4()))
    made = reflected(said.stanza, room, said.people, said.owner, named)
    facts = {"domain": said.people.domain, "owner": said.owner, "key": named if own else ""}
    item = item_of(said.stanza, facts, f"unnamed:{named}", said.now)
    if not kept(made):
        return Step(item=item, stanzas=tuple(to_all(made, room)))
    if _said_before(room, named, made, said.now):
        # Sent again by a program that did not see it come back: it alone has to.
        again = replace(room, inside=(said.stanza.get("from", ""),))
        return Step(item=item, stanzas=tuple(to_all(made, again)))
    after = room.with_line(named, write(made).decode(), said.now)
    return Step(room=after, item=item, stanzas=tuple(to_all(made, room)))


def _said_before(room: Room, named: str, made: ET.Element, now: datetime) -> bool:
    """Some programs count their messages anew each time they start: the id alone says nothing; and the same word under
    it is a new line after as long as the store takes it for one, or it would reach the customer and no other owner.
    """
    body = made.findtext(tag(CLIENT, "body"))
    same = (line for line in room.lines if line.id == named and now - line.at < REPEATS_AFTER)
    return any(read(line.xml.encode()).findtext(tag(CLIENT, "body")) == body for line in same)


def _came_back(stanza: ET.Element, room: Room, people: People, now: datetime) -> Step:
    """A line that could not be brought to somebody, who is asked to come in again; or an invitation, which is then made
    again with the next line.
    """
    jid = stanza.get("from", "")
    if condition(stanza)[0] not in GONE:
        return NOTHING
    if bare(jid) == jid:
        return Step(room=replace(room, invited={**room.invited, jid: NEVER}))
    left = leaving(room, people, jid, fault=True)
    after = left.room or room
    if not room.knows(stanza.get("id", "")):
        return left
    asked, invitations = missed(after, people, bare(jid), now)
    return Step(room=asked, stanzas=(*left.stanzas, *invitations))
