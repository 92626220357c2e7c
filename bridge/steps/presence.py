"""Whether the shop is open, shown on networks that know presence (ability `Signals`): never stored, never retried."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import structlog

from bridge.abilities import Signal, Signals
from bridge.connector import Connector
from bridge.desk import Desk

log = structlog.get_logger()

LOOK_SECONDS = 15.0


async def follow(desk: Callable[[], Desk], now: Callable[[], datetime], *, look_seconds: float = LOOK_SECONDS) -> None:
    """Say so at each opening and closing, and to connectors that are new, until cancelled. Without hours, nothing."""
    told: dict[str, tuple[Connector, Signal]] = {}
    while True:
        here = desk()
        if here.hours is not None:
            signal = Signal.ONLINE if here.hours.open_at(now()) else Signal.OFFLINE
            for name, connector in here.connectors.items():
                if isinstance(connector, Signals) and told.get(name) != (connector, signal):
                    await _shown(name, connector, signal)
                    told[name] = (connector, signal)
        await asyncio.sleep(look_seconds)


async def _shown(name: str, connector: Signals, signal: Signal) -> None:
    try:
        await connector.signal("", signal)
    except Exception:  # somebody's plug-in: what is shown or not must not end the daemon
        log.exception("presence.fault", connector=name)
