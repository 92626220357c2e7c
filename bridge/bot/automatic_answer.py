"""What an automatic answer from the FAQ looks like: its words, the question below it, what owners read of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bridge.bot.drafting import automatic
from bridge.bot.words import below_an_answer, customers_language, it_did_not_help, it_helped
from bridge.conversation import Conversation
from bridge.decision import Ask, Draft, Question, Send
from bridge.faq.entry import Entry
from bridge.faq.placeholders import holes
from bridge.faq.rules import Rules
from bridge.hours import Hours
from bridge.language import Language, language
from bridge.learned import Remembered
from bridge.letterbox import Letterbox
from bridge.marks import notice
from bridge.outbound import Choice
from bridge.owners.choices import NO, of_match
from bridge.text import Text

SHOWN = 200
"""Characters of an answer that an owner is shown."""

HELPED = "helped"
"""The kind of the question whether an answer did help."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Setting:
    """Where and when an answer is given, and in what language."""

    business: str
    language: str
    now: datetime
    hours: Hours | None = None


def answer_text(entry: Entry, conversation: Conversation, setting: Setting) -> Text:
    """The answer as this customer gets it, its placeholders filled (`faq/placeholders.py`)."""
    from bridge.faq.answer import render  # noqa: PLC0415 - a shop without an FAQ has no use for a Markdown reader

    return render(entry, _values(conversation, setting))


def has_a_hole(entry: Entry, conversation: Conversation, setting: Setting) -> bool:
    """Whether the answer speaks of something that is not known at this moment: a shop that never opens again."""
    return any(holes(f"{entry.answer}\n{entry.follow_up}", _values(conversation, setting)))


def _values(conversation: Conversation, setting: Setting) -> Mapping[str, str]:
    values = {
        "name": conversation.customer.name,
        "number": str(conversation.number),
        "business": setting.business,
    }
    return {**values, **_opening(setting)}


def _opening(setting: Setting) -> Mapping[str, str]:
    if setting.hours is None:
        return {}
    from bridge.hours.words import next_opening_in_words, opening_hours  # noqa: PLC0415 - see above

    return {
        "opening_hours": opening_hours(setting.hours, setting.language),
        "next_opening": next_opening_in_words(setting.hours, setting.now, setting.language),
    }


def in_short(text: Text) -> str:
    """The beginning of an answer on one line, for an owner to see which it is."""
    words = " ".join(text.plain.split())
    return words if len(words) <= SHOWN else f"{words[:SHOWN].rstrip()} …"


def draft(text: Text, match: Remembered, rules: Rules, conversation: Conversation, box: Letterbox) -> Draft:
    """What is sent: it says that it is automatic, and asks whether it helped."""
    signed = below_an_answer(_speech(match, box), asks_helped=rules.ask_helped)
    return automatic(
        Text(f"{text.plain}\n\n{signed}", text.spans),
        conversation,
        box,
        helped_choices(match, box) if rules.ask_helped else (),
    )


def helped_choices(match: Remembered, box: Letterbox) -> tuple[Choice, ...]:
    """Yes and no, in the customer's language."""
    speech = _speech(match, box)
    (helped, yes), (not_helped, no) = it_helped(speech), it_did_not_help(speech)
    return Choice(id="yes", label=helped, word=yes), Choice(id="no", label=not_helped, word=no)


def _speech(match: Remembered, box: Letterbox) -> Language:
    return customers_language(match.language, box.policy.language)


def asked(match: Remembered, rules: Rules, conversation: Conversation, box: Letterbox) -> list[Ask]:
    """The open question whether it helped."""
    if not rules.ask_helped:
        return []
    options = {choice.word.casefold(): choice.id for choice in helped_choices(match, box)}
    question = Question(kind=HELPED, options=options, text=Text(), about=match.id)
    here = {"connector": conversation.connector, "address": conversation.address}
    return [Ask(**here, question=question, expires_at=box.now + ASKED_FOR)]


ASKED_FOR = timedelta(days=3)
"""So long a customer may say whether an answer did help."""


def told(match: Remembered, entry: Entry, text: Text, conversation: Conversation, box: Letterbox) -> list[Send]:
    """What owners read of it."""
    found = []
    for owner, surface in box.policy.surfaces():
        say = language(owner.language).say
        words = say(
            "{handle} {name}: answered by itself with {entry}, {percent} % sure: {text}",
            handle=conversation.handle,
            name=conversation.customer.name or conversation.address,
            entry=f"#{entry.id}",
            percent=round(100 * match.confidence),
            text=in_short(text),
        )
        wrong = say("Wrong? `no {number}` says so.", number=conversation.number)
        draft = notice(surface, f"{words}\n{wrong}", conversation.number)
        choices = (Choice(id=of_match(NO, match.id), label=say("Wrong"), word="no"),) if surface.buttons else ()
        found.append(Send(draft=replace(draft, choices=choices)))
    return found
