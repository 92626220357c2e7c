"""One conversation out of two, and two out of one, within a transaction.

What is a conversation's is moved, so that every look-up finds it where it is now. What names the merged one by its
number (a token in an address, a printed handle, a timer, an outbound that is just being sent) finds the kept one, since
the row of the merged one leads there (`merged_into`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, delete, select, update

from bridge.case_effects import Merge, Split
from bridge.outbound import OutboundKind
from bridge.store import lanes
from bridge.store.book_tables import conversations, messages, shown
from bridge.store.case_tables import problem_cases, promises
from bridge.store.work_tables import outbox
from bridge.work import Conflict

# Rooms stay whose they were: what is written in the merged one's finds the kept one by its number. Notices and marks
# are answered by nobody.
_MOVED = (
    OutboundKind.ANSWER,
    OutboundKind.AUTOMATIC,
    OutboundKind.RELAY,
    OutboundKind.EDIT,
    OutboundKind.DELETION,
    OutboundKind.REACTION,
)


def merge(connection: Connection, effect: Merge) -> None:
    """All that is `gone`'s is `kept`'s. Raises Conflict."""
    leads = {"merged_into": effect.kept, "state": "closed", "version": effect.version + 1, "snoozed_until": None}
    this = (conversations.c.number == effect.gone, conversations.c.version == effect.version)
    if connection.execute(update(conversations).where(*this).values(leads)).rowcount != 1:
        raise Conflict(f"conversation {effect.gone} is no longer at version {effect.version}")
    earlier = update(conversations).where(conversations.c.merged_into == effect.gone)
    connection.execute(earlier.values(merged_into=effect.kept))
    kinds = [str(kind) for kind in _MOVED]
    _move_outbox(connection, (outbox.c.conversation == effect.gone) & outbox.c.kind.in_(kinds), effect.kept)
    for table in (messages, shown, promises):
        connection.execute(update(table).where(table.c.conversation == effect.gone).values(conversation=effect.kept))
    _merge_concerns(connection, effect)


def _merge_concerns(connection: Connection, effect: Merge) -> None:
    """The problems of both are the kept one's; what either has been told, its customer has."""
    gone = problem_cases.c.conversation == effect.gone
    kept = problem_cases.c.conversation == effect.kept
    rows = connection.execute(select(problem_cases).where(kept)).all()
    for row in rows:
        same = problem_cases.c.problem == row.problem
        told = connection.execute(select(problem_cases.c.told).where(gone, same)).scalar()
        if told is not None:
            connection.execute(update(problem_cases).where(kept, same).values(told=told or row.told))
            connection.execute(delete(problem_cases).where(gone, same))
    connection.execute(update(problem_cases).where(gone).values(conversation=effect.kept))


def split(connection: Connection, effect: Split) -> None:
    """What was said from a message on is another conversation's, with what was shown and sent of it."""
    moved = (messages.c.conversation == effect.source) & (messages.c.id >= effect.message)
    sent = select(messages.c.outbound).where(moved, messages.c.outbound.is_not(None))
    of_them = (outbox.c.id.in_(sent)) | (outbox.c.part_of.in_(sent)) | (outbox.c.shows >= effect.message)
    _move_outbox(connection, (outbox.c.conversation == effect.source) & of_them, effect.opened)
    theirs = select(outbox.c.id).where(outbox.c.conversation == effect.opened)
    connection.execute(update(shown).where(shown.c.outbound.in_(theirs)).values(conversation=effect.opened))
    connection.execute(update(messages).where(moved).values(conversation=effect.opened))


def _move_outbox(connection: Connection, which: Any, number: int) -> None:
    # The lanes first, as a deliverer locks them: else each would wait for what the other has.
    busy = select(outbox.c.lane).where(which, outbox.c.state.in_(("waiting", "sending"))).distinct()
    for lane in sorted(connection.execute(busy).scalars()):
        lanes.lock(connection, lanes.OUT, lane, "")
    connection.execute(update(outbox).where(which).values(conversation=number))
