"""The connectors that run here: made from the configuration, each under a supervisor of its own, and replaced where
their table changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog

from bridge.abilities import Routes
from bridge.configuration.config import ConnectorConfig
from bridge.connector import Connector
from bridge.plugins import BrokenPlugin, PluginError, Plugins
from bridge.steps.receive import Receiver
from bridge.steps.supervise import Supervisor
from bridge.steps.tasks import hold
from bridge.store.store import Store

log = structlog.get_logger()

STOP_SECONDS = 8.0
"""What was begun gets so long to finish, once a connector or the daemon is to stop."""


class Running:
    """Connectors by name. `tell` is what a supervisor says of one that breaks, `ended` is awaited with the name of one
    to which nothing can come any more.
    """

    def __init__(
        self,
        store: Store,
        receiver: Receiver,
        tell: Callable[[str, str | None], Awaitable[None]],
        ended: Callable[[str], Awaitable[None]],
    ) -> None:
        self._store = store
        self._receiver = receiver
        self._tell = tell
        self._ended = ended
        self._plugins = Plugins()
        self._tables: Mapping[str, ConnectorConfig] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self.supervisors: dict[str, Supervisor] = {}
        self.routes: Mapping[str, Sequence[Any]] = {}

    @property
    def connectors(self) -> Mapping[str, Connector]:
        """Those that run now."""
        return {name: supervisor.connector for name, supervisor in self.supervisors.items()}

    def epochs(self) -> Mapping[str, int]:
        """Of those that may send: the epoch of their lease."""
        epochs = ((name, supervisor.epoch) for name, supervisor in self.supervisors.items())
        return {name: epoch for name, epoch in epochs if epoch is not None}

    def adopt(self, tables: Mapping[str, ConnectorConfig]) -> None:
        """Run what these name, leave alone what is unchanged. Raises PluginError, having done nothing."""
        changed = [name for name, table in tables.items() if table != self._tables.get(name)]
        created = {name: self._create(tables[name]) for name in changed}
        routes = {name: self._routes_of(name, connector) for name, connector in created.items()}
        gone = [name for name in self.supervisors if name in created or name not in tables]
        leaving = {name: self._dismiss(name) for name in gone}
        for name, connector in created.items():
            self._start(name, connector, after=leaving.get(name))
        self.routes = {name: routes.get(name, self.routes.get(name, ())) for name in self.supervisors}
        self._tables = tables

    @property
    def tasks(self) -> Sequence[asyncio.Task[None]]:
        """All that runs here, those that are leaving too."""
        return [*self._leaving, *self._tasks.values()]

    def _create(self, table: ConnectorConfig) -> Connector:
        try:
            return self._plugins.create(table.name, table.type, table.settings)
        except PluginError:
            raise
        except Exception as error:  # somebody's plug-in: it must not end a daemon that reads a changed configuration
            what = f"the connector {table.name} cannot be made: {type(error).__name__}: {error}"
            raise BrokenPlugin(what, f"look at [connectors.{table.name}], or tell the plug-in's authors") from error

    def _routes_of(self, name: str, connector: Connector) -> Sequence[Any]:
        if not isinstance(connector, Routes):
            return ()
        try:
            return connector.routes(self._receiver.receive_for(name))
        except Exception as error:  # somebody's plug-in, as above
            what = f"the connector {name} cannot say its routes: {type(error).__name__}: {error}"
            raise BrokenPlugin(what, f"look at [connectors.{name}], or tell the plug-in's authors") from error

    def _dismiss(self, name: str) -> asyncio.Task[None]:
        task = self._tasks.pop(name)
        task.cancel()
        hold(task, self._leaving)
        del self.supervisors[name]
        return task

    def _start(self, name: str, connector: Connector, after: asyncio.Task[None] | None) -> None:
        supervisor = Supervisor(
            name=name,
            connector=connector,
            receive=self._receiver.receive_for(name),
            position=lambda: self._store.position(name),
            leases=self._store.leases,
            tell=self._tell,
        )
        self.supervisors[name] = supervisor
        self._tasks[name] = asyncio.create_task(self._supervise(supervisor, after), name=f"supervisor {name}")

    async def _supervise(self, supervisor: Supervisor, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            # Its port, or its one connection, is still the other's.
            await asyncio.wait({after}, timeout=STOP_SECONDS)
        await supervisor.run()
        log.info("connector.finished", connector=supervisor.name)
        await self._ended(supervisor.name)
