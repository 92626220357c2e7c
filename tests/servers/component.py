"""The bridge's own domain in a test: the real connector, running, with a desk behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from connectors.xmpp.contacts import create
from connectors.xmpp.contacts.connector import ContactsConnector
from connectors.xmpp.contacts.settings import ContactsSettings
from connectors.xmpp.shared.connector import SharedConnector
from servers.desk import Desk
from servers.prosody import COMPONENT_SECRET, CONTACTS, Prosody


def settings(server: Prosody, *owners: str, **more: Any) -> ContactsSettings:
    """The settings of the component of this server."""
    given = {
        "domain": CONTACTS,
        "secret": COMPONENT_SECRET,
        "owners": owners,
        "port": server.component_port,
        "ca_file": server.certificates.authority,
        "fetch_hosts": ["127.0.0.1"],
    }
    return ContactsSettings(**{**given, **more})


def component(server: Prosody, *owners: str, **more: Any) -> ContactsConnector:
    """A connector that does not run yet."""
    made = create("contacts", settings(server, *owners, **more))
    assert isinstance(made, ContactsConnector)
    return made


def shared(server: Prosody, *owners: str, **more: Any) -> SharedConnector:
    """A connector whose owners share rooms, which does not run yet."""
    made = create("contacts", settings(server, *owners, share="rooms", **more))
    assert isinstance(made, SharedConnector)
    return made


@asynccontextmanager
async def there(connector: ContactsConnector | SharedConnector, desk: Desk) -> AsyncIterator[Desk]:
    """The connector runs, and the server has taken it for the component."""
    running = asyncio.create_task(connector.run(desk.receive, dict(desk.position)))
    try:
        await until_there(connector, running)
        yield desk
    finally:
        running.cancel()
        await asyncio.wait([running])
    if not running.cancelled():
        running.result()


async def until_there(
    connector: ContactsConnector | SharedConnector, running: asyncio.Task[None], seconds: float = 15
) -> None:
    """Until the session has begun."""
    async with asyncio.timeout(seconds):
        begun = asyncio.create_task(connector.ready())
        try:
            await asyncio.wait({begun, running}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
        finally:
            begun.cancel()
