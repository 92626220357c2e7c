"""From stanzas to `receive`: in order, stored before anything is acknowledged.

    slixmpp --put()--> held queue --run()--> receive(items, position) --> receipts

slixmpp runs handlers one after the other, and counts a stanza as handled before it is stored; so its handler only puts
into the queue here. At the start of each new session the queue is held until the archive has been caught up with: what
came in between is then known by its archive id, and order holds. While the archive cannot be read the queue goes on,
but the position stays where the archive was last caught up with.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from xml.etree import ElementTree as ET

import structlog

from bridge.connector import RawItem, Receive, Unavailable, reach
from connectors.xmpp import archive
from connectors.xmpp.address import bare
from connectors.xmpp.envelope import Opened, Via, open_stanza
from connectors.xmpp.namespaces import SIDS
from connectors.xmpp.parse import own_id
from connectors.xmpp.stanza import child, write
from connectors.xmpp.worth import fingerprint, passing, receipt

log = structlog.get_logger()

AT_ONCE = 50
"""Stanzas that go into one `receive`."""

REMEMBERED = 5_000
"""Archive ids that are remembered, so that what the archive brought is not offered again when the stream brings it."""

REPEATS_AFTER = timedelta(days=1)

TRY_AGAIN_SECONDS = 1.0
"""How soon what could not be stored is offered again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """An item, and what to do once it is stored: the archive id that it has, and whom to send a receipt."""

    item: RawItem
    archive_id: str = ""
    receipt: tuple[str, str, str] | None = None


