"""Whether a message gets the answer that was found, and why not. Pure; the first rule that matches wins.

The owner's rule is: silent rather than wrong. So every rule but the last hands over. What the conversation says (a
person has answered, the same answer twice, a machine wrote, the message is old) is decided before, by the core.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from bridge.faq.entry import Entry, Mode
from bridge.faq.figures import figures_in
from bridge.faq.match import Candidate, Match
from bridge.faq.questions import content_words
from bridge.faq.signals import Signals, signals
from bridge.faq.words_of import plain_words


class Reason(StrEnum):
    """Why it is answered, or handed over. What stands here is stored: it does not change."""

    SURE = "sure"
    NOTHING_ALIKE = "nothing alike"
    UNSURE = "unsure"
    NOT_THIS = "not this"
    PERSON = "asks for a person"
    ATTACHMENT = "attachment"
    NUMBER = "order number"
    COMPLAINT = "complaint"
    HEALTH = "health"
    MONEY = "money"
    UNWANTED = "negation"
    RIVAL = "two entries"
    CLOSE = "close second"
    QUESTIONS = "two questions"
    CHANNEL = "other channel"
    LANGUAGE = "other language"
    SUGGEST = "suggest only"


class OtherLanguage(StrEnum):
    """What is done where the only entry that fits is not written in the customer's language."""

    NEVER = "never"  # handed over
    ANSWER = "answer"  # answered all the same


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """How sure is sure enough: P(correct), 0 to 1.

    `threshold` goes for every entry that has none of its own in `thresholds`. A second entry within `margin` of the
    best competes with it. `understood` says whom an entry is for, by language, where the entry does not say itself.
    """

    threshold: float = 0.95
    thresholds: Mapping[str, float] = field(default_factory=dict)
    margin: float = 0.2
    other_language: OtherLanguage = OtherLanguage.NEVER
    understood: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """`entry` is the id of the best entry ("" for none), whether it is answered or not. `seen` is what decided: the
    customer's words, another entry's id, a language.
    """

    answered: bool
    entry: str = ""
    confidence: float = 0.0
    reason: Reason
    seen: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Case:
    """All that the rules look at."""

    match: Match
    best: Candidate
    entry: Entry
    others: Sequence[Candidate]
    signals: Signals
    own: Signals
    rules: Rules
    channel: str


def judge(match: Match, seen: Signals, entries: Mapping[str, Entry], *, rules: Rules, channel: str = "") -> Verdict:
    """What is to be done with a message in which `match` and the signals `seen` were found.

    `entries` are all that the matcher knows, by id; `channel` is the connector's name, "" for none in particular.
    """
    known = [one for one in match.candidates if one.entry in entries and entries[one.entry].mode is not Mode.OFF]
    if not known:
        return Verdict(answered=False, reason=Reason.NOTHING_ALIKE)
    fit = [one for one in known if not _unfit(entries[one.entry], match.language, rules, channel)]
    best = fit[0] if fit else known[0]
    entry = entries[best.entry]
    own = signals("\n".join((*entry.phrasings, *entry.tags)))
    others = [one for one in fit if one.entry != best.entry]
    case = _Case(
        match=match, best=best, entry=entry, others=others, signals=seen, own=own, rules=rules, channel=channel
    )
    for rule in _RULES:
        if against := rule(case):
            reason, words = against
            return Verdict(
                answered=False, entry=best.entry, confidence=best.confidence, reason=reason, seen=words[:100]
            )
    return Verdict(answered=True, entry=best.entry, confidence=best.confidence, reason=Reason.SURE)


_Against = tuple[Reason, str] | None
"""Why it is not answered, and what was seen; None where the rule has nothing against it."""


def _sure(case: _Case) -> _Against:
    threshold = case.rules.thresholds.get(case.entry.id, case.rules.threshold)
    return (Reason.UNSURE, "") if case.best.confidence < threshold else None


def _not_this(case: _Case) -> _Against:
    """The owner has said of this very message that it is something else."""
    asked = plain_words(case.match.asked)
    found = next((one for one in case.entry.not_this if asked and plain_words(one) == asked), None)
    return (Reason.NOT_THIS, found) if found else None


def _attachment(case: _Case) -> _Against:
    return (Reason.ATTACHMENT, "") if case.signals.attachments else None


