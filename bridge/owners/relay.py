"""What an owner sees of a customer's message, and to whom an owner's line goes. Pure.

To whom a line goes (invariant 5), in this order, and nothing is ever guessed:

    the line it answers (a quote)     the conversation of what was quoted
    the room or topic it stands in    that room's conversation
    a printed handle (#42 text)       conversation 42
    none of these                     a command, if it reads as one; else nothing is sent and the owner is asked
    two that differ                   nothing is sent and the owner is asked

In a room every line is the customer's, unless it begins with `!` (a command) or `//` (a note). The two signs do the
same everywhere else.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bridge.book import Line
from bridge.conversation import Conversation, State
from bridge.decision import Direction
from bridge.language import Language
from bridge.language import message as translated
from bridge.messages import Message
from bridge.text import Span, Text

SHOWN_LIMIT = 8_000
"""Characters of a customer's message shown at once; the rest is a command (`show 42`) away."""

# Where a line of a customer's begins like one of ours.
_LIKE_OURS = re.compile(r"^(?=[ \t]*(?:#\d|->|\[))", re.MULTILINE)
_GUARD = "| "
# What a terminal or a client may take for a line end, or for "back to the beginning of this line".
_LINE_ENDS = str.maketrans({"\r": " ", "\u2028": "\n", "\u2029": "\n"})

