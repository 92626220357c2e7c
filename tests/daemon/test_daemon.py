"""The daemon in this process: what only a broken machine or a broken plug-in shows."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import structlog.testing
from sqlalchemy import select

from bridge.configuration.config import load
from bridge.connector import ConnectorType
from bridge.daemon.daemon import Daemon, started
from bridge.store.work_tables import outbox
from bridge.testing import ScriptedConnector, ScriptedSettings

CONFIG = """\
state_dir = "{state}"
[business]
name = "The Flower Shop"
[[owners]]
name = "Anna"
[[owners.surfaces]]
connector = "console"
address = "owner"
[connectors.console]
type = "console"
[policy]
undo_seconds = {undo}
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    path = tmp_path / "etc" / "config.toml"
    path.write_text(CONFIG.format(state=tmp_path, undo=5))
    return path


@asynccontextmanager
async def running(config: Path, before: Callable[[], None] = lambda: None) -> AsyncIterator[Daemon]:
    loaded = load(config, environ={})
    before()
    async with started(loaded) as daemon:
        task = asyncio.create_task(daemon.run())
        yield daemon
        daemon.stop()
        await asyncio.wait_for(task, 10)


def rewrite(config: Path, more: str = "") -> None:
    config.write_text(CONFIG.format(state=config.parent.parent, undo=9) + more)


async def until(condition: Callable[[], bool]) -> None:
    """Give the loop turns until it holds: a log line is no event."""
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)


async def test_a_folder_that_cannot_be_watched_is_said_and_all_goes_on(config: Path) -> None:
    with structlog.testing.capture_logs() as logged:
        async with running(config, before=lambda: shutil.rmtree(config.parent)):
            await until(lambda: any(line["event"] == "config.unwatched" for line in logged))

    events = [line["event"] for line in logged]
    assert events[-1] == "daemon.stopping"
    assert "daemon.ready" in events


async def test_a_connector_that_cannot_be_made_leaves_the_old_ones(config: Path) -> None:
    """Somebody's plug-in: its settings are right, and its factory raises something."""
    with structlog.testing.capture_logs() as logged:
        async with running(config) as daemon:
            await until(lambda: any(line["event"] == "daemon.ready" for line in logged))
            plugins = daemon._running._plugins
            plugins._found += (EntryPoint("fragile", f"{__name__}:FRAGILE", "inbox_bridge.connectors"),)
            before = daemon._desk
            rewrite(config, '[connectors.odd]\ntype = "fragile"\n')
            with pytest.raises(Exception, match="the connector odd cannot be made: KeyError"):
                daemon._adopt(load(config, environ={}, plugins=plugins))
            assert daemon._desk is before
            assert daemon._desk.connectors.keys() == {"console"}

    assert [line for line in logged if line["event"] == "connector.broken"] == []


def _fail(name: str, settings: ScriptedSettings) -> ScriptedConnector:
    raise KeyError(name)


FRAGILE = ConnectorType(settings=ScriptedSettings, create=_fail)


async def test_a_reload_that_nobody_waits_for_is_finished_all_the_same(config: Path) -> None:
    with structlog.testing.capture_logs() as logged:
        async with running(config) as daemon:
            await until(lambda: any(line["event"] == "daemon.ready" for line in logged))
            rewrite(config)
            daemon._reload_soon()
            await until(lambda: daemon._desk.policy.undo.total_seconds() == 9)


async def test_the_owner_is_told_once_of_each_trouble(config: Path) -> None:
    """Whatever the supervisor says how often: one notice that it is broken, one that it works again."""
    with structlog.testing.capture_logs():
        async with running(config) as daemon:
            told = []
            for reason in ("the password is wrong", "the password is wrong", "refused", None, None, "again", None):
                await daemon.telling.connector("mail", reason)
                told.append(await _notices(daemon))

    counts = [len(notices) for notices in told]
    assert counts == [1, 1, 1, 2, 2, 3, 4]
    assert "the password is wrong" in told[-1][0]
    assert "works again" in told[-1][1]


LISTENER = """\
[connectors.mail]
type = "email"
address = "shop@example.org"
maildir = "sent"
[connectors.mail.listen]
port = 0
"""


async def test_it_is_ready_once_its_port_is_open(config: Path) -> None:
    rewrite(config, LISTENER)
    with structlog.testing.capture_logs() as logged:
        async with running(config) as daemon:
            await until(lambda: any(line["event"] == "daemon.ready" for line in logged))
            listener = daemon._desk.connectors["mail"].listener  # type: ignore[attr-defined]
            assert listener.port

    assert [line.get("late") for line in logged if line["event"] == "daemon.ready"] == [None]


async def test_the_owner_is_told_once_of_a_refused_configuration_and_of_the_mended_one(config: Path) -> None:
    with structlog.testing.capture_logs() as logged:
        async with running(config) as daemon:
            await until(lambda: any(line["event"] == "daemon.ready" for line in logged))
            told = []
            for more in ("[polcy]\n", "[polcy]\n", "[polices]\n", "", "", "[polcy]\n"):
                rewrite(config, more)
                await daemon._reload()
                told.append(await _notices(daemon))

    assert [len(notices) for notices in told] == [1, 1, 2, 3, 3, 4]
    assert "polcy" in told[0][0]
    assert "polices" in told[2][1]
    assert "in order again" in told[3][2]


async def _notices(daemon: Daemon) -> list[str]:
    query = select(outbox.c.payload).where(outbox.c.kind == "notice").order_by(outbox.c.seq)
    return await daemon._store.transactions.run(
        "read", lambda connection: [str(payload) for payload in connection.execute(query).scalars()]
    )
