"""When the bridge answers a customer by itself, and when it only says so to the owner, or nothing. Pure.

    a message comes      it is matched with the FAQ (before the decision: `understanding.py`) and judged (`judge.py`)
    sure, and trusted    answered after the time that a customer is given to finish writing, if nothing came between
    sure, not trusted    the owner reads what would have been answered, and sends it with one word or tap
    anything else        the owner has the message, as ever

Silent in any case (invariants 7 and 8): once a person has answered; once the customer has asked for a person, or has
said that an answer did not help; to what is old; to machines; with an answer that was given before in the same
conversation; while an earlier line of the customer's stands there that the answer is not for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.book import Book
from bridge.bot.automatic_answer import Setting, answer_text, asked, draft, has_a_hole, in_short, told
from bridge.bot.loops import sign
from bridge.conversation import Conversation, Happening, State, after
from bridge.decision import (
    Change,
    Decision,
    Direction,
    Effect,
    Log,
    Record,
    Remember,
    Remind,
    Send,
)
from bridge.faq.earning import threshold
from bridge.faq.entry import Entry, Mode
from bridge.faq.judge import Reason, Verdict, judge
from bridge.faq.light import asks_nothing
from bridge.faq.match import Match
from bridge.faq.rules import Rules
from bridge.faq.signals import signals
from bridge.language import Language
from bridge.learned import Fate, Remembered
from bridge.letterbox import Letterbox
from bridge.messages import Message

TIMER = "faq"
LONGEST = 6_000
"""Characters. The matcher looks at no more, and what it has not seen may say anything."""

_HANDED_OVER = (Fate.PERSON_WANTED, Fate.NOT_HELPED, Fate.REFUSED)
_ANSWERED = (Fate.ANSWERED, Fate.HELPED, Fate.NOT_HELPED, Fate.APPROVED)
_MATCHED = (Fate.SUGGESTED, Fate.DUE, Fate.WITHHELD)


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What the FAQ has for a message: how it was matched, and the entry that is suggested or will be answered with.

    `answer` is what the customer would read, on one line and not all of it.
    """

    match: Remembered
    entry: Entry | None = None
    answer: str = ""

    @property
    def suggested(self) -> Entry | None:
        """The entry that owners are shown, for them to send."""
        return self.entry if self.match.fate is Fate.SUGGESTED else None

    @property
    def person_wanted(self) -> bool:
        """Whether the customer asked for a person."""
        return self.match.fate is Fate.PERSON_WANTED

    @property
    def due(self) -> bool:
        """Whether it will be answered, unless something comes between."""
        return self.match.fate is Fate.DUE


def question_in(message: Message) -> str:
    """The words that are looked up: a mail's subject asks, too."""
    words = message.text if message.visible is None else message.visible
    return f"{message.subject}\n{words.plain}" if message.threaded and message.subject else words.plain


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """What the customer of this name wrote, whether it asks for a person, and whether its answer would have a hole."""

    plain: str
    name: str
    person: bool
    hole: bool


def consider(message: Message, conversation: Conversation, box: Letterbox, *, timely: bool) -> Offer | None:
    """What the FAQ has for what a customer has just written; None where there is no FAQ. `timely`: it is neither old
    nor has a person answered.
    """
    rules, found = box.faq, box.match
    if conversation.about:
        return None  # a third person was asked: what they write is an answer
    if rules is None or found is None:
        return None
    words = message.text if message.visible is None else message.visible
    files = sum(not file.inline for file in message.attachments)
    seen = signals(words.plain, subject=message.subject, attachments=files)
    all_of_it = box.book.matches(conversation.number)
    judging = replace(rules.judging, thresholds=_thresholds(found, rules, box))
    verdict = judge(found, seen, rules.entries, rules=judging, channel=box.connector)
    entry = rules.entries.get(verdict.entry)
    earlier = [match for match in all_of_it if match.at >= conversation.opened_at]
    setting = _setting(found.language, box)
    hole = entry is not None and has_a_hole(entry, conversation, setting)
    asked = _Asked(plain=words.plain, name=conversation.customer.name, person=bool(seen.person), hole=hole)
    fate, reason = _fate(verdict, entry, asked, earlier, box, timely=timely)
    match = Remembered(
        id=f"{conversation.number}.{len(all_of_it) + 1}",
        conversation=conversation.number,
        entry=verdict.entry,
        answer_hash=entry.answer_hash if entry else "",
        confidence=verdict.confidence,
        reason=reason,
        language=found.language,
        fate=fate,
        at=box.now,
    )
    if entry is None or fate not in (Fate.SUGGESTED, Fate.DUE):
        return Offer(match=match)
    return Offer(match=match, entry=entry, answer=in_short(answer_text(entry, conversation, setting)))


def _setting(spoken: str, box: Letterbox) -> Setting:
    """Here and now, for a customer who speaks this language, if that is known."""
    language = spoken or box.policy.language
    return Setting(business=box.policy.business, language=language, now=box.now, hours=box.hours)


def _thresholds(found: Match, rules: Rules, box: Letterbox) -> Mapping[str, float]:
    """How sure each entry that was found has to be, by what owners have said of it."""
    known = [rules.entries[one.entry] for one in found.candidates if one.entry in rules.entries]
    base, needed = rules.judging.threshold, rules.approvals
    return {entry.id: threshold(box.book.trust(entry.id, entry.answer_hash), base, needed) for entry in known}


