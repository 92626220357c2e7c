"""The daemon's one HTTP server: the routes of the connectors that have some, each under /hook/<its name>.

It listens while at least one connector has routes; Starlette and uvicorn are imported then and not before, since a shop
without them should not carry them. It speaks plain HTTP: the certificate, and the address that the world knows, belong
to a web server in front of it.

What was begun is finished before it stops: a handler that awaits `receive` answers, with what came of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import socket
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

import structlog

from bridge.backoff import wait
from bridge.extras import remedy
from bridge.failures import Unavailable

log = structlog.get_logger()

CONNECTIONS = 256
"""So many at once; what is beyond is answered 503."""

FINISH_SECONDS = 3
"""What is under way when it stops gets so long."""


class CannotServe(Exception):
    """It cannot listen; the message is for the owner."""


class Web:
    """The server. `listen` is HOST:PORT; `tell` says that it does not work, or with None that it works again."""

    def __init__(self, listen: str, tell: Callable[[str | None], Awaitable[None]]) -> None:
        host, _, port = listen.rpartition(":")
        self._address = (host.strip("[]"), int(port))
        self._tell = tell
        self._app: Any = None
        self._wanted = False
        self._changed = asyncio.Event()

    def mount(self, routes: Mapping[str, Sequence[Any]]) -> None:
        """From now on these are the routes, by the names of their connectors."""
        named = {name: found for name, found in routes.items() if found}
        self._wanted = bool(named)
        if named:
            self._app = _application(named)
        self._changed.set()

    async def run(self) -> None:
        """Until cancelled; while it cannot listen, it tries again with back-off and the owners are told."""
        failures = 0
        while True:
            self._changed.clear()
            if not self._wanted:
                await self._changed.wait()
                continue
            try:
                await self._serve()
            except CannotServe as error:
                failures += 1
                log.error("web.down", reason=str(error))  # noqa: TRY400 - the message says all there is to know
                await self._say(str(error))
                await asyncio.sleep(wait(failures, random.Random()).total_seconds())  # noqa: S311 - no secret
            else:
                failures = 0

    async def _say(self, reason: str | None) -> None:
        with contextlib.suppress(Unavailable):
            await self._tell(reason)

    async def _serve(self) -> None:
        """Serve until nothing is mounted any more. Raises CannotServe."""
        with _listening(self._address) as bound:
            server = _server(self._answer)
            serving = asyncio.create_task(server.serve(sockets=[bound]), name="web server")
            log.info("web.listening", address="{}:{}".format(*bound.getsockname()[:2]))
            await self._say(None)
            try:
                while self._wanted:
                    self._changed.clear()
                    await self._changed.wait()
            finally:
                server.should_exit = True
                await asyncio.wait({serving}, timeout=FINISH_SECONDS + 1)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        # Looked up for each request: what is mounted may change while it serves.
        await self._app(scope, receive, send)


def _application(routes: Mapping[str, Sequence[Any]]) -> Any:
    from starlette.applications import Starlette  # noqa: PLC0415 - a connector has routes, so it is wanted
    from starlette.routing import Mount  # noqa: PLC0415 - likewise

    application = Starlette(routes=[Mount(f"/hook/{name}", routes=list(found)) for name, found in routes.items()])
    application.router.redirect_slashes = False  # who calls follows no redirect
    return application


def _server(app: Any) -> Any:
    try:
        import uvicorn  # noqa: PLC0415 - likewise
    except ModuleNotFoundError as error:
        raise CannotServe(f"it needs the library uvicorn; {remedy('web')}") from error

    class Server(uvicorn.Server):
        """Without signal handlers of its own: the daemon has them."""

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    config = uvicorn.Config(
        app,
        interface="asgi3",
        http="h11",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_graceful_shutdown=FINISH_SECONDS,
    )
    return Server(config)


@contextlib.contextmanager
def _listening(address: tuple[str, int]) -> Iterator[socket.socket]:
    """A socket that listens there. Raises CannotServe."""
    try:
        bound = socket.create_server(address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET)
    except OSError as error:
        host, port = address
        raise CannotServe(f"it cannot listen on {host}:{port} ({error.strerror}); set [http] listen") from error
    with bound:
        yield bound
