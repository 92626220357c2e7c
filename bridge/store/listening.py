"""Hearing of other daemons' new work at once: PostgreSQL's LISTEN, in a thread with a connection of its own.

It is a help, not a need: whoever hears nothing looks again within seconds.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

from sqlalchemy.engine import make_url

from bridge.store.lanes import CHANNEL

if TYPE_CHECKING:
    import psycopg

PAUSE_SECONDS = 3.0


class Listener:
    """Calls `added` in the loop for each notification, until closed."""

    def __init__(self, url: str, added: Callable[[str], None]) -> None:
        self._url = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        self._added = added
        self._loop = asyncio.get_running_loop()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._listen, name="store-listener", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Stop listening."""
        self._closed.set()
        await asyncio.to_thread(self._thread.join, 5)

    def _listen(self) -> None:
        import psycopg  # noqa: PLC0415 - only those who use PostgreSQL have it

        while not self._closed.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    self._pass_on(connection)
            except psycopg.Error:
                self._closed.wait(PAUSE_SECONDS)

    def _pass_on(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        while not self._closed.is_set():
            for notification in connection.notifies(timeout=1, stop_after=1):
                try:
                    self._loop.call_soon_threadsafe(self._added, notification.payload)
                except RuntimeError:  # the loop is closed
                    return
