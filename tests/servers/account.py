"""The bridge's XMPP account in a test: the real connector, running, with a desk behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from connectors.xmpp import create
from connectors.xmpp.connector import XmppConnector
from connectors.xmpp.settings import XmppSettings
from servers.desk import Desk
from servers.prosody import Prosody


def settings(server: Prosody, jid: str, **more: Any) -> XmppSettings:
    """The settings of an account on this server."""
    given = {"host": "127.0.0.1", "port": server.port, "ca_file": server.certificates.authority, "password": "secret"}
    return XmppSettings(jid=jid, **{**given, **more})


def account(server: Prosody, jid: str, **more: Any) -> XmppConnector:
    """A connector that does not run yet."""
    made = create("xmpp", settings(server, jid, **more))
    assert isinstance(made, XmppConnector)
    return made


@asynccontextmanager
async def signed_in(connector: XmppConnector, desk: Desk, seconds: float = 15) -> AsyncIterator[Desk]:
    """The connector runs, and is in its session."""
    running = asyncio.create_task(connector.run(desk.receive, dict(desk.position)))
    try:
        await until_ready(connector, running, seconds)
        yield desk
    finally:
        running.cancel()
        await asyncio.wait([running])
    if not running.cancelled():
        running.result()


async def until_ready(connector: XmppConnector, running: asyncio.Task[None], seconds: float = 15) -> None:
    """Until the session has begun, and the archive was caught up with."""
    async with asyncio.timeout(seconds):
        begun = asyncio.create_task(connector.incoming.opened())
        try:
            await asyncio.wait({begun, running}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        finally:
            begun.cancel()


async def until_run_for(connector: XmppConnector, seconds: float) -> None:
    """Until the server says that it has run for so long; nothing else tells."""
    async with asyncio.timeout(20):
        while (await connector.session.uptime() or 0) < seconds:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.1)
