"""Several relays in one message, where a connector has the ability `Merges` and a backlog waits (docs/decisions/0017).

claimed -> joined (all are `sending`) -> one call -> all end together, or go apart and one by one
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial

import structlog

from bridge.abilities import Merges
from bridge.connector import Connector
from bridge.crashpoint import reach
from bridge.failures import PermanentFailure, Unavailable
from bridge.outbound import Outbound, OutboundKind
from bridge.work import LostClaim, Outbox, Outcome, Sending

log = structlog.get_logger()

MANY = 1_000
"""So many are said to wait where it has been decided before that they leave together."""

_SHOWN = (OutboundKind.RELAY, OutboundKind.NOTICE)
_ENDS_ALL = ("sent", "waiting", "unknown")


async def joined(sending: Sending, connector: Connector | None, outbox: Outbox, now: datetime) -> Sending:
    """A claimed relay with what leaves in the same message. Raises LostClaim."""
    if sending.outbound.kind not in _SHOWN or sending.opening or not isinstance(connector, Merges):
        return sending
    try:
        together = await outbox.join(sending, partial(_chosen, connector), now)
    except LostClaim:
        raise
    except Unavailable as error:
        # Alone it can leave. Had they been marked all the same, the others would be sent again, and marked as such.
        log.warning("deliver.unavailable", outbound=sending.outbound.id, reason=str(error))
        return sending
    except Exception:  # a fault of ours: the lane would stay claimed until the daemon ends
        log.exception("deliver.fault", outbound=sending.outbound.id)
        return sending
    reach("send.join.marked")
    return together


def _chosen(merges: Merges, relays: Sequence[Outbound], waiting: int) -> int:
    try:
        return merges.merge(relays, waiting)[1]
    except Exception:  # a plug-in's fault: one by one they can leave
        log.exception("deliver.unmergeable")
        return 1


def composed(sending: Sending, connector: Connector) -> Outbound:
    """What is sent. Raises PermanentFailure where what was together before a crash no longer fits into one."""
    relays = (sending.outbound, *sending.merged)
    if isinstance(connector, Merges):
        merged, count = connector.merge(relays, MANY)
        if count == len(relays):
            return merged
    raise PermanentFailure("they no longer fit into one message")


def settled(sending: Sending, outcome: Outcome) -> Outcome:
    """What came of it for all of them; what is for good is found out for each alone."""
    if sending.merged and outcome.state not in _ENDS_ALL:
        return Outcome(state="apart", reason=outcome.reason)
    return outcome
