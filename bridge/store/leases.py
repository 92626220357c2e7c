"""Leases: which daemon is alive, and which one runs a connector that may run only once.

A lease is a row with a holder, an epoch that grows with each change of hands, and a moment until which it holds, by the
database's clock on PostgreSQL (the daemons' clocks may differ) and by the machine's with SQLite (there is one daemon).
Whoever cannot renew stops sending before the lease ends; whoever takes over waits until it has ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, literal, select, text, update

from bridge.store import lanes
from bridge.store.transactions import Transactions
from bridge.store.upserting import inserted, upsert
from bridge.store.work_tables import leases

TERM = timedelta(seconds=10)
_DAEMON = "daemon:"


_HOLDS = (
    select(leases.c.until)
    .where(leases.c.name == bindparam("called"), leases.c.holder == bindparam("by"), leases.c.epoch == bindparam("at"))
    .with_for_update(read=True)
)


def clock(connection: Connection) -> datetime:
    """What time it is, by the clock that all daemons share."""
    if connection.dialect.name == "sqlite":
        return datetime.now(UTC)
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now


def holds(connection: Connection, connector: str, holder: str, epoch: int) -> bool:
    """Whether the holder may send on the connector: epoch 0 needs no lease."""
    if epoch == 0:
        return True
    until = connection.execute(_HOLDS, {"called": f"connector:{connector}", "by": holder, "at": epoch}).scalar()
    return until is not None and until > clock(connection)


@dataclass(frozen=True, slots=True)
class StoredLeases:
    """The leases as one daemon (`holder`) sees them."""

    transactions: Transactions
    holder: str

    async def beat(self) -> int:
        """Say that this daemon lives; what dead ones held is free again: how many lanes that were.

        Dead is who has no lease that runs, also who never had one: a daemon that was stopped for a while and goes on
        may claim something before it notices that the others gave it up.
        """

        def beat(connection: Connection) -> int:
            now = clock(connection)
            _take(connection, f"{_DAEMON}{self.holder}", self.holder, now)
            daemons = leases.c.name.startswith(_DAEMON)
            connection.execute(delete(leases).where(daemons, leases.c.until < now))
            return lanes.free_all_but(connection, select(leases.c.holder).where(daemons))

        return await self.transactions.run("beat", beat, urgent=True)

    async def only_one(self) -> int:
        """No other daemon can be alive (it holds the database file's lock): free what any held."""

        def take_over(connection: Connection) -> int:
            connection.execute(delete(leases).where(leases.c.holder != self.holder))
            return lanes.free_all_but(connection, select(literal(self.holder)))

        return await self.transactions.run("takeover", take_over, urgent=True)

    async def acquire(self, connector: str) -> int:
        """Take or renew a connector's lease: its epoch, or 0 while another daemon holds it."""

        def acquire(connection: Connection) -> int:
            return _take(connection, f"connector:{connector}", self.holder, clock(connection))

        return await self.transactions.run("lease", acquire, urgent=True)

    async def release(self, connectors: Sequence[str]) -> None:
        """Stopping: others need not wait for the leases to end."""
        names = [f"connector:{name}" for name in connectors] + [f"{_DAEMON}{self.holder}"]

        def release(connection: Connection) -> None:
            mine = (leases.c.name.in_(names), leases.c.holder == self.holder)
            connection.execute(update(leases).where(*mine).values(until=clock(connection)))
            lanes.free(connection, self.holder)

        await self.transactions.run("release", release, urgent=True)


def _take(connection: Connection, name: str, holder: str, now: datetime) -> int:
    row = connection.execute(select(leases).where(leases.c.name == name).with_for_update()).first()
    if row is None:
        first = {"name": name, "holder": holder, "epoch": 1, "until": now + TERM}
        return inserted(connection, upsert(connection)(leases).on_conflict_do_nothing(), [first])
    if row.holder != holder and row.until > now:
        return 0
    epoch: int = row.epoch + (row.holder != holder)
    connection.execute(update(leases).where(leases.c.name == name).values(holder=holder, epoch=epoch, until=now + TERM))
    return epoch
