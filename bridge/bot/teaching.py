"""What owners say of the FAQ's answers: that a suggestion is right, that an answer was wrong. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bridge.book import Pending
from bridge.bot.automatic_answer import Setting, answer_text, has_a_hole
from bridge.conversation import Conversation
from bridge.decision import Effect, Log, Remember, Send, Vote
from bridge.faq.earning import approved, refused, withdrawn
from bridge.faq.entry import Entry
from bridge.happened import APPROVED, REFUSED, UNAPPROVED
from bridge.learned import Fate, Remembered
from bridge.outbound import OutboundKind
from bridge.owners.answering import Answer
from bridge.owners.asking import answer_or_ask
from bridge.owners.relay import ToCommand, ToCustomer
from bridge.owners.turn import Turn
from bridge.text import Text

_SENT = (Fate.ANSWERED, Fate.HELPED, Fate.NOT_HELPED)
_SHOWN_WRONG = (Fate.SUGGESTED, Fate.DUE, Fate.ANSWERED, Fate.HELPED, Fate.NOT_HELPED, Fate.APPROVED)


def ok(turn: Turn, conversation: Conversation, which: str = "") -> Sequence[Effect]:
    """Send what was suggested in this match, or what was last, and count it in the entry's favour."""
    match = _this(turn, which, (Fate.SUGGESTED,)) if which else _suggested(turn, conversation)
    entry = turn.faq.entries.get(match.entry) if match and turn.faq else None
    if match is None or entry is None or turn.faq is None or entry.answer_hash != match.answer_hash:
        return [turn.tell(turn.speech.say("Nothing is suggested for that customer."), conversation.number)]
    if has_a_hole(entry, conversation, _setting(match, turn)):  # what it speaks of was known when it was suggested
        hole = turn.speech.say(
            "Not sent: #{entry} has a hole now, since the opening hours are not known.", entry=entry.id
        )
        return [turn.tell(hole, conversation.number)]
    given = Answer(text=_words(entry, match, conversation, turn), native_id=turn.line.native_id)
    sent = answer_or_ask(turn, conversation, given)
    if not any(isinstance(effect, Send) and effect.draft.kind is OutboundKind.ANSWER for effect in sent):
        return sent  # it is asked about first, and nothing has been approved yet
    before = turn.book.trust(entry.id, entry.answer_hash)
    after = approved(before, turn.faq.approvals)
    effects: list[Effect] = [
        *sent,
        Remember(match=replace(match, fate=Fate.APPROVED)),
        Vote(trust=after),
        _voted(APPROVED, match, turn),
    ]
    if after.promoted and not before.promoted:
        told = turn.speech.count(
            "#{entry} was right {number} time: from now on it answers by itself. `no` under an answer ends that.",
            "#{entry} was right {number} times: from now on it answers by itself. `no` under an answer ends that.",
            after.approvals,
            entry=entry.id,
        )
        effects.append(turn.tell(told, conversation.number))
    return effects


def unapproved(turn: Turn, undone: Pending) -> list[Effect]:
    """An answer is taken back; if it was an `ok`, that counts for nothing, and may be typed again."""
    conversation = turn.book.conversation(undone.conversation)
    if turn.faq is None or conversation is None:
        return []
    match = _last(turn, conversation, (Fate.APPROVED,))
    entry = turn.faq.entries.get(match.entry) if match else None
    if match is None or entry is None or _words(entry, match, conversation, turn).plain != undone.text.plain:
        return []
    trust = withdrawn(turn.book.trust(match.entry, match.answer_hash), turn.faq.approvals)
    return [
        Remember(match=replace(match, fate=Fate.SUGGESTED)),
        Vote(trust=trust),
        _voted(UNAPPROVED, match, turn),
    ]


def _words(entry: Entry, match: Remembered, conversation: Conversation, turn: Turn) -> Text:
    return answer_text(entry, conversation, _setting(match, turn))


def _setting(match: Remembered, turn: Turn) -> Setting:
    spoken = match.language or turn.policy.language
    return Setting(business=turn.policy.business, language=spoken, now=turn.now, hours=turn.hours)


