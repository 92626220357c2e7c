"""Puts everything together and keeps it running: the only file that knows everyone.

Long-lived tasks, each with one name: a supervisor per connector, the queue, the deliverer, the fetcher of files, the
heartbeat, the watch over the configuration. They stop in the order in which a message flows, so that what was taken is
stored and what was begun is finished: connectors, receiver, queue, deliverer, leases, store.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime

import structlog
from sqlalchemy.exc import DatabaseError

from bridge import systemd
from bridge.configuration.config import Config, ConfigError
from bridge.daemon.reloading import needing_restart, reread, watch
from bridge.daemon.running import STOP_SECONDS, Running
from bridge.daemon.shelves import shelf
from bridge.daemon.timetables import follow, hours_now
from bridge.daemon.upkeep import beat, fly, measure, sweep
from bridge.desk import Desk
from bridge.failures import Unavailable
from bridge.plugins import PluginError
from bridge.steps import presence
from bridge.steps.canaries import Canaries
from bridge.steps.deliver import Deliverer
from bridge.steps.library import Library
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.steps.queue import Queue
from bridge.steps.readiness import until_ready
from bridge.steps.receive import Receiver
from bridge.steps.signalling import Signalling
from bridge.steps.tally import Tally
from bridge.steps.tasks import cancel, hold
from bridge.steps.telling import Telling
from bridge.steps.web import Web
from bridge.store.logbook import StoredLog
from bridge.store.room import Limits
from bridge.store.store import Store, open_store
from bridge.work import TIMER

log = structlog.get_logger()

DRAIN_SECONDS = 20.0
READY_SECONDS = 10.0
"""A connector that is not up by then is waited for no longer."""
FETCHES = 4
"""So many files are fetched at a time."""

_MB = 1024 * 1024


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
        self._aside: set[asyncio.Task[None]] = set()
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
        self._running = Running(store, self._receiver, self.telling.connector, self._ended)
        self._web = Web(config.http.listen, lambda reason: self.telling.connector("http", reason))
        self.tally = Tally()
        self.deliverer = Deliverer(
            store.outbox, lambda: self._desk, self._running.epochs, _now, outcomes=self.tally.deliveries
        )
        largest = limits.attachment_megabytes * _MB
        self.fetcher = Deliverer(
            store.fetches,
            lambda: self._desk,
            self._running.epochs,
            _now,
            limit=FETCHES,
            largest=largest,
            outcomes=self.tally.fetches,
        )
        self._signalling = Signalling(
            spots=store.spots,
            desk=lambda: self._desk,
            here=self._running.epochs,
            busy=lambda: self._receiver.flooded,
            clock=time.monotonic,
        )
        self.library = Library(self.telling.faq, self.tally.matching.took)
        self.queue = Queue(
            store.inbox,
            self._parsing,
            lambda: self._desk,
            _now,
            sender=self.deliverer,
            library=self.library,
            log_reader=StoredLog(store.transactions),
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
        web = asyncio.create_task(self._web.run(), name="web")
        hold(web, self._aside)
        canaries = Canaries(
            desk=lambda: self._desk, here=self._running.epochs, came=self._store.filed, tell=self.telling.canary
        )
        workers = [
            asyncio.create_task(self.queue.run(), name="queue"),
            asyncio.create_task(self.deliverer.run(), name="deliverer"),
            asyncio.create_task(self.fetcher.run(), name="fetcher"),
            asyncio.create_task(beat(self._store.leases, self.wake), name="heartbeat"),
            asyncio.create_task(sweep(self._store, lambda: self._config.limits.keep_days, _now), name="sweep"),
            asyncio.create_task(measure(self._store.room, self._parsing, self.telling), name="measure"),
            asyncio.create_task(watch(self._config.path, self._reload, self._stop), name="watch"),
            asyncio.create_task(fly(canaries, lambda: self._config.rules.canary_hours), name="canaries"),
            asyncio.create_task(self._follow_calendars(), name="calendars"),
            asyncio.create_task(self.library.run(), name="library"),
            asyncio.create_task(presence.follow(lambda: self._desk, _now), name="presence"),
            asyncio.create_task(self._signalling.run(), name="signals"),
            asyncio.create_task(self._be_watched(), name="metrics"),
        ]
        hold(asyncio.create_task(self._say_ready(), name="ready"), self._aside)
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
        log.info("daemon.ready", connectors=sorted(self._running.supervisors), **({"late": late} if late else {}))
        systemd.ready(self._status())
        await self.telling.configuration(None)  # what was refused before is what it started with, or forgotten

    def _status(self) -> str:
        running = len(self._running.supervisors)
        return "1 connector" if running == 1 else f"{running} connectors"

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
        await cancel([*self._aside, *self._running.tasks], end)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout_at(end):
                await self._receiver.close()
        for worker in workers:
            await cancel([worker], end)
        self._parsing.close()
        with contextlib.suppress(Unavailable):
            await self._store.leases.release(sorted(self._running.supervisors))

    def _adopt(self, config: Config) -> None:
        """Run what the configuration names, leave alone what is unchanged. Raises PluginError, having done nothing."""
        self._running.adopt(config.connectors)
        self._web.mount(self._running.routes)
        self._signalling.listen(self._running.connectors)
        self._config = config
        self._desk = self._new_desk(config)
        self.library.adopt(shelf(config))

    def _new_desk(self, config: Config) -> Desk:
        connectors = self._running.connectors
        policy = config.policy(connectors, self._store.token_key)
        return Desk(policy=policy, connectors=connectors, hours=hours_now(config))

    async def _ended(self, name: str) -> None:
        if name == self._until:
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
        due = [await step.next_at([*self._running.supervisors, TIMER]) for step in steps]
        busy = any(moment is not None and moment <= soon for moment in due)
        return not busy and self.queue.idle and self.deliverer.idle and self.fetcher.idle

    # -- upkeep ----------------------------------------------------------------------------------------------------

    async def _follow_calendars(self) -> None:
        def changed() -> None:
            self._desk = self._new_desk(self._config)

        await follow(lambda: self._config, changed, lambda reason: self.telling.connector("hours", reason))

    async def _be_watched(self) -> None:
        settings = self._config.metrics
        if not settings.listen and settings.textfile is None:
            await self._stop.wait()
            return
        from bridge.daemon.metrics import Seen, serve  # noqa: PLC0415 - a library that is not needed without it
        from bridge.daemon.textfile import keep  # noqa: PLC0415 - see above

        async def look() -> Seen:
            try:
                figures = await self._store.figures()
            except Unavailable:
                figures = None
            conditions = {name: supervisor.condition for name, supervisor in self._running.supervisors.items()}
            troubles = dict(self.telling.troubles)
            return Seen(at=_now(), figures=figures, conditions=conditions, troubles=troubles, tally=self.tally)

        async with asyncio.TaskGroup() as tasks:
            if settings.listen:
                tasks.create_task(serve(settings.listen, look), name="metrics served")
            if settings.textfile is not None:
                tasks.create_task(keep(settings.textfile, settings.textfile_seconds, look), name="metrics written")

    # -- configuration ---------------------------------------------------------------------------------------------

    def _reload_soon(self) -> None:
        hold(asyncio.get_running_loop().create_task(self._reload(), name="reload"), self._aside)

    async def _reload(self) -> None:
        """A new policy, and new connectors where their tables changed; or the old ones, and why."""
        systemd.reloading()
        try:
            config = await reread(self._config.path)
            for table in needing_restart(self._config, config):
                log.warning("config.restart_needed", table=table, todo="restart the daemon for the new values")
            self._adopt(config)
        except (ConfigError, PluginError) as error:
            log.error("config.refused", reason=str(error))  # noqa: TRY400 - the message says all there is to know
            systemd.ready(f"{self._status()}; the changed configuration was refused, see the log")
            await self.telling.configuration(str(error))
        else:
            log.info("config.adopted", connectors=sorted(self._running.supervisors))
            systemd.ready(self._status())
            await self.telling.configuration(None)


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
