"""What becomes of updates, whichever way they come: items, with what the JSON does not say, and what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from telegram.error import TelegramError

from bridge.connector import Chosen, RawItem
from connectors.telegram.client import Client
from connectors.telegram.fields import Json, integer, json_object
from connectors.telegram.parse import GAP, parse_update
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.updates import chat_of_update, is_entry, is_start, query_of, raw_item

log = structlog.get_logger()

ALLOWED = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"]
"""Every kind that is read; Telegram sends no reactions to whom they are not named."""

KEPT = timedelta(hours=24)
"""How long Telegram keeps updates that nobody takes: https://core.telegram.org/bots/api#getting-updates"""

_NO_MATTER = datetime.min.replace(tzinfo=UTC)


class Intake:
    """One bot's way from updates to items. What `item` says of a mention needs the bot's name (`learnt`)."""

    def __init__(self, client: Client, settings: TelegramSettings) -> None:
        self._client = client
        self._settings = settings
        self._facts: dict[str, object] = {"bot": settings.bot}
        self._answering: set[asyncio.Task[None]] = set()

    @property
    def knows_enough(self) -> bool:
        """Whether an item would have all its facts."""
        return "username" in self._facts or not self._settings.mentions

    def learnt(self, me: Any) -> None:
        """What `getMe` said."""
        self._facts["username"] = str(me.get("username", "")) if isinstance(me, dict) else ""

    def item(self, group: Sequence[Json], now: datetime) -> RawItem:
        """One update, or those of one album, as an item."""
        chat, facts = chat_of_update(group[0]), dict(self._facts)
        if (owners := self._settings.owner_groups.get(chat)) is not None:
            facts["owners"] = list(owners)
        elif self._settings.mentions:
            facts["mentions"] = True
        return raw_item(group, facts, now)

    def stored(self, updates: Sequence[Json]) -> None:
        """These are committed."""
        for update in updates:
            if is_start(update):
                log.info("telegram.start", chat=chat_of_update(update))  # how an owner finds out their own number
            if is_entry(update):
                log.info("telegram.group", chat=chat_of_update(update))  # and a group's
            if (query := query_of(update)) is not None:
                task = asyncio.create_task(self._answer(query, self._chosen(update)), name="telegram answer")
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    def _chosen(self, update: Json) -> Mapping[str, object]:
        """The message whose button was pressed by somebody whose choice counts."""
        try:
            [event] = parse_update(self.item([update], _NO_MATTER))
            if not isinstance(event, Chosen):
                return {}
            message = json_object(json_object(update, "callback_query"), "message")
            return {"chat_id": int(event.address), "message_id": integer(message, "message_id")}
        except ValueError:  # Unexpected: it says nothing that anybody understands
            return {}

    async def _answer(self, query: str, chosen: Mapping[str, object]) -> None:
        """Take the waiting sign off a button that was pressed, and the buttons off what was chosen. If that fails, the
        sign goes by itself after a while, and a button that is pressed twice means the same.
        """
        try:
            await self._client.ask("answerCallbackQuery", callback_query_id=query)
            if chosen:
                await self._client.ask("editMessageReplyMarkup", **chosen)
        except TelegramError as error:
            log.info("telegram.unanswered", reason=type(error).__name__)

    async def close(self) -> None:
        """Answer no more."""
        for task in self._answering:
            task.cancel()
        if self._answering:
            await asyncio.wait(self._answering)


def gap(before: datetime | None, now: datetime) -> list[RawItem]:
    """An item of the connector's own, if the bridge was away for longer than Telegram keeps updates."""
    if before is None or now - before < KEPT:
        return []
    log.warning("telegram.gap", since=before.isoformat())
    text = (
        f"The bridge did not reach Telegram from {before:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} (UTC). Telegram "
        "keeps messages for 24 hours only: what customers wrote before that is lost."
    )
    native_id = f"gap-{before.isoformat()}"
    return [RawItem(native_id=native_id, raw=b"{}", lane="telegram", facts={GAP: text}, received_at=now)]


def moment(text: str | None) -> datetime | None:
    """A moment as a position holds it."""
    return datetime.fromisoformat(text) if text else None
