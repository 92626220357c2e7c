"""Which owners are asked to come into a room: those who are not in it, and not with every line. Pure.

A line that was on its way to somebody as they went comes back, or is lost with their server; so they are asked then,
too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.namespaces import CLIENT, tag
from connectors.xmpp.shared.people import People
from connectors.xmpp.shared.room import NEVER, Room
from connectors.xmpp.shared.stanzas import invitation
from connectors.xmpp.stanza import read

AGAIN_AFTER = timedelta(hours=1)
"""How long an owner who was invited, and has not come, is left in peace."""

RECENTLY = timedelta(minutes=10)
"""A line that is no older may have been in a server's hand as the server died."""

WORDS_AT_MOST = 300

_DESK = "This room is the bridge's own: commands, notices, and questions that are about no conversation."


def invited(room: Room, people: People, words: str, now: datetime) -> tuple[Room, Sequence[ET.Element]]:
    """The room, with those in it who are asked to come, and what asks them."""
    inside = room.owners_inside()
    return _invited(room, people, [owner for owner in people.names if owner not in inside], words, now)


def unheard(room: Room) -> Room:
    """The room, in which those may be asked again whose invitation went out with a line that has yet to be handed out:
    it may have been lost with that line.
    """
    since = min((line.at for line in room.waiting), default=None)
    if since is None:
        return room
    return replace(room, invited={owner: NEVER if at >= since else at for owner, at in room.invited.items()})


def missed(room: Room, people: People, owner: str, now: datetime) -> tuple[Room, Sequence[ET.Element]]:
    """The same of one owner, to whom a line could not be brought."""
    return _invited(room, people, [] if room.of(owner) else [owner], words_of(room), now)


def _invited(
    room: Room, people: People, absent: Sequence[str], words: str, now: datetime
) -> tuple[Room, Sequence[ET.Element]]:
    asked = [owner for owner in absent if now - room.invited.get(owner, NEVER) >= AGAIN_AFTER]
    made = [invitation(room, people, owner, words) for owner in asked]
    return replace(room, invited={**room.invited, **dict.fromkeys(asked, now)}), made


def recent(room: Room, now: datetime) -> bool:
    """Whether its last line may have been lost on the way."""
    return bool(room.lines) and now - room.lines[-1].at < RECENTLY


def words_of(room: Room) -> str:
    """What its last line says, as an owner reads it who is not there."""
    body = read(room.lines[-1].xml.encode()).findtext(tag(CLIENT, "body"), "") if room.lines else ""
    words = " ".join(f"{room.title}: {body}".split())
    return words if len(words) <= WORDS_AT_MOST else words[: WORDS_AT_MOST - 1] + "…"


def introduced(room: Room, people: People, now: datetime) -> tuple[Room, Sequence[ET.Element]]:
    """The bridge's own room, at the first start: it has to be known before there is anything to say."""
    if room.name != DESK or room.invited:
        return room, ()
    return invited(room, people, _DESK, now)
