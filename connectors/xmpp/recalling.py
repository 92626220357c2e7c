"""What became of an attempt whose outcome is unknown, by what our own archive and our server know of it:

    our archive (XEP-0313) does not have it             it surely was not sent
    it has it, and the server has run ever since        it was sent
    it has it, and a receipt or marker of the receiver  it was sent
    it has it, and the server was started since         nobody will ever know, unless it had been shut down in order

An answer from the archive is sure as far as we are concerned: a stream that broke is ended by the one after it, resumed
or bound to the same resource, so that nothing of it can still arrive when we ask.

The last line: a server writes a message into its sender's archive first, and then passes it on. One that is killed in
between has it, and its receiver does not; and it has not acknowledged it, so that what was acknowledged is not doubted.
A server that does not say for how long it runs (XEP-0012) is taken to have run all the time.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bridge.connector import NeverKnown, Outbound, OutcomeUnknown, Receipt
from connectors.xmpp.address import bare
from connectors.xmpp.archive import Archive
from connectors.xmpp.compose import native_id
from connectors.xmpp.failures import Failed, NoSession
from connectors.xmpp.session import Session

SKEW = timedelta(minutes=10)
"""How far the server's clock may be from ours."""

ROUNDED_SECONDS = 1.0
"""By how much a server's uptime may be too long: it counts in whole seconds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """When it began, by the loop's clock, and in which session."""

    began: float
    session: int


class Recalling:
    """Asks a session's server. `archived` tells whether our archive keeps all that we send; None: not known yet."""

    def __init__(self, session: Session, archive: Archive) -> None:
        self._session = session
        self._archive = archive
        # The attempts whose outcome is unknown.
        self._attempted: dict[str, Attempt] = {}
        self.archived: bool | None = None

    def begin(self) -> Attempt:
        """An attempt begins."""
        return Attempt(began=asyncio.get_running_loop().time(), session=self._session.number)

    def doubt(self, outbound_id: str, attempt: Attempt) -> None:
        """The outcome of this attempt is unknown.

        Where an earlier one's will stay so, the archive has that one under the same id, and its word is worth nothing
        from then on: the earlier one counts.
        """
        self._attempted.setdefault(outbound_id, attempt)

    async def recall(self, outbound: Outbound) -> Receipt | None:
        """See Recalls."""
        if not self._session.live or self.archived is None:
            raise OutcomeUnknown("there is no connection to the XMPP server to ask whether it has it")
        if not self.archived:
            raise NeverKnown("the XMPP server keeps no archive of what was sent, so that it cannot be asked")
        try:
            receipt = await self._asked(outbound)
        except (Failed, NoSession) as error:
            raise OutcomeUnknown(f"the XMPP server could not be asked whether it has it: {error}") from error
        self._attempted.pop(outbound.id, None)
        return receipt

    async def _asked(self, outbound: Outbound) -> Receipt | None:
        """The same. Raises NeverKnown, Failed, NoSession."""
        receiver, since = bare(outbound.address), outbound.created_at - SKEW
        if not await self._archive.has_sent(outbound.id, receiver, since):
            return None
        if await self._started_since(outbound) and not await self._archive.confirmed(outbound.id, receiver, since):
            raise NeverKnown("the XMPP server broke down while it took it")
        return receipt_for(outbound)

    async def _started_since(self, outbound: Outbound) -> bool:
        attempt = self._attempted.get(outbound.id)
        if attempt is not None and self._session.ended_in_order(attempt.session):
            return False
        uptime = await self._session.uptime()
        return uptime is not None and uptime - ROUNDED_SECONDS < self._age(outbound)

    def _age(self, outbound: Outbound) -> float:
        """How many seconds ago the latest attempt began; of one that an earlier process made, at most."""
        attempt = self._attempted.get(outbound.id)
        if attempt is not None:
            return asyncio.get_running_loop().time() - attempt.began
        return (datetime.now(UTC) - outbound.created_at).total_seconds()


def receipt_for(outbound: Outbound) -> Receipt:
    """How the receiver, and we, call it."""
    return Receipt(native_ids=(native_id(outbound.id), outbound.id))
