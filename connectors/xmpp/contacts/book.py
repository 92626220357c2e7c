"""Which contacts there are: one for each room that was opened, kept in the connector's position. Pure.

Each is a row of its own there (`contact:anna.42.x7k3`), so that one that changes is written alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from connectors.xmpp.contacts.names import DESK, fresh

KEY = "contact:"
INTRODUCED = "introduced:"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contact:
    """A conversation as its owner has it among the contacts.

    open    the conversation goes on, so that the contact is there
    asked   the owner was asked once to take it among the contacts
    seen    the owner's program wants to know whether it is there (a subscription, RFC 6121 section 3)
    """

    room: str
    owner: str
    title: str
    open: bool = True
    asked: bool = False
    seen: bool = False

    @property
    def key(self) -> str:
        """Under which it is kept."""
        return KEY + self.room

    def written(self) -> str:
        """As it is kept."""
        fields = {"owner": self.owner, "title": self.title, "open": self.open, "asked": self.asked, "seen": self.seen}
        return json.dumps(fields, ensure_ascii=False)


def desk(owner: str) -> Contact:
    """The bridge itself, as each owner has it among the contacts."""
    return Contact(room=DESK, owner=owner, title="inbox-bridge", asked=True)


@dataclass(eq=False)
class Book:
    """All contacts by their room. `changed` are those that are to be written."""

    contacts: dict[str, Contact] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    introduced: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, position: Mapping[str, str]) -> Book:
        """As they were kept; what cannot be read is left out."""
        found = (_read(key.removeprefix(KEY), value) for key, value in position.items() if key.startswith(KEY))
        introduced = {key.removeprefix(INTRODUCED) for key in position if key.startswith(INTRODUCED)}
        return cls({contact.room: contact for contact in found if contact is not None}, introduced=introduced)

    def introduce(self, owner: str) -> bool:
        """Whether this owner has yet to be asked to take the bridge's own contact; now they are."""
        new = owner not in self.introduced
        if new:
            self.introduced.add(owner)
            self.changed.add(INTRODUCED + owner)
        return new

    def fresh(self, owner: str, title: str) -> Contact:
        """A contact with a name that no other has ever had."""
        return Contact(room=fresh(title, self.contacts), owner=owner, title=title)

    def at(self, owner: str, room: str) -> Contact | None:
        """The contact of this owner in this room; nobody else's."""
        if room == DESK:
            return desk(owner)
        found = self.contacts.get(room)
        return found if found is not None and found.owner == owner else None

    def of_owner(self, owner: str) -> Iterator[Contact]:
        """Those that the owner's program asks for."""
        return (contact for contact in self.contacts.values() if contact.owner == owner)

    def set(self, contact: Contact, **fields: object) -> Contact:
        """The contact with other fields; to be written if that changes it."""
        after = replace(contact, **fields)  # type: ignore[arg-type]
        if contact.room != DESK and self.contacts.get(contact.room) != after:
            self.contacts[after.room] = after
            self.changed.add(after.key)
        return after

    def position(self) -> dict[str, str]:
        """What is to be written now, taken out of `changed`."""
        changed, self.changed = self.changed, set()
        return {key: self._written(key) for key in changed}

    def _written(self, key: str) -> str:
        return "yes" if key.startswith(INTRODUCED) else self.contacts[key.removeprefix(KEY)].written()

    def not_written(self, position: Mapping[str, str]) -> None:
        """It could not be written: it still is to be."""
        self.changed |= set(position)


def _read(room: str, value: str) -> Contact | None:
    try:
        kept = json.loads(value)
        flags = {name: bool(kept[name]) for name in ("open", "asked", "seen")}
        return Contact(room=room, owner=str(kept["owner"]), title=str(kept["title"]), **flags)
    except (ValueError, KeyError, TypeError):
        return None
