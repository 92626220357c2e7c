"""One folder on a mail server, watched for as long as the bridge runs.

Theory of operation. Connect, log in, open the folder, sweep it, wait for news; after any failure, from the start, with
growing waits. A sweep asks which mails there are above what is settled (`imap_sweep.py`), fetches them in groups
(`imap_fetch.py`), and hands each group to `receive` together with the position behind it. Only after that is a mail
marked or moved; what a crash left unmarked is in the position, too, and is marked first thing next time.

A mail that the server cannot give away is noted and passed over; one at which the connection breaks again and again is
first fetched alone, then passed over, too. Both are tried again, and the owner is told.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog

from bridge.connector import RawItem, Receive, Unavailable, reach
from connectors.email.imap_connection import ConnectionLost, NotTrusted, Refused
from connectors.email.imap_fetch import Fetching, Whole, groups
from connectors.email.imap_login import Account, LoginRefused
from connectors.email.imap_mail import Place, raw_item
from connectors.email.imap_patience import Patience
from connectors.email.imap_session import CHUNK, Session, connected
from connectors.email.imap_sweep import (
    Progress,
    Settled,
    begun,
    due,
    entered,
    equals,
    identity,
    is_old,
    progress_of,
    short,
    swept,
    taken,
)
from connectors.email.imap_wire import Fetched, search_date, uid_set

log = structlog.get_logger()

_ALONE_AFTER = 2
_PASSED_AFTER = 4
_FORGIVEN_AFTER_SECONDS = 3600.0
# SINCE compares days, in whatever zone the server likes.
_A_DAY_OR_TWO = timedelta(days=2)


class Mailbox:
    """One folder."""

    def __init__(self, account: Account, folder: str, facts: Mapping[str, object]) -> None:
        settings = account.settings
        self._account = account
        self._settings = settings
        self._place = Place(facts=facts, username=settings.username, host=settings.host, folder=folder)
        self.name = f"{settings.username}@{settings.host} {folder}"
        self._key = f"imap {self.name}"
        # Without the login: addresses do not belong into a log.
        self._log = log.bind(server=settings.host, folder=folder)
        self._patience = Patience(settings.longest_wait, self._log)
        self._receive: Receive
        self._progress: Progress
        self._in_flight: Sequence[int] = ()
        self._broken: Counter[int] = Counter()
        self._broken_at = 0.0
        self._unmarkable = ""

    @property
    def trouble(self) -> str:
        """What is wrong with it now, in plain words, or empty."""
        return self._patience.trouble

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Until cancelled. Raises ValueError for a position that is none of ours."""
        self._receive = receive
        kept = position.get(self._key)
        self._progress = progress_of(kept) if kept else begun(datetime.now(UTC))
        noted = kept is not None
        while True:
            try:
                if not noted:
                    # From now on, whatever happens, what arrives is new.
                    await self._commit([], self._progress)
                    noted = True
                async with connected(self._settings) as session:
                    await self._account.log_in(session)
                    await self._attend(session)
            except Unavailable as error:
                await self._patience.pause(f"the store does not take mail: {error}")
            except LoginRefused as refused:
                await self._patience.pause_after_refusal(str(refused))
            except (ConnectionLost, Refused) as error:
                self._broken.update(self._in_flight)
                self._broken_at = time.monotonic()
                lasting = isinstance(error, NotTrusted) or (isinstance(error, Refused) and not error.for_now)
                await self._patience.pause(str(error), lasting=lasting)
            self._in_flight = ()

    def _works(self) -> None:
        missed = len(self._progress.missed)
        cannot = f"some mail in the folder {self._place.folder} cannot be fetched ({missed}); look at it there"
        self._patience.works(cannot if missed else self._unmarkable)

    async def _commit(self, items: Sequence[RawItem], progress: Progress) -> None:
        await self._receive(items, {self._key: progress.text()})
        reach("imap.stored")
        self._progress = progress

    # -- a session --------------------------------------------------------------------------------------------------

    async def _attend(self, session: Session) -> None:
        """Sweep, and wait for news, until the connection breaks."""
        await self._enter(session)
        await self._mark(session)
        while True:
            session.news.clear()
            await self._sweep(session)
            self._works()
            if not session.news.is_set():
                await session.watch()

    async def _enter(self, session: Session) -> None:
        opened = await session.select(self._place.folder, writable=self._settings.handled != "leave")
        if not opened.uidvalidity:
            raise Refused(f"the folder {self._place.folder}", "it does not number its mail for good (no UIDVALIDITY)")
        highest = opened.uidnext - 1 if opened.uidnext else max(await session.search("ALL"), default=0)
        take_all = self._settings.first_sweep == "all"
        before = self._progress
        progress = entered(before, opened.uidvalidity, highest, take_all=take_all)
        self._place = replace(self._place, uidvalidity=opened.uidvalidity)
        if progress != before:
            if before.uidvalidity:
                self._log.warning("imap.numbered_anew", was=before.uidvalidity, now=opened.uidvalidity)
            # What is old is known from here on, whenever the first mail comes.
            await self._commit([], progress)
        self._log.info("imap.opened", pushes=session.pushes)

    async def _sweep(self, session: Session) -> None:
        """Take everything that is due."""
        progress = self._progress
        lowest = progress.lowest
        # "*" is the last mail, whatever its number.
        found = [uid for uid in await session.search("UID", f"{lowest}:*") if uid >= lowest]
        recent: list[int] = []
        if progress.undecided and found:
            day = search_date((progress.since - _A_DAY_OR_TWO).date())
            recent = await session.search("UID", f"{lowest}:{progress.old_until}", "SINCE", day)
        wanted = [uid for uid in due(progress, found, recent) if not self._is_passed(uid)]
        for start in range(0, len(wanted), CHUNK):
            await self._take_chunk(session, wanted[start : start + CHUNK])
        missed = self._progress.missed
        present = await session.search("UID", uid_set(missed)) if missed else []
        done = swept(self._progress, present)
        if done != self._progress:
            await self._commit([], done)

    def _is_passed(self, uid: int) -> bool:
        """Whether the connection has broken at this mail so often that it is left alone for an hour."""
        if self._broken and time.monotonic() - self._broken_at > _FORGIVEN_AFTER_SECONDS:
            self._broken.clear()
        return uid in self._progress.missed and self._broken[uid] >= _PASSED_AFTER

    async def _take_chunk(self, session: Session, uids: Sequence[int]) -> None:
        known = {one.uid: one for one in await session.fetch(uids, "RFC822.SIZE INTERNALDATE")}
        mails = [known.get(uid, Fetched(uid=uid, size=-1)) for uid in uids]
        alone = frozenset(uid for uid in uids if self._broken[uid] >= _ALONE_AFTER)
        for group in groups(mails, alone):
            await self._take(session, group)

    async def _take(self, session: Session, group: Sequence[Fetched]) -> None:
        """Fetch a group, hand it over, mark it."""
        old = {one.uid for one in group if is_old(self._progress, one.uid, one.arrived_at)}
        hopeless = {one.uid for one in group if one.size < 0 or self._broken[one.uid] >= _PASSED_AFTER}
        wanted = [one for one in group if one.uid not in old | hopeless]
        self._in_flight = [one.uid for one in wanted]
        mails = await Fetching(session, self._settings.size_limit, self._place).fetch(wanted) if wanted else []
        self._in_flight = ()
        batch, items = await self._identified(session, mails)
        missed = {one.uid for one in group} - {one.uid for one in batch} - old
        for uid in missed - self._progress.missed:
            self._log.warning("imap.mail_missed", uid=uid)
        settled = sorted([*batch, *(Settled(uid=uid) for uid in old)], key=lambda one: one.uid)
        to_mark = self._to_mark(mails)
        await self._commit(items, taken(self._progress, settled, missed=missed, to_mark=to_mark))
        for one in batch:
            self._broken.pop(one.uid, None)
        await self._mark(session)

    async def _identified(self, session: Session, mails: Sequence[Whole]) -> tuple[list[Settled], list[RawItem]]:
        batch: list[Settled] = []
        names: list[str] = []
        for mail in mails:
            earlier = equals(self._progress, batch, short(mail.digest))
            # Only those that still lie there: a mail that was moved away and back is the same one.
            present = await session.search("UID", uid_set(earlier)) if earlier else []
            names.append(identity(mail.digest, len({*present} & {*earlier})))
            batch.append(Settled(uid=mail.mail.uid, digest=short(mail.digest)))
        now = datetime.now(UTC)
        place = self._place

        def make() -> list[RawItem]:
            return [raw_item(mail.mail, name, place, now) for mail, name in zip(mails, names, strict=True)]

        return batch, await asyncio.to_thread(make)

    # -- what becomes of a mail that is stored ------------------------------------------------------------------------

    def _to_mark(self, mails: Sequence[Whole]) -> list[int]:
        """What is too large stays where its notice says that it is."""
        handled = self._settings.handled
        if handled == "leave":
            return []
        return [one.mail.uid for one in mails if handled == "mark" or not one.cut]

    async def _mark(self, session: Session) -> None:
        uids, settings = self._progress.unmarked, self._settings
        if not uids or settings.handled == "leave":
            return
        reach("imap.marking")
        try:
            for start in range(0, len(uids), CHUNK):
                chunk = uids[start : start + CHUNK]
                if settings.handled == "mark":
                    await session.mark(chunk, settings.keyword)
                else:
                    await session.move(chunk, settings.move_to or "")
        except Refused as refused:
            # The mail itself is safe. It stays in the list, for when this is mended.
            if not self._unmarkable:
                self._log.warning("imap.not_marked", reason=str(refused))
            self._unmarkable = str(refused)
            return
        self._unmarkable = ""
        reach("imap.marked")
        # In memory: the next commit takes it along, and to mark a mail twice does no harm.
        self._progress = replace(self._progress, unmarked=())
