"""Owners who answer on Telegram, in a chat, in a group, in topics: a million lines, none of them to the wrong customer.

Each line is typed by an owner who means somebody, or nobody that anyone could know, and says so in one of the ways that
there are. The oracle is what was meant. A line that says clearly whom it is for has to get there, so that each rule can
be seen to matter: with any one of them switched off the play fails.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest

from bridge.owners.relay import Standing, Target, ToCommand, ToCustomer, ToNote, Unclear, resolve
from bridge.text import Text

LINES = int(os.environ.get("OWNERS_LINES", "20000"))
"""`make campaign` plays a million."""


@dataclass(frozen=True)
class Line:
    """What is typed: `quotes` is what the message that it answers shows (() for one that is not known here), `room` the
    topic's conversation (None: a topic that is not known). `means` is whom it clearly says it is for, 0 for nobody.
    """

    text: str
    quotes: tuple[int, ...] | None
    room: int | None
    means: int


@dataclass
class Desk:
    """What has been shown: which message shows which conversations, and which topic is whose. Two owners write."""

    dice: random.Random
    shown: list[tuple[int, ...]] = field(default_factory=list)
    topics: list[int] = field(default_factory=list)
    customers: int = 0

    def customer_writes(self) -> None:
        """One, or two at once: their lines stand in one message then."""
        if self.dice.random() < 0.05 or self.customers < 3:
            self.customers += 1
            if self.dice.random() < 0.5:
                self.topics.append(self.customers)
        lines = self.dice.choices(range(1, self.customers + 1), k=self.dice.choice((1, 1, 1, 2, 2, 5)))
        self.shown.append(tuple(dict.fromkeys(lines)))
        del self.shown[:-50]

    def line(self) -> Line:
        """What an owner types next, while others write."""
        dice = self.dice
        quotes = dice.choice((None, None, (), *(dice.choice(self.shown) for _ in range(4))))
        room = dice.choice((0, 0, 0, None, *(dice.choice(self.topics or [0]) for _ in range(3))))
        handle = dice.choice((0, 0, 0, dice.randint(1, self.customers)))
        sign = dice.choice(("", "", "", "", "", "", "// ", "!"))
        named = {*(quotes or ()), *((room,) if room else ()), *((handle,) if handle else ())}
        lost = (quotes == () or room is None) and not handle
        means = named.pop() if len(named) == 1 and not lost and not sign else 0
        return Line(f"{f'#{handle} ' if handle else ''}{sign}words", quotes, room, means)


def lines(count: int, seed: int) -> Iterator[Line]:
    """So many. What one owner typed comes after what another typed later, now and then."""
    dice = random.Random(seed)
    desk, held = Desk(dice), list[Line]()
    for _ in range(count):
        if dice.random() < 0.5 or not desk.shown:
            desk.customer_writes()
        held.append(desk.line())
        if len(held) > 3:
            yield held.pop(dice.randrange(len(held)))
    yield from held


@dataclass(frozen=True)
class Rules:
    """How it is found out where a line goes, rule by rule; the real ones, unless a test says otherwise."""

    quoted: Callable[[Line], tuple[int, ...] | None] = lambda line: line.quotes
    room: Callable[[Line], int | None] = lambda line: line.room
    resolve: Callable[[Text, Standing], Target] = resolve


def wrong(played: Iterator[Line], rules: Rules) -> list[tuple[Line, Target]]:
    """The lines that go to whom they are not for, and the clear ones that go nowhere."""
    found = []
    for line in played:
        target = rules.resolve(Text(line.text), Standing(quoted=rules.quoted(line), room=rules.room(line)))
        went = target.number if isinstance(target, ToCustomer) else 0
        if went != line.means:
            found.append((line, target))
    return found


def test_no_line_goes_to_the_wrong_customer() -> None:
    seed = random.SystemRandom().randrange(1 << 32) if LINES > 20_000 else 7
    print(f"{LINES} lines, seed {seed}")
    assert wrong(lines(LINES, seed), Rules()) == []


# -- each rule, switched off -------------------------------------------------------------------------------------


def without_handles(text: Text, standing: Standing) -> Target:
    return resolve(Text(text.plain.replace("#", "no. ")), standing)


def the_first_named_wins(text: Text, standing: Standing) -> Target:
    target = resolve(text, standing)
    if isinstance(target, Unclear) and len(target.candidates) > 1:
        return ToCustomer(number=target.candidates[0], text=text)
    return target


def somebody_gets_what_names_nobody(text: Text, standing: Standing) -> Target:
    target = resolve(text, standing)
    return ToCustomer(number=1, text=text) if isinstance(target, ToCommand) and not target.sure else target


def a_note_is_said(text: Text, standing: Standing) -> Target:
    target = resolve(text, standing)
    return ToCustomer(number=target.number, text=text) if isinstance(target, ToNote) else target


def a_command_is_said(text: Text, standing: Standing) -> Target:
    target = resolve(text, standing)
    return ToCustomer(number=target.number, text=text) if isinstance(target, ToCommand) and target.number else target


SWITCHED_OFF: Mapping[str, Rules] = {
    "a quote says for whom": Rules(quoted=lambda line: None),
    "all that a message shows counts": Rules(quoted=lambda line: line.quotes[:1] if line.quotes else line.quotes),
    "a quote of what is not known is asked about": Rules(quoted=lambda line: line.quotes or None),
    "a topic says for whom": Rules(room=lambda line: 0 if line.room else line.room),
    "a topic that is not known is asked about": Rules(room=lambda line: line.room or 0),
    "a handle says for whom": Rules(resolve=without_handles),
    "two that differ are asked about": Rules(resolve=the_first_named_wins),
    "what names nobody is asked about": Rules(resolve=somebody_gets_what_names_nobody),
    "a note is for nobody": Rules(resolve=a_note_is_said),
    "a command is for nobody": Rules(resolve=a_command_is_said),
}


@pytest.mark.parametrize("rule", SWITCHED_OFF)
def test_without_any_one_rule_it_would_be_seen(rule: str) -> None:
    assert wrong(lines(2_000, 7), SWITCHED_OFF[rule])
