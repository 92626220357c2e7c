"""Which target holds for a case: the most specific rule that says one, always the same."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations

import pytest

from bridge.targets import Group, Kind, Rule, Subject, Targets

HOUR = timedelta(hours=1)
FIRST, NEXT = Kind.FIRST, Kind.NEXT

RULES = (
    Rule(channel="mail", times={FIRST: 11 * HOUR}),
    Rule(group="regulars", times={FIRST: 12 * HOUR}),
    Rule(tag="urgent", times={FIRST: 13 * HOUR}),
    Rule(channel="mail", group="regulars", times={FIRST: 14 * HOUR}),
    Rule(channel="mail", tag="urgent", times={FIRST: 15 * HOUR}),
    Rule(tag="urgent", group="regulars", times={FIRST: 16 * HOUR}),
    Rule(channel="mail", tag="urgent", group="regulars", times={FIRST: 17 * HOUR}),
)


@pytest.mark.parametrize(
    ("channel", "tags", "groups", "hours"),
    [
        ("chat", (), (), 4),
        ("mail", (), (), 11),
        ("chat", (), ("regulars",), 12),
        ("chat", ("blue", "urgent"), (), 13),
        ("mail", (), ("regulars",), 14),
        ("mail", ("urgent",), (), 15),
        ("chat", ("urgent",), ("others", "regulars"), 16),
        ("mail", ("urgent",), ("regulars",), 17),
        ("mail", ("blue",), ("others",), 11),
    ],
)
def test_the_most_specific_rule_holds(channel: str, tags: tuple[str, ...], groups: tuple[str, ...], hours: int) -> None:
    subject = Subject(channel=channel, tags=tags, groups=groups)
    for rules in permutations(RULES, 7) if hours == 17 else [RULES, RULES[::-1]]:
        assert Targets(times={FIRST: 4 * HOUR}, rules=rules).within(FIRST, subject) == hours * HOUR


def test_each_time_is_looked_for_by_itself() -> None:
    rules = (
        Rule(tag="urgent", channel="mail", times={NEXT: 2 * HOUR}),
        Rule(tag="urgent", times={FIRST: HOUR, NEXT: 3 * HOUR}),
        Rule(channel="mail", times={FIRST: timedelta()}),
    )
    targets = Targets(times={FIRST: 4 * HOUR, NEXT: 8 * HOUR}, rules=rules)
    urgent, plain = Subject(channel="mail", tags=("urgent",)), Subject(channel="mail")
    assert [targets.within(kind, urgent) for kind in Kind] == [HOUR, 2 * HOUR, None]
    assert [targets.within(kind, plain) for kind in Kind] == [None, 8 * HOUR, None], "0 says that there is none"


@pytest.mark.parametrize("first", [("a", "b"), ("b", "a")])
def test_of_two_that_name_the_same_the_first_one_in_the_file_holds(first: tuple[str, str]) -> None:
    hours = {"a": HOUR, "b": 2 * HOUR}
    targets = Targets(rules=tuple(Rule(tag=tag, times={FIRST: hours[tag]}) for tag in first))
    assert targets.within(FIRST, Subject(channel="mail", tags=("b", "a"))) == hours[first[0]]


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("anna@example.org", "regulars"),
        ("Anna@Example.ORG", "regulars"),
        ("bob@example.org", ""),
        ("bob@big.example", "big"),
        ("bob@not-big.example", ""),
        ("bob@mail.big.example", ""),
        ("123456789", "regulars"),
        ("1234567890", ""),
        ("*@big.example", "big"),
        ("", ""),
    ],
)
def test_groups_by_address(address: str, found: str) -> None:
    groups = (
        Group(name="regulars", members=frozenset(["anna@example.org", "123456789"]), value=3),
        Group(name="big", members=frozenset(["*@big.example"]), value=5),
    )
    assert [group.name for group in Targets(groups=groups).groups_of(["x@y", address])] == ([found] if found else [])


def test_whether_there_are_any() -> None:
    assert not Targets()
    assert not Targets(times={FIRST: timedelta()}, rules=(Rule(tag="a", times={FIRST: timedelta()}),))
    assert Targets(rules=(Rule(tag="a", times={NEXT: HOUR}),))
    targets = Targets(times={FIRST: HOUR, NEXT: HOUR}, rules=(Rule(tag="a", times={NEXT: HOUR}),))
    assert (targets.of_all(FIRST), targets.of_all(NEXT), targets.of_all(Kind.RESOLUTION)) == (HOUR, None, None)
    assert [targets.said(kind) for kind in Kind] == [True, True, False]