@dataclass(eq=False)
class Incoming:
    """What reached `account`, on its way into the store. `acknowledge(jid, message_id, to)` sends a receipt for what
    was sent `to` us.
    """

    account: str
    rooms: frozenset[str]
    acknowledge: Callable[[str, str, str], None]
    name: str = "xmpp"
    position: dict[str, str] = field(default_factory=dict)
    archived: bool = False
    _queue: deque[ET.Element] = field(default_factory=deque)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    _open: asyncio.Event = field(default_factory=asyncio.Event)
    _storing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _current: bool = False
    _known: dict[str, None] = field(default_factory=dict)
    _origins: dict[str, str] = field(default_factory=dict)
    # What has no id at all cannot come again under it: each is a new item.
    _epoch: str = field(default_factory=lambda: secrets.token_hex(8))
    _numbers: count[int] = field(default_factory=lambda: count(1))

    def put(self, stanza: ET.Element) -> None:
        """A message stanza came by the stream."""
        self._queue.append(stanza)
        self._arrived.set()

    @property
    def waiting(self) -> int:
        """How many stanzas are not stored yet."""
        return len(self._queue)

    def hold(self) -> None:
        """A new session: what it brings waits until the archive has been caught up with."""
        self._open.clear()
        self._current = False

    def release(self, *, current: bool) -> None:
        """Go on; `current`: the archive has been caught up with, so that the position may move on with the stream."""
        self._current = current
        self._open.set()

    async def opened(self) -> None:
        """Return when the archive has been caught up with."""
        await self._open.wait()

    async def run(self, receive: Receive) -> None:
        """Store what comes, until cancelled."""
        while True:
            await self._open.wait()
            await self._arrived.wait()
            self._arrived.clear()
            while self._queue and self._open.is_set():
                await self._take(receive)
            if self._queue:
                self._arrived.set()

    async def _take(self, receive: Receive) -> None:
        async with self._storing:
            taken = [self._queue[at] for at in range(min(AT_ONCE, len(self._queue)))]
            made = self._all_made(taken, "stream")
            latest = next((one.archive_id for one in reversed(made) if one.archive_id), "")
            await self._store(receive, made, latest if self._current else "")
            # They are taken out only now: whoever cancels us while the store is away finds them here again.
            for _ in taken:
                self._queue.popleft()

    async def take_archived(self, receive: Receive, results: Sequence[ET.Element], last: str) -> None:
        """Store what the archive brought; `last` is where it stands then."""
        async with self._storing:
            made = self._all_made(results, "archive")
            await self._store(receive, made, last)

    async def _store(self, receive: Receive, made: Sequence[Made], archive_id: str) -> None:
        position = {archive.ID: archive_id, archive.AT: datetime.now(UTC).isoformat()} if archive_id else None
        if not made and position is None:
            return
        while True:
            try:
                await receive([one.item for one in made], position)
                break
            except Unavailable as error:
                log.warning("xmpp.not_stored", connector=self.name, reason=str(error))
                await asyncio.sleep(TRY_AGAIN_SECONDS)
        reach("xmpp.stored")
        self.position.update(position or {})
        self._remember(one.archive_id for one in made)
        for one in made:
            if one.receipt is not None:
                self.acknowledge(*one.receipt)

    def _remember(self, ids: object) -> None:
        self._known.update((one, None) for one in ids if one)  # type: ignore[attr-defined]
        while len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]

    def _all_made(self, stanzas: Sequence[ET.Element], via: Via) -> list[Made]:
        made = []
        for stanza in stanzas:
            try:
                one = self.made(stanza, via)
            except Exception as error:  # noqa: BLE001 - one stanza that nobody foresaw must not stop those behind it
                # Without what the error says: that may be of its text.
                log.error("xmpp.fault", connector=self.name, error=type(error).__name__)  # noqa: TRY400 - see above
                one = self._unforeseen(stanza)
            if one is not None:
                made.append(one)
        return made

    def _unforeseen(self, stanza: ET.Element) -> Made:
        """Nothing can be made of it: its parser will say so, and the owner reads from whom it was."""
        lane = stanza.get("from", "")
        item = RawItem(native_id=self.unnamed(), raw=b"", lane=bare(lane), received_at=datetime.now(UTC))
        return Made(item=item)

    def made(self, stanza: ET.Element, via: Via) -> Made | None:
        """The item of a stanza; None for what is not kept: signals, rooms' talk, our own words, what is known."""
        opened = open_stanza(stanza, self.account, via)
        archive_id = opened.archive_id if self.archived else ""
        if archive_id in self._known or passing(opened):
            return None
        occupant = bare(opened.sender) in self.rooms
        whole = write(stanza)
        native_id, repeats_after = self._native_id(opened, archive_id)
        native_id = self._first_name(opened, native_id)
        now = datetime.now(UTC)
        item = RawItem(
            native_id=native_id,
            raw=whole,
            lane=opened.sender if occupant else bare(opened.sender),
            facts={"account": self.account, "via": via, **({"occupant": True} if occupant else {})},
            received_at=min(opened.sent_at or now, now),
            repeats_after=repeats_after,
        )
        return Made(item=item, archive_id=archive_id, receipt=receipt(opened, occupant=occupant))

    def _native_id(self, opened: Opened, archive_id: str) -> tuple[str, timedelta | None]:
        if archive_id:
            return f"archive:{archive_id}", None
        message, own = opened.message, own_id(opened.message)
        if not own:
            return self.unnamed(), None
        # A server without an archive offers a stanza again where stream management was cut off; it then has a delay.
        return f"stanza:{fingerprint(message, opened.sender, own)}", REPEATS_AFTER

    def _first_name(self, opened: Opened, native_id: str) -> str:
        """The name of what a program has sent already: one that does not know whether it arrived sends it again, under
        the id that it promises to give to nothing else (XEP-0359 section 2.2). The archive then has it twice.
        """
        origin = child(opened.message, "origin-id", SIDS)
        named = origin.get("id", "") if origin is not None else ""
        if not named:
            return native_id
        first = self._origins.setdefault(fingerprint(opened.message, bare(opened.sender), named), native_id)
        while len(self._origins) > REMEMBERED:
            del self._origins[next(iter(self._origins))]
        return first

    def unnamed(self) -> str:
        """A name for what has none."""
        return f"unnamed:{self._epoch}:{next(self._numbers)}"
