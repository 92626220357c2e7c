"""Opening the store for a command that runs beside the daemon, or without one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import typer

from bridge.configuration.config import Config
from bridge.failures import Unavailable
from bridge.store.migrating import WrongVersion
from bridge.store.store import InUse, Store, open_store

T = TypeVar("T")


def with_store(config: Config, use: Callable[[Store], Awaitable[T]]) -> T:
    """What `use` returns; exit code 3 where the store cannot be opened or does not answer."""

    async def run() -> T:
        store = await open_store(config.store_url, lambda _: None, exclusive=False)
        try:
            return await use(store)
        finally:
            await store.close()

    try:
        return asyncio.run(run())
    except (InUse, WrongVersion, Unavailable) as error:
        typer.echo(f"the store cannot be used: {error}", err=True)
        raise typer.Exit(3) from error
