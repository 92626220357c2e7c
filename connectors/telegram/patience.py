"""What follows when Telegram cannot be asked what a bot lives by: how long to wait, or that the owner has to know."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from telegram.error import BadRequest, Conflict, InvalidToken, RetryAfter, TelegramError

from connectors.telegram.failures import failure_of, seconds_of

log = structlog.get_logger()

UNREACHABLE_AFTER = timedelta(minutes=3)
"""From then on the owner is told: `run` ends, and is started again."""

_LONGEST_PAUSE = 20.0


class Stopped(Exception):
    """Updates do not come, and waiting alone will not mend it; the message is for the owner."""


class Patience:
    """The waits of one loop. `now` is an aware clock; `conflict` says how long to wait after one."""

    def __init__(self, now: Callable[[], datetime], conflict: Callable[[Conflict], float] | None = None) -> None:
        self._now = now
        self._conflict = conflict
        self._failing_since: datetime | None = None

    async def tried(self, asking: Awaitable[Any]) -> Any:
        """What Telegram says; None after a failure that may pass by itself, once it has been waited for. Raises
        Stopped for others.
        """
        try:
            answered = await asking
        except TelegramError as error:
            await asyncio.sleep(self.pause_after(error))
            return None
        self._failing_since = None
        return answered

    async def insist(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """What Telegram says at last. Raises Stopped."""
        answered = None
        while answered is None:
            answered = await self.tried(ask())
        return answered

    def pause_after(self, error: TelegramError) -> float:
        """How many seconds to wait before it is tried again. Raises Stopped."""
        if isinstance(error, RetryAfter):
            return seconds_of(error)
        if isinstance(error, Conflict) and self._conflict is not None:
            return self._conflict(error)
        if isinstance(error, InvalidToken | BadRequest):
            raise Stopped(failure_of(error).reason) from None
        now = self._now()
        self._failing_since = self._failing_since or now
        failing = now - self._failing_since
        if failing > UNREACHABLE_AFTER:
            raise Stopped(failure_of(error).reason) from None
        log.info("telegram.unreachable", reason=type(error.__cause__ or error).__name__)
        return min(1.0 + failing.total_seconds() / 4, _LONGEST_PAUSE)
