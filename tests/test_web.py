"""The daemon's one HTTP server: it listens while somebody has routes, and says so when it cannot."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
import structlog.testing
from daemon.process import free_port
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bridge.configuration.models import HttpSettings
from bridge.steps import web
from bridge.steps.web import Web

pytestmark = pytest.mark.servers


def routes(word: str, hold: asyncio.Event | None = None) -> Sequence[Any]:
    async def answer(request: Request) -> PlainTextResponse:
        if hold is not None:
            begun.set()
            await hold.wait()
        return PlainTextResponse(word)

    return [Route("/update", answer)]


begun = asyncio.Event()


class Told:
    """What the owners were told: reasons, and None for "it works"."""

    def __init__(self) -> None:
        self.said: list[str | None] = []
        self.changed = asyncio.Condition()

    async def __call__(self, reason: str | None) -> None:
        self.said.append(reason)
        async with self.changed:
            self.changed.notify_all()

    async def until(self, count: int) -> list[str | None]:
        async with asyncio.timeout(10), self.changed:
            await self.changed.wait_for(lambda: len(self.said) >= count)
        return self.said


@asynccontextmanager
async def serving(port: int, told: Told) -> AsyncIterator[Web]:
    served = Web(f"127.0.0.1:{port}", told)
    with structlog.testing.capture_logs():
        task = asyncio.create_task(served.run())
        yield served
        task.cancel()
        await asyncio.wait({task}, timeout=10)
        assert task.cancelled()


async def got(port: int, path: str) -> tuple[int, str]:
    async with httpx.AsyncClient() as client:
        answer = await client.get(f"http://127.0.0.1:{port}{path}")
        return answer.status_code, answer.text


async def test_each_connector_has_its_routes_under_its_name() -> None:
    port, told = free_port(), Told()
    async with serving(port, told) as served:
        with pytest.raises(httpx.ConnectError):
            await got(port, "/hook/a/update")  # nobody has routes: nothing listens
        served.mount({"a": routes("from a"), "b": routes("from b"), "c": ()})
        assert await told.until(1) == [None]
        assert await got(port, "/hook/a/update") == (200, "from a")
        assert await got(port, "/hook/b/update") == (200, "from b")
        for nowhere in ("/hook/c/update", "/hook/update", "/", "/hook/a/other"):
            assert (await got(port, nowhere))[0] == 404
        served.mount({"b": routes("from another b")})
        assert await got(port, "/hook/b/update") == (200, "from another b")
        assert (await got(port, "/hook/a/update"))[0] == 404
        served.mount({})
        async with asyncio.timeout(5):
            while _listens(port):  # noqa: ASYNC110 - a connection is the only question
                await asyncio.sleep(0.02)
        served.mount({"a": routes("again")})
        await told.until(2)
        assert await got(port, "/hook/a/update") == (200, "again")


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


async def test_what_is_under_way_is_answered_before_it_stops() -> None:
    port, told, hold = free_port(), Told(), asyncio.Event()
    begun.clear()
    async with serving(port, told) as served:
        served.mount({"a": routes("done", hold)})
        await told.until(1)
        asked = asyncio.create_task(got(port, "/hook/a/update"))
        await begun.wait()
        asyncio.get_running_loop().call_later(0.2, hold.set)
    assert await asked == (200, "done")


async def test_a_port_that_is_taken_is_said_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "wait", lambda *_: timedelta(milliseconds=50))
    told = Told()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with serving(port, told) as served:
            served.mount({"a": routes("here")})
            [reason] = (await told.until(1))[:1]
            assert reason is not None
            assert f"127.0.0.1:{port}" in reason
            assert "[http] listen" in reason
            taken.close()
            async with asyncio.timeout(5), told.changed:
                await told.changed.wait_for(lambda: told.said[-1] is None)
            assert await got(port, "/hook/a/update") == (200, "here")


def test_nobody_carries_it_who_has_no_use_for_it() -> None:
    """A daemon imports all its parts, and neither Starlette nor uvicorn."""
    program = "import sys, bridge.daemon; sys.exit(bool({'starlette', 'uvicorn'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("listen", ["127.0.0.1:8780", "[::1]:0", "localhost:80"])
def test_an_address_to_listen_on(listen: str) -> None:
    assert HttpSettings(listen=listen).listen == listen


@pytest.mark.parametrize("listen", ["", "8780", ":8780", "::1:80", "host:99999", "host:port", "a b:80"])
def test_what_is_none(listen: str) -> None:
    with pytest.raises(ValueError, match="HOST:PORT"):
        HttpSettings(listen=listen)
