"""One attempt at one outbound: taken by the server, or a failure that says what to do next.

no session               TemporaryFailure: nothing has left
cannot be a stanza       PermanentFailure
the server took it       Receipt (its acknowledgement is its promise: XEP-0198 section 4)
the connection broke     OutcomeUnknown; `recalling.py` then finds out what became of it
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
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
from connectors.xmpp.compose import compose
from connectors.xmpp.failures import Failed, Lost, NoSession
from connectors.xmpp.holding import Holding
from connectors.xmpp.recalling import Recalling, receipt_for
from connectors.xmpp.rooms import Rooms
from connectors.xmpp.session import Session


class Outgoing:
    """Sends through the session of `account`; attempts that nobody knows the outcome of are for `recalling`."""

    def __init__(self, session: Session, recalling: Recalling, rooms: Rooms, account: str, patience: float) -> None:
        self._session = session
        self._recalling = recalling
        self._rooms = rooms
        self._account = account
        self._patience = patience

    async def send(self, outbound: Outbound, urls: Sequence[str] = ()) -> Receipt:
        """See Connector; `urls` are where its files were put."""
        attempt = self._recalling.begin()
        try:
            await self.deliver(compose(outbound, urls), outbound.address)
        except (OutcomeUnknown, asyncio.CancelledError):
            self._recalling.doubt(outbound.id, attempt)
            raise
        return receipt_for(outbound)

    async def deliver(self, message: ET.Element, address: str) -> None:
        """Return once the server has taken it. Raises as `send` does."""
        if bare(address) == self._account:
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
