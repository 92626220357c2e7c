"""A shop under test: daemons as real processes on one store, and everything around them that is never killed."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from crash.desk import Desk, every
from crash.found import Found, Reader
from crash.ledger import Ledger
from crash.post import POST, SHOP, Customer, Sink, collect
from crash.verify import faults

HERE = Path(__file__).parent
PLUGIN = HERE / "plugin"
STARTS = HERE / "starts"
READY_SECONDS = 20.0

_CONFIG = """\
state_dir = {state!r}
[store]
url = {url!r}
[business]
name = "Flowers"
[[owners]]
name = "Anna"
[[owners.surfaces]]
connector = "desk"
address = "owner"
[policy]
undo_seconds = 0.1
burst_seconds = {burst}
acknowledge = {acknowledge}
flood_limit = 10000
history_lines = 0
automatic_per_day = 1000
[log]
format = "text"
[connectors.desk]
type = "wire"
port = {desk}
me = {me!r}
[connectors.mail]
type = {email!r}
address = {shop!r}
listen = {{ port = {port} }}
submission = {{ host = "127.0.0.1", port = {sink}, security = "none" }}
[connectors.post]
type = {email!r}
address = {post!r}
listen = {{ port = {post_port} }}
maildir = {maildir!r}
"""


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(eq=False)
class Daemon:
    """One configuration, and the process that runs it from time to time. `log` is what all its lives have said."""

    name: str
    config: Path
    log: Path
    port: int
    post_port: int
    process: asyncio.subprocess.Process | None = None
    lives: int = 0
    _wrapped: bool = False

    async def start(
        self, *, crash_at: str = "", program: Sequence[str] = ("-m", "bridge"), wrap: Sequence[str] = ()
    ) -> None:
        """Start it; `crash_at` names the point at which it dies. `wrap` is a command that runs it, as strace does."""
        await self._run([*program, "run"], crash_at, wrap)

    async def _run(self, arguments: Sequence[str], crash_at: str, wrap: Sequence[str] = ()) -> None:
        environment = {name: value for name, value in os.environ.items() if name != "INBOX_BRIDGE_CRASH_AT"}
        environment["PYTHONPATH"] = os.pathsep.join([str(PLUGIN), *filter(None, [os.environ.get("PYTHONPATH")])])
        if crash_at:
            environment["INBOX_BRIDGE_CRASH_AT"] = crash_at
        self.lives += 1
        self._wrapped = bool(wrap)
        with self.log.open("ab") as log:
            log.write(f"-- life {self.lives} {crash_at}\n".encode())
            log.flush()
            self.process = await asyncio.create_subprocess_exec(
                *wrap,
                sys.executable,
                *arguments,
                "--config",
                str(self.config),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment,
                cwd=self.config.parent,
                start_new_session=True,
            )

    async def command(self, arguments: Sequence[str], *, crash_at: str) -> None:
        """Run a command of the command line on its store, in place of the daemon."""
        await self._run(["-m", "bridge", *arguments], crash_at)

    async def listening(self) -> None:
        """Wait until it takes mail. Raises TimeoutError, and RuntimeError where it has ended instead."""
        async with asyncio.timeout(READY_SECONDS):
            while True:
                assert self.process is not None
                if self.process.returncode is not None:
                    raise RuntimeError(f"daemon {self.name} ended with {self.process.returncode}")
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.02)

    async def dies(self, seconds: float) -> bool:
        """Whether it kills itself within so many seconds; it is stopped if it does not."""
        assert self.process is not None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self.process.wait() == -signal.SIGKILL
        await self.kill()
        return False

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        if self.process is not None and self.process.returncode is None:
            os.kill(self.pid, signal.SIGKILL)
            await self.process.wait()

    @property
    def pid(self) -> int:
        """The daemon's own process id, also where another program runs it."""
        assert self.process is not None
        if not self._wrapped:
            return self.process.pid
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else self.process.pid

    async def stop(self, seconds: float = 15.0) -> int:
        """Ask it to stop; its exit code. Raises TimeoutError."""
        assert self.process is not None
        os.kill(self.pid, signal.SIGTERM)
        async with asyncio.timeout(seconds):
            return await self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)


