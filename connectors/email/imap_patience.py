"""How long to wait before a mailbox is tried again, and when its owner is told that something is wrong with it."""

from __future__ import annotations

import asyncio
import random
import time
from typing import Any

TOLD_AFTER_SECONDS = 300.0
"""A server that cannot be reached is worth a word to the owner after so long, and not at each of its restarts."""
LOGIN_WAIT_SECONDS = 60.0
LONGEST_LOGIN_WAIT_SECONDS = 900.0
"""A login that was refused is tried again after the first of these, and then less and less often up to the second: a
server that is asked too often locks the account."""
_FIRST_WAIT_SECONDS = 1.0


class Patience:
    """Of one mailbox. `trouble` is what is wrong with it now, in plain words, or empty."""

    def __init__(self, longest: float, log: Any) -> None:
        self._longest = longest
        self._log = log
        self._dice = random.Random()  # noqa: S311 - for waits
        self._failures = 0
        self._refusals = 0
        self._failing_since = 0.0
        self.trouble = ""

    async def pause(self, reason: str, *, lasting: bool = False) -> None:
        """Wait after a failure, longer each time; `lasting` is one that does not mend itself."""
        now = time.monotonic()
        self._failing_since = self._failing_since or now
        if lasting or now - self._failing_since > TOLD_AFTER_SECONDS:
            self.trouble = reason
        self._failures += 1
        await self._sleep(reason, _FIRST_WAIT_SECONDS * _doubled(self._failures), self._longest)

    async def pause_after_refusal(self, reason: str) -> None:
        """Wait for long after a login that was refused."""
        self.trouble = reason
        self._failing_since = self._failing_since or time.monotonic()
        self._refusals += 1
        await self._sleep(reason, LOGIN_WAIT_SECONDS * _doubled(self._refusals), LONGEST_LOGIN_WAIT_SECONDS)

    async def _sleep(self, reason: str, seconds: float, longest: float) -> None:
        seconds = min(seconds, longest) * self._dice.uniform(0.5, 1.0)
        self._log.warning("imap.failed", reason=reason, again_in=round(seconds, 1))
        await asyncio.sleep(seconds)

    def works(self, but: str) -> None:
        """It works, but for this."""
        if self._failing_since:
            self._log.info("imap.works", after=self._failures + self._refusals)
        self._failures, self._refusals, self._failing_since = 0, 0, 0.0
        self.trouble = but


def _doubled(times: int) -> float:
    return float(1 << min(times - 1, 16))
