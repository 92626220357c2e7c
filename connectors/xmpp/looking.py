"""A look at the server by a connection of its own, for `doctor`: connect, look around, leave."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar
from xml.etree import ElementTree as ET

from connectors.xmpp.failures import NoSession
from connectors.xmpp.holding import Holding

Seen = TypeVar("Seen")

PATIENCE_SECONDS = 3.0
"""How long the connection may take."""

_LOOK_SECONDS = 0.25


class Unreached(Exception):
    """There is no session, and no sign that there will be one; the words say why."""


class Deaf:
    """Whoever only looks around hears nothing."""

    def new_session(self) -> None:
        """See Listener."""

    def message(self, stanza: ET.Element) -> None:
        """See Listener."""

    def presence(self, stanza: ET.Element) -> None:
        """See Listener."""


async def look(connection: Holding, around: Callable[[], Awaitable[Seen]]) -> Seen:
    """What `around` finds in the first session. Raises Unreached, Refused, and Failed or NoSession, as it does."""
    seen: asyncio.Future[Seen] = asyncio.get_running_loop().create_future()

    async def begin() -> None:
        found = await around()
        if not seen.done():
            seen.set_result(found)

    holding = asyncio.create_task(connection.run(begin))
    both: set[asyncio.Future[Seen] | asyncio.Future[None]] = {seen, holding}
    try:
        while not seen.done() and not holding.done() and not connection.trouble:
            await asyncio.wait(both, timeout=_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        if seen.done():
            return seen.result()
        if not holding.done():
            raise Unreached(connection.trouble)
        await holding
        raise NoSession("it ended the connection while it was looked at")
    finally:
        holding.cancel()
        await asyncio.wait([holding])
