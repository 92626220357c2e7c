"""One message of several updates: an album's photos come one by one, under one `media_group_id`. Pure.

Telegram says nowhere that an album is complete. So it is left where it is, unconfirmed, and asked for again a moment
later: once no more of it has come, it is one item. Nothing of it is held in memory; a crash in between only makes
Telegram offer it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from connectors.telegram.fields import Json

SETTLE_SECONDS = 0.7
"""For so long nothing more of an album has to have come. Its updates arrive within a few milliseconds of each other."""

MOST = 10
"""https://core.telegram.org/bots/api#sendmediagroup"""

Album = tuple[object, str]


def album_of(update: Json) -> Album | None:
    """The album that an update is part of: its chat, and its media_group_id."""
    message = update.get("message")
    if not isinstance(message, dict):
        return None
    group, chat = message.get("media_group_id"), message.get("chat")
    if not isinstance(group, str) or not group:
        return None
    return (chat.get("id") if isinstance(chat, dict) else None, group)


def counted(updates: Sequence[Json]) -> Mapping[Album, int]:
    """How much of each album there is."""
    return Counter(album for update in updates if (album := album_of(update)))


def settled(updates: Sequence[Json], before: Mapping[Album, int]) -> Sequence[Json]:
    """The updates that may be stored: all up to the first of an album that has grown since it was counted `before`."""
    now = counted(updates)
    for place, update in enumerate(updates):
        album = album_of(update)
        if album is not None and now[album] < MOST and before.get(album) != now[album]:
            return updates[:place]
    return updates


def gathered(updates: Sequence[Json]) -> list[list[Json]]:
    """The updates in order, those of one album together where its first one stands."""
    items: list[list[Json]] = []
    begun: dict[Album, list[Json]] = {}
    for update in updates:
        album = album_of(update)
        if album is not None and album in begun:
            begun[album].append(update)
            continue
        items.append([update])
        if album is not None:
            begun[album] = items[-1]
    return items
