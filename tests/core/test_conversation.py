"""A conversation's states (`bridge/conversation.py`): the table is total, and what it says is what the shop wants."""

from __future__ import annotations

import pytest

from bridge.conversation import TRANSITIONS, Happening, State, after


def test_the_table_is_total() -> None:
    assert set(TRANSITIONS) == set(Happening)
    for happening, row in TRANSITIONS.items():
        assert set(row) == set(State), happening
        assert set(row.values()) <= set(State), happening


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize(
    ("happening", "always"),
    [
        (Happening.CUSTOMER_WROTE, State.OPEN),
        (Happening.PERSON_ANSWERED, State.WAITING),
        (Happening.ANSWER_FAILED, State.OPEN),
        (Happening.CLOSED, State.CLOSED),
    ],
)
def test_what_always_leads_to_one_state(state: State, happening: Happening, always: State) -> None:
    assert after(state, happening) is always


@pytest.mark.parametrize("state", State)
def test_a_machine_changes_nothing(state: State) -> None:
    assert after(state, Happening.MACHINE_WROTE) is state


@pytest.mark.parametrize(("state", "then"), [(s, State.WAITING if s is State.OPEN else s) for s in State])
def test_what_the_bridge_answered_waits_for_the_customer(state: State, then: State) -> None:
    assert after(state, Happening.BOT_ANSWERED) is then


@pytest.mark.parametrize(("state", "then"), [(s, s if s is State.WAITING else State.OPEN) for s in State])
def test_opened_again_by_the_owner(state: State, then: State) -> None:
    assert after(state, Happening.REOPENED) is then
