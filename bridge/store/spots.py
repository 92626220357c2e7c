"""Where it is shown that somebody types: two look-ups outside of any decision. They lock nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from bridge.conversation import State
from bridge.store.book_tables import addresses, conversations, customers, rooms
from bridge.store.transactions import Transactions
from bridge.work import Spot

# A held or blocked sender is shown to nobody, and nobody's typing to them.
_WELCOME = and_(customers.c.id == conversations.c.customer, ~customers.c.blocked, ~customers.c.held)


@dataclass(frozen=True, slots=True)
class StoredSpots:
    """`bridge.steps.signalling.Spots` over the store."""

    transactions: Transactions

    async def rooms_of(self, connector: str, address: str) -> Sequence[Spot]:
        """See Spots."""
        return await self.transactions.run("read", lambda connection: _rooms_of(connection, connector, address))

    async def customer_in(self, connector: str, address: str, room: str) -> Spot | None:
        """See Spots."""
        return await self.transactions.run(
            "read", lambda connection: _customer_in(connection, connector, address, room)
        )


def _rooms_of(connection: Connection, connector: str, address: str) -> Sequence[Spot]:
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
    there = select(rooms.c.connector, rooms.c.address, rooms.c.room).where(
        rooms.c.conversation == found.number, rooms.c.room != ""
    )
    return [Spot(row.connector, row.address, row.room) for row in connection.execute(there)]


def _customer_in(connection: Connection, connector: str, address: str, room: str) -> Spot | None:
    query = (
        select(conversations.c.connector, conversations.c.address)
        .join(rooms, rooms.c.conversation == conversations.c.number)
        .join(customers, _WELCOME)
        .where(rooms.c.connector == connector, rooms.c.address == address, rooms.c.room == room)
        .where(conversations.c.state != State.CLOSED, conversations.c.merged_into == 0)
    )
    found = connection.execute(query).first()
    return None if found is None else Spot(found.connector, found.address)
