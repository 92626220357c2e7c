"""Puts everything together and keeps it running: the only file that knows everyone.

Long-lived tasks, each with one name: a supervisor per connector, the queue, the deliverer, the fetcher of files, the
heartbeat, the watch over the configuration. They stop in the order in which a message flows, so that what was taken is
stored and what was begun is finished: connectors, receiver, queue, deliverer, leases, store.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy.exc import DatabaseError

from bridge import presence, systemd
from bridge.abilities import Routes
from bridge.canaries import Canaries
from bridge.config import Config, ConfigError, ConnectorConfig, load
from bridge.connector import Connector
from bridge.deliver import Deliverer
from bridge.desk import Desk
from bridge.failures import Unavailable
from bridge.library import Library
from bridge.parsing import ParseLimits, Parsing
from bridge.plugins import BrokenPlugin, PluginError, Plugins
from bridge.queue import Queue
from bridge.readiness import until_ready
from bridge.receive import Receiver
from bridge.shelves import shelf
from bridge.store.room import Limits
from bridge.store.store import Store, open_store
from bridge.supervise import Supervisor
from bridge.tally import Tally
from bridge.telling import Telling
from bridge.timetables import follow, hours_now
from bridge.upkeep import beat, fly, measure, sweep
from bridge.web import Web
from bridge.work import TIMER

log = structlog.get_logger()

DRAIN_SECONDS = 20.0
READY_SECONDS = 10.0
"""A connector that is not up by then is waited for no longer."""
FETCHES = 4
"""So many files are fetched at a time."""

STOP_SECONDS = 8.0
"""What was begun gets so long to finish once the daemon is to stop."""


_MB = 1024 * 1024
_WEB = "the web server"  # among the tasks; no connector has such a name


def _now() -> datetime:
    return datetime.now(UTC)


class Daemon:
    """A running bridge. `until` names a connector whose end (of its input) ends the daemon, too. `stopping` is called
    when it begins to stop.
    """

    def __init__(
        self, config: Config, store: Store, *, until: str = "", stopping: Callable[[], None] = lambda: None
    ) -> None:
        self._config = config
        self._store = store
        self._until = until
        self._stopping = stopping
        self._plugins = Plugins()
        self._supervisors: dict[str, Supervisor] = {}
        self._routes: Mapping[str, Sequence[Any]] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()
        limits = config.limits
        self._parsing = Parsing(
            ParseLimits(
                seconds=limits.parse_seconds, memory_mb=limits.parse_memory_megabytes, workers=limits.parse_workers
            )
        )
        self._desk = Desk(policy=config.policy(token_key=store.token_key), connectors={})
        self._receiver = Receiver(store.inbox)
        self.telling = Telling(store.outbox, lambda: self._desk, _now)
        self._web = Web(config.http.listen, lambda reason: self.telling.connector("http", reason))
        self.tally = Tally()
        self.deliverer = Deliverer(store.outbox, lambda: self._desk, self._epochs, _now, outcomes=self.tally.deliveries)
        largest = limits.attachment_megabytes * _MB
        self.fetcher = Deliverer(
            store.fetches,
            lambda: self._desk,
            self._epochs,
            _now,
            limit=FETCHES,
            largest=largest,
            outcomes=self.tally.fetches,
        )
        self.library = Library(lambda reason: self.telling.connector("faq", reason))
        self.queue = Queue(
            store.inbox,
            self._parsing,
            lambda: self._desk,
            _now,
            sender=self.deliverer,
            library=self.library,
            step_back=lambda: self._receiver.flooded,
            outcomes=self.tally.items,
        )

    def wake(self, work: str) -> None:
        """The store has new work."""
        steps: Mapping[str, Queue | Deliverer] = {"in": self.queue, "out": self.deliverer, "fetch": self.fetcher}
        steps[work].wake()

    def stop(self) -> None:
        """Stop soon, losing nothing."""
        self._stop.set()

    async def run(self) -> None:
        """Until `stop`; raises what no supervisor can mend."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._reload_soon)
        await self._take_over()
        self._adopt(self._config)
        web = self._tasks[_WEB] = asyncio.create_task(self._web.run(), name="web")
        canaries = Canaries(
            desk=lambda: self._desk, here=self._epochs, came=self._store.filed, tell=self.telling.canary
        )
        workers = [
            asyncio.create_task(self.queue.run(), name="queue"),
            asyncio.create_task(self.deliverer.run(), name="deliverer"),
            asyncio.create_task(self.fetcher.run(), name="fetcher"),
            asyncio.create_task(beat(self._store.leases, self.wake), name="heartbeat"),
            asyncio.create_task(sweep(self._store, lambda: self._config.limits.keep_days, _now), name="sweep"),
            asyncio.create_task(measure(self._store.room, self._parsing, self.telling), name="measure"),
            asyncio.create_task(self._watch(), name="watch"),
            asyncio.create_task(fly(canaries, lambda: self._config.rules.canary_hours), name="canaries"),
            asyncio.create_task(self._follow_calendars(), name="calendars"),
            asyncio.create_task(self.library.run(), name="library"),
            asyncio.create_task(presence.follow(lambda: self._desk, _now), name="presence"),
            asyncio.create_task(self._be_watched(), name="metrics"),
        ]
        _hold(asyncio.create_task(self._say_ready(), name="ready"), self._leaving)
        stopped = asyncio.create_task(self._stop.wait(), name="stop")
        try:
            await asyncio.wait([stopped, web, *workers], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopped.cancel()
            await self._shut_down(workers)
        for worker in (web, *workers):
            if not worker.cancelled() and (error := worker.exception()) is not None:
                raise error

    async def _say_ready(self) -> None:
        late = await until_ready(self._desk.connectors, READY_SECONDS)
        log.info("daemon.ready", connectors=sorted(self._supervisors), **({"late": late} if late else {}))
        systemd.ready(self._status())
        await self.telling.configuration(None)  # what was refused before is what it started with, or forgotten

    def _status(self) -> str:
        return f"{len(self._supervisors)} connectors"

    async def _take_over(self) -> None:
        """What daemons held that are gone is free again; with SQLite no other can be alive."""
        freed = await (self._store.leases.beat() if self._store.shared else self._store.leases.only_one())
        if freed:
            log.warning("daemon.recovered", lanes=freed)
        await self._store.leases.beat()

    async def _shut_down(self, workers: list[asyncio.Task[None]]) -> None:
        log.info("daemon.stopping")
        systemd.stopping()
        self._stopping()
        end = asyncio.get_running_loop().time() + STOP_SECONDS
        await _cancel([*self._leaving, *self._tasks.values()], end)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self._receiver.close()
        for worker in workers:
            await _cancel([worker], end)
        self._parsing.close()
        with contextlib.suppress(Unavailable):
            await self._store.leases.release(sorted(self._supervisors))

    # -- connectors ------------------------------------------------------------------------------------------------

    def _epochs(self) -> Mapping[str, int]:
        epochs = ((name, supervisor.epoch) for name, supervisor in self._supervisors.items())
        return {name: epoch for name, epoch in epochs if epoch is not None}

    def _adopt(self, config: Config) -> None:
        """Run what the configuration names, leave alone what is unchanged. Raises PluginError, having done nothing."""
        before = self._config.connectors if self._supervisors else {}
        changed = [name for name, table in config.connectors.items() if table != before.get(name)]
        created = {name: self._create(config.connectors[name]) for name in changed}
        routes = {name: self._routes_of(name, connector) for name, connector in created.items()}
        gone = [name for name in self._supervisors if name in created or name not in config.connectors]
        leaving = {name: self._dismiss(name) for name in gone}
        for name, connector in created.items():
            self._start(name, connector, after=leaving.get(name))
        self._routes = {name: routes.get(name, self._routes.get(name, ())) for name in self._supervisors}
        self._web.mount(self._routes)
        self._config = config
        self._desk = self._new_desk(config)
        self.library.adopt(shelf(config))

    def _new_desk(self, config: Config) -> Desk:
        connectors = {name: supervisor.connector for name, supervisor in self._supervisors.items()}
        policy = config.policy(connectors, self._store.token_key)
        return Desk(policy=policy, connectors=connectors, hours=hours_now(config))

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
        _hold(task, self._leaving)
        del self._supervisors[name]
        return task

    def _start(self, name: str, connector: Connector, after: asyncio.Task[None] | None) -> None:
        supervisor = Supervisor(
            name=name,
            connector=connector,
            receive=self._receiver.receive_for(name),
            position=lambda: self._store.position(name),
            leases=self._store.leases,
            tell=self.telling.connector,
        )
        self._supervisors[name] = supervisor
        self._tasks[name] = asyncio.create_task(self._supervise(supervisor, after), name=f"supervisor {name}")

    async def _supervise(self, supervisor: Supervisor, after: asyncio.Task[None] | None) -> None:
        if after is not None:
            # Its port, or its one connection, is still the other's.
            await asyncio.wait({after}, timeout=STOP_SECONDS)
        await supervisor.run()
        log.info("connector.finished", connector=supervisor.name)
        if supervisor.name == self._until:
            await self._drain()
            self.stop()

    async def _drain(self) -> None:
        """Nobody will type again: let what was typed arrive, undo windows included, before the daemon goes."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while not await self._quiet():  # noqa: ASYNC110 - the clock, too, makes it quiet: undo windows end
                    await asyncio.sleep(0.1)

    async def _quiet(self) -> bool:
        soon = _now() + self._desk.policy.undo
        steps = (self._store.inbox, self._store.outbox, self._store.fetches)
        due = [await step.next_at([*self._supervisors, TIMER]) for step in steps]
        busy = any(moment is not None and moment <= soon for moment in due)
        return not busy and self.queue.idle and self.deliverer.idle and self.fetcher.idle

    # -- upkeep ----------------------------------------------------------------------------------------------------

    async def _follow_calendars(self) -> None:
        def changed() -> None:
            self._desk = self._new_desk(self._config)

        await follow(lambda: self._config, changed, lambda reason: self.telling.connector("hours", reason))

    async def _be_watched(self) -> None:
        listen = self._config.metrics.listen
        if not listen:
            await self._stop.wait()
            return
        from bridge.metrics import Seen, serve  # noqa: PLC0415 - a library that is not needed without it

        async def look() -> Seen:
            try:
                figures = await self._store.figures()
            except Unavailable:
                figures = None
            conditions = {name: supervisor.condition for name, supervisor in self._supervisors.items()}
            troubles = dict(self.telling.troubles)
            return Seen(at=_now(), figures=figures, conditions=conditions, troubles=troubles, tally=self.tally)

        await serve(listen, look)

    # -- configuration ---------------------------------------------------------------------------------------------

    def _reload_soon(self) -> None:
        _hold(asyncio.get_running_loop().create_task(self._reload(), name="reload"), self._leaving)

    async def _watch(self) -> None:
        from watchfiles import awatch  # noqa: PLC0415 - threads of its own, not wanted before the daemon is up

        path = self._config.path
        try:
            async for changes in awatch(path.parent, recursive=False, stop_event=self._stop):
                if any(Path(changed) == path for _, changed in changes):
                    await self._reload()
        except (OSError, RuntimeError) as error:  # the system's limit of watches, or the folder is gone
            log.warning("config.unwatched", reason=str(error), todo="send SIGHUP after a change")
            await self._stop.wait()

    async def _reload(self) -> None:
        """A new policy, and new connectors where their tables changed; or the old ones, and why."""
        systemd.reloading()
        try:
            config = await asyncio.to_thread(load, self._config.path)
            for table in _needing_restart(self._config, config):
                log.warning("config.restart_needed", table=table, todo="restart the daemon for the new values")
            self._adopt(config)
        except (ConfigError, PluginError) as error:
            log.error("config.refused", reason=str(error))  # noqa: TRY400 - the message says all there is to know
            systemd.ready(f"{self._status()}; the changed configuration was refused, see the log")
            await self.telling.configuration(str(error))
        else:
            log.info("config.adopted", connectors=sorted(self._supervisors))
            systemd.ready(self._status())
            await self.telling.configuration(None)


def _needing_restart(old: Config, new: Config) -> list[str]:
    """The tables that changed and are read at the start only."""
    pairs: Mapping[str, tuple[object, object]] = {
        "store": (old.store_url, new.store_url),
        "http": (old.http, new.http),
        "limits": (old.limits, new.limits),
        "log": (old.log, new.log),
        "metrics": (old.metrics, new.metrics),
    }
    return [table for table, (before, after) in pairs.items() if before != after]


def _hold(task: asyncio.Task[None], tasks: set[asyncio.Task[None]]) -> None:
    """Keep it among `tasks` until it is done: the loop itself keeps no task alive."""
    tasks.add(task)
    task.add_done_callback(tasks.discard)


async def _cancel(tasks: Iterable[asyncio.Task[None]], end: float) -> None:
    """Cancel them and wait, at most until `end` (the loop's clock)."""
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    if cancelled:
        await asyncio.wait(cancelled, timeout=max(0.1, end - asyncio.get_running_loop().time()))


@contextlib.asynccontextmanager
async def started(
    config: Config, *, until: str = "", stopping: Callable[[], None] = lambda: None
) -> AsyncIterator[Daemon]:
    """A daemon on its opened store, which is closed afterwards. Raises InUse, WrongVersion, Unavailable."""
    woken: list[Daemon] = []

    def added(work: str) -> None:
        for daemon in woken:
            daemon.wake(work)

    limits = Limits(stored=config.limits.stored_megabytes * _MB, free=config.limits.free_megabytes * _MB)
    try:
        store = await open_store(config.store_url, added, limits=limits)
    except OSError as error:  # its folder, or its lock
        raise Unavailable(f"{error.filename}: {error.strerror}") from error
    except DatabaseError as error:  # what was said is the driver's own, without our parameters
        raise Unavailable(str(error.orig)) from error
    try:
        daemon = Daemon(config, store, until=until, stopping=stopping)
        woken.append(daemon)
        yield daemon
    finally:
        await store.close()
