"""The daemon is up when its connectors are, and is not kept from it by those that never will be."""

from __future__ import annotations

import asyncio

import pytest

from bridge.connector import Connector
from bridge.steps.readiness import until_ready
from bridge.testing import ScriptedConnector


class Telling(ScriptedConnector):
    """It can tell when it is up."""

    def __init__(self, name: str, fault: Exception | None = None) -> None:
        super().__init__(name=name)
        self.up = asyncio.Event()
        self.fault = fault

    async def ready(self) -> None:
        await self.up.wait()
        if self.fault is not None:
            raise self.fault


async def test_it_waits_for_all_that_can_tell() -> None:
    mail, chat = Telling("mail"), Telling("chat")
    connectors: dict[str, Connector] = {"mail": mail, "chat": chat, "desk": ScriptedConnector(name="desk")}
    waiting = asyncio.create_task(until_ready(connectors, 20))
    for one in (mail, chat):
        await asyncio.sleep(0)
        assert not waiting.done()
        one.up.set()

    assert await waiting == ()


@pytest.mark.parametrize("fault", [None, KeyError("x")])
async def test_one_that_never_is_keeps_nobody_waiting(fault: Exception | None) -> None:
    mail, broken = Telling("mail"), Telling("broken", fault)
    mail.up.set()
    if fault is not None:
        broken.up.set()

    assert await until_ready({"mail": mail, "broken": broken}, 0.01) == ("broken",)


async def test_with_nobody_to_ask_it_is_up_at_once() -> None:
    assert await until_ready({"desk": ScriptedConnector(name="desk")}, 20) == ()
