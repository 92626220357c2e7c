"""Rows to values, and values to rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row

from bridge.book import Line, Pending
from bridge.conversation import Conversation, Customer, State
from bridge.decision import Draft, OwnerLine, Question
from bridge.outbound import Choice, Outbound, OutboundKind, Quoted
from bridge.text import Span, SpanKind, Text


def spans_json(text: Text) -> list[list[Any]] | None:
    """The spans of a text as JSON, None for none."""
    return [[span.start, span.end, str(span.kind), span.target] for span in text.spans] or None


def text_from(plain: str, spans: list[list[Any]] | None) -> Text:
    """A text from its string and its spans' JSON."""
    found = (Span(start=start, end=end, kind=SpanKind(kind), target=target) for start, end, kind, target in spans or ())
    return Text(plain, tuple(found))


def customer_from(row: Row[Any]) -> Customer:
    """From a row that has the columns of `customers`."""
    return Customer(
        id=row.id,
        name=row.name,
        blocked=row.blocked,
        held=row.held,
        window_at=row.window_at,
        window_count=row.window_count,
    )


def conversation_from(row: Row[Any], customer: Customer) -> Conversation:
    """From a row that has the columns of `conversations`."""
    return Conversation(
        number=row.number,
        customer=customer,
        connector=row.connector,
        address=row.address,
        state=State(row.state),
        version=row.version,
        thread=row.thread,
        subject=row.subject,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        person_answered_at=row.person_answered_at,
        answered_by=row.answered_by,
        room=row.room,
        copies=tuple(row.copies),
        about=row.about,
        snoozed_until=row.snoozed_until,
        priority=row.priority,
        assigned_to=row.assigned_to,
        tags=tuple(row.tags),
        split_from=row.split_from,
        places=tuple((connector, address) for connector, address in row.places),
        language=row.language,
    )


def conversation_row(conversation: Conversation) -> dict[str, Any]:
    """What of a conversation its row holds, but for number and version."""
    return {
        "customer": conversation.customer.id,
        "connector": conversation.connector,
        "address": conversation.address,
        "thread": conversation.thread,
        "subject": conversation.subject,
        "state": str(conversation.state),
        "opened_at": conversation.opened_at,
        "changed_at": conversation.changed_at,
        "person_answered_at": conversation.person_answered_at,
        "answered_by": conversation.answered_by,
        "room": conversation.room,
        "copies": list(conversation.copies),
        "about": conversation.about,
        # Whatever ends a snooze, its moment is gone with it.
        "snoozed_until": conversation.snoozed_until if conversation.state is State.SNOOZED else None,
        "priority": conversation.priority,
        "assigned_to": conversation.assigned_to,
        "tags": list(conversation.tags),
        "split_from": conversation.split_from,
        "places": [list(place) for place in conversation.places],
        "language": conversation.language,
    }


def line_from(row: Row[Any]) -> Line:
    """From a row that has the columns of `messages`, and `files`."""
    return Line(
        conversation=row.conversation,
        direction=row.direction,
        author=row.author,
        text=text_from(row.body, row.spans),
        at=row.at,
        subject=row.subject,
        automatic=row.automatic,
        attachments=row.files,
        id=row.id,
        connector=row.connector,
        address=row.address,
        native_id=row.native_id,
    )


def origin_json(origin: OwnerLine | None) -> list[str] | None:
    """An owner's line as JSON."""
    return None if origin is None else [origin.connector, origin.address, origin.native_id, origin.room]


def origin_from(value: list[str] | None) -> OwnerLine | None:
    """An owner's line from JSON."""
    if value is None:
        return None
    connector, address, native_id, room = value
    return OwnerLine(connector=connector, address=address, native_id=native_id, room=room)


def payload_json(draft: Draft) -> dict[str, Any]:
    """What of an outbound has no column of its own; what is empty is left out."""
    held = {
        "text": draft.text.plain,
        "spans": spans_json(draft.text),
        "room": draft.room,
        "subject": draft.subject,
        "replies_to": list(draft.replies_to),
        "choices": [[choice.id, choice.label, choice.word] for choice in draft.choices],
        "mark": draft.mark,
        "from_name": draft.from_name,
        "title": draft.title,
        "token": draft.token,
        "copies": list(draft.copies),
        "quoted": _quoted_json(draft.quoted),
        "file": draft.file,
        "in_room": draft.in_room,
        "head": draft.head,
        "changes": draft.changes,
        "source": draft.source,
    }
    return {key: value for key, value in held.items() if value}


def outbound_from(row: Row[Any]) -> Outbound:
    """From a row that has the columns of `outbox`."""
    held: Mapping[str, Any] = row.payload
    return Outbound(
        id=row.id,
        kind=OutboundKind(row.kind),
        connector=row.connector,
        address=row.address,
        text=text_from(held.get("text", ""), held.get("spans")),
        created_at=row.created_at,
        conversation=row.conversation,
        room=held.get("room", ""),
        subject=held.get("subject", ""),
        replies_to=tuple(held.get("replies_to", ())),
        choices=tuple(Choice(id=key, label=label, word=word) for key, label, word in held.get("choices", ())),
        mark=held.get("mark", ""),
        expires_at=row.expires_at,
        from_name=held.get("from_name", ""),
        title=held.get("title", ""),
        token=held.get("token", ""),
        copies=tuple(held.get("copies", ())),
        quoted=_quoted_from(held.get("quoted")),
    )


def _quoted_json(quoted: Quoted | None) -> list[str] | None:
    return None if quoted is None else [quoted.author, quoted.at.isoformat(), quoted.text]


def _quoted_from(held: list[str] | None) -> Quoted | None:
    return None if held is None else Quoted(author=held[0], at=datetime.fromisoformat(held[1]), text=held[2])


def pending_from(row: Row[Any]) -> Pending:
    """From a row that has the columns of `outbox`."""
    return Pending(
        id=row.id,
        kind=row.kind,
        conversation=row.conversation,
        # One that may have arrived can neither be taken back nor changed any more.
        state="unknown" if row.unknown and row.state == "waiting" else row.state,
        author=row.author,
        text=text_from(row.payload.get("text", ""), row.payload.get("spans")),
        address=row.address,
        connector=row.connector,
        created_at=row.created_at,
        origin=origin_from(row.origin),
        native_id=row.native_id,
        part_of=row.part_of,
        changes=row.payload.get("changes", ""),
    )


def question_json(question: Question) -> dict[str, Any]:
    """A question as JSON."""
    return {
        "kind": question.kind,
        "options": dict(question.options),
        "text": question.text.plain,
        "spans": spans_json(question.text),
        "native_id": question.native_id,
        "room": question.room,
        "owner": question.owner,
        "about": question.about,
    }


def question_from(held: Mapping[str, Any]) -> Question:
    """A question from JSON."""
    return Question(
        kind=held["kind"],
        options=held["options"],
        text=text_from(held["text"], held["spans"]),
        native_id=held["native_id"],
        room=held.get("room", ""),
        owner=held.get("owner", ""),
        about=held.get("about", ""),
    )
