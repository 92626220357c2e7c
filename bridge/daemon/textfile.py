"""The daemon's figures as a file, for node_exporter's textfile collector: `[metrics] textfile`.

The file is whole at any moment: it is written beside its place, and then takes it. All may read it, whatever the
service's umask says: whoever collects is another user, and it holds no secret. Only the bridge's own figures stand in
it; those of every process would be taken for node_exporter's. A daemon that hangs, or has ended, leaves a file that
grows old: `inbox_bridge_seen_timestamp_seconds` says when its figures were looked at, and an alert asks for it.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from bridge.daemon.metrics import Look, Seen, shown

log = structlog.get_logger()

_FOR_ALL = 0o644


async def keep(path: Path, seconds: float, look: Look) -> None:
    """Write it every so many seconds until cancelled. Where that fails, it is said once and tried again."""
    failed = False
    while True:
        seen = await look()
        try:
            await asyncio.to_thread(write, path, seen)
        except OSError as error:
            if not failed:
                log.error("metrics.not_written", path=str(path), reason=error.strerror)  # noqa: TRY400 - that is all
            failed = True
        else:
            if failed:
                log.info("metrics.written_again", path=str(path))
            failed = False
        await asyncio.sleep(seconds)


def write(path: Path, seen: Seen) -> None:
    """Write it once. Raises OSError; what was there stays then."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(seen))
    text = generate_latest(registry)
    # Its name does not end in .prom: an unfinished file is nobody's to read.
    handle, name = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text)
            os.fchmod(file.fileno(), _FOR_ALL)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


class _Once(Collector):
    """What was seen, for the library to write."""

    def __init__(self, seen: Seen) -> None:
        self._seen = seen

    def collect(self) -> Iterable[Metric]:
        return shown(self._seen)
