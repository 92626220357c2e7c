"""The daemon as a process: its standard streams, its log, its exit codes, and an end in any case."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import structlog

from bridge import logs
from bridge.configuration.config import Config, ConfigError, load
from bridge.daemon.daemon import started
from bridge.daemon.lean import imported_for_good
from bridge.failures import Unavailable
from bridge.plugins import PluginError
from bridge.store.migrating import WrongVersion
from bridge.store.store import InUse

log = structlog.get_logger()

EXIT_CONFIG = 2
EXIT_STORE = 3
LAST_SECONDS = 9.5
"""Then the process ends, whatever still hangs in it: everything that matters is in the store."""


async def serve(config: Config, *, until: str = "") -> None:
    """Run a bridge, the only thing in this process, until it is stopped."""
    async with started(config, until=until, stopping=_end_soon) as daemon:
        await daemon.run()


def _end_soon() -> None:
    """A connector that does not end, or a disk that hangs, must not keep the process."""
    last = threading.Timer(LAST_SECONDS, _end)
    last.daemon = True
    last.start()


def _end() -> None:
    log.error("daemon.hung", todo="nothing is lost; something in it did not stop")
    os._exit(1)


def run(config_path: Path, *, until: str = "") -> None:
    """The daemon as a process: exits with 2 for a bad configuration, 3 for a store that cannot be opened."""
    os.umask(0o077)
    _open_standard_streams()
    # Threads commit while the loop works: with the default of 5 ms each would keep the other waiting for too long.
    sys.setswitchinterval(0.0005)
    try:
        with imported_for_good():  # the connectors' libraries among them
            config = load(config_path)
        style = config.log.format
        json = style == "json" or (style == "auto" and not sys.stderr.isatty())
        logs.configure(config.log.level, "json" if json else "text")
        _make(config.state_dir)
        _run(config, until)
    except (ConfigError, PluginError) as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(EXIT_CONFIG)
    except (InUse, WrongVersion, Unavailable) as error:
        sys.stderr.write(f"inbox-bridge cannot open its store: {error}\n")
        sys.exit(EXIT_STORE)


def _open_standard_streams() -> None:
    """Where the process was started without one, the next file or socket would get its number, and its output."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
    if sys.stderr is None:
        sys.stderr = os.fdopen(2, "w", closefd=False)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(f"the folder {folder} cannot be made: {error.strerror}") from error


def _run(config: Config, until: str) -> None:
    try:
        import uvloop  # noqa: PLC0415 - there is none for some machines
    except ImportError:
        asyncio.run(serve(config, until=until))
    else:
        uvloop.run(serve(config, until=until))