_HANDLE = re.compile(r"#(\d{1,15})(?![\w-])[ \t]*:?\s*", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class ToCustomer:
    """These words go to the customer of this conversation."""

    number: int
    text: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class ToCommand:
    """A command; `number` is the conversation it stands in or answers, 0 for none. `sure`: it began with `!`."""

    words: str
    number: int = 0
    sure: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ToNote:
    """A note for the shop's own eyes about this conversation."""

    number: int
    text: Text


@dataclass(frozen=True, kw_only=True, slots=True)
class Unclear:
    """It could be for any of these (none: for anybody)."""

    candidates: tuple[int, ...]
    text: Text


Target = ToCustomer | ToCommand | ToNote | Unclear


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """Where an owner's line stands. `quoted`: the conversations of what it answers, one if all is well; None if it
    answers nothing; () if what it answers is not known here. `room` likewise: 0 for no room, None for an unknown one.
    `leads_to` says which conversation a number means now: one that was merged leads to another.
    """

    quoted: tuple[int, ...] | None = None
    room: int | None = 0
    leads_to: Callable[[int], int] = int


def resolve(text: Text, standing: Standing) -> Target:
    """Where an owner's line goes."""
    handle, rest = _split_handle(text)
    every = (*(standing.quoted or ()), standing.room or 0, handle)
    named = {standing.leads_to(number) for number in every if number}
    lost = standing.quoted == () or standing.room is None
    if len(named) > 1 or (lost and not handle):
        return Unclear(candidates=tuple(sorted(named)), text=rest if handle else text)
    number = named.pop() if named else 0
    return read(rest if handle else text, number)


def read(text: Text, number: int) -> Target:
    """What words are that stand in, answer or name this conversation (0: none)."""
    words = text.plain.strip()
    if words.startswith("!"):
        return ToCommand(words=words[1:].strip(), number=number, sure=True)
    if words.startswith("//"):
        note = cut(text, text.plain.index("//") + 2)
        return ToNote(number=number, text=note) if number else Unclear(candidates=(), text=text)
    if number:
        return ToCustomer(number=number, text=text)
    return ToCommand(words=words)


def _split_handle(text: Text) -> tuple[int, Text]:
    start = len(text.plain) - len(text.plain.lstrip())
    found = _HANDLE.match(text.plain, start)
    if not found:
        return 0, text
    return int(found[1]), cut(text, found.end())


def cut(text: Text, start: int) -> Text:
    """The text from this character on, white space around it gone, its spans moved along."""
    plain = text.plain
    while start < len(plain) and plain[start].isspace():
        start += 1
    end = max(start, len(plain.rstrip()))
    spans = tuple(
        Span(start=max(span.start, start) - start, end=min(span.end, end) - start, kind=span.kind, target=span.target)
        for span in text.spans
        if span.end > start and span.start < end
    )
    return Text(plain[start:end], spans)


def headed(head: str, text: Text, tail: str = "") -> Text:
    """`head`, then the text with its spans moved along, then `tail`."""
    moved = text.behind(head)
    return Text(moved.plain + tail, moved.spans)


def shortened(text: Text, limit: int, tail: str) -> Text:
    """At most `limit` characters of it, and `tail` where something was cut."""
    if len(text.plain) <= limit:
        return text
    spans = tuple(
        Span(start=span.start, end=min(span.end, limit), kind=span.kind, target=span.target)
        for span in text.spans
        if span.start < limit
    )
    return Text(text.plain[:limit] + tail, spans)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shown:
    """What of a conversation stands around a relayed message. `stays`: the state that it does not change. `timezone`
    is the shop's, by which the times of `history` are told.
    """

    conversation: Conversation
    label: str
    first: bool
    in_room: bool = False
    history: Sequence[Line] = ()
    timezone: str = "UTC"
    about: Conversation | None = None
    posing: str = ""
    stays: State | None = None


_STAYS = {
    State.CLOSED: translated("\n[stays closed]"),
    State.SNOOZED: translated("\n[stays snoozed]"),
    State.WAITING: translated("\n[stays answered]"),
}


def relayed(message: Message, shown: Shown, language: Language) -> Text:
    """A customer's message as an owner reads it."""
    conversation = shown.conversation
    head = _author_in_room(message, conversation) if shown.in_room else headline(message, shown)
    if shown.about is not None:
        head = language.say(
            "{head}[about {whom}] ", head=head, whom=f"{shown.about.handle} {_customer_name(shown.about)}"
        )
    if shown.first and message.subject:
        head = f"{head}{message.subject}\n"
    if shown.posing:
        head = language.say("{head}[this is not {owner}, whose address it looks like] ", head=head, owner=shown.posing)
    if message.spam:
        head = language.say("{head}[held for spam by your mail server] ", head=head)
    if message.automatic:
        head = language.say("{head}[automatic: {kind}] ", head=head, kind=str(message.automatic.kind))
    words = guarded(message.visible if message.visible is not None else message.text)
    if message.unreadable:
        words = Text(language.say("[encrypted with {how}: it cannot be read here]", how=message.unreadable))
    more = language.say("… [shortened; all of it: show {number}]", number=conversation.number)
    body = headed(head, shortened(words or Text(language.say("[no text]")), SHOWN_LIMIT, more))
    tail = _copied(message, shown.conversation, language) + _files(message, language)
    tail += language.say(_STAYS[shown.stays]) if shown.stays in _STAYS else ""
    return headed(_history(shown, language), body, tail)


def headline(message: Message, shown: Shown) -> str:
    """What a message is known by where no room says it: `#42 Anna (email): `."""
    conversation = shown.conversation
    return f"{conversation.handle} {sender(conversation, shown.label, message)}: "


def _author_in_room(message: Message, conversation: Conversation) -> str:
    return f"{author(message, conversation)}: " if _in_copy(message, conversation) else ""


def _copied(message: Message, conversation: Conversation, language: Language) -> str:
    others = [one for one in message.copies if one != conversation.address]
    return language.say("\n[also to: {others}]", others=", ".join(others)) if others else ""


def guarded(text: Text) -> Text:
    """A customer's text in which no line can be taken for one of the bridge's own (`#41 Bob (email): …`, `-> #41`)."""
    text = Text(text.plain.translate(_LINE_ENDS), text.spans)
    starts = [found.start() for found in _LIKE_OURS.finditer(text.plain)]
    if not starts:
        return text

    def moved(place: int) -> int:
        return place + len(_GUARD) * bisect_right(starts, place)

    plain = _LIKE_OURS.sub(_GUARD, text.plain)
    # A span's end is taken by its last character, so that one that ends where a guard begins does not swallow it.
    spans = tuple(
        Span(start=moved(span.start), end=moved(span.end - 1) + 1, kind=span.kind, target=span.target)
        for span in text.spans
    )
    return Text(plain, spans)


def sender(conversation: Conversation, label: str, message: Message | None = None) -> str:
    """A customer and where they write: `Anna (email)`."""
    if message is not None and _in_copy(message, conversation):
        return f"{author(message, conversation)}, {_customer_name(conversation)} ({label})"
    name = conversation.customer.name or (message.name if message else "") or conversation.address
    return f"{name} ({label})"


def author(message: Message, conversation: Conversation) -> str:
    """Who wrote a message of a conversation: its customer, or somebody in copy."""
    if _in_copy(message, conversation):
        return message.name or message.address
    return conversation.customer.name or message.name or message.address


def _in_copy(message: Message, conversation: Conversation) -> bool:
    return message.address != conversation.address and message.address in conversation.copies


def _customer_name(conversation: Conversation) -> str:
    return conversation.customer.name or conversation.address


def excerpt(text: str, limit: int = 200) -> str:
    """The beginning of a text in one line."""
    flat = " ".join(text[: limit * 4].split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def _history(shown: Shown, language: Language) -> str:
    if not shown.history:
        return ""
    zone = ZoneInfo(shown.timezone)
    told = [language.say("Earlier with this customer:")]
    for line in shown.history:
        at = line.at.astimezone(zone)
        who = line.author if line.direction == Direction.OUT else f"< {line.author}"
        told.append(f"  {at:%Y-%m-%d %H:%M} #{line.conversation} {who}: {excerpt(line.text.plain, 120)}")
    return "\n".join(told) + "\n"


def _files(message: Message, language: Language) -> str:
    told = [
        language.say("[file {name}, {size} KB]", name=file.name, size=max(1, file.size // 1024))
        for file in message.attachments
        if not file.inline
    ]
    return "".join(f"\n{line}" for line in told)
