"""In which order owners read who waits: the neglected, the oldest and the most valuable first."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from shop import Shop

from bridge.cases import waiting as cases_waiting
from bridge.cases.overdue import listed
from bridge.cases.waiting import Waiting, urgency
from bridge.conversation import Conversation, Customer, State
from bridge.targets import Group, Kind, Rule, Targets

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def one(number: int, *, priority: int = 0, value: int = 0, late: bool = False, hours: float = 1) -> Waiting:
    """Who has waited for so many hours."""
    customer = Customer(id=f"c{number}", name="Anna", window_at=NOON)
    since = NOON - hours * HOUR
    conversation = Conversation(
        number=number,
        customer=customer,
        connector="mail",
        address=f"c{number}@example.org",
        state=State.OPEN,
        version=1,
        opened_at=since,
        changed_at=since,
        priority=priority,
    )
    return Waiting(conversation=conversation, since=since, deadline=None, late=late, value=value)


@pytest.mark.parametrize(
    "ordered",
    [
        [one(1, hours=3), one(2, hours=2), one(3, hours=1)],
        [one(2), one(5), one(7)],
        [one(1, late=True, hours=1), one(2, hours=9)],
        [one(1, value=5), one(2, value=3, late=True), one(3, late=True, hours=9)],
        [one(9, priority=1, hours=0.1), one(1, value=9, late=True, hours=99), one(2, priority=-1, value=99, late=True)],
        [
            one(8, priority=1, value=2),
            one(7, priority=1, late=True, hours=9),
            one(6, priority=1),
            one(1, value=2, late=True),
            one(2, value=2, hours=3),
            one(3, value=1, late=True, hours=5),
            one(4, late=True),
            one(5, priority=-1, late=True),
        ],
    ],
)
def test_priority_then_value_then_overdue_then_age(ordered: list[Waiting]) -> None:
    shuffled = list(ordered)
    Random(3).shuffle(shuffled)
    assert sorted(shuffled, key=urgency) == ordered


def test_who_waits_is_not_hidden_by_all_that_was_answered_since(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answered cases that nobody closes grow more and more; who was forgotten before them comes first all the same."""
    monkeypatch.setattr(cases_waiting, "MOST", 3)
    shop = Shop()
    for number in range(1, 7):
        shop.customer(f"c{number}@example.org", "Tulips?")
        shop.clock.advance(hours=1)
        if number not in (1, 3):
            shop.owner(f"#{number} Yes.")
    with shop.engine.begin() as connection:
        found = cases_waiting.waiting(shop._box(connection, "timer", timedelta()))
    assert [one.conversation.number for one in found] == [1, 3]


def test_the_list_that_owners_read() -> None:
    groups = (Group(name="big", members=frozenset(["*@big.example"]), value=5),)
    targets = Targets(times={Kind.FIRST: 5 * HOUR}, rules=(Rule(group="big", times={Kind.FIRST: HOUR}),), groups=groups)
    shop = Shop().with_policy(targets=targets, timezone="Europe/Berlin")
    shop.clock.moment = NOON
    for name in ("old@small.example", "new@big.example", "low@small.example", "high@small.example"):
        shop.customer(name, "Tulips?")
        shop.clock.advance(minutes=10)
    shop.owner("priority 3 low")
    shop.owner("priority 4 high")
    shop.until(NOON + 7 * HOUR)
    shop.clock.advance(hours=24)
    with shop.engine.begin() as connection:
        box = shop._box(connection, "timer", timedelta())
        decision = listed({}, box)
    (send,) = decision.effects
    text = send.draft.text.plain  # type: ignore[union-attr]
    assert [line.partition(",")[0] for line in text.splitlines()[1:]] == [
        "#4 High (email) [high priority]",
        "#2 New (email) [big]",
        "#1 Old (email)",
        "#3 Low (email) [low priority]",
    ]
    assert "since 2026-11-23 13:00; was due 2026-11-23 18:00" in text, "by the shop's clock"
