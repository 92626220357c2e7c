"""Telegram's limits on a clock that a test moves: kept for each chat, and no chat pays for another."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

import pytest

from connectors.telegram.pace import ALL_PER_SECOND, GROUP_PER_MINUTE, Pace


class Clock:
    def __init__(self) -> None:
        self.moment = 1000.0

    def __call__(self) -> float:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_one_a_second_to_a_chat(clock: Clock) -> None:
    pace = Pace(clock)
    assert pace.take(1) == 0
    assert pace.take(1) == 1.0
    assert pace.take(2) == 0  # another chat goes at once
    clock.moment += 0.4
    assert pace.take(1) == pytest.approx(0.6)
    clock.moment += 0.6
    assert pace.take(1) == 0


def test_a_second_counts_from_when_the_last_one_arrived(clock: Clock) -> None:
    pace = Pace(clock)
    pace.arrived(1)  # nothing was counted yet
    assert pace.take(1) == 0
    clock.moment += 0.7
    pace.arrived(1)
    assert pace.take(1) == pytest.approx(1.0)
    clock.moment += 1.0
    assert pace.take(1) == 0


def test_twenty_a_minute_to_a_group(clock: Clock) -> None:
    pace = Pace(clock)
    for _ in range(GROUP_PER_MINUTE):
        assert pace.take(-100) == 0
        clock.moment += 1
    assert pace.take(-100) == pytest.approx(40)
    assert pace.take(100) == 0
    clock.moment += 40
    assert pace.take(-100) == 0


def test_thirty_a_second_in_all(clock: Clock) -> None:
    pace = Pace(clock)
    assert [pace.take(chat) for chat in range(1, ALL_PER_SECOND + 1)] == [0] * ALL_PER_SECOND
    assert pace.take(99) == 1.0
    clock.moment += 1
    assert pace.take(99) == 0


def test_a_chat_that_has_to_wait_waits_alone(clock: Clock) -> None:
    pace = Pace(clock)
    pace.pause(1, 30)
    assert pace.take(1) == 30
    assert pace.take(2) == 0
    pace.pause(1, 5)  # a shorter word does not shorten the longer one
    clock.moment += 29
    assert pace.take(1) == pytest.approx(1)
    clock.moment += 1
    assert pace.take(1) == 0


def test_what_was_asked_for_in_vain_counts_for_nothing(clock: Clock) -> None:
    pace = Pace(clock)
    pace.take(-1)
    for _ in range(100):
        assert pace.take(-1) > 0
    clock.moment += 1
    assert pace.take(-1) == 0


def test_a_thousand_relays_to_one_group_never_break_a_limit(clock: Clock) -> None:
    pace, sent = Pace(clock), defaultdict[int, list[float]](list)
    while len(sent[-1]) < 200:
        for chat in (-1, *range(1, 60)):
            if pace.take(chat) == 0:
                sent[chat].append(clock.moment)
        clock.moment += 0.13
    for chat, times in sent.items():
        assert all(later - earlier >= 1.0 for earlier, later in pairwise(times)), chat
    group = sent[-1]
    assert all(group[place + GROUP_PER_MINUTE] - group[place] >= 60 for place in range(len(group) - GROUP_PER_MINUTE))
    everything = sorted(moment for times in sent.values() for moment in times)
    assert all(later - earlier >= 1.0 for earlier, later in zip(everything, everything[ALL_PER_SECOND:], strict=False))


def test_chats_are_forgotten_but_not_their_waits(clock: Clock) -> None:
    pace = Pace(clock)
    pace.pause(-5, 600)
    for chat in range(1, 5000):
        pace.take(chat)
        clock.moment += 0.1
    assert len(pace._chats) < 2000
    assert pace.take(-5) > 0
