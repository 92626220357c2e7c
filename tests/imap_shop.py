"""What the tests of IMAP share: a store that can tell whether anything came twice, and a connector that is running."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from servers.dovecot import PASSWORD, USER

from bridge.connector import RawItem
from connectors.email.connector import EmailConnector
from connectors.email.settings import EmailSettings


@dataclass
class Kept:
    """Keeps items and position as the store does: an id that it knows is not stored again. `handed` counts all."""

    items: dict[str, RawItem] = field(default_factory=dict)
    position: dict[str, str] = field(default_factory=dict)
    handed: int = 0
    failures: list[Exception] = field(default_factory=list)
    hang_after: int | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def receive(self, items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        if self.failures:
            raise self.failures.pop()
        self.handed += len(items)
        for item in items:
            self.items.setdefault(item.native_id, item)
        self.position.update(position or {})
        async with self.changed:
            self.changed.notify_all()
        if self.hang_after is not None and len(self.items) >= self.hang_after:
            # Committed, and whoever handed it over never hears of it: a crash right after the commit.
            await asyncio.get_running_loop().create_future()

    async def until(self, count: int, seconds: float = 20) -> None:
        """Until so many items are there."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: len(self.items) >= count)

    async def settled(self, seconds: float = 20) -> None:
        """Until the folder has been opened for the first time."""
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(lambda: self.position and '"uidvalidity": 0' not in str(self.position))

    @property
    def subjects(self) -> list[str]:
        """The subjects of what was stored, in order."""
        return [subject(item) for item in self.items.values()]


def subject(item: RawItem) -> str:
    assert isinstance(item.raw, bytes)
    return next(line for line in item.raw.decode().splitlines() if line.startswith("Subject:"))[9:]


def mail(number: int | str, sender: str = "anna@there.example", body: str = "Are you open?") -> bytes:
    lines = (
        f"Return-Path: <{sender}>",
        f"From: Anna <{sender}>",
        f"Message-ID: <{number}@there.example>",
        f"Subject: {number}",
    )
    return "\r\n".join([*lines, "", body, ""]).encode()


def settings(port: int, **changed: Any) -> EmailSettings:
    """An account with one `[[imap]]` table for the test's Dovecot, and short times."""
    quick = {"idle_seconds": 5, "timeout": 10, "longest_wait": 0.2, "poll_seconds": 0.2}
    table = {"host": "127.0.0.1", "port": port, "security": "none", "username": USER, "password": PASSWORD}
    values = {"address": "shop@mail.test", "maildir": "out", "imap": [{**table, **quick, **changed}]}
    return EmailSettings.model_validate(values)


@contextlib.asynccontextmanager
async def running(kept: Kept, configured: EmailSettings) -> AsyncIterator[EmailConnector]:
    """A connector that runs from what was kept, and is stopped at the end."""
    connector = EmailConnector("mail", configured)
    task = asyncio.create_task(connector.run(kept.receive, dict(kept.position)))
    try:
        yield connector
        if task.done():
            task.result()
    finally:
        task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.done()


async def eventually(condition: Any, seconds: float = 10) -> None:
    """Until what another process does has happened: there is no event to await."""
    async with asyncio.timeout(seconds):
        while not await asyncio.to_thread(condition):  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.02)
