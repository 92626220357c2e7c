"""The contacts on their way into the connector's position: a new one before anybody hears of it, changes soon after."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import structlog

from bridge.connector import Receive, TemporaryFailure, Unavailable
from connectors.xmpp.contacts.book import Book, Contact

log = structlog.get_logger()

_AGAIN_SECONDS = 1.0


class Keeping:
    """Keeps the book of the connector `name`."""

    def __init__(self, name: str) -> None:
        self.book = Book()
        self._name = name
        self._receive: Receive | None = None
        self._changed = asyncio.Event()

    def open(self, receive: Receive, position: Mapping[str, str]) -> None:
        """The book as it was kept; from now on it can be written."""
        self.book = Book.of(position)
        self._receive = receive

    def close(self) -> None:
        """Nothing can be written any more."""
        self._receive = None

    @property
    def opened(self) -> bool:
        """Whether the contacts are known."""
        return self._receive is not None

    def changed(self) -> None:
        """Something in the book may have changed."""
        self._changed.set()

    async def run(self) -> None:
        """Write down what changes, until cancelled."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            while self.book.changed and self._receive is not None:
                await self._write(self._receive)

    async def _write(self, receive: Receive) -> None:
        position = self.book.position()
        try:
            await receive([], position)
        except Unavailable as error:
            self.book.not_written(position)
            log.warning("xmpp.not_stored", connector=self._name, reason=str(error))
            await asyncio.sleep(_AGAIN_SECONDS)

    async def add(self, contact: Contact) -> None:
        """Write down a new one, and then have it. Raises TemporaryFailure."""
        if self._receive is None:
            raise TemporaryFailure("the connector does not run yet")
        try:
            await self._receive([], {contact.key: contact.written()})
        except Unavailable as error:
            raise TemporaryFailure(f"the contact could not be stored: {error}") from error
        self.book.contacts[contact.room] = contact
