"""Topics: one for each conversation, in a group that has topics or in a private chat where the bot has them.

https://core.telegram.org/bots/api#createforumtopic. The icon shows at a glance what is done. Which icons there are,
Telegram says (`getForumTopicIconStickers`); it is asked once, and without an answer a topic has the plain one. An icon
is never worth a failure. A private chat's topics cannot be closed: there the icon alone says it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import structlog
from telegram.error import TelegramError

from bridge.connector import DeliveryFailure, PermanentFailure, RoomGone, reach
from connectors.telegram.client import Client
from connectors.telegram.compose import Call, chat_at, room_of
from connectors.telegram.fields import maybe_integer
from connectors.telegram.names import is_group

log = structlog.get_logger()

TITLE_CHARACTERS = 128
"""https://core.telegram.org/bots/api#createforumtopic"""

OPEN = ("💬", "🗣", "❓")
CLOSED = ("✅", "☑", "🏁")
"""The first of these that is among Telegram's icons."""


class Topics:
    """One bot's topics."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._icons: Mapping[str, str] | None = None

    async def open(self, address: str, title: str) -> str:
        """A new one. Raises as `send` does."""
        chat = chat_at(address)
        params: dict[str, object] = {"chat_id": chat, "name": title[:TITLE_CHARACTERS].strip() or "?"}
        made = await self._made(chat, params, await self._icon(OPEN))
        reach("telegram.topic")
        return str(maybe_integer(made, "message_thread_id")) if isinstance(made, dict) else ""

    async def _made(self, chat: int, params: dict[str, object], icon: str) -> object:
        try:
            shown = {"icon_custom_emoji_id": icon} if icon else {}
            return await self._client.call(Call("createForumTopic", chat, params | shown))
        except PermanentFailure as failure:
            if not icon or "document_invalid" not in failure.reason.casefold():
                raise
        self._icons = {}  # they have changed; a topic without one is a topic
        return await self._client.call(Call("createForumTopic", chat, params))

    async def close(self, address: str, room: str, *, reopen: bool) -> None:
        """Close it, or open it again; RoomGone where somebody has deleted it."""
        chat = chat_at(address)
        params: dict[str, object] = {"chat_id": chat, "message_thread_id": room_of(room)}
        icon = await self._icon(OPEN if reopen else CLOSED)
        if not is_group(chat):
            await self._told("editForumTopic", chat, {**params, "icon_custom_emoji_id": icon})
            return
        await self._told("reopenForumTopic" if reopen else "closeForumTopic", chat, params)
        if icon:
            try:
                await self._told("editForumTopic", chat, {**params, "icon_custom_emoji_id": icon})
            except DeliveryFailure as failure:
                log.info("telegram.no_icon", reason=failure.reason)

    async def _told(self, method: str, chat: int, params: Mapping[str, object]) -> None:
        """A call that may be repeated. Raises as `send` does; RoomGone."""
        try:
            await self._client.call(Call(method, chat, params))
        except RoomGone:
            raise
        except PermanentFailure as failure:
            if "topic_not_modified" not in failure.reason.casefold():
                raise

    async def _icon(self, wanted: Sequence[str]) -> str:
        """The id of the first of these emoji that may be a topic's icon; "" for none."""
        if self._icons is None:
            try:
                stickers = await self._client.ask("getForumTopicIconStickers")
            except TelegramError as error:
                log.info("telegram.no_icons", reason=type(error).__name__)
                return ""
            self._icons = _by_emoji(stickers)
        return next((self._icons[emoji] for emoji in wanted if emoji in self._icons), "")


def _by_emoji(stickers: object) -> Mapping[str, str]:
    """Icons by their emoji, without the selector that only says how it is drawn."""
    found: dict[str, str] = {}
    for sticker in stickers if isinstance(stickers, list) else ():
        emoji, name = sticker.get("emoji"), sticker.get("custom_emoji_id")
        if isinstance(emoji, str) and isinstance(name, str):
            found.setdefault(emoji.rstrip("\ufe0f"), name)
    return found
