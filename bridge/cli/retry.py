"""`inbox-bridge retry`: try a dead letter again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from bridge.cli.options import ConfigOption, loaded
from bridge.cli.output import fail
from bridge.cli.store import with_store
from bridge.store.reviving import revive
from bridge.store.store import Store


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("retry")(retry)


def retry(letter: Annotated[str, typer.Argument(help="As `dead` names it: i12, o7.")], config: ConfigOption) -> None:
    """Try a dead letter again; a running daemon takes it up within seconds."""

    async def again(store: Store) -> bool:
        now = datetime.now(UTC)
        found = await store.transactions.run("revive", lambda connection: revive(connection, letter.lower(), now))
        return found is not None

    if not with_store(loaded(config), again):
        fail(f"there is no dead letter {letter}; `inbox-bridge dead` lists them")
    typer.echo(f"{letter} is tried again")
