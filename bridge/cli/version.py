"""`inbox-bridge version`: what is installed, for a bug report."""

from __future__ import annotations

import platform
import sqlite3

import typer

from bridge import __version__


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("version")(version)


def version() -> None:
    """Print the version, and those of Python and SQLite."""
    typer.echo(f"inbox-bridge {__version__} (Python {platform.python_version()}, SQLite {sqlite3.sqlite_version})")
