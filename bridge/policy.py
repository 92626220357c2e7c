"""What the shop decided, as the decisions need it: values only, made from the configuration and replaced whole."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from bridge.targets import Targets


@dataclass(frozen=True, kw_only=True, slots=True)
class SurfaceAddress:
    """Where an owner reads and answers: an address on a connector that is an OwnerSurface, which says the rest.

    `member` is who of those who write at this address the owner is, where several owners share it.
    """

    connector: str
    address: str
    member: str = ""
    rooms: bool = False
    tokens: bool = False
    quiet: bool = False
    buttons: bool = False
    marks: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """Somebody who answers; notices come in `language` (BCP 47). `quiet`: from when to when, by the shop's clock, what
    can wait does.
    """

    name: str
    surfaces: tuple[SurfaceAddress, ...]
    language: str = "en"
    quiet: tuple[time, time] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The rules of this shop. `language` is what customers are spoken to in where nothing better is known,
    `timezone` where the shop is (tz database).

    `labels` names each connector as an owner should read it ("email", "XMPP"); `address_patterns` holds what an
    address looks like on each where an owner may write first. `undo` is how long an answer waits and
    can be taken back. `acknowledge`: every first message is confirmed; `acknowledge_closed`: what comes while the shop
    is closed, with when it opens.
    `burst` is how long a customer is given to finish writing before anything automatic. Of one
    customer at most `flood_limit` messages a minute are relayed. `start_from` is the moment before which a message is
    old: filed and shown, never answered automatically. An automatic answer goes only to what is younger than
    `automatic_max_age`, at most `automatic_per_day` times a day to one address. Another owner's answer within
    `second_owner_asks` makes the bridge ask first. `answer_all`: an answer goes to all who are in the conversation, not
    to the customer alone. `hold_strangers` names the connectors on which who has never been answered is filed until an
    owner says otherwise. `digest_every`: how often owners read what was filed apart. `close_after`: how
    long after a person's answer, with no word of the customer, a conversation closes by itself (0: never), and
    `close_told` whether owners read of it. `feedback`: a customer is asked how it was, `feedback_after` an
    owner has closed the case, and two things more (`feedback_more`) once they have said so.
    `token_key` is the shop's own;
    `tokens` and `quotes` name the connectors whose Traits say so, `edits` those
    that can change what they have sent, `reacts` those that have signs. `weekly` is the day on which owners read the
    figures of the week, Monday is 0; None: never.
    """

    business: str
    language: str = "en"
    timezone: str = "UTC"
    owners: tuple[Owner, ...]
    labels: Mapping[str, str] = field(default_factory=dict)
    address_patterns: Mapping[str, str] = field(default_factory=dict)
    undo: timedelta = timedelta(seconds=5)
    burst: timedelta = timedelta(seconds=15)
    acknowledge: bool = False
    acknowledge_closed: bool = True
    acknowledgement: Mapping[str, str] = field(default_factory=dict)
    flood_limit: int = 20
    history_lines: int = 3
    replies: Mapping[str, str] = field(default_factory=dict)
    start_from: datetime | None = None
    automatic_max_age: timedelta = timedelta(hours=1)
    automatic_per_day: int = 2
    automatic_expires: timedelta = timedelta(hours=4)
    second_owner_asks: timedelta = timedelta(minutes=1)
    targets: Targets = field(default_factory=Targets)
    remind_at: float = 0.75
    weekly: int | None = None
    question_expires: timedelta = timedelta(minutes=10)
    answer_all: bool = False
    hold_strangers: Collection[str] = ()
    digest_every: timedelta = timedelta(days=1)
    close_after: timedelta = timedelta()
    close_told: bool = False
    feedback: bool = False
    feedback_more: bool = True
    feedback_after: timedelta = timedelta(hours=1)
    token_key: bytes = field(default=b"", repr=False)
    tokens: Collection[str] = ()
    quotes: Collection[str] = ()
    edits: Collection[str] = ()
    reacts: Collection[str] = ()

    def owner_at(self, connector: str, address: str) -> Owner | None:
        """The owner who reads at this address, if any, the first where several share it.

        Addresses are compared without regard to case.
        """
        return next((owner for owner, _ in self._at(connector, address)), None)

    def owners_at(self, connector: str, address: str) -> list[Owner]:
        """All who read at this address: several where they share it."""
        return [owner for owner, _ in self._at(connector, address)]

    def writer_at(self, connector: str, address: str, sender: str = "") -> Owner | None:
        """The owner who has written at this address. Where several share it, that is whose `member` is the sender."""
        found = self._at(connector, address)
        named = [owner for owner, surface in found if surface.member]
        if not named:
            return found[0][0] if len(found) == 1 else None
        return next((owner for owner, surface in found if surface.member and surface.member == sender), None)

    def surface_at(self, connector: str, address: str) -> SurfaceAddress | None:
        """The owner's surface that this address is, if any."""
        return next((surface for _, surface in self._at(connector, address)), None)

    def surfaces(self) -> list[tuple[Owner, SurfaceAddress]]:
        """Every surface of every owner; one that several share, a group, is the first one's."""
        places: dict[tuple[str, str], tuple[Owner, SurfaceAddress]] = {}
        for owner in self.owners:
            for surface in owner.surfaces:
                places.setdefault((surface.connector, surface.address.casefold()), (owner, surface))
        return list(places.values())

    def owner_named(self, name: str) -> Owner | None:
        """The owner of this name, without regard to case."""
        return next((owner for owner in self.owners if owner.name.casefold() == name.casefold()), None)

    def _at(self, connector: str, address: str) -> list[tuple[Owner, SurfaceAddress]]:
        return [
            (owner, surface)
            for owner in self.owners
            for surface in owner.surfaces
            if surface.connector == connector and surface.address.casefold() == address.casefold()
        ]

    def label(self, connector: str) -> str:
        """How an owner should read the name of this connector."""
        return self.labels.get(connector, connector)