def _number(case: _Case) -> _Against:
    return _first(Reason.NUMBER, _beside(case, case.signals.numbers))


def _sum(case: _Case) -> _Against:
    return _first(Reason.MONEY, _beside(case, case.signals.sums))


def _beside(case: _Case, numbers: Sequence[str]) -> Iterator[str]:
    """Numbers that the entry itself does not speak of."""
    if numbers:
        spoken_of = figures_in([*case.entry.phrasings, case.entry.answer])
        yield from (number for number in numbers if number not in spoken_of)


def _words(reason: Reason, of: Callable[[Signals], Sequence[str]]) -> Callable[[_Case], _Against]:
    """A rule: words of a kind that no phrasing of the entry has."""

    def rule(case: _Case) -> _Against:
        return None if of(case.own) else _first(reason, of(case.signals))

    return rule


def _first(reason: Reason, found: Iterator[str] | Sequence[str]) -> _Against:
    words = next(iter(found), None)
    return (reason, words) if words is not None else None


def _rival(case: _Case) -> _Against:
    rival = case.match.rival
    return (Reason.RIVAL, rival) if rival and rival != case.entry.id else None


def _close(case: _Case) -> _Against:
    if not case.others:
        return None
    second = case.others[0]
    near = second.confidence > case.best.confidence - case.rules.margin
    return (Reason.CLOSE, second.entry) if near else None


def _questions(case: _Case) -> _Against:
    """A question beside the one that was matched, about something that the entry does not speak of."""
    questions, asked = case.signals.questions, case.match.asked
    if len(questions) < 2:
        return None
    about = {word[:5] for word in content_words("\n".join((*case.entry.phrasings, case.entry.answer)))}
    matched = next((one for one in questions if asked and _same(one, asked)), None)
    # The matched sentence may hold several: then the one that the entry speaks of most is the one that was matched.
    matched = matched or max(questions, key=lambda one: _covered(one, about))
    others = (one for one in questions if one != matched and _covered(one, about) < 0.5)
    return _first(Reason.QUESTIONS, others)


def _same(one: str, other: str) -> bool:
    some, others = plain_words(one), plain_words(other)
    return some == others or (len(some) > 10 and some in others and len(some) * 2 > len(others))


def _covered(question: str, about: Collection[str]) -> float:
    """The share of what a question is about that the entry speaks of, by the beginnings of words."""
    words = content_words(question)
    return sum(word[:5] in about for word in words) / len(words) if words else 1.0


def _channel(case: _Case) -> _Against:
    return (Reason.CHANNEL, case.channel) if _other_channel(case.entry, case.channel) else None


def _language(case: _Case) -> _Against:
    other = _other_language(case.entry, case.match.language, case.rules)
    return (Reason.LANGUAGE, case.match.language) if other else None


def _suggest(case: _Case) -> _Against:
    return (Reason.SUGGEST, "") if case.entry.mode is Mode.SUGGEST else None


_RULES: Sequence[Callable[[_Case], _Against]] = (
    _words(Reason.PERSON, lambda found: found.person),
    _sure,
    _not_this,
    _attachment,
    _number,
    _words(Reason.COMPLAINT, lambda found: found.complaint),
    _words(Reason.COMPLAINT, lambda found: found.defect),
    _words(Reason.HEALTH, lambda found: found.health),
    _sum,
    _words(Reason.MONEY, lambda found: found.money),
    _words(Reason.UNWANTED, lambda found: found.unwanted),
    _rival,
    _close,
    _questions,
    _channel,
    _language,
    _suggest,
)


def _unfit(entry: Entry, language: str, rules: Rules, channel: str) -> bool:
    return _other_channel(entry, channel) or _other_language(entry, language, rules)


def _other_channel(entry: Entry, channel: str) -> bool:
    return bool(channel and entry.channels and channel not in entry.channels)


def _other_language(entry: Entry, language: str, rules: Rules) -> bool:
    if not language or rules.other_language is OtherLanguage.ANSWER:
        return False
    understood = entry.languages or rules.understood.get(entry.id, ())
    return bool(understood) and _primary(language) not in {_primary(code) for code in understood}


def _primary(code: str) -> str:
    """The language without its country: de of de-AT."""
    return code.partition("-")[0].casefold()
