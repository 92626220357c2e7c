"""Where it is shown that somebody types: two look-ups outside of any decision. They lock nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from bridge.conversation import State
from bridge.store.book_tables import IS_THERE, addresses, conversations, customers, rooms
from bridge.store.transactions import Transactions
from bridge.work import Spot

# A held or blocked sender is shown to nobody, and nobody's typing to them.
_WELCOME = and_(customers.c.id == conversations.c.customer, ~customers.c.blocked, ~customers.c.held)


@dataclass(frozen=True, slots=True)
class StoredSpots:
    """`bridge.work.Spots` over the store."""

    transactions: Transactions

    async def rooms_of(self, connector: str, address: str, among: Collection[tuple[str, str]]) -> Sequence[Spot]:
        """See Spots."""
        return await self.transactions.run("read", lambda connection: _rooms_of(connection, connector, address, among))

    async def customer_in(self, connector: str, address: str, room: str) -> Spot | None:
        """See Spots."""
        return await self.transactions.run("read", lambda connection: customer_in(connection, connector, address, room))


def _rooms_of(
    connection: Connection, connector: str, address: str, among: Collection[tuple[str, str]]
) -> Sequence[Spot]:
    whose = select(addresses.c.customer).where(addresses.c.connector == connector, addresses.c.address == address)
    latest = (
        select(conversations.c.number, conversations.c.state)
        .join(customers, _WELCOME)
        .where(conversations.c.customer.in_(whose), conversations.c.merged_into == 0)
        .where(conversations.c.connector == connector, conversations.c.address == address)
        .order_by(conversations.c.changed_at.desc())
        .limit(1)
    )
    found = connection.execute(latest).first()
    if found is None or found.state == State.CLOSED:
        return ()
    # One at a time: no index begins with the conversation, and a shop of a hundred thousand has as many rooms.
    stands = [(place, room_of(connection, *place, found.number)) for place in among]
    return [Spot(*place, room) for place, room in stands if room]


def room_of(connection: Connection, connector: str, address: str, number: int) -> str:
    """The room that this conversation has there; "" for none."""
    query = select(rooms.c.room).where(
        rooms.c.connector == connector, rooms.c.address == address, rooms.c.conversation == number
    )
    return connection.execute(query).scalar() or ""


def customer_in(connection: Connection, connector: str, address: str, room: str) -> Spot | None:
    """The customer whose open conversation stands in this room."""
    query = (
        select(conversations.c.connector, conversations.c.address)
        .join(rooms, rooms.c.conversation == conversations.c.number)
        .join(customers, _WELCOME)
        .where(rooms.c.connector == connector, rooms.c.address == address, rooms.c.room == room, IS_THERE)
        .where(conversations.c.state != State.CLOSED, conversations.c.merged_into == 0)
    )
    found = connection.execute(query).first()
    return None if found is None else Spot(found.connector, found.address)
