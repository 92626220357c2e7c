"""What owners read when the shop opens: what the bridge answered meanwhile, who waits, what was not delivered. Pure.

The report of an opening is due with the first words that come before it. As long as somebody waits, there is one at
each opening: nobody is left without an answer because nobody looks any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from bridge.cases.quiet import unhurried
from bridge.cases.waiting import Waiting, lines, waiting
from bridge.decision import Decision, Effect, Remind
from bridge.language import Language, language
from bridge.learned import Fate, Remembered
from bridge.letterbox import Letterbox
from bridge.owners.relay import excerpt, sender

TIMER = "night"
ANSWERED = (Fate.ANSWERED, Fate.HELPED, Fate.NOT_HELPED, Fate.REFUSED)
LISTED = 30


def due_next(box: Letterbox) -> list[Effect]:
    """The report of the next opening; none where the shop has no hours, or never opens again."""
    if box.hours is None:
        return []
    closing = box.hours.next_closing(box.now)
    opening = box.hours.next_opening(closing) if closing else None
    if opening is None:
        return []
    data = {"timer": TIMER, "since": box.now.isoformat()}
    return [Remind(key=f"{TIMER}:{opening.isoformat()}", due_at=opening, data=data)]


def due(data: Mapping[str, object], box: Letterbox) -> Decision:
    """The shop opens."""
    since = datetime.fromisoformat(str(data["since"]))
    answered = [match for match in box.book.matches_since(since, LISTED + 1) if match.fate in ANSWERED]
    wait = waiting(box)
    failed = sum(letter.at >= since for letter in box.book.letters(LISTED))
    again = due_next(box) if wait else []
    if not (answered or wait or failed):
        return Decision("a quiet night", tuple(again))
    told: list[Effect] = []
    for owner, surface in box.policy.surfaces():
        spoken = language(owner.language)
        parts = [_answered(answered, spoken, box), _waits(wait, spoken, box), _failed(failed, spoken)]
        told += unhurried("\n".join(part for part in parts if part), owner, surface, box)
    return Decision("night report", (*told, *again))


def _answered(found: list[Remembered], spoken: Language, box: Letterbox) -> str:
    if not found:
        return ""
    head = spoken.count(
        "Answered by itself: {number} message. `no N` under what is wrong.",
        "Answered by itself: {number} messages. `no N` under what is wrong.",
        len(found),
    )
    return "\n".join([head, *(_match(match, spoken, box) for match in found[:LISTED])])


def _match(match: Remembered, spoken: Language, box: Letterbox) -> str:
    conversation = box.book.conversation(match.conversation)
    heard = box.book.last_heard(match.conversation)
    who = sender(conversation, box.policy.label(conversation.connector)) if conversation else "?"
    named = {"number": match.conversation, "who": who, "entry": f"#{match.entry}"}
    words = excerpt(heard.text.plain, 80) if heard else ""
    if match.fate is Fate.NOT_HELPED:
        return spoken.say("#{number} {who}: {entry}, did not help: {words}", **named, words=words)
    return spoken.say("#{number} {who}: {entry}: {words}", **named, words=words)


def _waits(found: list[Waiting], spoken: Language, box: Letterbox) -> str:
    if not found:
        return ""
    head = spoken.count("Waits for you: {number} customer.", "Wait for you: {number} customers.", len(found))
    return "\n".join([head, *lines(found, spoken, box)])


def _failed(count: int, spoken: Language) -> str:
    if not count:
        return ""
    return spoken.count(
        "{number} message could not be read or sent: `dead` shows it.",
        "{number} messages could not be read or sent: `dead` lists them.",
        count,
    )