def no(turn: Turn, conversation: Conversation, which: str = "") -> Sequence[Effect]:
    """What was suggested, or answered, in this match, or last, was wrong: the entry only suggests from now on, and has
    to be surer.
    """
    match = _this(turn, which, _SHOWN_WRONG) if which else _last(turn, conversation, _SHOWN_WRONG)
    if match is None:
        return [turn.tell(turn.speech.say("Nothing was suggested or answered there."), conversation.number)]
    return [*wrong(turn, match), turn.tell(_again(turn, match), conversation.number)]


def order(target: ToCustomer, turn: Turn) -> ToCommand | None:
    """A line for a customer that is a word about the FAQ instead: a bare "ok" while something is suggested for them,
    or "ok" or "no" with their very number. A bare "no" may be an answer.
    """
    words = target.text.plain.strip().casefold()
    numbered = re.fullmatch(r"!?(ok|no)\s*#?(\d{1,15})", words, re.ASCII)
    if numbered and int(numbered[2]) == target.number:
        return ToCommand(words=words, number=target.number, sure=True)
    conversation = turn.book.conversation(target.number) if words == "ok" else None
    if conversation is None or not _suggested_for_what_came_last(turn, conversation):
        return None
    return ToCommand(words=words, number=target.number, sure=True)


def wrong(turn: Turn, match: Remembered, *, corrected: bool = False) -> list[Effect]:
    """The entry was wrong here; `corrected`: the owner has not said so, but put it right."""
    return [
        Remember(match=replace(match, fate=Fate.REFUSED)),
        Vote(trust=refused(turn.book.trust(match.entry, match.answer_hash))),
        _voted(REFUSED, match, turn, **({"corrected": True} if corrected else {})),
    ]


def _voted(kind: str, match: Remembered, turn: Turn, **more: object) -> Log:
    """What an owner said of it, for the log (`votes.py` reads it)."""
    data = {
        "owner": turn.owner.name,
        "entry": match.entry,
        "match": match.id,
        "asked_at": match.at.isoformat(),
        "automatic": match.fate in _SENT,
        **more,
    }
    return Log(kind=kind, conversation=match.conversation, data=data)


def _again(turn: Turn, match: Remembered) -> str:
    return turn.speech.say(
        "Good to know: #{entry} only suggests from now on. `faq not {number} {entry}` adds the message to what it is "
        "not for.",
        entry=match.entry,
        number=match.conversation,
    )


def corrected(turn: Turn, conversation: Conversation) -> list[Effect]:
    """An owner's own words right after an automatic answer, before the customer wrote again, put it right."""
    if turn.faq is None:
        return []
    matches = turn.book.matches(conversation.number)
    if not matches or matches[-1].fate is not Fate.ANSWERED:
        return []
    told = turn.speech.say(
        "#{entry} had answered by itself; you put it right, so it only suggests from now on.", entry=matches[-1].entry
    )
    return [*wrong(turn, matches[-1], corrected=True), turn.tell(told, conversation.number)]


def _last(turn: Turn, conversation: Conversation, fates: Sequence[Fate]) -> Remembered | None:
    matches = turn.book.matches(conversation.number)
    return next((match for match in reversed(matches) if match.fate in fates), None)


def _this(turn: Turn, which: str, fates: Sequence[Fate]) -> Remembered | None:
    """The very match whose button was pressed: a tap must not be about another one that came later."""
    number = which.partition(".")[0]
    matches = turn.book.matches(int(number)) if number.isdecimal() else ()
    return next((match for match in matches if match.id == which and match.fate in fates), None)


def _suggested(turn: Turn, conversation: Conversation) -> Remembered | None:
    """What was suggested last, and is not answered yet: an owner's own words have settled what was before them."""
    match = _last(turn, conversation, (Fate.SUGGESTED,))
    settled_at = conversation.person_answered_at or conversation.opened_at
    if match is None or match.at < settled_at or (match.at == settled_at and conversation.person_answered_at):
        return None
    return match


def _suggested_for_what_came_last(turn: Turn, conversation: Conversation) -> bool:
    """Whether a bare "ok" means the suggestion: to what the customer has asked since, it may be the answer."""
    asked = [match for match in turn.book.matches(conversation.number) if match.fate is not Fate.LIGHT]
    return bool(asked) and asked[-1].fate is Fate.SUGGESTED and _suggested(turn, conversation) is not None
