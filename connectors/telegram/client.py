"""The one door to the Bot API: calls that may send, in the pace that Telegram allows, failing in the contract's words.

python-telegram-bot's `Bot` makes the requests. Its method for any call, `do_api_request`, is used throughout, since
what comes back then is JSON: an answer of a newer API that its classes cannot read is no failure of a message that was
sent. It warns where it has a method of its own of that name; names of methods do not depend on case, so they go in
small letters. Its `initialize` is not called: it asks `getMe`, which may wait, and names the token in what it raises.

Connections are closed once the connector has ended and the last call is done, so that a send which is under way is not
cut off.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import structlog
from telegram import (
    Bot,
    InputFile,
    InputMedia,
    InputMediaAudio,
    InputMediaDocument,
    InputMediaPhoto,
    InputMediaVideo,
    MessageEntity,
)
from telegram.error import BadRequest, ChatMigrated, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from bridge.connector import DeliveryFailure, TemporaryFailure
from connectors.telegram.compose import Call, Upload
from connectors.telegram.failures import failure_of, says, seconds_of
from connectors.telegram.pace import Pace
from connectors.telegram.settings import TelegramSettings

log = structlog.get_logger()

POLL_SECONDS = 50
"""How long Telegram holds a request for updates open while there are none."""

PATIENCE_SECONDS = 1.5
"""A longer wait for a chat's turn is the outbox's business: it must not hold a place from others."""

_MEDIA: Mapping[str, Callable[..., InputMedia]] = {
    "audio": InputMediaAudio,
    "document": InputMediaDocument,
    "photo": InputMediaPhoto,
    "video": InputMediaVideo,
}

_ANSWER_SECONDS = 30.0
_UPLOAD_SECONDS = 240.0

# The library's way to ask for the type that its next major version gives; without it, it warns at each 429.
os.environ.setdefault("PTB_TIMEDELTA", "true")
for _name in ("telegram", "httpx", "httpcore"):  # they log texts, and URLs with the token in them
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Client:
    """One bot's calls."""

    def __init__(self, settings: TelegramSettings, pace: Pace | None = None) -> None:
        self._pace = pace or Pace(time.monotonic)
        proxy = settings.proxy or None
        trust = {
            "verify": httpx.create_ssl_context(),  # made once: it takes a twentieth of a second
            "event_hooks": {"response": [self._note_time]},
        }
        self._polling = HTTPXRequest(
            connection_pool_size=2, read_timeout=POLL_SECONDS + 10, proxy=proxy, httpx_kwargs=trust
        )
        self._sending = HTTPXRequest(
            connection_pool_size=64,
            read_timeout=_ANSWER_SECONDS,
            media_write_timeout=_UPLOAD_SECONDS,
            proxy=proxy,
            httpx_kwargs=trust,
        )
        self._bot = Bot(
            settings.token,
            base_url=f"{settings.base_url}/bot",
            base_file_url=f"{settings.base_url}/file/bot",
            request=self._sending,
            get_updates_request=self._polling,
        )
        self._files_url = f"{settings.base_url}/file/bot{settings.token}"
        self._moved: dict[int, int] = {}
        self._told_time: tuple[str, float] = ("", 0.0)
        self._users = 0

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """While anybody is within, connections are kept."""
        self._users += 1
        try:
            for request in (self._polling, self._sending):
                await request.initialize()
            yield
        finally:
            self._users -= 1
            if not self._users:
                await asyncio.shield(self._close())

    async def _close(self) -> None:
        for request in (self._polling, self._sending):
            await request.shutdown()

    async def _note_time(self, response: httpx.Response) -> None:
        self._told_time = (response.headers.get("date", ""), time.time())

    @property
    def ahead(self) -> timedelta | None:
        """How far this machine's clock is ahead of the server's, by its last answer; None where that said nothing.

        Telegram says whole seconds (RFC 9110 section 6.6.1), and the answer took some time to come.
        """
        said, here = self._told_time
        try:
            return timedelta(seconds=here - parsedate_to_datetime(said).timestamp())
        except ValueError:
            return None

    async def ask(self, method: str, **params: object) -> Any:
        """What Telegram answers to a call that sends nothing. Raises TelegramError."""
        async with self.open():
            return await self._bot.do_api_request(method.lower(), api_kwargs=_given(params))

    async def updates(self, offset: int | None, allowed: list[str]) -> Any:
        """`getUpdates`: the updates from this one on; waits while there are none. Raises TelegramError."""
        params = _given({"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": allowed})
        return await self._bot.do_api_request("getupdates", api_kwargs=params, read_timeout=POLL_SECONDS + 10)

    async def send(self, call: Call) -> Any:
        """What Telegram answers to a call that shows something, made once the chat's turn has come.

        Raises TemporaryFailure, PermanentFailure, OutcomeUnknown.
        """
        chat = self._moved.get(call.chat, call.chat)
        await self._turn(chat)
        answered = await self.call(call, chat)
        self._pace.arrived(chat)
        return answered

    async def call(self, call: Call, chat: int | None = None) -> Any:
        """The same for what is no message (a reaction, a topic): it counts for nothing. Raises as `send` does."""
        chat = chat if chat is not None else self._moved.get(call.chat, call.chat)
        params = {**call.params, "chat_id": chat}
        async with self.open():
            try:
                return await self._request(call.method, params)
            except TelegramError as error:
                raise self._failure(error, chat) from None

    async def _request(self, method: str, params: Mapping[str, object]) -> Any:
        try:
            return await self._bot.do_api_request(method.lower(), api_kwargs=_given(params))
        except BadRequest as error:
            plain = _without_entities(params)
            if plain == params or not says(error, "entit"):
                raise
            # It was refused for its formatting, so it has not arrived: better the bare words than nothing.
            return await self._bot.do_api_request(method.lower(), api_kwargs=_given(plain))

    def _failure(self, error: TelegramError, chat: int) -> DeliveryFailure:
        if isinstance(error, RetryAfter):
            self._pace.pause(chat, seconds_of(error))
        if isinstance(error, ChatMigrated):
            log.warning("telegram.group_moved", group=chat, now=error.new_chat_id)
            self._moved[chat] = error.new_chat_id
        return failure_of(error)

    async def _turn(self, chat: int) -> None:
        waited = 0.0
        while seconds := self._pace.take(chat):
            if waited + seconds > PATIENCE_SECONDS:
                raise TemporaryFailure(
                    "Telegram takes no more messages to this chat so soon", timedelta(seconds=seconds)
                )
            waited += seconds
            await asyncio.sleep(seconds)

    async def download(self, path: str) -> bytes:
        """The content of a file that `getFile` gave a path for. Raises TelegramError."""
        async with self.open():
            return await self._sending.retrieve(f"{self._files_url}/{path}", read_timeout=_UPLOAD_SECONDS)


def _given(params: Mapping[str, object]) -> dict[str, Any]:
    return {name: _ready(value) for name, value in params.items() if value is not None} | _media(params)


def _ready(value: object) -> object:
    return InputFile(value.content, filename=value.name) if isinstance(value, Upload) else value


def _media(params: Mapping[str, object]) -> dict[str, object]:
    """A media group's items as the library's own classes: it takes nothing else under this name."""
    media = params.get("media")
    return {"media": [_medium(**one) for one in media]} if isinstance(media, list) else {}


def _medium(type: str, media: str, caption: str = "", caption_entities: Sequence[Any] = ()) -> InputMedia:  # noqa: A002 - the API's own name
    entities = [MessageEntity(**entity) for entity in caption_entities]
    return _MEDIA[type](media, caption=caption or None, caption_entities=entities or None)


def _without_entities(params: Mapping[str, object]) -> dict[str, object]:
    dropped = ("entities", "caption_entities")
    plain = {name: value for name, value in params.items() if name not in dropped}
    if isinstance(media := plain.get("media"), list):
        plain["media"] = [{name: value for name, value in one.items() if name not in dropped} for one in media]
    return plain
