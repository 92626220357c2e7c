"""Fetches a file that came by reference: one attempt, as `deliver.py` makes one attempt at sending.

It goes through the same rows, claims and back-off as what is sent, in lanes and with a deliverer of its own, so that a
slow server holds up nobody's words. It is asked of the connector that it came in on, and of nothing else.
"""

from __future__ import annotations

from bridge.abilities import Fetches
from bridge.connector import Connector
from bridge.crashpoint import reach
from bridge.failures import PermanentFailure, TemporaryFailure, Unavailable
from bridge.messages import Attachment
from bridge.work import INLINE_LIMIT, Outbox, Outcome, Sending

_MB = 1024 * 1024


async def fetched(sending: Sending, connector: Connector, outbox: Outbox, limit: int) -> Outcome:
    """The outcome, with the file, of which at most `limit` bytes are taken. Raises DeliveryFailure, or anything."""
    found = await outbox.files(sending)
    if not found or found[0].content is not None:
        return Outcome(state="sent", reason="it was there already")
    file = found[0]
    _require_small(file.size, limit)
    if not isinstance(connector, Fetches):
        raise PermanentFailure("its connector cannot fetch files")
    reach("fetch.calling")
    content = await connector.fetch(file, limit)
    reach("fetch.called")
    _require_small(len(content), limit)
    return Outcome(state="sent", fetched=await _kept(content, outbox))


def _require_small(size: int, limit: int) -> None:
    if size > limit:
        raise PermanentFailure(f"it is larger than {limit // _MB} MB (limits.attachment_megabytes)")


async def _kept(content: bytes, outbox: Outbox) -> Attachment:
    if len(content) <= INLINE_LIMIT:
        return Attachment(name="fetched", content=content)
    try:
        return Attachment(name="fetched", blob=await outbox.keep(content), size=len(content))
    except Unavailable as error:
        raise TemporaryFailure(f"there is no place for it: {error}") from error
