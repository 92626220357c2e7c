"""`inbox-bridge doctor --canary`: every connector that can writes to itself, and what the daemon took in is looked at.

A running daemon has the mailbox and the listener, so it is the one that takes the canary in: its item is found in the
store by a token that nobody can guess, which stands in the item's outcome.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from functools import partial

from sqlalchemy import Connection, func, select

from bridge.abilities import Canary, Finding, FindingLevel
from bridge.cli import stored
from bridge.configuration.config import Config
from bridge.failures import DeliveryFailure, OutcomeUnknown, Unavailable
from bridge.plugins import PluginError, Plugins
from bridge.store.engine import database_file
from bridge.store.migrating import WrongVersion
from bridge.store.store import Store, open_store
from bridge.store.work_tables import items

SECONDS = 90.0
_LOOK_EVERY = 0.25
_SEND_SECONDS = 60.0


async def canaries(config: Config, plugins: Plugins, seconds: float = SECONDS) -> list[tuple[str, Finding]]:
    """What came of each connector's canary; `seconds` is how long one is waited for."""
    file = database_file(config.store_url)
    if file is not None and not file.exists():
        return [_no_daemon()]
    try:
        store = await open_store(config.store_url, lambda _: None, exclusive=False)
    except (WrongVersion, Unavailable):
        return []  # the look at the store has said why
    try:
        if not await stored.daemons(store, config.store_url):
            return [_no_daemon()]
        flown = await asyncio.gather(*(_fly(name, config, plugins, store, seconds) for name in config.connectors))
    finally:
        await store.close()
    return [(f"connector {name}", found) for name, found in zip(config.connectors, flown, strict=True) if found]


def _no_daemon() -> tuple[str, Finding]:
    what = "no daemon is running, so nobody would take a canary in"
    return "canary", _found(FindingLevel.WARNING, what, "start it (systemctl start inbox-bridge), then ask again")


async def _fly(name: str, config: Config, plugins: Plugins, store: Store, seconds: float) -> Finding | None:
    table = config.connectors[name]
    try:
        connector = plugins.create(name, table.type, table.settings)
    except PluginError:
        return None  # its check has said why
    if not isinstance(connector, Canary):
        return None
    token, last = secrets.token_hex(16), await store.transactions.run("read", _last_item)
    began = time.monotonic()
    try:
        to = await _send(connector, token)
    except DeliveryFailure as failure:
        todo = "mend what the mail server complains of, then ask again"
        return _found(FindingLevel.FAILURE, f"no canary could be sent: {failure.reason}", todo)
    outcome = await _await(store, partial(_outcome, connector=name, token=token, after=last), began + seconds)
    if outcome is None:
        what = f"the canary left{to and f' for {to}'} but did not come in within {seconds:g} seconds"
        todo = "does the server deliver that address to us? look into its queue, log and spam folder"
        return _found(FindingLevel.FAILURE, what, todo)
    return _came(outcome.partition(token)[2].removeprefix(": "), time.monotonic() - began)


def _came(complaint: str, seconds: float) -> Finding:
    what = f"a canary went out and came in again within {seconds:.1f} s"
    if complaint:
        return _found(FindingLevel.WARNING, f"{what}; {complaint}", "set both clocks right: timedatectl set-ntp true")
    return _found(FindingLevel.OK, what)


async def _send(connector: Canary, token: str) -> str:
    """Where it went; empty where that is not known."""
    try:
        async with asyncio.timeout(_SEND_SECONDS):
            return await connector.canary(token)
    except OutcomeUnknown:
        return ""  # whether it left will be seen
    except TimeoutError:
        raise DeliveryFailure(f"sending took longer than {_SEND_SECONDS:g} seconds") from None


async def _await(store: Store, look: partial[str | None], end: float) -> str | None:
    """Another process writes it: there is nothing to await, so look now and then."""
    while True:
        outcome = await store.transactions.run("read", look)
        if outcome is not None or time.monotonic() > end:
            return outcome
        await asyncio.sleep(_LOOK_EVERY)


def _last_item(connection: Connection) -> int:
    return connection.execute(select(func.max(items.c.id))).scalar() or 0


def _outcome(connection: Connection, *, connector: str, token: str, after: int) -> str | None:
    mine = items.c.outcome.startswith(f"ignored: canary {token}")
    query = select(items.c.outcome).where(items.c.id > after, items.c.connector == connector, mine)
    outcome: str | None = connection.execute(query).scalar()
    return outcome


def _found(level: FindingLevel, what: str, todo: str = "") -> Finding:
    return Finding(level=level, what=what, todo=todo)
