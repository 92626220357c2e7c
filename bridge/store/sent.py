"""What was sent or is to be, looked up for decisions within one transaction; see `bridge.book.Book`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, select

from bridge.book import Letter, Pending
from bridge.decision import OwnerLine
from bridge.store.book_tables import shown
from bridge.store.parts import first, of
from bridge.store.reading import Reading
from bridge.store.rows import origin_json, pending_from
from bridge.store.work_tables import items, outbox

# Literals, so that SQLite sees that a partial index covers the query; it does not look into parameters.
_WAITING: ColumnElement[str] = literal_column("'waiting'")
_ANSWER: ColumnElement[str] = literal_column("'answer'")
_AUTOMATIC: ColumnElement[str] = literal_column("'automatic'")
_TAKEN_BACK = ("cancelled", "expired")

# Built once: making a statement costs more than running it.
_LAST_AUTOMATIC = select(func.max(outbox.c.created_at)).where(
    outbox.c.conversation == bindparam("wanted"), outbox.c.kind == _AUTOMATIC, outbox.c.state.not_in(_TAKEN_BACK)
)


@dataclass(frozen=True, slots=True)
class StoredOutbounds(Reading):
    """`bridge.book.Book` over a connection: our outbounds, and the dead letters."""

    def outbound(self, id_or_native: str, connector: str = "") -> Pending | None:
        """See Book."""
        found = self._pending(select(outbox).where(outbox.c.id == id_or_native))
        if found is not None or not connector:
            return found
        by_native = select(shown.c.outbound).where(shown.c.connector == connector, shown.c.native_id == id_or_native)
        return self._pending(select(outbox).where(outbox.c.id.in_(by_native)))

    def parts_of(self, outbound_id: str) -> Sequence[str]:
        """See Book."""
        query = select(outbox.c.id).where(of(outbound_id), outbox.c.state != "cancelled").order_by(outbox.c.seq)
        return self.connection.execute(query).scalars().all() or (outbound_id,)

    def waiting_of(self, author: str) -> Pending | None:
        """See Book."""
        return self._pending(
            select(outbox)
            .where(outbox.c.author == author, outbox.c.kind == _ANSWER, outbox.c.state == _WAITING)
            .where(outbox.c.unknown.is_(False), first())
            .order_by(outbox.c.seq.desc())
        )

    def from_line(self, line: OwnerLine) -> Pending | None:
        """See Book."""
        query = select(outbox).where(outbox.c.origin == origin_json(line), outbox.c.kind == _ANSWER, first())
        return self._pending(query.order_by(outbox.c.seq.desc()))

    def _pending(self, query: Select[Any]) -> Pending | None:
        row = self.connection.execute(query.limit(1)).first()
        return None if row is None else pending_from(row)

    def answers(self, number: int) -> int:
        """See Book."""
        return self.count(
            select(func.count()).where(
                outbox.c.conversation == number,
                outbox.c.kind == _ANSWER,
                outbox.c.state.not_in(_TAKEN_BACK),
                first(),
            )
        )

    def automatic_since(self, connector: str, address: str, since: datetime) -> int:
        """See Book."""
        return self.count(
            select(func.count()).where(
                outbox.c.lane == f"{connector} {address}",
                outbox.c.kind == _AUTOMATIC,
                outbox.c.created_at >= since,
                outbox.c.state.not_in(_TAKEN_BACK),
                first(),
            )
        )

    def last_automatic(self, number: int) -> datetime | None:
        """See Book."""
        return self.connection.execute(_LAST_AUTOMATIC, {"wanted": number}).scalar()

    def letters(self, limit: int = 20) -> Sequence[Letter]:
        """See Book."""
        unread = select(items.c.id, items.c.lane, items.c.outcome, items.c.due_at).where(
            items.c.state == literal_column("'dead'")
        )
        unsent = select(outbox).where(outbox.c.state.in_((literal_column("'dead'"), literal_column("'maybe'"))))
        found = [
            Letter(id=f"i{row.id}", what=row.lane, reason=row.outcome, at=row.due_at)
            for row in self.connection.execute(unread.order_by(items.c.id.desc()).limit(limit))
        ]
        for row in self.connection.execute(unsent.order_by(outbox.c.seq.desc()).limit(limit)):
            what = f"{row.address}: {row.payload.get('text', '')}"
            reason = row.reason if row.state == "dead" else f"maybe sent ({row.reason})"
            number = row.conversation
            found.append(Letter(id=f"o{row.seq}", what=what, reason=reason, at=row.due_at, conversation=number))
        return sorted(found, key=lambda letter: letter.at, reverse=True)[:limit]
