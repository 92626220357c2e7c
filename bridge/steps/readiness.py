"""When the daemon is up: once its connectors say so (ability Ready), or after a while without those that cannot.

What waits for the daemon, a service manager above all, finds open ports afterwards. One broken connector, or one whose
session another daemon holds, keeps nothing from being up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from bridge.abilities import Ready
from bridge.connector import Connector

log = structlog.get_logger()


async def until_ready(connectors: Mapping[str, Connector], seconds: float) -> tuple[str, ...]:
    """Wait for all that can tell, for so long at most; the names of those that were not up then."""
    waiting = {
        asyncio.create_task(connector.ready(), name=f"ready {name}"): name
        for name, connector in connectors.items()
        if isinstance(connector, Ready)
    }
    if not waiting:
        return ()
    try:
        await asyncio.wait(waiting, timeout=seconds)
    finally:
        for task in waiting:
            task.cancel()
    await asyncio.wait(waiting)
    return tuple(sorted(name for task, name in waiting.items() if not _is_up(task, name)))


def _is_up(task: asyncio.Task[None], name: str) -> bool:
    if task.cancelled():
        return False
    if (error := task.exception()) is not None:
        log.warning("connector.readiness_unknown", connector=name, reason=type(error).__name__)
        return False
    return True
