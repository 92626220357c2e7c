"""A reply cannot go astray (invariant 5): thousands of owners' lines, and never a word to whom it was not for.

The oracle sees only what an owner sees. It keeps, for every word that an owner wrote, to whom it may go: the one
conversation that the line named by a quote or a handle, or the one that the owner then chose by its number. What
reaches a customer is compared with that. That it can fail is shown by switching off one rule at a time.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from examples import examples
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from shop import OLGA, PAUL, Sent, Shop

from bridge.messages import Edit
from bridge.owners.relay import Standing, Target, ToCommand, ToCustomer, Unclear, resolve
from bridge.text import Text

CUSTOMERS = {1: ("anna@example.org", "mail"), 2: ("bob@example.net", "chat"), 3: ("carl@example.org", "mail")}
LINES, RUNS = 50, 40  # 2,000 lines


@dataclass(frozen=True)
class Line:
    """What an owner does: `quotes` and `handle` are conversations (4 does not exist), 0 for none."""

    who: str
    quotes: int
    handle: int
    sign: str
    how: str


LINE = st.builds(
    Line,
    who=st.sampled_from(["olga", "paul"]),
    quotes=st.sampled_from([0, 0, 1, 2, 3]),
    handle=st.sampled_from([0, 0, 1, 2, 3, 4]),
    sign=st.sampled_from(["", "", "", "", "// ", "!"]),
    how=st.sampled_from(["write", "write", "write", "choose", "choose", "edit", "to", "undo", "customer", "leave"]),
)


@dataclass
class Play:
    """The lines so far, and to whom each word may go."""

    shop: Shop
    allowed: dict[str, set[int]] = field(default_factory=dict)
    held: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)
    last: dict[str, tuple[str, str]] = field(default_factory=dict)
    number: int = 0
    seen: int = 0
    typed: tuple[str, str] = ("", "")

    def begin(self) -> None:
        for address, connector in CUSTOMERS.values():
            self.shop.customer(address, "Hello", connector=connector, subject="Hello")
        self.shop.drain()

    def play(self, line: Line) -> None:
        self.number += 1
        self.shop.clock.advance(seconds=1)
        self.typed = ("", "")
        getattr(self, f"_{line.how}")(line, f"w{self.number}w")
        for sent in self.shop.sent(after=self.seen):
            self.seen = sent.seq
            if sent.kind == "answer":
                self.check(sent)
            elif sent.kind == "notice" and sent.address == self.typed[0]:
                self._hold(sent)

    def check(self, answer: Sent) -> None:
        """Every word in it may go there."""
        for word in re.findall(r"w\d+w", answer.text):
            assert answer.conversation in self.allowed[word], (word, answer, self.allowed[word])
            assert CUSTOMERS[answer.conversation] == (answer.address, answer.connector)

    def _hold(self, told: Sent) -> None:
        """What the owner is asked, as the owner reads it."""
        who, word = self.typed
        options = {place: int(number) for place, number in re.findall(r"^(\d)  #(\d+) ", told.text, re.MULTILINE)}
        if told.text.startswith("To whom") and word:
            self.held[who] = (word, options)
        asked = re.match(r"\w+ has just answered #(\d+)", told.text)
        if asked and word:
            self.held[who] = (word, {"1": int(asked[1])})

    def _write(self, line: Line, word: str) -> None:
        handle = f"#{line.handle} " if line.handle else ""
        named = {number for number in (line.quotes, line.handle) if number}
        self.allowed[word] = named if len(named) == 1 and not line.sign else set()
        quoted = (self.shop.line_about(line.quotes, line.who),) if line.quotes else ()
        self._type(line.who, f"{handle}{line.sign}{word}", word, quoted)

    def _to(self, line: Line, word: str) -> None:
        self.allowed[word] = {line.handle} if line.handle else set()
        self._type(line.who, f"to {line.handle} {word}", word)

    def _undo(self, line: Line, word: str) -> None:
        self._type(line.who, "undo", "")

    def _choose(self, line: Line, word: str) -> None:
        held, options = self.held.get(line.who, ("", {}))
        digit = str(line.handle)
        if held and digit in options:
            self.allowed[held].add(options[digit])
        self._type(line.who, digit, "")

    def _edit(self, line: Line, word: str) -> None:
        if line.who not in self.last:
            return
        native_id, before = self.last[line.who]
        handle = f"#{line.handle} " if line.handle else ""
        stays = not line.sign and (not line.handle or {line.handle} == self.allowed.get(before))
        self.allowed[word] = set(self.allowed.get(before, ())) if stays else set()
        text = Text(f"{handle}{line.sign}{word}")
        event = Edit(address=line.who, native_id=native_id, text=text, authenticated=True)
        self.shop.happens(event, "desk")

    def _customer(self, line: Line, word: str) -> None:
        address, connector = CUSTOMERS[line.quotes or 1]
        self.shop.customer(address, "More", connector=connector, subject="Re: Hello")

    def _leave(self, line: Line, word: str) -> None:
        self.shop.drain()

    def _type(self, who: str, text: str, word: str, quoted: tuple[str, ...] = ()) -> None:
        native_id = f"line-{self.number}"
        self.shop.owner(text, who, native_id=native_id, replies_to=quoted)
        self.last[who], self.typed = (native_id, word), (who, word)
        self.held.pop(who, None)


def played(lines: list[Line]) -> None:
    play = Play(Shop().with_policy(owners=(OLGA, PAUL)))
    play.begin()
    for line in lines:
        play.play(line)
    for answer in play.shop.sent("answer"):
        play.check(answer)  # once more: an edit changes what was placed before


@settings(max_examples=examples(RUNS), suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(st.lists(LINE, min_size=LINES, max_size=LINES))
def test_no_line_goes_to_whom_it_did_not_name(lines: list[Line]) -> None:
    played(lines)


def ignores_the_quote(text: Text, standing: Standing) -> Target:
    return resolve(text, Standing(quoted=None, room=standing.room))


def the_handle_wins(text: Text, standing: Standing) -> Target:
    target = resolve(text, Standing())
    return target if isinstance(target, ToCustomer) else resolve(text, standing)


def the_quote_wins(text: Text, standing: Standing) -> Target:
    target = resolve(text, standing)
    if isinstance(target, Unclear) and standing.quoted:
        return ToCustomer(number=standing.quoted[0], text=target.text)
    return target


def the_latest_gets_what_names_nobody(text: Text, standing: Standing) -> Target:
    target = resolve(text, standing)
    return ToCustomer(number=1, text=text) if target == ToCommand(words=text.plain) else target


def a_note_is_an_answer(text: Text, standing: Standing) -> Target:
    return resolve(Text(text.plain.replace("// ", "")), standing)


@pytest.mark.parametrize(
    "broken", [the_handle_wins, the_quote_wins, the_latest_gets_what_names_nobody, a_note_is_an_answer]
)
def test_without_one_rule_it_would_be_seen(
    monkeypatch: pytest.MonkeyPatch, broken: Callable[[Text, Standing], Target]
) -> None:
    """Not a mock: the rule is taken out, as a careless change would, and the test above has to notice."""
    monkeypatch.setattr("bridge.owners.owner.resolve", broken)

    @settings(max_examples=RUNS, phases=[Phase.explicit, Phase.generate])
    @given(st.lists(LINE, min_size=LINES, max_size=LINES))
    def astray(lines: list[Line]) -> None:
        played(lines)

    with pytest.raises(AssertionError):
        astray()
