"""What owners teach the FAQ: another way to ask an entry, what it is not for, a new one. Pure.

What the file is to learn is a timer of its own, due at once: writing a file is no part of a decision (`library.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches

from bridge.book import Line
from bridge.conversation import Conversation
from bridge.decision import Decision, Direction, Effect, Log, Remind, Send
from bridge.faq.entry import Entry, Mode
from bridge.faq.phrasing import phrasing_of
from bridge.faq.rules import Rules
from bridge.faq.words_of import plain_words
from bridge.language import language
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.owners.turn import Turn
from bridge.policy import SurfaceAddress

CHANGE_TIMER = "faq change"
LONGEST_ANSWER = 8_000
LOOKED_AT = 50
"""So many of a conversation's last messages are looked at for the question, and for the answer to it."""

NAMED = 12
"""So many of the entries' names are listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lesson:
    """What an owner wants an entry to learn ("also", "not", "add"), and from which conversation: a customer's question,
    and the shop's answer to it.
    """

    what: str
    entry: str
    number: int
    question: str
    answer: str = ""


def learn(turn: Turn, conversation: Conversation, what: str, entry: str) -> Sequence[Effect]:
    """The customer's last question becomes a phrasing of an entry ("also"), an example of what it is not for ("not"),
    or with the owner's last answer a new entry ("add").
    """
    if turn.faq is None:
        return [turn.tell(turn.speech.say("There is no FAQ: add [faq] to the configuration."))]
    lines = turn.book.history(conversation.number, LOOKED_AT)
    question, answer = _answered(lines) if what == "add" else (_asked(lines), "")
    given = _Lesson(what=what, entry=entry, number=conversation.number, question=question, answer=answer)
    why_not = _not_named(given, turn, turn.faq) or _not_there(given, turn) or _at_odds(given, turn, turn.faq)
    if why_not:
        return [turn.tell(why_not, conversation.number)]
    data = {
        "timer": CHANGE_TIMER,
        "what": what,
        "entry": entry or _name(question, turn.faq),
        "question": question,
        "answer": answer,
        "moved": _moved(given, turn.faq),
        "owner": turn.owner.name,
        "conversation": conversation.number,
        "connector": turn.line.connector,
        "address": turn.line.address,
        "room": turn.line.room,
    }
    return [Remind(key=f"{CHANGE_TIMER}:{turn.line.connector}:{turn.line.native_id}", due_at=turn.now, data=data)]


def _asked(lines: Sequence[Line]) -> str:
    """The customer's last words that ask something."""
    heard = (line.text.plain for line in reversed(lines) if line.direction == Direction.IN and not line.automatic)
    return next(filter(None, map(phrasing_of, heard)), "")


def _answered(lines: Sequence[Line]) -> tuple[str, str]:
    """The customer's last question before a person's last answer, and that answer; while there is none, the last."""
    said = [place for place, line in enumerate(lines) if line.direction == Direction.OUT and not line.automatic]
    if not said:
        return _asked(lines), ""
    return _asked(lines[: said[-1]]), lines[said[-1]].text.plain.strip()[:LONGEST_ANSWER]


def _not_named(given: _Lesson, turn: Turn, rules: Rules) -> str:
    """What the owner reads where the entry is not named, or not there; a new one: where it is there already."""
    known, say = sorted(rules.entries), turn.speech.say
    if given.what == "add":
        taken = given.entry in rules.entries
        return (
            say("There is an entry {entry} already; give the new one another name.", entry=given.entry) if taken else ""
        )
    if given.entry in rules.entries:
        return ""
    close = get_close_matches(given.entry.casefold(), known, n=3, cutoff=0.6)
    named = ", ".join(close or known[:NAMED]) + (" …" if not close and len(known) > NAMED else "") or "-"
    if given.entry:
        return say("There is no entry {entry}. There are: {known}", entry=given.entry, known=named)
    usage = f"faq {given.what} {given.number} ID"
    return say("Of which entry? `{usage}`. There are: {known}", usage=usage, known=named)


def _not_there(given: _Lesson, turn: Turn) -> str:
    """What the owner reads where there is nothing to learn from."""
    say, number = turn.speech.say, given.number
    if not given.question:
        return say("In #{number} nobody has asked anything that could be learned.", number=number)
    if given.what == "add" and not given.answer:
        return say(
            "#{number} has no answer yet to learn: answer first (`#{number} your words`), then `faq add {number}`.",
            number=number,
        )
    return ""


def _at_odds(given: _Lesson, turn: Turn, rules: Rules) -> str:
    """What the owner reads where the FAQ says the opposite, in a place that has to be changed first."""
    words, say = plain_words(given.question), turn.speech.say
    own = rules.entries.get(given.entry)
    others = (one for one in rules.entries.values() if one is not own and (own is None or own.meets(one)))
    other = own if given.what == "not" else next((one for one in others if _claims(one, words)), None)
    if other is None:
        return ""
    if plain_words(other.question) == words:
        return say("That is the very question of {entry}: change it in the FAQ's file.", entry=f"#{other.id}")
    if other is own:
        return ""
    return say(
        'Customers already reach #{entry} by "{question}", and it cannot mean two: `faq not {number} {entry}` takes it '
        "out there.",
        entry=other.id,
        question=given.question,
        number=given.number,
    )


def _claims(entry: Entry, words: str) -> bool:
    return entry.mode is not Mode.OFF and any(plain_words(one) == words for one in entry.phrasings)


def _moved(given: _Lesson, rules: Rules) -> bool:
    """Whether the same words stand in the entry's other list, out of which they are taken."""
    if given.what == "add":
        return False
    entry, words = rules.entries[given.entry], plain_words(given.question)
    return any(plain_words(one) == words for one in (entry.also if given.what == "not" else entry.not_this))


def learnt(data: Mapping[str, object], box: Letterbox) -> Decision:
    """The file was written, or could not be: the owner who asked for it reads which."""
    failed, entry = str(data.get("failed", "")), str(data.get("entry", ""))
    connector, address = str(data.get("connector", "")), str(data.get("address", ""))
    owner = box.policy.owner_at(connector, address)
    say = language(owner.language if owner else box.policy.language).say
    what, question = str(data.get("what", "")), str(data.get("question", ""))
    if failed:
        text = say("The FAQ was not changed: {reason}", reason=failed)
    elif what == "add":
        text = say("The FAQ has a new entry, #{entry}. It only suggests until it has earned more.", entry=entry)
    elif what == "not":
        text = say('The FAQ has learned it: #{entry} is not for "{question}".', entry=entry, question=question)
    else:
        text = say('The FAQ has learned it: #{entry} is for "{question}".', entry=entry, question=question)
    if data.get("moved") and not failed:
        text += " " + say("It stood there the other way round; your last word counts.")
    here = SurfaceAddress(connector=connector, address=address)
    draft = replace(notice(here, text), room=str(data.get("room", "")))
    log = Log(kind="faq changed", data={"what": what, "entry": entry, "failed": bool(failed)})
    return Decision("faq changed", (Send(draft=draft), log))


def _name(question: str, rules: Rules) -> str:
    """An id for a new entry, of its first words."""
    words = re.findall(r"\w+", question.casefold())[:4]
    name = "-".join(words)[:40] or "entry"
    names = [name, *(f"{name}-{count}" for count in range(2, 1000))]
    return next(one for one in names if one not in rules.entries)
