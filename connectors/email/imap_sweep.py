"""How far a folder has been taken: which mails are due, and how the position moves. Pure.

Theory of operation. A server numbers the mails of a folder upwards (UID), and says by UIDVALIDITY whether the numbers
of last time still hold (RFC 3501 section 2.3.1.1). `Progress` is what the store keeps for each folder, in one
transaction with the mails themselves:

    floor      every mail up to this number is settled
    recent     of those above it, the settled ones, each with a hash of its bytes: as many as RECENT
    missed     what could not be fetched, and is tried again at every sweep, wherever it stands
    old_until  mails up to this number were there when the folder was first opened, or when it was numbered anew; which
               of them are new is decided by the day of their arrival: not before `since`
    unmarked   what was taken and still has to be marked, or moved

A mail that becomes visible late, below one that was taken, is found as long as fewer than RECENT have come since.

A mail's identity is the hash of its bytes, so that a folder which is numbered anew, a mail that is moved, and a copy in
another folder bring nothing twice. Two mails of the same bytes that lie in one folder at once are two: the second is
called #2.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

RECENT = 250
_MOST_MISSED = 1000
_MOST_UNMARKED = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """A mail that needs no more fetching. `digest` is `short` of its bytes' hash, empty where it was not taken."""

    uid: int
    digest: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far one folder has been taken; see above. A `uidvalidity` of 0: it was never opened."""

    since: datetime
    uidvalidity: int = 0
    old_until: int = 0
    floor: int = 0
    recent: tuple[Settled, ...] = ()
    missed: frozenset[int] = frozenset()
    unmarked: tuple[int, ...] = ()

    def text(self) -> str:
        """For the store."""
        return json.dumps(
            {
                "since": self.since.isoformat(),
                "uidvalidity": self.uidvalidity,
                "old_until": self.old_until,
                "floor": self.floor,
                "recent": " ".join(f"{one.uid}:{one.digest}" for one in self.recent),
                "missed": sorted(self.missed),
                "unmarked": self.unmarked,
            }
        )

    @property
    def lowest(self) -> int:
        """The lowest number worth asking for."""
        return min(self.floor + 1, *self.missed) if self.missed else self.floor + 1

    @property
    def undecided(self) -> bool:
        """Whether there may be mails whose day of arrival decides."""
        return self.floor < self.old_until


def progress_of(text: str) -> Progress:
    """What `text()` wrote. Raises ValueError."""
    try:
        kept = json.loads(text)
        pairs = [one.partition(":") for one in kept["recent"].split()]
        return Progress(
            since=datetime.fromisoformat(kept["since"]),
            uidvalidity=kept["uidvalidity"],
            old_until=kept["old_until"],
            floor=kept["floor"],
            recent=tuple(Settled(uid=int(uid), digest=digest) for uid, _, digest in pairs),
            missed=frozenset(kept["missed"]),
            unmarked=tuple(kept["unmarked"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"the stored position of a mailbox cannot be read: {type(error).__name__}") from error


def begun(now: datetime) -> Progress:
    """At the very first start: what arrived before this second is old."""
    return Progress(since=now.astimezone(UTC).replace(microsecond=0))


def entered(progress: Progress, uidvalidity: int, highest: int, *, take_all: bool) -> Progress:
    """The folder was opened, and `highest` is the last number given out. Numbered anew, it is looked through anew."""
    if uidvalidity == progress.uidvalidity:
        return progress
    return Progress(since=progress.since, uidvalidity=uidvalidity, old_until=0 if take_all else highest)


def due(progress: Progress, found: Iterable[int], arrived_since: Collection[int] = ()) -> list[int]:
    """Which of the mails in the folder have to be fetched, in order; `arrived_since` names the old ones that may be
    new by the day of their arrival.
    """
    settled = {one.uid for one in progress.recent}
    new = {
        uid
        for uid in found
        if uid in progress.missed
        or (uid > progress.floor and uid not in settled and (uid > progress.old_until or uid in arrived_since))
    }
    return sorted(new)


def is_old(progress: Progress, uid: int, arrived_at: datetime | None) -> bool:
    """Whether a mail was there before us and is left alone. One without a day of arrival is taken: better than lost."""
    return uid <= progress.old_until and arrived_at is not None and arrived_at < progress.since


def taken(
    progress: Progress, batch: Sequence[Settled], *, missed: Collection[int] = (), to_mark: Sequence[int] = ()
) -> Progress:
    """These were settled, or could not be fetched. Batches come in the order of their numbers: what is below one of
    them, and neither in it nor `missed`, is taken to be settled once RECENT others are.
    """
    new = [one for one in batch if one.uid > progress.floor]
    recent = sorted([*progress.recent, *new], key=lambda one: one.uid)
    floor = progress.floor
    if len(recent) > RECENT:
        floor = recent[-RECENT - 1].uid
    still = (progress.missed - {one.uid for one in batch}) | set(missed)
    return replace(
        progress,
        floor=floor,
        recent=tuple(recent[-RECENT:]),
        missed=frozenset(sorted(still)[-_MOST_MISSED:]),
        unmarked=(*progress.unmarked, *to_mark)[-_MOST_UNMARKED:],
    )


def swept(progress: Progress, present: Collection[int]) -> Progress:
    """All that was due has been settled; of what is missed only these are still there."""
    floor = max(progress.floor, progress.old_until)
    return replace(
        progress,
        floor=floor,
        recent=tuple(one for one in progress.recent if one.uid > floor),
        missed=progress.missed & frozenset(present),
    )


def short(digest: str) -> str:
    """As much of a hash as the position keeps of it."""
    return digest[:16]


def equals(progress: Progress, batch: Sequence[Settled], digest: str) -> list[int]:
    """The numbers under which mails of these bytes have been taken from this folder before, as far as is known."""
    return [one.uid for one in (*progress.recent, *batch) if one.digest == digest]


def identity(digest: str, earlier: int) -> str:
    """The native id of a mail of whose bytes so many others lie in the same folder."""
    return f"imap:{digest}" + (f"#{earlier + 1}" if earlier else "")
