"""Opens, closes and reopens rooms: one attempt, as `deliver.py` makes one at sending.

An attempt at opening that was cut off, or of which nobody knows what came, is made again: there may be a room too many
then, and the owner is told.
"""

from __future__ import annotations

from bridge.abilities import Rooms
from bridge.connector import Connector
from bridge.crashpoint import reach
from bridge.failures import PermanentFailure, RoomGone
from bridge.outbound import OutboundKind
from bridge.work import Outcome, Sending

CLOSING = (OutboundKind.CLOSE_ROOM, OutboundKind.REOPEN_ROOM)


async def opened(sending: Sending, connector: Connector) -> Outcome:
    """A room for the conversation of this outbound. Raises DeliveryFailure, but for a permanent one, or anything."""
    outbound = sending.outbound
    if not isinstance(connector, Rooms):
        return Outcome(state="refused", reason="its connector has no rooms")
    reach("room.opening")
    try:
        room = await connector.open_room(outbound.address, outbound.title or f"#{outbound.conversation}")
    except PermanentFailure as failure:
        return Outcome(state="refused", reason=failure.reason)
    reach("room.opened")
    return Outcome(state="opened", room=room)


async def closed(sending: Sending, connector: Connector) -> Outcome:
    """The conversation's room is closed, or open again; where it has none, there is nothing to do."""
    outbound = sending.outbound
    if not outbound.room or not isinstance(connector, Rooms):
        return Outcome(state="sent", reason="there is no room")
    try:
        reopen = outbound.kind is OutboundKind.REOPEN_ROOM
        await connector.close_room(outbound.address, outbound.room, reopen=reopen)
    except RoomGone as failure:
        return Outcome(state="cancelled", reason=failure.reason)
    return Outcome(state="sent")
