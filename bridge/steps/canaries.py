"""From time to time each account that can writes to itself: a channel that is broken without an error is found so.

A mailbox may take mail and never show it; a provider may drop what we send. Nothing of that raises anything. What does
not come back in time is told through the owners' other channels, once, and again when one comes back.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

import structlog

from bridge.abilities import Canary
from bridge.desk import Desk
from bridge.failures import DeliveryFailure, OutcomeUnknown, Unavailable

log = structlog.get_logger()

SEND_SECONDS = 60.0
PATIENCE_SECONDS = 900.0
"""How long one may be on its way: mail servers put off what they do not know."""

LOOK_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Canaries:
    """`here` names the connectors that this daemon may send on; `came` says whether an item of a connector was filed
    for this reason; `tell` gets what is wrong with a connector, or None.
    """

    desk: Callable[[], Desk]
    here: Callable[[], Collection[str]]
    came: Callable[[str, str], Awaitable[bool]]
    tell: Callable[[str, str | None], Awaitable[None]]
    patience_seconds: float = PATIENCE_SECONDS
    look_seconds: float = LOOK_SECONDS

    async def fly(self) -> None:
        """One from each account that can; returns when all have come back, or will not."""
        here = self.here()
        able = {name: one for name, one in self.desk().connectors.items() if isinstance(one, Canary) and name in here}
        await asyncio.gather(*(self._fly(name, connector) for name, connector in able.items()))

    async def _fly(self, name: str, connector: Canary) -> None:
        token = secrets.token_hex(16)
        try:
            await self._send(connector, token)
            back = await self._back(name, token)
            reason = None if back else f"a message to itself did not come back within {self.patience_seconds:g} s"
        except DeliveryFailure as failure:
            reason = f"no message to itself could be sent: {failure.reason}"
        except Unavailable as error:
            log.warning("canary.unavailable", connector=name, reason=str(error))
            return
        except Exception:  # somebody's plug-in: it must not stop the others
            log.exception("canary.fault", connector=name)
            return
        log.info("canary.flown", connector=name, reason=reason or "")
        await self.tell(name, reason)

    async def _send(self, connector: Canary, token: str) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await connector.canary(token)
        except OutcomeUnknown:
            return  # whether it left will be seen
        except TimeoutError:
            raise DeliveryFailure(f"sending took longer than {SEND_SECONDS:g} seconds") from None

    async def _back(self, name: str, token: str) -> bool:
        """Nothing announces what was filed: look now and then."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self.patience_seconds
        while not await self.came(name, f"canary {token}"):
            if loop.time() > end:
                return False
            await asyncio.sleep(self.look_seconds)
        return True
