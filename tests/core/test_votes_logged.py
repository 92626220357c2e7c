"""What owners and customers say of the bridge's answers stands in the log so that reports can count it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from shop import POLICY, Shop
from sqlalchemy import select

from bridge.clocks.track import cases
from bridge.clocks.votes import Vote
from bridge.faq.entry import Entry
from bridge.faq.match import Candidate, Match
from bridge.faq.rules import Rules
from bridge.happened import Happened, moment_of
from bridge.store.book_tables import events
from bridge.testing import START

OPENING = Entry(id="opening", question="When are you open?", answer="From 9 to 6.")


def shop(*, at_once: bool) -> Shop:
    """Anna has asked what the FAQ is sure of, by chat; with `at_once` she has an answer."""
    found = Match(candidates=(Candidate(entry="opening", confidence=0.99),), asked="", language="en")
    made = Shop(faq=Rules(entries={"opening": OPENING}, at_once=at_once), find=lambda _: found)
    made.customer("anna@example.org", "When are you open?", connector="chat")
    made.clock.advance(seconds=POLICY.burst.total_seconds())
    made.ring()
    made.clock.advance(minutes=2)
    return made


def votes(shop: Shop) -> Sequence[Vote]:
    with shop.engine.connect() as connection:
        rows = connection.execute(select(events).order_by(events.c.conversation, events.c.id)).all()
    log = (Happened(row.conversation, moment_of(row.at), row.kind, row.data) for row in rows)
    return [vote for case in cases(log) for vote in case.votes]


def anna(words: str) -> Callable[[Shop], object]:
    return lambda shop: shop.customer("anna@example.org", words, connector="chat")


def olga(*lines: str) -> Callable[[Shop], object]:
    return lambda shop: [shop.owner(line) for line in lines]


@pytest.mark.parametrize(
    ("at_once", "does", "expected"),
    [
        (False, olga("ok 1"), [("approved", False, "Olga")]),
        (False, olga("ok 1", "undo"), []),
        (False, olga("no 1"), [("refused", False, "Olga")]),
        (False, olga("#1 Until 7 today."), []),  # what she wrote herself says nothing of the suggestion
        (True, anna("yes"), [("helped", True, "")]),
        (True, anna("no"), [("not helped", True, "")]),
        (True, olga("no 1"), [("refused", True, "Olga")]),
        (True, olga("#1 Until 7 today."), [("corrected", True, "Olga")]),
    ],
)
def test_each_word_is_a_vote(
    at_once: bool, does: Callable[[Shop], object], expected: list[tuple[str, bool, str]]
) -> None:
    made = shop(at_once=at_once)
    does(made)
    found = votes(made)
    assert [(str(vote.verdict), vote.automatic, vote.by) for vote in found] == expected
    assert all((vote.asked, vote.entry, vote.channel) == (moment_of(START), "opening", "chat") for vote in found)
