"""`inbox-bridge run`: the daemon, in the foreground."""

from __future__ import annotations

from pathlib import Path

import typer

from bridge.cli.options import ConfigOption
from bridge.daemon.lean import imported_for_good


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run)


def run(config: ConfigOption) -> None:
    """Run the bridge until it is stopped (Ctrl-C, or SIGTERM).

    Exit code 2 if the configuration is wrong, 3 if the store cannot be opened.
    """
    start(config)


def start(config: Path, *, until: str = "") -> None:
    """Run the daemon in this process until it stops, or until the connector `until` has no more input."""
    with imported_for_good():
        from bridge.daemon.process import run as run_daemon  # noqa: PLC0415 - its imports would make every help text wait

    run_daemon(config, until=until)
