"""What the daemon tells the owners of itself: what does not work, once, and that it works again, once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from bridge.addressing import addressed
from bridge.decision import Draft
from bridge.desk import Desk
from bridge.failures import Unavailable
from bridge.marks import adopted, broken, faq_faulty, faq_right, mended, refused
from bridge.work import Outbox

log = structlog.get_logger()

_LINE = re.compile(r":\d+:")


class Telling:
    """Puts notices into the outbox. `troubles` says which parts of the daemon owners were told not to work."""

    def __init__(self, outbox: Outbox, desk: Callable[[], Desk], now: Callable[[], datetime]) -> None:
        self._outbox = outbox
        self._desk = desk
        self._now = now
        self.troubles = dict.fromkeys(("store", "reading", "configuration"), False)

    async def connector(self, name: str, reason: str | None) -> None:
        """It does not work, and why; or, with None, it works again. Raises Unavailable."""
        once, policy = f"connector:{name}:down", self._desk().policy
        if reason is not None:
            log.error("connector.down", connector=name, reason=reason)
            await self._announce(broken(name, reason, policy), once)
        elif await self._outbox.forget(once):
            await self._announce(mended(name, policy), "")

    async def part(self, name: str, reason: str) -> None:
        """As `connector`, of a part of the daemon; "" where it works. Raises Unavailable."""
        self.troubles[name] = bool(reason)
        await self.connector(name, reason or None)

    async def canary(self, name: str, reason: str | None) -> None:
        """What an account sends to itself does not come back; or, with None, it does again."""
        once, policy = f"canary:{name}:down", self._desk().policy
        try:
            if reason is not None:
                await self._announce(broken(name, reason, policy), once)
            elif await self._outbox.forget(once):
                await self._announce(mended(name, policy), "")
        except Unavailable as error:
            log.warning("canary.untold", connector=name, reason=str(error))

    async def faq(self, reason: str | None) -> None:
        """Tell the owners of each fault in the FAQ once, and once that there is none any more (None). Raises
        Unavailable.
        """
        once, policy = "faq:faulty", self._desk().policy
        if reason is not None:
            log.warning("faq.faulty", reason=reason)
            same = _LINE.sub(":", reason)  # a fault stays one when what is taught above it moves it down
            await self._announce(faq_faulty(reason, policy), f"{once}:{_short(same)}")
        elif await self._outbox.forget(once):
            await self._announce(faq_right(policy), "")

    async def configuration(self, reason: str | None) -> None:
        """Tell the owners of each fault once, and once that there is none any more (None)."""
        self.troubles["configuration"] = reason is not None
        once, policy = "config:refused", self._desk().policy
        try:
            if reason is not None:
                await self._announce(refused(reason, policy), f"{once}:{_short(reason)}")
            elif await self._outbox.forget(once):
                await self._announce(adopted(policy), "")
        except Unavailable as error:
            log.warning("config.untold", reason=str(error))

    async def _announce(self, drafts: Sequence[Draft], once: str) -> None:
        policy, now = self._desk().policy, self._now()
        await self._outbox.put([addressed(draft, policy, now) for draft in drafts], once, now)


def _short(reason: str) -> str:
    return hashlib.sha256(reason.encode()).hexdigest()
