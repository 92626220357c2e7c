"""Which owners are asked to come into a room: those who are not in it, and not with every line. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from xml.etree import ElementTree as ET

from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.shared.people import People
from connectors.xmpp.shared.room import NEVER, Room
from connectors.xmpp.shared.stanzas import invitation

AGAIN_AFTER = timedelta(hours=1)
"""How long an owner who was invited, and has not come, is left in peace."""

WORDS_AT_MOST = 300

_DESK = "This room is the bridge's own: commands, notices, and questions that are about no conversation."


def invited(room: Room, people: People, words: str, now: datetime) -> tuple[Room, Sequence[ET.Element]]:
    """The room, with those in it who are asked to come, and what asks them."""
    inside = room.owners_inside()
    absent = [owner for owner in people.names if owner not in inside]
    asked = [owner for owner in absent if now - room.invited.get(owner, NEVER) >= AGAIN_AFTER]
    short = words if len(words) <= WORDS_AT_MOST else words[: WORDS_AT_MOST - 1] + "…"
    made = [invitation(room, people, owner, short) for owner in asked]
    return replace(room, invited={**room.invited, **dict.fromkeys(asked, now)}), made


def introduced(room: Room, people: People, now: datetime) -> tuple[Room, Sequence[ET.Element]]:
    """The bridge's own room, at the first start: it has to be known before there is anything to say."""
    if room.name != DESK or room.invited:
        return room, ()
    return invited(room, people, _DESK, now)