def _fate(
    verdict: Verdict,
    entry: Entry | None,
    words: _Asked,
    earlier: Sequence[Remembered],
    box: Letterbox,
    *,
    timely: bool,
) -> tuple[Fate, str]:
    """What becomes of it; the first rule that matches wins."""
    sure = verdict.answered or verdict.reason is Reason.SUGGEST
    rules = (
        (words.person and not verdict.answered, Fate.PERSON_WANTED, str(Reason.PERSON)),
        (asks_nothing(words.plain, words.name), Fate.LIGHT, "asks nothing"),
        (len(words.plain) > LONGEST, Fate.NONE, "too long"),
        (not timely, Fate.NONE, "too late, or a person has answered"),
        (any(match.fate in _HANDED_OVER for match in earlier), Fate.NONE, "handed over before"),
        (not sure, Fate.NONE, verdict.reason),
        (_given_before(verdict.entry, earlier), Fate.NONE, "answered with this before"),
        (words.hole, Fate.NONE, "a value is missing"),
        (not _trusted(entry, box), Fate.SUGGESTED, verdict.reason),
        (_open_beside(verdict.entry, earlier), Fate.SUGGESTED, "something else is unanswered"),
    )
    return next(((fate, reason) for holds, fate, reason in rules if holds), (Fate.DUE, verdict.reason))


def _given_before(entry: str, earlier: Sequence[Remembered]) -> bool:
    return any(match.fate in _ANSWERED and match.entry == entry for match in earlier)


def _trusted(entry: Entry | None, box: Letterbox) -> bool:
    if entry is None or entry.mode is not Mode.AUTO or box.faq is None:
        return False
    return box.faq.at_once or box.book.trust(entry.id, entry.answer_hash).promoted


def _open_beside(entry: str, earlier: Sequence[Remembered]) -> bool:
    """Whether the customer's earlier lines hold something that this answer is not for."""
    since = max((place for place, match in enumerate(earlier, start=1) if match.fate in _ANSWERED), default=0)
    return any(
        match.fate is Fate.NONE or (match.fate in _MATCHED and match.entry != entry) for match in earlier[since:]
    )


def below(offer: Offer | None, conversation: Conversation, spoken: Language) -> str:
    """What owners read of it below the message."""
    if offer is None:
        return ""
    if offer.person_wanted:
        return spoken.say("\n[asks for a person]")
    if offer.suggested is None:
        return ""
    told = spoken.say(
        "\n[would have answered with {entry}, {percent} % sure: `ok {number}` sends it, `no {number}` if it is wrong]",
        entry=f"#{offer.suggested.id}",
        percent=round(100 * offer.match.confidence),
        number=conversation.number,
    )
    return f"{told}\n[{offer.answer}]"


def follows(offer: Offer, box: Letterbox) -> list[Effect]:
    """It is remembered; and an answer that is due has its timer."""
    effects: list[Effect] = [Remember(match=offer.match)]
    if offer.due:
        data = {"timer": TIMER, "conversation": offer.match.conversation, "match": offer.match.id}
        effects.append(Remind(key=f"{TIMER}:{offer.match.id}", due_at=box.now + box.policy.burst, data=data))
    return effects


def due(data: Mapping[str, object], conversation: Conversation, box: Letterbox) -> Decision:
    """The customer has had time to finish writing."""
    matches = box.book.matches(conversation.number)
    match = next((one for one in matches if one.id == data.get("match")), None)
    if match is None or match.fate is not Fate.DUE:
        return Decision("no longer needed")
    entry = box.faq.entries.get(match.entry) if box.faq else None
    later = matches[matches.index(match) + 1 :]
    why_not = _withheld(match, entry, later, conversation, box)
    if why_not or entry is None or box.faq is None:
        return Decision(why_not, (Remember(match=replace(match, fate=Fate.WITHHELD, reason=why_not)),))
    return _answered(match, entry, box.faq, conversation, box)


def _withheld(
    match: Remembered, entry: Entry | None, later: Sequence[Remembered], conversation: Conversation, box: Letterbox
) -> str:
    """Why the answer that was due is not given after all; "" for nothing."""
    if conversation.state is not State.OPEN or conversation.person_answered_at or conversation.customer.blocked:
        return "no longer needed"
    if any(one.fate is not Fate.LIGHT for one in later):
        return "the customer went on writing"
    if entry is None or entry.answer_hash != match.answer_hash or not _trusted(entry, box):
        return "the entry has changed"
    if box.now - match.at > box.policy.automatic_max_age:
        return "too late"
    if has_a_hole(entry, conversation, _setting(match.language, box)):  # the hours were known when it was found
        return "a value is missing"
    return sign(conversation, entry.answer, box.faq.per_day if box.faq else 0, box)


def withheld(conversation: Conversation, why: str, book: Book) -> list[Effect]:
    """What is due in a conversation is not answered after all: it is no longer what the answer was found for."""
    waits = [match for match in book.matches(conversation.number) if match.fate is Fate.DUE]
    return [Remember(match=replace(match, fate=Fate.WITHHELD, reason=why)) for match in waits]


def _answered(match: Remembered, entry: Entry, rules: Rules, conversation: Conversation, box: Letterbox) -> Decision:
    text = answer_text(entry, conversation, _setting(match.language, box))
    state = after(conversation.state, Happening.BOT_ANSWERED)
    data = {"entry": entry.id, "match": match.id, "confidence": round(match.confidence, 4)}
    return Decision(
        "answered by itself",
        (
            Record(
                conversation=conversation.number,
                direction=Direction.OUT,
                connector=conversation.connector,
                text=text,
                author=box.policy.business,
                automatic=TIMER,
            ),
            Send(draft=draft(text, match, rules, conversation, box)),
            Remember(match=replace(match, fate=Fate.ANSWERED)),
            Change(after=replace(conversation, state=state, changed_at=box.now)),
            Log(kind="bot answered", conversation=conversation.number, data=data, sends=True),
            *asked(match, rules, conversation, box),
            *told(match, entry, text, conversation, box),
        ),
    )
