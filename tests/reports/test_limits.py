"""Whether a wait kept its target while tags were put on and taken off: late is what was longer than what held then."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bridge.clocks.turns import Case
from bridge.reports.limits import Limits
from bridge.targets import Group, Kind, Rule, Targets

HOUR = 3_600_000_000
RULES = (
    Rule(tag="urgent", times={Kind.FIRST: timedelta(hours=1)}),
    Rule(tag="slow", times={Kind.FIRST: timedelta(hours=9)}),
    Rule(tag="never", times={Kind.FIRST: timedelta()}),
    Rule(group="big", times={Kind.FIRST: timedelta(hours=2)}),
    Rule(channel="chat", times={Kind.FIRST: timedelta(hours=3)}),
)
TARGETS = Targets(
    times={Kind.FIRST: timedelta(hours=4)}, rules=RULES, groups=(Group(name="big", members=frozenset(["a@b"])),)
)
Tagged = list[tuple[float, tuple[str, ...]]]


@pytest.mark.parametrize(
    ("tagged", "until", "over", "kept"),
    [
        ([], 4, True, True),
        ([], 4.01, True, False),
        ([], 3, False, None),
        ([], 5, False, False),
        # Asks for an answer sooner, put on in time, too late, and when it was all over.
        ([(0.5, ("urgent",))], 0.9, True, True),
        ([(0.5, ("urgent",))], 2, True, False),
        ([(3, ("urgent",))], 3.5, True, False),
        ([(3, ("urgent",))], 2, True, True),
        ([(-5, ("urgent",))], 2, True, False),
        # Leaves more time: from then on, and what was late stays late.
        ([(2, ("slow",))], 8, True, True),
        ([(5, ("slow",))], 8, True, False),
        ([(2, ("slow",))], 8, False, None),
        # There is none any more, or was none.
        ([(2, ("never",))], 8, True, None),
        ([(5, ("never",))], 8, True, False),
        ([(-1, ("never",)), (2, ())], 3, True, True),
        ([(-1, ("never",)), (5, ())], 6, True, False),
        # There and away again, within its time.
        ([(0.2, ("urgent",)), (0.8, ())], 3, True, True),
        ([(0.2, ("urgent",)), (1.2, ())], 3, True, False),
    ],
)
def test_tags_count_from_when_they_were_put_on(tagged: Tagged, until: float, *, over: bool, kept: bool | None) -> None:
    history = [(round(at * HOUR), tags) for at, tags in tagged]
    case = Case(number=1, channel="mail", turns=(), episodes=(), words=(), tagged=history)
    limits = Limits(case, TARGETS, lambda start, end: end - start)
    end = round(until * HOUR)
    assert limits.kept(Kind.FIRST, 0, end, end, over=over) is kept
    assert limits.kept(Kind.NEXT, 0, end, end, over=over) is None


@pytest.mark.parametrize(
    ("channel", "groups", "hours", "kept"),
    [
        ("mail", ("big",), 2, True),
        ("mail", ("big",), 3, False),
        ("chat", (), 3, True),
        ("chat", (), 4, False),
        ("chat", ("big",), 3, False),
    ],
)
def test_channels_and_groups(channel: str, groups: tuple[str, ...], hours: int, *, kept: bool) -> None:
    case = Case(number=1, channel=channel, turns=(), episodes=(), words=())
    limits = Limits(case, TARGETS, lambda start, end: end - start, groups)
    assert limits.kept(Kind.FIRST, 0, hours * HOUR, hours * HOUR, over=True) is kept
