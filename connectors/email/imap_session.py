"""What is asked of a mail server by IMAP (RFC 3501), over one guarded connection.

Only numbers, flags, dates and literals are asked for: aioimaplib takes every "* " out of a line, also out of a subject.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Sequence
from typing import Any

from aioimaplib import aioimaplib

from connectors.email.imap_connection import Connection, Refused, accepted
from connectors.email.imap_protocol import Login, idle
from connectors.email.imap_settings import Imap
from connectors.email.imap_wire import Fetched, Selected, fetched, folder_name, quoted, searched, selected, uid_set

CHUNK = 250
"""So many mails are asked about in one command, at most."""
PROBE_SECONDS = 10.0
"""A server that is there answers the end of an IDLE at once."""


@contextlib.asynccontextmanager
async def connected(settings: Imap) -> AsyncIterator[Session]:
    """A session that has been greeted, and is closed at the end. Raises ConnectionLost."""
    connection = Connection(settings)
    try:
        await connection.connect()
        yield Session(connection, settings)
    finally:
        await connection.close()


class Session:
    """The commands. Every method raises ConnectionLost and Refused."""

    def __init__(self, connection: Connection, settings: Imap) -> None:
        self._connection = connection
        self._protocol = connection.protocol
        self._settings = settings
        self._probe_seconds = min(PROBE_SECONDS, settings.timeout)
        self._refuses_idle = False

    @property
    def news(self) -> asyncio.Event:
        """Set when the server says that mail came or went."""
        return self._protocol.news

    @property
    def pushes(self) -> bool:
        """Whether the server tells of new mail by itself."""
        return self.can("IDLE") and not self._refuses_idle

    def can(self, capability: str) -> bool:
        """Whether the server has this capability."""
        return capability in self._protocol.capabilities

    async def authenticate(self, mechanism: str, answer: str) -> None:
        """Log in by a SASL mechanism with this answer, in base64."""
        login = Login(self._protocol, mechanism, answer, at_once=self.can("SASL-IR"))
        await self._connection.say("the login", login)
        await self._logged_in()

    async def login(self, username: str, password: str) -> None:
        """Log in by LOGIN."""
        await self._connection.say("the login", self._command("LOGIN", quoted(username), quoted(password)))
        await self._logged_in()

    async def _logged_in(self) -> None:
        self._protocol.enter(aioimaplib.AUTH)
        # What a server can do may change with the login.
        await self._connection.race("its capabilities", self._protocol.capability())

    async def select(self, folder: str, *, writable: bool) -> Selected:
        """Open a folder; one that is not `writable` cannot be changed by this session, not even by mistake."""
        command = self._command("SELECT" if writable else "EXAMINE", folder_name(folder))
        response = await self._connection.say(f"the folder {folder}", command)
        self._protocol.enter(aioimaplib.SELECTED)
        return selected(response)

    async def exists(self, folder: str) -> bool:
        """Whether there is such a folder."""
        try:
            await self._connection.say(
                f"the folder {folder}", self._command("STATUS", folder_name(folder), "(UIDNEXT)")
            )
        except Refused:
            return False
        return True

    async def search(self, *criteria: str) -> list[int]:
        """The UIDs of the mails that meet all of these."""
        return searched(await self._connection.say("a search", self._command("SEARCH", *criteria)))

    async def fetch(self, uids: Sequence[int], items: str) -> list[Fetched]:
        """Ask about at most CHUNK mails. What is not there (any more) is not in the answer."""
        assert len(uids) <= CHUNK, "more at once would take too long"
        response = await self._connection.say("a mail", self._command("FETCH", uid_set(uids), f"(UID {items})"))
        asked = set(uids)
        return [one for one in fetched(response) if one.uid in asked]

    async def mark(self, uids: Sequence[int], keyword: str) -> None:
        """Set a keyword."""
        command = self._command("STORE", uid_set(uids), f"+FLAGS.SILENT ({keyword})", untagged="FETCH")
        await self._connection.say(f"the keyword {keyword}", command)

    async def move(self, uids: Sequence[int], folder: str) -> None:
        """Move mails (RFC 6851); those that are gone already are nobody's concern."""
        if not self.can("MOVE"):
            raise Refused("to move mail", "it has no MOVE")
        command = self._command("MOVE", uid_set(uids), folder_name(folder))
        await self._connection.say(f"to move mail to {folder}", command)

    def _command(self, name: str, *arguments: str, untagged: str = "") -> aioimaplib.Command:
        return self._protocol.command(name, *arguments, untagged=untagged)

    # -- waiting ----------------------------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Return when there is news, or when it is time to look: by IDLE (RFC 2177), or, without it, after a while.

        The server has been heard when this returns.
        """
        if self.pushes:
            await self._idle()
        else:
            await self._news(self._settings.poll_seconds)
            await self._connection.say("whether it is there", self._command("NOOP"), self._probe_seconds)

    async def _idle(self) -> None:
        race = self._connection.race
        running = asyncio.ensure_future(self._protocol.execute(idle(self._protocol)))
        try:
            await race("IDLE", _first(running, self._protocol.wait_for_idle_response()))
            if not running.done():
                await self._news(self._settings.idle_seconds)
                self._protocol.idle_done()
            response = await race("the end of IDLE", asyncio.shield(running), self._probe_seconds)
        finally:
            running.cancel()
            await asyncio.wait({running})
            _ = running.cancelled() or running.exception()
        try:
            accepted("IDLE", response)
        except Refused:
            # It says that it can, and cannot.
            self._refuses_idle = True

    async def _news(self, seconds: float) -> None:
        """Wait for news, so long at most."""
        await self._connection.race("nothing", _either(self.news, seconds), seconds + self._probe_seconds)


async def _either(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


async def _first(running: asyncio.Future[Any], waiting: Awaitable[None]) -> None:
    other = asyncio.ensure_future(waiting)
    try:
        await asyncio.wait({running, other}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        other.cancel()
        await asyncio.wait({other})
