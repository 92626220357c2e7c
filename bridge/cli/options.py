"""What several commands share: the options, and loading the configuration or saying why not."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.configuration.config import Config, ConfigError, load

PLACES = (Path("config.toml"), Path("/etc/inbox-bridge/config.toml"))


def _usual_place() -> Path:
    return next((place for place in PLACES if place.exists()), PLACES[0])


ConfigOption = Annotated[
    Path,
    typer.Option(
        "--config",
        "-c",
        envvar="INBOX_BRIDGE_CONFIG",
        default_factory=_usual_place,
        show_default="config.toml here, else /etc/inbox-bridge/config.toml",
        help="The configuration file.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")]

DaysOption = Annotated[int, typer.Option("--days", min=1, max=3650, help="Of the last so many days.")]


def in_the_last(days: int) -> str:
    """The same in words."""
    return "in the last day" if days == 1 else f"in the last {days} days"


def loaded(path: Path) -> Config:
    """The configuration; if it cannot be used, the report on standard error and exit code 2."""
    try:
        return load(path)
    except ConfigError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error
