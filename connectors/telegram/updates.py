"""What the loop knows of updates without reading them: their numbers, their chats, and how they are stored. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from bridge.connector import RawItem
from connectors.telegram.fields import Json, maybe_integer

NUMBERED_ANEW = timedelta(days=2)
"""A number that is seen again so late is another update's: Telegram keeps updates for a day, and after a quiet week it
goes on at a random number."""


def raw_item(group: Sequence[Json], facts: Mapping[str, object], now: datetime) -> RawItem:
    """One update, or those of one album, as an item."""
    raw = json.dumps(group if len(group) > 1 else group[0], ensure_ascii=False, separators=(",", ":"))
    content = raw.encode(errors="surrogatepass")
    number = group[0].get("update_id")
    return RawItem(
        native_id=str(number) if isinstance(number, int) else f"odd-{hashlib.sha256(content).hexdigest()}",
        raw=content,
        lane=chat_of_update(group[0]),
        facts=facts,
        received_at=now,
        repeats_after=NUMBERED_ANEW,
    )


def next_offset(updates: Sequence[Json], before: int | None) -> int | None:
    """The offset that confirms these updates: the last one's number and one, whatever came before."""
    numbers = [number for update in updates if (number := maybe_integer(update, "update_id"))]
    return numbers[-1] + 1 if numbers else before


def chat_of_update(update: Json) -> str:
    """The chat that an update is of, as far as that is known without reading it; "" for none."""
    for held in update.values():
        if not isinstance(held, dict):
            continue
        inner = held.get("message")
        for holder in (held, inner if isinstance(inner, dict) else {}):
            chat = holder.get("chat")
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return str(chat["id"])
    return ""


def is_start(update: Json) -> bool:
    """Whether somebody opened the chat with the bot."""
    message = update.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    return isinstance(text, str) and text.startswith("/start")


def is_entry(update: Json) -> bool:
    """Whether somebody brought the bot into a group, or changed what it may do there."""
    return isinstance(update.get("my_chat_member"), dict) and chat_of_update(update).startswith("-")


def query_of(update: Json) -> str | None:
    """The id of a pressed button's query, which wants an answer."""
    query = update.get("callback_query")
    held = query.get("id") if isinstance(query, dict) else None
    return held if isinstance(held, str) else None
