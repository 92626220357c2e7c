"""A command as it stands in a table, and as an owner typed it. Pure.

`grammar` is a regular expression over what follows the name; no long line may make it take long.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bridge.conversation import Conversation
from bridge.decision import Effect
from bridge.messages import Attachment
from bridge.owners.turn import Turn


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """A command as typed: its name, what follows, the conversation it stands in or answers (0: none), and the files
    that came with it.
    """

    turn: Turn
    found: re.Match[str]
    number: int
    files: tuple[Attachment, ...] = ()

    def conversation(self) -> Conversation | None:
        """The conversation that the command names, or stands in."""
        named = self.found.groupdict().get("number")
        number = int(named) if named else self.number
        return self.turn.book.conversation(number) if number else None

    def rest(self) -> str:
        """The words that follow."""
        return (self.found.groupdict().get("rest") or "").strip()


Run = Callable[[Order], Sequence[Effect]]


@dataclass(frozen=True)
class Command:
    """One line of the table. `usage` is shown as it is, `summary` in the owner's language. `after_sign`: it is one only
    after `!`. `needs_number`: without its number it is one only where it stands with a customer. `takes_files`: files
    that come with it go along.
    """

    name: str
    grammar: str
    usage: str
    summary: str
    run: Run
    after_sign: bool = False
    needs_number: bool = False
    takes_files: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The whole line, without `!`."""
        return re.compile(rf"{self.name}\b[ \t]*{self.grammar}", re.IGNORECASE | re.DOTALL | re.ASCII)


NUMBER = r"(?:#?(?P<number>\d{1,15}))"
MAYBE_NUMBER = rf"{NUMBER}?"
REST = r"(?P<rest>\S.*)"
# Bounded, so that no long line makes the match take long; the colon after it is no part of it.
ADDRESS = r"(?P<address>(?=\S*[@:+])\S{0,500}[^\s:])"


def no_such(order: Order) -> Sequence[Effect]:
    """The owner named a conversation that is not there, or none."""
    say, named = order.turn.speech.say, order.found.groupdict()
    if not (order.number or named.get("number") or named.get("first")):
        return [order.turn.tell(say("Which conversation? Type its number too; `list` shows those that are open."))]
    return [order.turn.tell(say("There is no such conversation. `list` shows those that are open."))]
