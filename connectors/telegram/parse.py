"""What an update means: the pure function from an update's JSON to events.

https://core.telegram.org/bots/api#update. An item is one update, or the updates of one album as a list. Who wrote it,
and whether that is sure, `place.py` says.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bridge.connector import (
    Automatic,
    AutomaticKind,
    Chosen,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    RawItem,
    Reaction,
    Text,
)
from connectors.telegram.content import Content, content, joined
from connectors.telegram.fields import (
    Json,
    Unexpected,
    integer,
    json_object,
    maybe_integer,
    maybe_object,
    objects,
    string,
)
from connectors.telegram.names import native_id, what_was_pressed
from connectors.telegram.place import Facts, Place, place_of

_START = re.compile(r"/start(?:@[A-Za-z0-9_]{1,64})?(?: ([A-Za-z0-9_-]{1,64}))?\s*")
"""https://core.telegram.org/bots/features#deep-linking"""

GAP = "gap"
"""The fact of an item that is the connector's own: how long it was away."""


def parse_update(item: RawItem) -> Sequence[InboundEvent]:
    """The events of an update, or of an album's updates. Raises where the JSON is not what the Bot API says."""
    assert isinstance(item.raw, bytes)
    if GAP in item.facts:
        return (_gap(item),)
    held = json.loads(item.raw)
    updates = held if isinstance(held, list) else [held]
    if not updates or not all(isinstance(update, dict) for update in updates):
        raise Unexpected("the item is no update")
    facts = Facts.of(item)
    if len(updates) > 1:
        return (_album([json_object(update, "message") for update in updates], facts),)
    return (_event(updates[0], facts),)


def _event(update: Json, facts: Facts) -> InboundEvent:
    if update.get("message") is not None:
        return _message(json_object(update, "message"), facts)
    if update.get("edited_message") is not None:
        return _edit(json_object(update, "edited_message"), facts)
    if update.get("callback_query") is not None:
        return _chosen(json_object(update, "callback_query"), facts)
    if update.get("message_reaction") is not None:
        return _reaction(json_object(update, "message_reaction"), facts)
    if update.get("my_chat_member") is not None:
        return _membership(json_object(update, "my_chat_member"))
    kinds = ", ".join(sorted(name for name in update if name != "update_id"))
    return Ignored(reason=f"an update of a kind that is not handled: {kinds[:200] or 'none'}")


def _message(message: Json, facts: Facts) -> Message | Ignored:
    user = maybe_object(message, "from")
    place = place_of(message, user, facts)
    held = content(message, facts.bot)
    if held.service:
        return Ignored(reason=_service(message, held.service))
    if place.refused:
        return Ignored(reason=place.refused)
    started = _START.fullmatch(held.text.plain)
    if started is not None:
        if not started[1]:
            return Ignored(reason="/start: the chat was opened, nobody has said anything yet")
        held = replace(held, text=Text(f"[came by the link {started[1]}]"))
    return _made(message, place, held)


def _made(message: Json, place: Place, held: Content) -> Message:
    user = maybe_object(message, "from")
    machine = user is not None and user.get("is_bot") is True and place.chat > 0
    return Message(
        address=place.address,
        name=place.name,
        authenticated=place.authenticated,
        sender=place.sender,
        native_id=native_id(place.chat, integer(message, "message_id")),
        replies_to=_replies_to(message, place.chat),
        room=place.room,
        text=held.text,
        attachments=held.attachments,
        automatic=Automatic(kind=AutomaticKind.AUTO_GENERATED, reason="a bot wrote it") if machine else None,
        sent_at=_moment(message),
    )


def _replies_to(message: Json, chat: int) -> tuple[str, ...]:
    answered = maybe_object(message, "reply_to_message")
    # In a topic everything "answers" the message that opened it.
    if answered is None or answered.get("forum_topic_created") is not None:
        return ()
    number = integer(answered, "message_id")
    root = message.get("is_topic_message") is True and number == message.get("message_thread_id")
    return () if root else (native_id(chat, number),)


def _moment(message: Json) -> datetime | None:
    seconds = maybe_integer(message, "date")
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < 1 << 40 else None


def _service(message: Json, kind: str) -> str:
    if kind == "migrate_to_chat_id":
        old, new = integer(json_object(message, "chat"), "id"), integer(message, kind)
        return f"the group {old} has become the supergroup {new}: put the new number into the configuration"
    return f"a service message: {kind}"


def _album(messages: Sequence[Json], facts: Facts) -> Message | Ignored:
    """One message of several: the first one's place, everybody's words and files."""
    first = messages[0]
    place = place_of(first, maybe_object(first, "from"), facts)
    if place.refused:
        return Ignored(reason=place.refused)
    held = [content(message, facts.bot) for message in messages]
    text = joined(one.text for one in held if one.text)
    files = tuple(file for one in held for file in one.attachments)
    return _made(first, place, Content(text=text, attachments=files))


def _edit(message: Json, facts: Facts) -> Edit | Ignored:
    place = place_of(message, maybe_object(message, "from"), facts)
    if place.refused:
        return Ignored(reason=place.refused)
    if message.get("location") is not None:
        return Ignored(reason="a live location moved")
    return Edit(
        address=place.address,
        native_id=native_id(place.chat, integer(message, "message_id")),
        text=content(message, facts.bot).text,
        authenticated=place.authenticated,
        sender=place.sender,
        room=place.room,
    )


def _chosen(query: Json, facts: Facts) -> Chosen | Ignored:
    message = maybe_object(query, "message")
    found = what_was_pressed(string(query, "data"))
    if message is None or found is None:
        return Ignored(reason="a button that is none of ours")
    place = place_of(message, json_object(query, "from"), replace(facts, mentions=False))
    if place.refused:
        return Ignored(reason=place.refused)
    outbound, choice = found
    return Chosen(
        address=place.address,
        outbound_id=outbound,
        choice_id=choice,
        authenticated=place.authenticated,
        sender=place.sender,
        room=place.room,
    )


def _reaction(reaction: Json, facts: Facts) -> Reaction | Ignored:
    place = place_of(reaction, maybe_object(reaction, "user"), replace(facts, mentions=False))
    if place.refused:
        return Ignored(reason=place.refused)
    return Reaction(
        address=place.address,
        native_id=native_id(place.chat, integer(reaction, "message_id")),
        sign=" ".join(_sign(one) for one in objects(reaction, "new_reaction")),
        authenticated=place.authenticated,
        sender=place.sender,
    )


def _sign(reaction: Json) -> str:
    if reaction.get("type") == "emoji":
        return string(reaction, "emoji")
    return {"paid": "⭐", "custom_emoji": "[emoji]"}.get(str(reaction.get("type")), "[sign]")


def _membership(change: Json) -> Ignored:
    chat, now = json_object(change, "chat"), string(json_object(change, "new_chat_member"), "status")
    if string(chat, "type") == "private":
        what = "blocked the bot" if now == "kicked" else "lets the bot write again"
        return Ignored(reason=f"{integer(chat, 'id')} {what}")
    return Ignored(reason=f"the bot is now {now[:50]!r} in the group {integer(chat, 'id')}")


def _gap(item: RawItem) -> Message:
    """The owner has to know of this: it comes as a machine's message, which starts no clock and gets no answer."""
    return Message(
        address="telegram",
        name="Telegram",
        text=Text(string(item.facts, GAP)),
        native_id=item.native_id,
        automatic=Automatic(kind=AutomaticKind.REPORT, reason="the bridge was away for too long"),
    )
