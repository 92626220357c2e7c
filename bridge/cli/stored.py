"""What `doctor` looks at in the store: can it be opened, is it whole, does a daemon watch it, what waits in it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from bridge.abilities import Finding, FindingLevel
from bridge.cli.output import counted
from bridge.configuration.config import Config
from bridge.failures import Unavailable
from bridge.outbound import OutboundKind
from bridge.store.engine import database_file
from bridge.store.migrating import WrongVersion
from bridge.store.store import Counts, InUse, Store, locked, open_store
from bridge.store.work_tables import leases, outbox

_STALE = timedelta(minutes=15)


def store(config: Config) -> Sequence[Finding]:
    """Everything about the store, good and bad."""
    file = database_file(config.store_url)
    if file is not None and not file.exists():
        return [_found(FindingLevel.OK, "there is no database yet; the first start makes one")]
    try:
        return asyncio.run(_look(config.store_url))
    except WrongVersion as error:
        return [_found(FindingLevel.FAILURE, "is of another version", str(error))]
    except Unavailable as error:
        todo = "is the database server up, the disk full, the file this user's?"
        return [_found(FindingLevel.FAILURE, f"cannot be used: {error}", todo)]


async def _look(url: str) -> list[Finding]:
    opened = await open_store(url, lambda _: None, exclusive=False)
    try:
        found = [*await _whole(opened), _running(await daemons(opened, url))]
        waiting = _waiting(await opened.counts(), await opened.transactions.run("read", _oldest))
        return [*found, *waiting, *_unshown((await opened.figures()).dead)]
    finally:
        await opened.close()


async def _whole(opened: Store) -> list[Finding]:
    if opened.shared:
        return [_found(FindingLevel.OK, "the database server answers")]

    def check(connection: Connection) -> str:
        return str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar())

    said = await opened.transactions.run("read", check)
    if said == "ok":
        return [_found(FindingLevel.OK, "the database is whole")]
    return [_found(FindingLevel.FAILURE, f"the database is damaged: {said}", "restore the latest backup")]


def _alive(connection: Connection) -> int:
    now = datetime.now(UTC)
    daemons = select(func.count()).where(leases.c.name.startswith("daemon:"), leases.c.until > now)
    return connection.execute(daemons).scalar() or 0


async def daemons(opened: Store, url: str) -> int:
    """How many daemons are running on the store."""
    if database_file(url) is None:
        return await opened.transactions.run("read", _alive)
    try:
        with locked(url):
            return 0
    except InUse:
        return 1


def _running(alive: int) -> Finding:
    if alive:
        return _found(FindingLevel.OK, f"daemons running on it: {alive}")
    return _found(FindingLevel.WARNING, "no daemon is running on it", "start it: systemctl start inbox-bridge")


def _oldest(connection: Connection) -> datetime | None:
    waiting = select(func.min(outbox.c.due_at)).where(outbox.c.state.in_(("waiting", "sending")))
    moment: datetime | None = connection.execute(waiting).scalar()
    return moment


def _waiting(counts: Counts, oldest: datetime | None) -> list[Finding]:
    wait = (counts.waiting_items, "item"), (counts.waiting_outbounds, "outbound"), (counts.unfinished, "customer")
    what = f"waiting: {', '.join(counted(*one) for one in wait)}"
    late = oldest is not None and datetime.now(UTC) - oldest > _STALE
    todo = "something has not been sent for a while: look at the connectors below" if late else ""
    found = [_found(FindingLevel.WARNING if late else FindingLevel.OK, what, todo)]
    if counts.dead:
        dead = counted(counts.dead, "dead letter")
        found.append(_found(FindingLevel.WARNING, dead, "`inbox-bridge dead` lists them, `retry ID` tries one again"))
    return found


def _unshown(dead: Mapping[str, int]) -> list[Finding]:
    missed = dead.get(OutboundKind.RELAY, 0) + dead.get(OutboundKind.NOTICE, 0)
    if not missed:
        return []
    what = f"{missed} of them were to be shown to an owner, whose account or client did not take them"
    return [_found(FindingLevel.WARNING, what, "is the bot blocked, the address wrong? `inbox-bridge dead` says more")]


def _found(level: FindingLevel, what: str, todo: str = "") -> Finding:
    return Finding(level=level, what=what, todo=todo)
