"""Who is in a room, and what they are called there. Pure.

Owners bear the names of the configuration, always the same; so nobody can pass for another, and a line is read as whose
it is. The customer bears their own, unless an owner has it, or the bridge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connectors.xmpp.contacts.names import DESK, person
from connectors.xmpp.contacts.nicknames import plain, prepared
from connectors.xmpp.shared.room import Room

BRIDGE = DESK
"""What the bridge itself is called in every room."""

CUSTOMER = "customer"
"""Who a room's customer is, whatever they are called; and what they are called, if nothing better is known."""


@dataclass(frozen=True, slots=True)
class People:
    """The owners and their names, in the rooms of `domain`."""

    domain: str
    names: Mapping[str, str]

    @classmethod
    def of(cls, domain: str, owners: Sequence[str], nicknames: Mapping[str, str]) -> People:
        """Each owner by the name that was given, else by what stands before the @; else, where that is taken, whole."""
        names = dict(nicknames)
        for owner in owners:
            taken = {BRIDGE, *(name.casefold() for name in names.values())}
            short = prepared(owner.partition("@")[0])
            names.setdefault(owner, short if short and short.casefold() not in taken else owner)
        return cls(domain, {owner: names[owner] for owner in owners})

    def address(self, room: Room) -> str:
        """The room's own JID."""
        return f"{room.name}@{self.domain}"

    def place(self, room: Room, name: str) -> str:
        """Somebody in the room."""
        return f"{self.address(room)}/{name}"

    def customer(self, room: Room) -> str:
        """What the room's customer is called; "" in the bridge's own room, where there is none."""
        if room.name == DESK:
            return ""
        name = person(room.title)
        called = prepared(name) or plain(name) or CUSTOMER
        # With accents or without: whoever reads fast takes one for the other.
        taken = {like for one in (BRIDGE, *self.names.values()) for like in _likes(one)}
        return f"{called} ({CUSTOMER})" if taken & _likes(called) else called


def _likes(name: str) -> set[str]:
    return {name.casefold(), plain(name).casefold()} - {""}


def occupant_id(room: Room, who: str) -> str:
    """By which programs know somebody in a room again, whatever they are called (XEP-0421)."""
    return hashlib.sha256(f"{room.name}\n{who}".encode()).hexdigest()[:32]


def key(owner: str, own_id: str) -> str:
    """What the room calls the message that this owner calls `own_id`: no other's can be called so."""
    return _mark(owner) + hashlib.sha256(f"{owner}\n{own_id}".encode(errors="replace")).hexdigest()[:24]


def is_key(text: str) -> bool:
    """Whether it may be what the room calls an owner's message."""
    return text.startswith("o-") and len(text) == len(key("", ""))


def key_of(owner: str, named: str) -> str:
    """What the room calls the message of this owner's that is named by either name; "" where it is another owner's."""
    if not is_key(named):
        return key(owner, named)
    return named if named.startswith(_mark(owner)) else ""


def _mark(owner: str) -> str:
    return f"o-{hashlib.sha256(owner.encode()).hexdigest()[:8]}-"
