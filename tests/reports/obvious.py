"""The same figures, the slow and obvious way: for each message look at all that came after it. Only words are shared.

Every rule is written down once more, from what people are told about reports, not from the code that is tested.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from reports.histories import EPOCH

from bridge.happened import Happened

WEEK = 7 * 24 * 3600 * 1_000_000
HOUR = 3600 * 1_000_000


@dataclass
class Word:
    """A customer's message: when it came in, and its place in the log (for a held one, where it was let in)."""

    at: int
    place: float
    new: bool = True  # else it was moved here
    written: bool = True  # else only a sign that the bridge's answer did not help


@dataclass
class Reply:
    """A person's or the bridge's answer that arrived for good: when, and the place in the log where it counts."""

    at: int
    place: int
    by: str


def received(event: Happened) -> int:
    told = (datetime.fromisoformat(event.data["received_at"]) - EPOCH) // timedelta(microseconds=1)
    return max(told, event.at - WEEK)


def arrived(log: Sequence[Happened], outbound: str) -> Happened | None:
    """The event from which on an outbound has been there, up to the end of the log."""
    there = None
    for event in log:
        if event.data.get("outbound") != outbound:
            continue
        if event.kind == "delivery":
            there = (there or event) if event.data["state"] in ("sent", "maybe") else None
        if event.kind in ("undone", "taken back"):
            there = None
        if event.kind == "reported" and event.data["status"] == "bounced" and event.data["permanent"]:
            there = None
    return there


def replies(log: Sequence[Happened], kind: str) -> list[Reply]:
    """All answers of persons (`answered`), or of the bridge (`bot answered`)."""
    found = []
    deciding: dict[str, int] = {}
    for place, event in enumerate(log):
        if event.kind in ("answered", "bot answered") and "outbound" in event.data:
            deciding.setdefault(event.data["outbound"], place)
        if event.kind == "answered" == kind and event.data.get("elsewhere"):
            found.append(Reply(event.at, place, event.data["owner"]))
    for outbound in {event.data["outbound"] for event in log if event.kind == "delivery"}:
        there = arrived(log, outbound)
        if there is None:
            continue
        place = deciding.get(outbound, next(index for index, event in enumerate(log) if event is there))
        by_bridge = there.data["by"] == "bridge"
        if by_bridge and not (outbound in deciding and log[place].kind == "bot answered"):
            continue  # a confirmation
        if by_bridge == (kind == "bot answered"):
            found.append(Reply(there.at, place, there.data["by"]))
    return sorted(found, key=lambda reply: reply.place)


def closings(log: Sequence[Happened]) -> list[tuple[int, int, str]]:
    """Place, moment and by whom."""
    return [
        (place, event.at, event.data.get("owner", ""))
        for place, event in enumerate(log)
        if (event.kind == "closed" and not {"merged", "split"} & event.data.keys())
        or (event.kind == "blocked" and "owner" in event.data)
    ]


def removals(log: Sequence[Happened], *, whole: bool) -> list[int]:
    """Where what waited was moved to another conversation; `whole`: where all of it was."""
    return [
        place
        for place, event in enumerate(log)
        if event.kind == "merged" or (not whole and event.kind == "closed" and {"merged", "split"} & event.data.keys())
    ]


def words(log: Sequence[Happened]) -> list[Word]:
    """What counts as written, in the order in which it counts."""
    found = []
    people = replies(log, "answered")
    for place, event in enumerate(log):
        if event.kind == "customer wrote":
            found.append(Word(received(event), place, new="moved" not in event.data))
        if event.kind == "not helped":
            found.append(Word(event.at, place, written=False))
        if event.kind == "held":
            doors = [(other, log[other].kind) for other in range(place, len(log)) if log[other].kind == "accepted"]
            doors += [(reply.place, "answered") for reply in people if reply.place > place]
            doors += [(other, "closed") for other, _, _ in closings(log) if other > place]
            doors += [(other, "closed") for other in removals(log, whole=True) if other > place]
            if doors:
                door, what = min(doors)
                if what != "closed":
                    found.append(Word(received(event), door - 1 + place / 1_000_000 + 0.5))
    return sorted(found, key=lambda word: word.place)


def turns(log: Sequence[Happened]) -> list[dict[str, object]]:
    """Each wait: take the first message that nothing has ended yet, find what ends it, go on with what is left."""
    left = words(log)
    people, bots, ends = replies(log, "answered"), replies(log, "bot answered"), closings(log)
    found: list[dict[str, object]] = []
    responded = False
    while left:
        start = left[0].place
        person = next((reply for reply in people if reply.place > start), None)
        closing = next((end for end in ends if end[0] > start), None)
        removed = [place for place in removals(log, whole=False) if place > start]
        until = min(
            [float("inf"), *removed[:1], *([person.place] if person else []), *([closing[0]] if closing else [])]
        )
        content = _content(left, next((reply for reply in bots if start < reply.place < until), None), until)
        until = content.place if content else until
        mine = [word for word in left if word.place < until]
        left = left[len(mine) :]
        began = min(word.at for word in mine)
        answered = person is not None and person.place == until
        bot = next((reply for reply in bots if start < reply.place < until), None)
        again = next((word for word in mine if bot and word.place > bot.place), None)
        if until in removed:
            continue
        found.append(
            {
                "first": not responded,
                "began": began,
                "words": sum(word.written for word in mine),
                "person_at": max(began, person.at) if answered and person else None,
                "person": person.by if answered and person else "",
                "owner": (person.by if answered and person else "") or whose(log, until),
                "closed_at": _over(began, closing, content, until) if not answered else None,
                "bot": bot is not None,
                "again": again is not None,
            }
        )
        responded = responded or content is None
    return found


