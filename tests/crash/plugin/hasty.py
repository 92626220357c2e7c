"""The control: the email connector with the one fault that the crash tests exist to see.

It is told that a mail is stored before it is: its listener answers 250 first, and the store comes after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from bridge.connector import ConnectorType, RawItem, Receive
from connectors.email.connector import EmailConnector
from connectors.email.settings import EmailSettings


class HastyConnector(EmailConnector):
    """Acknowledges first."""

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """As the email connector, with a `receive` that returns at once."""
        begun = set[asyncio.Future[None]]()

        async def hasty(items: Sequence[RawItem], moved: Mapping[str, str] | None) -> None:
            storing = asyncio.ensure_future(receive(items, moved))
            begun.add(storing)
            storing.add_done_callback(begun.discard)

        await super().run(hasty, position)


TYPE = ConnectorType(settings=EmailSettings, create=HastyConnector)
