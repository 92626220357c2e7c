"""One Telegram bot, put together: the loop that fetches, the calls that send, and what else Telegram can do."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from telegram.error import TelegramError

from bridge.connector import (
    Attachment,
    DeliveryFailure,
    Finding,
    Mark,
    Outbound,
    OutcomeUnknown,
    Parse,
    PermanentFailure,
    Receipt,
    Receive,
    Signal,
    Surface,
    Text,
    Traits,
)
from connectors.telegram.check import check_bot
from connectors.telegram.client import Client
from connectors.telegram.compose import Call, NeedsContents, as_it_came, chat_at, compose, keyboard, room_of
from connectors.telegram.entities import units, write
from connectors.telegram.fields import maybe_integer
from connectors.telegram.files import Files
from connectors.telegram.merging import merge
from connectors.telegram.names import chat_of, is_group, message_of, native_id
from connectors.telegram.pace import Pace
from connectors.telegram.parse import parse_update
from connectors.telegram.polling import Polling
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.splitting import CAPTION_UNITS, TEXT_UNITS, split
from connectors.telegram.topics import Topics

if TYPE_CHECKING:
    from connectors.telegram.webhook import Webhook

_TRAITS = Traits(session=True, concurrency=30, give_up_after=timedelta(days=2), raw_name="update.json")

# Of the emoji that a bot may react with: https://core.telegram.org/bots/api#reactiontypeemoji
MARKS: Mapping[Mark, str] = {
    Mark.WAITING: "✍",
    Mark.SENT: "👌",
    Mark.DELIVERED: "👍",
    Mark.READ: "👀",
    Mark.FAILED: "👎",
    Mark.MAYBE: "🤔",
}
_EXPLAINED = (Mark.FAILED, Mark.MAYBE)


class TelegramConnector:
    """One bot. Sending needs no running loop."""

    def __init__(
        self,
        name: str,
        settings: TelegramSettings,
        *,
        pace: Pace | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        self._settings = settings
        self._bot = settings.bot
        self._client = Client(settings, pace)
        self._files = Files(self._client, settings)
        self._topics = Topics(self._client)
        self._now = now
        self._up = asyncio.Event()
        self._webhook = _webhook(self._client, settings, now, self._up.set) if settings.webhook else None

    @property
    def traits(self) -> Traits:
        """See the contract."""
        return _TRAITS

    @property
    def parse(self) -> Parse:
        """See the contract."""
        return parse_update

    @property
    def surface(self) -> Surface:
        """See the contract."""
        return Surface(rooms=self._settings.topics, buttons=True)

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Fetch updates, or look after the webhook, until cancelled. Raises Stopped, with words for the owner."""
        if self._webhook is not None:
            await self._webhook.run(receive, position)
            return
        await Polling(self._client, self._settings, self._now, self._up.set).run(receive, position)

    def routes(self, receive: Receive) -> Sequence[Any]:
        """See Routes: where Telegram brings updates, if it does."""
        return () if self._webhook is None else self._webhook.routes(receive)

    @property
    def trouble(self) -> str:
        """See Partial: updates do not come though Telegram is there."""
        return "" if self._webhook is None else self._webhook.trouble

    async def ready(self) -> None:
        """See Ready: Telegram knows the bot, and is asked for updates."""
        await self._up.wait()

    async def send(self, outbound: Outbound) -> Receipt:
        """Send it in one call; the receipt names the message, or each of an album."""
        call = as_it_came(outbound, self._bot) or await self._composed(outbound)
        return Receipt(native_ids=_native_ids(await self._client.send(call)))

    async def _composed(self, outbound: Outbound) -> Call:
        try:
            return compose(await self._files.with_notes(outbound), self._bot)
        except NeedsContents:
            return compose(await self._files.with_contents(outbound), self._bot)

    def split(self, text: Text) -> Sequence[Text]:
        """See Splits."""
        return split(text)

    def merge(self, outbounds: Sequence[Outbound], waiting: int) -> tuple[Outbound, int]:
        """See Merges."""
        return merge(outbounds, waiting)

    # -- Edits ---------------------------------------------------------------------------------------------------

    async def edit(self, outbound: Outbound, native_id: str) -> None:
        """Change what was sent; a file stays, its caption changes, and the buttons are those of the new words."""
        limit, name = (CAPTION_UNITS, "caption") if outbound.attachments else (TEXT_UNITS, "text")
        if units(outbound.text.plain) > limit:
            raise PermanentFailure(f"the new text is longer than Telegram takes here ({limit} characters)")
        formatting = "entities" if name == "text" else "caption_entities"
        params = {name: outbound.text.plain, formatting: write(outbound.text), **keyboard(outbound)}
        method = "editMessageText" if name == "text" else "editMessageCaption"
        await self._about(method, outbound.address, native_id, "not modified", **params)

    async def delete(self, outbound: Outbound, native_id: str) -> None:
        """Take it back; what is gone already is taken back."""
        await self._about("deleteMessage", outbound.address, native_id, "message to delete not found")

    async def _about(self, method: str, address: str, native: str, done: str, **params: object) -> None:
        """A call about a message; `done` is in Telegram's refusal where there is nothing left to do."""
        chat = chat_at(address)
        message = message_of(native, chat)
        if message is None:
            raise PermanentFailure("this is no message of that chat")
        try:
            await self._client.call(Call(method, chat, {"chat_id": chat, "message_id": message, **params}))
        except PermanentFailure as failure:
            if done not in failure.reason.casefold():
                raise

    # -- Marks, Signals ------------------------------------------------------------------------------------------

    async def mark(self, address: str, native_id: str, mark: Mark, reason: str) -> None:
        """React to the owner's own message; why something failed is said as an answer to it."""
        chat = chat_at(address)
        if mark in _EXPLAINED:
            await self._explain(chat, native_id, reason)
        reaction = [{"type": "emoji", "emoji": MARKS[mark]}]
        try:
            await self._about("setMessageReaction", address, native_id, "not modified", reaction=reaction)
        except PermanentFailure:
            # Their message is gone, or the group allows no such sign.
            if mark not in _EXPLAINED:
                await self._explain(chat, native_id, reason)
        except DeliveryFailure:
            if mark not in _EXPLAINED:  # else what matters has been said
                raise

    async def react(self, address: str, native_id: str, signs: Sequence[str]) -> None:
        """See Reacts: one sign, of those that bots may put (https://core.telegram.org/bots/api#reactiontypeemoji)."""
        reaction = [{"type": "emoji", "emoji": _plain(sign)} for sign in signs[-1:]]
        await self._about("setMessageReaction", address, native_id, "not modified", reaction=reaction)

    async def _explain(self, chat: int, native: str, reason: str) -> None:
        params: dict[str, object] = {"chat_id": chat, "text": reason or "?"}
        if (message := message_of(native, chat)) is not None:
            params["reply_parameters"] = {"message_id": message, "allow_sending_without_reply": True}
        await self._client.send(Call("sendMessage", chat, params))

    async def signal(self, address: str, signal: Signal, *, room: str = "") -> None:
        """Show that somebody types; Telegram takes it off after five seconds, or with the next message.

        Asked for, not sent: being told to wait for it must hold up no words. A group's few calls are kept for those.
        """
        chat = chat_of(address)
        if signal is not Signal.TYPING or chat is None or is_group(chat):
            return
        topic = {"message_thread_id": room_of(room)} if room else {}
        with contextlib.suppress(TelegramError):
            await self._client.ask("sendChatAction", chat_id=chat, action="typing", **topic)

    # -- Rooms ---------------------------------------------------------------------------------------------------

    async def open_room(self, address: str, title: str) -> str:
        """Open a topic in a group that has them, or in a private chat where the bot has topics switched on."""
        return await self._topics.open(address, title)

    async def close_room(self, address: str, room: str, *, reopen: bool = False) -> None:
        """Close a topic, or open it again; RoomGone where somebody has deleted it."""
        await self._topics.close(address, room, reopen=reopen)

    # -- Fetches, Check ------------------------------------------------------------------------------------------

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """The content of a file that a customer, or an owner, sent."""
        return await self._files.fetch(attachment, limit)

    async def check(self) -> Sequence[Finding]:
        """See Check."""
        return await check_bot(self._client, self._settings)


def _webhook(
    client: Client, settings: TelegramSettings, now: Callable[[], datetime], up: Callable[[], None]
) -> Webhook:
    from connectors.telegram.webhook import Webhook  # noqa: PLC0415 - its library is of no use to who polls

    return Webhook(client, settings, now, up)


# Selectors of how a sign is drawn, and shades of skin: Telegram's signs come without.
_SHADES = re.compile("[\N{VARIATION SELECTOR-16}\U0001f3fb-\U0001f3ff]")


def _plain(sign: str) -> str:
    return _SHADES.sub("", sign)


def _native_ids(answered: object) -> tuple[str, ...]:
    messages = answered if isinstance(answered, list) else [answered]
    made = []
    for message in messages:
        chat = message.get("chat") if isinstance(message, dict) else None
        number = maybe_integer(message, "message_id") if isinstance(message, dict) else 0
        if number and isinstance(chat, dict):
            made.append(native_id(maybe_integer(chat, "id"), number))
    if not made:
        raise OutcomeUnknown("Telegram's answer does not say which message it is")
    return tuple(made)