@dataclass(eq=False)
class Shop:
    """The daemons, the store, the desk, the mail server, the journal."""

    folder: Path
    url: str
    ledger: Ledger
    desk: Desk
    sink: Sink
    daemons: list[Daemon] = field(default_factory=list)
    customers: int = 0

    def add_daemon(self, *, email: str = "email", acknowledge: bool = True, burst: float = 0.1) -> Daemon:
        """One more daemon on the same store."""
        name = chr(ord("a") + len(self.daemons))
        state = self.folder / name
        state.mkdir()
        daemon = Daemon(name, state / "config.toml", state / "log", free_port(), free_port())
        config = _CONFIG.format(
            state=str(state),
            url=self.url,
            burst=burst,
            acknowledge=str(acknowledge).lower(),
            desk=self.desk.port,
            me=name,
            email=email,
            shop=SHOP,
            post=POST,
            port=daemon.port,
            post_port=daemon.post_port,
            sink=self.sink.port,
            maildir=str(self.folder / "maildir"),
        )
        daemon.config.write_text(config)
        self.daemons.append(daemon)
        return daemon

    def customer(self, *, post: bool = False, patience: float = 5.0) -> Customer:
        """One more customer, who writes to the shop, or to the address whose answers go to a Maildir."""
        self.customers += 1
        turn = self.customers

        def ports() -> list[int]:
            known = [daemon.post_port if post else daemon.port for daemon in self.daemons]
            return known[turn % len(known) :] + known[: turn % len(known)]

        return Customer(turn, self.ledger, ports, POST if post else SHOP, patience)

    def chat(self) -> None:
        """One more customer, who writes one line on the wire."""
        self.customers += 1
        self.desk.write(f"chat{self.customers:04}", f"T{self.customers:04}N000001 hello")

    async def quiet(self, seconds: float) -> None:
        """Wait until nothing is left to do. Raises TimeoutError, saying what is left."""
        reader = Reader(self.url)
        try:
            async with asyncio.timeout(seconds):
                while not await asyncio.to_thread(reader.quiet):  # noqa: ASYNC110 - only the store knows
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise TimeoutError(f"after {seconds} s there is still left: {reader.left()}") from None
        finally:
            reader.close()

    async def leases_end(self) -> None:
        """After a death: go on at once, where others would wait ten seconds. With SQLite there are no others."""
        if not self.url.startswith("sqlite"):
            reader = Reader(self.url)
            await asyncio.to_thread(reader.end_leases)
            reader.close()

    def found(self) -> Found:
        """What is in the store now."""
        reader = Reader(self.url)
        try:
            return reader.all()
        finally:
            reader.close()

    def faults(self) -> list[str]:
        """What is wrong, once it is quiet."""
        collect(self.folder / "maildir", self.ledger)
        return faults(self.ledger, self.found())

    def logs(self, lines: int = 60) -> str:
        """The end of what the daemons said."""
        tails = (daemon.log.read_text(errors="replace").splitlines()[-lines:] for daemon in self.daemons)
        return "\n".join(line for tail in tails for line in ["", *tail])


@contextlib.asynccontextmanager
async def shop(
    folder: Path,
    url: str,
    *,
    answers: Callable[[str], bool] | None = None,
    busy: Callable[[int], bool] = lambda number: False,
) -> AsyncIterator[Shop]:
    """A shop without daemons; those that are added are killed at the end, and their words printed if a test fails."""
    ledger = Ledger()
    desk, sink = Desk(ledger, answers or every(3)), Sink(ledger, busy)
    await desk.open()
    await sink.open()
    opened = Shop(folder=folder, url=url, ledger=ledger, desk=desk, sink=sink)
    try:
        yield opened
    except BaseException:
        print(opened.logs())
        raise
    finally:
        for daemon in opened.daemons:
            await daemon.kill()
        await desk.close()
        await sink.close()
