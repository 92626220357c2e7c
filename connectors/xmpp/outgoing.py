"""One attempt at one outbound: taken by the server, or a failure that says what to do next.

    no session               TemporaryFailure: nothing has left
    cannot be a stanza       PermanentFailure
    the server took it       Receipt (its acknowledgement is its promise: XEP-0198 section 4)
    the connection broke     OutcomeUnknown; `recall` then asks our own archive for the origin-id (XEP-0359)

An answer from the archive is sure: a stream that broke is ended by the one after it, resumed or bound to the same
resource, so that nothing of it can still arrive when we ask.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from xml.etree import ElementTree as ET

from bridge.connector import (
    Outbound,
    OutcomeUnknown,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    reach,
)
from connectors.xmpp.address import bare, resource
from connectors.xmpp.archive import Archive
from connectors.xmpp.compose import compose, native_id
from connectors.xmpp.failures import Failed, Lost, NoSession
from connectors.xmpp.holding import Holding
from connectors.xmpp.rooms import Rooms
from connectors.xmpp.session import Session

SKEW = timedelta(minutes=10)
"""How far the server's clock may be from ours."""


class Outgoing:
    """Sends through a session. `archived` tells whether our archive keeps what we send."""

    def __init__(self, session: Session, archive: Archive, rooms: Rooms, patience: float) -> None:
        self._session = session
        self._rooms = rooms
        self._archive = archive
        self._patience = patience
        self.archived = False

    async def send(self, outbound: Outbound, urls: Sequence[str] = ()) -> Receipt:
        """See Connector; `urls` are where its files were put."""
        await self.deliver(compose(outbound, urls), outbound.address)
        return receipt_for(outbound)

    async def deliver(self, message: ET.Element, address: str) -> None:
        """Return once the server has taken it. Raises as `send` does."""
        if bare(address) == self._archive.account:
            raise PermanentFailure("that is the bridge's own XMPP address: it would be talking to itself")
        if resource(address):
            await self._still_there(address)
        await put_through(self._session, message, self._patience)

    async def _still_there(self, address: str) -> None:
        """Raises PermanentFailure where somebody else in the room may bear this name by now."""
        room = bare(address)
        # The room's answer comes after all that it has told us of who left (XEP-0410).
        try:
            await self._session.ping(self._rooms.own(room))
        except NoSession as error:
            raise _not_connected(error) from error
        except Failed as error:
            raise TemporaryFailure(f"the room {room} does not answer: {error}") from error
        if not self._rooms.may_answer(address):
            raise PermanentFailure(
                f"{resource(address)} has left the room, or the bridge has been away: whoever bears that name now may "
                "be somebody else, so that they have to write again first"
            )

    async def recall(self, outbound: Outbound) -> Receipt | None:
        """See Recalls."""
        if not self._session.live:
            raise OutcomeUnknown("there is no connection to the XMPP server to ask whether it has it")
        if not self.archived:
            raise OutcomeUnknown("the XMPP server keeps no archive of what was sent, so that it cannot be asked")
        try:
            found = await self._archive.find(outbound.id, bare(outbound.address), outbound.created_at - SKEW)
        except (Failed, NoSession) as error:
            raise OutcomeUnknown(f"the XMPP server could not be asked whether it has it: {error}") from error
        return receipt_for(outbound) if found else None


async def put_through(session: Holding, message: ET.Element, patience: float) -> None:
    """Return once the server has taken the message. Raises TemporaryFailure, OutcomeUnknown."""
    reach("xmpp.sending")
    try:
        await _until_taken(session, message, patience)
    except NoSession as error:
        raise _not_connected(error) from error
    except (Lost, TimeoutError) as error:
        raise OutcomeUnknown("the connection to the XMPP server broke while it took the message") from error
    reach("xmpp.taken")


def _not_connected(error: NoSession) -> TemporaryFailure:
    return TemporaryFailure(f"there is no connection to the XMPP server: {error}")


async def _until_taken(session: Holding, message: ET.Element, patience: float) -> None:
    delivering = asyncio.ensure_future(session.deliver(message))
    try:
        await asyncio.wait([delivering], timeout=patience)
        if not delivering.done():
            # The server owes an answer: begin anew. A resumed stream brings it, or the stanza once more.
            session.suspect()
            await asyncio.wait([delivering], timeout=patience)
        if not delivering.done():
            raise TimeoutError
        await delivering
    finally:
        delivering.cancel()


def receipt_for(outbound: Outbound) -> Receipt:
    """How the receiver, and we, call it."""
    return Receipt(native_ids=(native_id(outbound.id), outbound.id))
