"""The configuration's file, watched while the daemon runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from bridge.configuration.config import Config

log = structlog.get_logger()


async def watch(path: Path, changed: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Await `changed` after each change of the file, until `stop`."""
    from watchfiles import awatch  # noqa: PLC0415 - threads of its own, not wanted before the daemon is up

    try:
        async for changes in awatch(path.parent, recursive=False, stop_event=stop):
            if any(Path(one) == path for _, one in changes):
                await changed()
    except (OSError, RuntimeError) as error:  # the system's limit of watches, or the folder is gone
        log.warning("config.unwatched", reason=str(error), todo="send SIGHUP after a change")
        await stop.wait()


def needing_restart(old: Config, new: Config) -> list[str]:
    """The tables that changed and are read at the start only."""
    pairs: Mapping[str, tuple[object, object]] = {
        "store": (old.store_url, new.store_url),
        "http": (old.http, new.http),
        "limits": (old.limits, new.limits),
        "log": (old.log, new.log),
        "metrics": (old.metrics, new.metrics),
    }
    return [table for table, (before, after) in pairs.items() if before != after]
