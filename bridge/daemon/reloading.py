"""The configuration's file, watched while the daemon runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import structlog

from bridge.configuration.config import Config, ConfigError, load
from bridge.plugins import PluginError

log = structlog.get_logger()


STILL_SECONDS = 0.1
"""A file that has not changed for so long is whole: editors empty it and write it anew."""


async def reread(path: Path) -> Config:
    """The configuration, once nobody is in the middle of writing it. Raises ConfigError, PluginError."""
    seen = await _still(path)
    while True:
        try:
            config = await asyncio.to_thread(load, path)
        except (ConfigError, PluginError):
            if (now := await _still(path)) == seen:
                raise
        else:
            if (now := _stamp(path)) == seen:
                return config
        seen = now


async def _still(path: Path) -> tuple[int, int] | None:
    seen = _stamp(path)
    while True:
        await asyncio.sleep(STILL_SECONDS)
        if (now := _stamp(path)) == seen:
            return seen
        seen = now


def _stamp(path: Path) -> tuple[int, int] | None:
    """When it was written and its size; None where there is none, as for a moment while it is replaced."""
    try:
        known = path.stat()
    except OSError:
        return None
    return known.st_mtime_ns, known.st_size


async def watch(path: Path, changed: Callable[[], Awaitable[None]], stop: asyncio.Event) -> None:
    """Await `changed` after each change of the file, until `stop`."""
    from watchfiles import awatch  # noqa: PLC0415 - threads of its own, not wanted before the daemon is up

    changes = awatch(path.parent, recursive=False, stop_event=stop)
    while True:
        try:
            seen = await anext(changes, None)
        except (OSError, RuntimeError) as error:  # the system's limit of watches, or the folder is gone
            log.warning("config.unwatched", reason=str(error), todo="send SIGHUP after a change")
            await stop.wait()
            return
        if seen is None:
            return
        if any(Path(one) == path for _, one in seen):
            await changed()


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
