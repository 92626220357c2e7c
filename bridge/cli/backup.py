"""`inbox-bridge backup`, `restore`, `upgrade`: the store as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from bridge.cli.options import ConfigOption, loaded
from bridge.cli.output import counted, fail
from bridge.configuration.config import Config
from bridge.store import backup as backups
from bridge.store.migrating import VERSION, WrongVersion, daemons_at, upgrade_store, version_at
from bridge.store.restoring import restore as restore_store
from bridge.store.store import InUse, locked


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(backup)
    app.command("restore")(restore)
    app.command("upgrade")(upgrade)


def backup(
    config: ConfigOption, target: Annotated[Path | None, typer.Argument(help="The file to write.")] = None
) -> None:
    """Write the whole store into one file, while the daemon runs."""
    settings = loaded(config)
    file = target or _new_file(settings)
    typer.echo(f"{file}: {_made(settings, file)}")


def restore(source: Annotated[Path, typer.Argument(exists=True, dir_okay=False)], config: ConfigOption) -> None:
    """Fill an empty store from a backup; one that holds anything is refused."""
    settings = loaded(config)
    try:
        with locked(settings.store_url):
            contents = restore_store(source, settings.store_url)
    except (backups.BackupError, InUse, OSError, SQLAlchemyError) as error:
        fail(f"nothing was restored: {error}")
    typer.echo(f"restored the store of {contents.made_at}: {_held(contents)}")
    if contents.version != VERSION:
        typer.echo(f"it is of version {contents.version}: now run `inbox-bridge upgrade`")


def upgrade(
    config: ConfigOption,
    to: Annotated[str, typer.Option(help="Another version than the newest, to go back.")] = VERSION,
) -> None:
    """Bring the store to this program's version, after a backup; with --to, back to an older one."""
    settings = loaded(config)
    try:
        with locked(settings.store_url):
            found = version_at(settings.store_url)
            if found is None:
                fail("there is no database yet; the daemon makes one at its first start")
            if found == to:
                typer.echo(f"the store is of version {to} already")
                return
            if alive := daemons_at(settings.store_url):
                fail(f"nothing was changed: {alive} daemons work on it; stop them, and wait for 10 seconds")
            file = _new_file(settings)
            typer.echo(f"backup: {file}: {_made(settings, file)}")
            upgrade_store(settings.store_url, to)
    except (InUse, WrongVersion, OSError, SQLAlchemyError) as error:
        fail(f"nothing was changed: {error}")
    typer.echo(f"the store is now of version {to}, was {found}")


def _made(config: Config, file: Path) -> str:
    try:
        contents = backups.make(config.store_url, file)
    except (backups.BackupError, OSError, SQLAlchemyError) as error:
        fail(f"no backup was made: {error}")
    return _held(contents)


def _held(contents: backups.Contents) -> str:
    return f"{counted(sum(contents.rows.values()), 'row')}, {counted(contents.blobs, 'file')}"


def _new_file(config: Config) -> Path:
    return config.state_dir / f"backup-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.tar"
