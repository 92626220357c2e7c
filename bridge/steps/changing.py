"""Changes, or takes back, what has been sent, and puts a sign on what came in: one attempt, as `deliver.py` makes one
at sending.

Done twice it is the same, so an attempt of which nobody knows what came is simply made again.
"""

from __future__ import annotations

from bridge.abilities import Edits, Reacts
from bridge.connector import Connector
from bridge.failures import PermanentFailure
from bridge.outbound import Outbound, OutboundKind
from bridge.work import Outcome, Sending

CHANGING = (OutboundKind.EDIT, OutboundKind.DELETION, OutboundKind.REACTION)


async def changed(sending: Sending, connector: Connector) -> Outcome:
    """The customer's copy says something else, or is gone. Raises DeliveryFailure, or anything."""
    if sending.outbound.kind is OutboundKind.REACTION:
        await _signed(sending.outbound, connector)
        return Outcome(state="sent")
    if not isinstance(connector, Edits):
        raise PermanentFailure("its connector cannot change what was sent")
    if not sending.changed:
        raise PermanentFailure("what was to be changed has not arrived")
    if sending.outbound.kind is OutboundKind.EDIT:
        await connector.edit(sending.outbound, sending.changed)
    else:
        await connector.delete(sending.outbound, sending.changed)
    return Outcome(state="sent")


async def _signed(outbound: Outbound, connector: Connector) -> None:
    if not isinstance(connector, Reacts):
        raise PermanentFailure("its network has no signs")
    await connector.react(outbound.address, outbound.replies_to[0], outbound.text.plain.split())
