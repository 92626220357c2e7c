"""Applies what was decided about cases (`bridge/case_effects.py`), within the decision's transaction."""

from __future__ import annotations

from datetime import datetime
from functools import singledispatch

from sqlalchemy import Connection, delete, insert, update

from bridge import case_effects as decided
from bridge.store import uniting
from bridge.store.case_tables import absences, postponed, problem_cases, problems, promises
from bridge.store.upserting import upsert


@singledispatch
def apply(effect: object, connection: Connection, now: datetime) -> None:  # noqa: ARG001 - for those below
    """Do what the effect says. Raises Conflict."""
    raise TypeError(f"no way to apply {type(effect).__name__}")


@apply.register
def _(effect: decided.Postpone, connection: Connection, now: datetime) -> None:
    row = {"connector": effect.connector, "address": effect.address, "body": effect.text, "at": now}
    connection.execute(insert(postponed).values(row))


@apply.register
def _(effect: decided.Told, connection: Connection, now: datetime) -> None:  # noqa: ARG001 - as all of them
    here = (postponed.c.connector == effect.connector, postponed.c.address == effect.address)
    connection.execute(delete(postponed).where(*here))


@apply.register
def _(effect: decided.Absent, connection: Connection, now: datetime) -> None:  # noqa: ARG001 - as all of them
    connection.execute(delete(absences).where(absences.c.owner == effect.owner))
    if effect.until is not None:
        connection.execute(insert(absences).values(owner=effect.owner, until=effect.until))


@apply.register
def _(effect: decided.Merge, connection: Connection, now: datetime) -> None:  # noqa: ARG001 - as all of them
    uniting.merge(connection, effect)


@apply.register
def _(effect: decided.Split, connection: Connection, now: datetime) -> None:  # noqa: ARG001 - as all of them
    uniting.split(connection, effect)


@apply.register
def _(effect: decided.Promise, connection: Connection, now: datetime) -> None:  # noqa: ARG001 - as all of them
    if effect.state == "offered":
        others = (promises.c.conversation == effect.conversation, promises.c.state == "offered")
        connection.execute(update(promises).where(*others).values(state="dropped"))
    values = {
        "conversation": effect.conversation,
        "owner": effect.owner,
        "words": effect.words,
        "due_at": effect.due_at,
        "state": effect.state,
        "made_at": effect.made_at,
    }
    made = upsert(connection)(promises).values(id=effect.id, **values)
    connection.execute(made.on_conflict_do_update(index_elements=["id"], set_=values))


@apply.register
def _(effect: decided.Problem, connection: Connection, now: datetime) -> None:  # noqa: ARG001 - as all of them
    values = {
        "words": effect.words,
        "opened_at": effect.opened_at,
        "closed_at": effect.closed_at,
        "told": effect.told,
    }
    made = upsert(connection)(problems).values(number=effect.number, **values)
    connection.execute(made.on_conflict_do_update(index_elements=["number"], set_=values))


@apply.register
def _(effect: decided.Concern, connection: Connection, now: datetime) -> None:  # noqa: ARG001 - as all of them
    if effect.gone:
        this = (problem_cases.c.problem == effect.problem, problem_cases.c.conversation == effect.conversation)
        connection.execute(delete(problem_cases).where(*this))
        return
    row = {"problem": effect.problem, "conversation": effect.conversation}
    made = upsert(connection)(problem_cases).values(**row, told=effect.told)
    connection.execute(made.on_conflict_do_update(index_elements=list(row), set_={"told": effect.told}))