def _content(left: Sequence[Word], bot: Reply | None, until: float) -> Word | None:
    """The first words after the bridge's answer, where they are new and came more than an hour after it."""
    later = [word for word in left if bot and bot.place < word.place < until]
    if not later or bot is None:
        return None
    before = min(word.at for word in left if word.place < bot.place)
    word = later[0]
    return word if word.written and word.new and word.at - max(bot.at, before) > HOUR else None


def _over(began: int, closing: tuple[int, int, str] | None, content: Word | None, until: float) -> int | None:
    """When it ended without an answer of a person's."""
    if content is not None:
        return content.at
    return max(began, closing[1]) if closing and closing[0] == until else None


def episodes(log: Sequence[Happened]) -> list[tuple[int, int | None, str, str]]:
    """From when to when (None: still), by whom, and in whose line it counts."""
    left = words(log)
    found: list[tuple[int, int | None, str, str]] = []
    while left:
        closing = next((end for end in closings(log) if end[0] > left[0].place), None)
        merged = next((place for place in removals(log, whole=True) if place > left[0].place), float("inf"))
        until = min(merged, closing[0] if closing else float("inf"))
        mine = [word for word in left if word.place < until]
        left = left[len(mine) :]
        if merged == until != float("inf"):
            continue
        began = min(word.at for word in mine)
        ended, by = (None, "") if closing is None else (max(began, closing[1]), closing[2])
        found.append((began, ended, by, by or whose(log, until)))
    return found


def whose(log: Sequence[Happened], before: float) -> str:
    """The owner whose case it was at a place in the log."""
    given = [event.data["to"] for place, event in enumerate(log) if event.kind == "assigned" and place < before]
    return given[-1] if given else ""


def votes(log: Sequence[Happened]) -> list[tuple[int, str, str, bool, str, str]]:
    """What was said of each of the bridge's answers, last: when it was asked, which, the word, whether it had been
    sent, by whom, and whose line it counts in. Looks from each word at all later ones.
    """
    kinds = ("helped", "not helped", "approved", "unapproved", "refused")
    said = [(place, event) for place, event in enumerate(log) if event.kind in kinds]
    found = []
    for place, event in said:
        named = event.data.get("match")
        same = [later for other, later in said if other > place and named and later.data.get("match") == named]
        again = [later for other, later in said if other > place and later == event]
        if same or again or event.kind == "unapproved":
            continue
        asked = (datetime.fromisoformat(event.data["asked_at"]) - EPOCH) // timedelta(microseconds=1)
        word = "corrected" if event.data.get("corrected") else event.kind
        sent = event.kind in ("helped", "not helped") or event.data["automatic"]
        by = event.data.get("owner", "")
        found.append((asked, named or str(event.at), word, sent, by, by or whose(log, place)))
    return sorted(found)


def latest_episode(log: Sequence[Happened], before: int) -> int | None:
    """When the last episode began that a place in the log knows of; those that were merged away are none."""
    left, found = [word for word in words(log) if word.place < before], None
    ends = [(place, "closed") for place, _, _ in closings(log)]
    ends = sorted([*ends, *((place, "merged") for place in removals(log, whole=True))])
    while left:
        place, how = next((end for end in ends if left[0].place < end[0] < before), (before, "goes on"))
        mine = [word for word in left if word.place < place]
        left = left[len(mine) :]
        found = found if how == "merged" else min(word.at for word in mine)
    return found


def surveys(log: Sequence[Happened]) -> list[tuple[int, str, object, object, object, bool, bool]]:
    """Each time that a customer was asked how it was: in which episode, in whose line, and what was said of each thing
    last, before the next time.
    """
    kinds = ("asked", "score", "solved", "ease", "reason", "refused")
    said = [
        (place, "score" if event.kind == "feedback" else event.kind.removeprefix("feedback "), event)
        for place, event in enumerate(log)
        if event.kind == "feedback" or event.kind.startswith("feedback ")
    ]
    begins = [index for index, (_, what, _) in enumerate(said) if what == "asked" or index == 0]
    found = []
    for begin, end in zip(begins, [*begins[1:], len(said)], strict=False):
        place, _, first = said[begin]
        last = {what: event.data for _, what, event in said[begin:end]}
        assert set(last) <= set(kinds)
        answers = (last.get("score", {}).get("score"), last.get("solved", {}).get("solved"))
        began = latest_episode(log, place)
        found.append(
            (
                first.at if began is None else began,
                first.data.get("owner") or whose(log, place),
                *answers,
                last.get("ease", {}).get("ease"),
                "reason" in last,
                "refused" in last,
            )
        )
    return found


def quantile(waits: Sequence[tuple[int, bool]], share: Fraction) -> int | None:
    """Kaplan and Meier as in the book, in fractions."""
    left = Fraction(1)
    for length in sorted({length for length, over in waits if over}):
        at_risk = sum(other >= length for other, _ in waits)
        ended = sum(other == length and over for other, over in waits)
        left *= 1 - Fraction(ended, at_risk)
        if left <= share:
            return length
    return None


Business = Callable[[int, int], int]
