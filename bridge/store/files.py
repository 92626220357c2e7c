"""Files within the store: those that go along with an outbound, and those that are yet to be fetched.

A file that came by reference is a row of `attachments` with a source and no content. An outbound of kind FETCH fetches
it, and what carries it to a customer waits for that. Its source is gone where it could not be had.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, update

from bridge.messages import Attachment
from bridge.outbound import OutboundKind
from bridge.store import lanes
from bridge.store.blobs import Blobs
from bridge.store.book_tables import attachments, messages
from bridge.store.work_tables import outbox
from bridge.work import AWAITS_FILE, Sending


def awaited(connection: Connection, message: int | None) -> Sequence[Row[Any]]:
    """The rows of a message's files that are yet to be fetched."""
    missing = (attachments.c.source != "", attachments.c.content.is_(None), attachments.c.blob.is_(None))
    query = select(attachments).where(attachments.c.message == message, *missing)
    # Locked: what waits for a file, and what brings it, each look at what the other one writes. Both take this first.
    return connection.execute(query.order_by(attachments.c.id).with_for_update()).all()


def going_along(connection: Connection, sending: Sending, blobs: Blobs) -> list[Attachment]:
    """What an outbound carries, or fetches. A relay leaves out what came by reference: that follows by itself."""
    query = select(attachments).where(attachments.c.message == sending.message).order_by(attachments.c.id)
    if sending.file:
        query = query.where(attachments.c.id == sending.file)
    elif sending.outbound.kind is OutboundKind.RELAY:
        query = query.where(attachments.c.source == "")
    return [_attachment(row, blobs, connection) for row in connection.execute(query)]


def _attachment(row: Row[Any], blobs: Blobs, connection: Connection) -> Attachment:
    content = blobs.read(connection, row.blob) if row.blob else row.content
    return Attachment(
        name=row.name, media_type=row.media_type, size=row.size, content=content, inline=row.inline, source=row.source
    )


def put_in(connection: Connection, sending: Sending, fetched: Attachment, now: datetime) -> None:
    """It is there: what has waited for it leaves."""
    this = update(attachments).where(attachments.c.id == sending.file)
    content = {"content": fetched.content, "blob": fetched.blob or None, "size": fetched.size}
    connection.execute(this.values(content))
    _hasten(connection, sending, now)


def give_up(connection: Connection, sending: Sending, now: datetime) -> None:
    """It cannot be had; what has waited for it learns so."""
    connection.execute(update(attachments).where(attachments.c.id == sending.file).values(source=""))
    _hasten(connection, sending, now)


def wanted_again(connection: Connection, fetch: Row[Any]) -> None:
    """It is to be fetched after all (`retry`)."""
    this = attachments.c.id == fetch.payload["file"]
    connection.execute(update(attachments).where(this).values(source=fetch.payload.get("source", "")))


def _hasten(connection: Connection, sending: Sending, now: datetime) -> None:
    number = select(messages.c.conversation).where(messages.c.id == sending.message).scalar_subquery()
    here = (outbox.c.conversation == number, outbox.c.message == sending.message)
    waits = (outbox.c.state == "waiting", outbox.c.reason == AWAITS_FILE)
    hastened = update(outbox).where(*here, *waits).values(due_at=now).returning(outbox.c.lane)
    for lane in connection.execute(hastened).scalars().all():
        lanes.hasten(connection, lanes.OUT, lane, now)
