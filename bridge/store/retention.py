"""What is kept, and for how long: raw forms by the shop's setting, done timers for a day, the history for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, update

from bridge.store.work_tables import items
from bridge.work import TIMER

_TIMERS = timedelta(days=1)


def forget(connection: Connection, now: datetime, keep: timedelta | None) -> int:
    """Within a transaction: drop raw forms older than `keep` (None: none) of what is done; how many those were.

    The row stays: its id is how the same message is known when the network hands it over once more.
    """
    done = items.c.state == "done"
    connection.execute(delete(items).where(done, items.c.connector == TIMER, items.c.due_at < now - _TIMERS))
    if keep is None:
        return 0
    old = (done, items.c.received_at < now - keep, items.c.raw.is_not(None) | items.c.blob.is_not(None))
    return connection.execute(update(items).where(*old).values(raw=None, blob=None, facts={})).rowcount
