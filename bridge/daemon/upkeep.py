"""What a daemon does again and again beside its steps: say that it lives, sweep, measure, try its channels."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog

from bridge import systemd
from bridge.failures import Unavailable
from bridge.steps.canaries import Canaries
from bridge.steps.parsing import Parsing
from bridge.steps.telling import Telling
from bridge.store.leases import StoredLeases
from bridge.store.room import Room
from bridge.store.store import Store

log = structlog.get_logger()

BEAT_SECONDS = 3.0
SWEEP_EVERY = timedelta(hours=1)
MEASURE_SECONDS = 15.0
CANARY_LOOK_SECONDS = 30.0


async def beat(leases: StoredLeases, wake: Callable[[str], None]) -> None:
    """Say that this daemon lives, to the others and to the service manager; take over from those that died."""
    interval = systemd.watchdog_interval()
    pause = min(BEAT_SECONDS, interval.total_seconds()) if interval else BEAT_SECONDS
    while True:
        systemd.alive()
        try:
            freed = await leases.beat()
        except Unavailable as error:
            log.warning("heartbeat.unavailable", reason=str(error))
        else:
            if freed:
                log.warning("daemon.took_over", lanes=freed)
                wake("in")
                wake("out")
                wake("fetch")
        await asyncio.sleep(pause)


async def sweep(store: Store, keep_days: Callable[[], int], now: Callable[[], datetime]) -> None:
    """Drop what is kept no longer, and contents that nothing names."""
    while True:
        await asyncio.sleep(SWEEP_EVERY.total_seconds())
        days = keep_days()
        try:
            forgotten = await store.forget(now(), timedelta(days=days) if days else None)
            log.info("store.swept", blobs=await store.blobs.sweep(now()), raw=forgotten)
        except Unavailable as error:
            log.warning("store.unavailable", reason=str(error))


async def measure(room: Room, parsing: Parsing, telling: Telling) -> None:
    """Refuse new messages while there is too little room; tell the owners once, and if nothing can be read."""
    while True:
        try:
            problem = await room.measure()
            await telling.part("store", problem)
            await telling.part("reading", parsing.trouble(time.monotonic()))
        except Unavailable as error:
            log.warning("store.unavailable", reason=str(error))
        await asyncio.sleep(MEASURE_SECONDS)


async def fly(canaries: Canaries, hours: Callable[[], float]) -> None:
    """As often as the configuration says; a changed one counts within the minute."""
    flown_at = time.monotonic()
    while True:
        await asyncio.sleep(CANARY_LOOK_SECONDS)
        every = timedelta(hours=hours()).total_seconds()
        if every and time.monotonic() - flown_at >= every:
            flown_at = time.monotonic()
            await canaries.fly()
