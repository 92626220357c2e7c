"""Clocks from the log: by hand, and on ten thousand random histories against the slow and obvious way."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from examples import examples
from reports import obvious
from reports.histories import history

from bridge.clocks.surveys import Survey
from bridge.clocks.track import LATE, cases
from bridge.clocks.turns import Case, Outcome, spent
from bridge.clocks.votes import Vote
from bridge.happened import Happened

MINUTE = 60_000_000


def at(minute: float, kind: str, **data: Any) -> Happened:
    return Happened(1, int(minute * MINUTE), kind, data)


def wrote(minute: float, **data: Any) -> Happened:
    return at(minute, "customer wrote", connector="mail", **data)


def sent(minute: float, name: str = "a", state: str = "sent", by: str = "Olga") -> Happened:
    return at(minute, "delivery", outbound=name, state=state, by=by)


def answered(minute: float, name: str = "a", took: float = 0) -> list[Happened]:
    return [at(minute, "answered", owner="Olga", outbound=name), sent(minute + took, name)]


def bot(minute: float, name: str = "b", kind: str = "bot answered") -> list[Happened]:
    return [at(minute, kind, outbound=name), sent(minute, name, by="bridge")]


def case(*events: Happened | list[Happened]) -> Case:
    log = [one for event in events for one in (event if isinstance(event, list) else [event])]
    (found,) = cases(log)
    return found


# What happened, and each turn: began, answered by a person, closed, outcome.
TURNS: dict[str, tuple[list[Any], list[tuple[int, int | None, int | None, str]]]] = {
    "an answer": ([wrote(0), answered(10)], [(0, 10, None, "person")]),
    "nothing yet": ([wrote(0)], [(0, None, None, "waiting")]),
    "several messages are one wait": ([wrote(0), wrote(5), answered(10)], [(0, 10, None, "person")]),
    "a second wait": (
        [wrote(0), answered(10), wrote(20), answered(50, "c")],
        [(0, 10, None, "person"), (20, 50, None, "person")],
    ),
    "an owner's second answer is none": ([wrote(0), answered(10), answered(12, "c")], [(0, 10, None, "person")]),
    # A reopening is a new wait: the first response stays what it was.
    "reopened": (
        [wrote(0), answered(10), at(20, "closed", owner="Olga"), wrote(5000), answered(5010, "c")],
        [(0, 10, None, "person"), (5000, 5010, None, "person")],
    ),
    "closed without an answer": ([wrote(0), at(30, "closed", owner="Olga")], [(0, None, 30, "closed")]),
    "blocked by an owner": ([wrote(0), at(30, "blocked", owner="Olga")], [(0, None, 30, "closed")]),
    "words of one who is blocked": ([at(0, "blocked", connector="mail")], []),
    # The bridge's word is no person's.
    "a confirmation is no answer": ([wrote(0), bot(1, kind="acknowledged")], [(0, None, None, "waiting")]),
    "any automatic word of an old log": ([wrote(0), sent(1, "x", by="bridge")], [(0, None, None, "waiting")]),
    "the bridge answered": ([wrote(0), bot(1)], [(0, None, None, "bot")]),
    "and it was closed": ([wrote(0), bot(1), at(60, "closed")], [(0, None, 60, "bot")]),
    "and the customer asks on": ([wrote(0), bot(1), wrote(5)], [(0, None, None, "waiting")]),
    "and a person answers": ([wrote(0), bot(1), wrote(5), answered(30)], [(0, 30, None, "person")]),
    "just within the hour": ([wrote(0), bot(1), wrote(61)], [(0, None, None, "waiting")]),
    "and much later it did not help": ([wrote(0), bot(1), at(500, "not helped")], [(0, None, None, "waiting")]),
    "and did not help": ([wrote(0), bot(1), at(3, "not helped")], [(0, None, None, "waiting")]),
    "nor after it was closed": (
        [wrote(0), bot(1), at(3, "closed"), at(9, "not helped"), answered(20)],
        [(0, None, 3, "bot"), (9, 20, None, "person")],
    ),
    "and that never arrived": (
        [wrote(0), at(1, "bot answered", outbound="b"), sent(2, "b", "expired", by="bridge")],
        [(0, None, None, "waiting")],
    ),
    # What did not arrive is no answer.
    "it was on its way for two hours": ([wrote(0), answered(10, took=120)], [(0, 130, None, "person")]),
    "it is still on its way": ([wrote(0), at(10, "answered", outbound="a")], [(0, None, None, "waiting")]),
    "words while it was on its way": (
        [wrote(0), at(10, "answered", outbound="a"), wrote(11), sent(12)],
        [(0, 12, None, "person"), (11, None, None, "waiting")],
    ),
    "it failed": ([wrote(0), at(10, "answered", outbound="a"), sent(12, state="dead")], [(0, None, None, "waiting")]),
    "it failed and was tried again": (
        [wrote(0), at(10, "answered", outbound="a"), sent(12, state="dead"), sent(90)],
        [(0, 90, None, "person")],
    ),
    "it may have arrived": (
        [wrote(0), at(10, "answered", outbound="a"), sent(12, state="maybe")],
        [(0, 12, None, "person")],
    ),
    "it came back days later": (
        [wrote(0), answered(10), at(3000, "reported", outbound="a", status="bounced", permanent=True)],
        [(0, None, None, "waiting")],
    ),
    "it is only delayed": (
        [wrote(0), answered(10), at(300, "reported", outbound="a", status="bounced", permanent=False)],
        [(0, 10, None, "person")],
    ),
    "it came back, and another one went": (
        [wrote(0), answered(10), at(20, "reported", outbound="a", status="bounced", permanent=True), answered(40, "c")],
        [(0, 40, None, "person")],
    ),
    "it was taken back": ([wrote(0), answered(10), at(12, "taken back", outbound="a")], [(0, None, None, "waiting")]),
    "it was undone": (
        [wrote(0), at(10, "answered", outbound="a"), at(10, "undone", outbound="a")],
        [(0, None, None, "waiting")],
    ),
    "answered from another client": (
        [wrote(0), at(10, "answered", owner="Shop", elsewhere=True)],
        [(0, 10, None, "person")],
    ),
    "logged twice": (
        [wrote(0), *[event for event in answered(10) for _ in (0, 1)], wrote(20)],
        [(0, 10, None, "person"), (20, None, None, "waiting")],
    ),
    # What starts nothing.
    "a machine": ([at(0, "automatic")], []),
    "spam": ([at(0, "spam")], []),
    "an owner wrote first": ([answered(0)], []),
    "and got an answer": ([answered(0), wrote(20), answered(50, "c")], [(20, 50, None, "person")]),
    # A wait that moves to another conversation is one wait, there.
    "merged into another": (
        [wrote(0), at(5, "merged", into=2), at(5, "closed", owner="Olga", merged=2), sent(9, by="Olga")],
        [],
    ),
    "another was merged into it": (
        [wrote(5), wrote(20, received_at="1970-01-01T00:02:00+00:00", moved=True), answered(30)],
        [(2, 30, None, "person")],
    ),
    "its last words were split off": (
        [wrote(0), answered(3), wrote(5), at(9, "closed", split=2)],
        [(0, 3, None, "person")],
    ),
    # A snooze is an owner's plan: the customer waits all the same.
    "snoozed": ([wrote(0), at(5, "snoozed", owner="Olga"), answered(900)], [(0, 900, None, "person")]),
    # Strangers.
    "held for ever": ([at(0, "held", connector="mail")], []),
    "held and accepted": ([at(0, "held"), at(60, "accepted", owner="Olga"), answered(70)], [(0, 70, None, "person")]),
    "held and answered": ([at(0, "held"), at(5, "held"), answered(70)], [(0, 70, None, "person")]),
    "held and blocked": ([at(0, "held"), at(5, "blocked", owner="Olga"), answered(70)], []),
    # When it came in, not when the bridge was up again.
    "while the bridge was away": (
        [wrote(600, received_at="1970-01-01T08:00:00+00:00"), answered(610)],
        [(480, 610, None, "person")],
    ),
    "clocks that differ": ([wrote(10), answered(9)], [(10, 10, None, "person")]),
}


@pytest.mark.parametrize("later", [62, 500, 50_000])
def test_what_is_asked_long_after_the_bots_answer_is_a_wait_of_its_own(later: int) -> None:
    """Until then nobody waited; and it is the first that a person has to answer."""
    found = case(wrote(0), bot(1), wrote(later), answered(later + 10), wrote(later + 20))
    ends = [(turn.began // MINUTE, _minute(turn.ended), str(turn.outcome), turn.first) for turn in found.turns]
    assert ends == [
        (0, later, "bot", True),
        (later, later + 10, "person", True),
        (later + 20, None, "waiting", False),
    ]
    went = spent(found, found.episodes[0], (later + 30) * MINUTE, lambda start, end: (end - start) // MINUTE)
    assert (went.shop, went.bot, went.customer) == (1 + 10 + 10, later - 1, 10)


@pytest.mark.parametrize("name", TURNS)
def test_turns(name: str) -> None:
    events, expected = TURNS[name]
    log = [one for event in events for one in (event if isinstance(event, list) else [event])]
    (found,) = cases(log)
    minutes = [
        (turn.began // MINUTE, _minute(turn.person_at), _minute(turn.closed_at), str(turn.outcome))
        for turn in found.turns
    ]
    assert minutes == expected
    assert [turn.first for turn in found.turns] == [index == 0 for index in range(len(found.turns))]


def _minute(moment: int | None) -> int | None:
    return None if moment is None else moment // MINUTE


def test_words_that_lay_for_months_count_from_a_week_before() -> None:
    old = case(wrote(100_000, received_at="1970-01-01T00:00:00+00:00"))
    assert old.turns[0].began == 100_000 * MINUTE - LATE


def test_episodes() -> None:
    found = case(wrote(0), answered(10), at(20, "closed", owner="Olga"), wrote(50), at(60, "closed"), wrote(90))
    told = [(one.began // MINUTE, _minute(one.closed_at), one.by, one.reopened) for one in found.episodes]
    assert told == [(0, 20, "Olga", False), (50, 60, "", True), (90, None, "", True)]


def test_whom_the_time_went_to() -> None:
    """0-10 the shop, 10-30 the customer, 30-31 the shop, 31-35 nobody after the bot's answer, 35-60 the shop."""
    found = case(wrote(0), answered(10), wrote(30), bot(31), wrote(35), answered(60, "c"), at(100, "closed"))
    went = spent(found, found.episodes[0], 10**12, lambda start, end: (end - start) // MINUTE)
    assert (went.shop, went.bot, went.customer) == (10 + 1 + 25, 4, 20 + 40)


def test_tags_are_the_last_ones() -> None:
    assert case(wrote(0), at(1, "tagged", tags=["late"]), at(2, "tagged", tags=["refund"])).tags == ("refund",)


@pytest.mark.parametrize("seed", range(10))
def test_a_thousand_random_histories(seed: int) -> None:
    random = Random(seed)
    seen = set()
    for number in range(examples(1000)):
        log, _ = history(number + 1, random)
        (found,) = cases(log)
        assert [_plain(turn) for turn in found.turns] == obvious.turns(log), log
        assert [(one.began, one.closed_at, one.by, one.owner) for one in found.episodes] == obvious.episodes(log), log
        assert sorted(found.words) == sorted(word.at for word in obvious.words(log) if word.written and word.new), log
        assert sorted(map(_said, found.votes)) == obvious.votes(log), log
        assert [_answered(survey) for survey in found.surveys] == obvious.surveys(log), log
        seen |= {turn.outcome for turn in found.turns}
    assert seen == set(Outcome)


def _answered(one: Survey) -> tuple[object, ...]:
    return one.began, one.owner, one.score, one.solved, one.ease, one.reason, one.refused


def _said(vote: Vote) -> tuple[int, str, str, bool, str, str]:
    return vote.asked, vote.match, str(vote.verdict), vote.automatic, vote.by, vote.owner


def _plain(turn: Any) -> dict[str, object]:
    return {
        "first": turn.first,
        "began": turn.began,
        "words": turn.words,
        "person_at": turn.person_at,
        "person": turn.person,
        "owner": turn.owner,
        "closed_at": turn.closed_at,
        "bot": turn.bot_at is not None,
        "again": turn.again_at is not None,
    }
