"""Quiet hours: when an owner is not told of what can wait, and what becomes of it. Pure.

What a customer wrote, how an answer fared, and whatever answers a line of the owner's own is always shown at once: a
telephone has a switch of its own for the night. What the bridge says by itself and what nobody waits for (a snooze
that ended, a promise that is due, the digest) is kept until the quiet hours, or the absence, are over, and then shown
as one line list.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from bridge.case_effects import Postpone, Told
from bridge.decision import Decision, Effect, Remind, Send
from bridge.language import Language, language
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.policy import Owner, SurfaceAddress

TIMER = "morning"


def quiet_until(quiet: tuple[time, time] | None, zone: str, now: datetime) -> datetime | None:
    """When the quiet hours end that it is within now; None outside of them. `quiet` is from when to when, by the clock
    of the zone; it may go over midnight.
    """
    if quiet is None:
        return None
    begins, ends = quiet
    here = now.astimezone(ZoneInfo(zone))
    at = here.time().replace(tzinfo=None)
    within = begins <= at < ends if begins < ends else at >= begins or at < ends
    if not within:
        return None
    day = here.date() if at < ends else here.date() + timedelta(days=1)
    return datetime.combine(day, ends, here.tzinfo).astimezone(now.tzinfo)


def unhurried(
    text: str, owner: Owner, surface: SurfaceAddress, box: Letterbox, conversation: int = 0
) -> Sequence[Effect]:
    """What can wait, said now or when the owner's quiet hours, or absence, are over."""
    ends = [_undisturbed_until(one, box) for one in box.policy.owners_at(surface.connector, surface.address) or [owner]]
    # A group that several share is told as soon as one of them looks.
    until = min(end for end in ends if end) if all(ends) else None
    if until is None:
        return [Send(draft=notice(surface, text, conversation))]
    place = {"connector": surface.connector, "address": surface.address}
    # Another absence, or other hours, may have been set meanwhile: the key has the moment, so that the earliest counts.
    key = f"{TIMER}:{surface.connector}:{surface.address}:{until.isoformat()}"
    return [
        Postpone(connector=surface.connector, address=surface.address, text=text),
        Remind(key=key, due_at=until, data={"timer": TIMER, **place}),
    ]


def _undisturbed_until(owner: Owner, box: Letterbox) -> datetime | None:
    """When the owner's quiet hours, or absence, are over; None where there are none now."""
    away = box.book.away_until(owner.name)
    moments = [quiet_until(owner.quiet, box.policy.timezone, box.now), away if away and away > box.now else None]
    return max((found for found in moments if found), default=None)


def kept_words(kept: Sequence[str], speech: Language) -> str:
    """What was kept, in one notice."""
    return kept[0] if len(kept) == 1 else "\n".join([speech.say("Meanwhile:"), *kept])


def morning(connector: str, address: str, box: Letterbox) -> Decision:
    """The quiet hours are over: what was kept is shown, in one line list."""
    kept = box.book.postponed(connector, address)
    surface = box.policy.surface_at(connector, address)
    owner = box.policy.owner_at(connector, address)
    told = Told(connector=connector, address=address)
    if not kept or surface is None or owner is None:
        return Decision("no longer needed", (told,))
    text = kept_words(kept, language(owner.language))
    return Decision("told later", (told, Send(draft=notice(surface, text))))
