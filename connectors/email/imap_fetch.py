"""Fetching mails in groups: many small ones at once, a large one in pieces, of one that is too large the header."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from connectors.email.imap_connection import Refused
from connectors.email.imap_mail import HEADER_LIMIT, Place, digest_of, too_large
from connectors.email.imap_session import CHUNK, Session
from connectors.email.imap_wire import Fetched

SMALL = 64 * 1024
"""Mails up to this size are fetched together."""
GROUP_BYTES = 4 * 1024 * 1024
PIECE = 512 * 1024
"""A large mail is fetched in pieces of this size."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Whole:
    """A mail with all of its bytes, or (`cut`) with what stands in for them, and the hash that it is known by."""

    mail: Fetched
    digest: str
    cut: bool = False


def groups(mails: Sequence[Fetched], alone: Collection[int] = ()) -> Iterator[Sequence[Fetched]]:
    """The same mails in order, in groups that are fetched and stored in one go; `alone` are each a group. Pure."""
    group: list[Fetched] = []
    size = 0
    for mail in mails:
        single = mail.size > SMALL or mail.uid in alone
        if group and (single or size + mail.size > GROUP_BYTES or len(group) >= CHUNK):
            yield group
            group, size = [], 0
        group.append(mail)
        size += mail.size
        if single:
            yield group
            group, size = [], 0
    if group:
        yield group


@dataclass(frozen=True, slots=True)
class Fetching:
    """Fetches mails of at most `limit` bytes through a session."""

    session: Session
    limit: int
    place: Place

    async def fetch(self, group: Sequence[Fetched]) -> list[Whole]:
        """Those of a group that the server gave away, in order. Raises ConnectionLost."""
        if len(group) == 1 and group[0].size > SMALL:
            found = [await self._large(group[0])]
        else:
            found = await self._small(group)
        return [one for one in found if one is not None]

    async def _small(self, group: Sequence[Fetched]) -> list[Whole | None]:
        try:
            answer = await self.session.fetch([one.uid for one in group], f"BODY.PEEK[]<0.{SMALL}>")
        except Refused:
            if len(group) == 1:
                return []
            # One of them cannot be read: the others can.
            return [found for one in group for found in await self._small([one])]
        bodies = {one.uid: one.body for one in answer}
        return [await self._finished(one, bodies.get(one.uid)) for one in group]

    async def _finished(self, mail: Fetched, body: bytes | None) -> Whole | None:
        if body is None or (not body and mail.size):
            return None
        if len(body) >= SMALL:
            # Larger than the server says that it is.
            return await self._large(mail)
        return Whole(mail=replace(mail, body=body), digest=digest_of(body))

    async def _large(self, mail: Fetched) -> Whole | None:
        if mail.size > self.limit:
            return await self._header(mail)
        body = bytearray()
        while True:
            piece = await self._piece(mail.uid, "", len(body), PIECE)
            if piece is None:
                return None
            body += piece
            if len(body) > self.limit:
                return await self._header(replace(mail, size=len(body)))
            if not piece or (len(piece) < PIECE and len(body) >= mail.size):
                break
        if not body:
            return None
        content = bytes(body)
        return Whole(mail=replace(mail, body=content), digest=await asyncio.to_thread(digest_of, content))

    async def _header(self, mail: Fetched) -> Whole | None:
        header = await self._piece(mail.uid, "HEADER", 0, HEADER_LIMIT)
        if not header:
            return None
        body = too_large(header, mail.size, self.limit, self.place)
        return Whole(mail=replace(mail, body=body), digest=digest_of(header + b"%d" % mail.size), cut=True)

    async def _piece(self, uid: int, section: str, start: int, length: int) -> bytes | None:
        """Some bytes of a mail; None where the server has none to give."""
        try:
            answer = await self.session.fetch([uid], f"BODY.PEEK[{section}]<{start}.{length}>")
        except Refused:
            return None
        return next((one.body for one in answer if one.body is not None), None)
