"""What an error of the Bot API means for what was sent. Pure.

https://core.telegram.org/bots/api#making-requests, and https://github.com/tdlib/telegram-bot-api for the words. What
matters is whether the message may have been taken: an error that Telegram answered with (4xx) says no; no connection
says no; a connection that broke or fell silent after the request had left, and a server's fault (5xx), say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from bridge.connector import DeliveryFailure, OutcomeUnknown, PermanentFailure, RoomGone, TemporaryFailure, one_line

_BEFORE_IT_LEFT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)

_FORBIDDEN: Mapping[str, str] = {
    "blocked by the user": "the customer has blocked the bot; they have to unblock it before anything can reach them",
    "user is deactivated": "the account no longer exists",
    "can't initiate conversation": "they have never written to the bot, and Telegram lets no bot write first",
    "can't send messages to bots": "this is a bot, and bots cannot write to each other",
    "kicked from": "the bot was removed from the group; add it again",
    "not a member": "the bot is no member of the group; add it again",
}

_GONE = ("message thread not found", "topic_deleted", "topic_id_invalid")
_REFUSED: Mapping[str, str] = {
    "chat not found": "Telegram knows no such chat, or they have never written to the bot",
    "topic_closed": "the topic is closed, and the bot may not write into a closed one; reopen it",
    "not a forum": "the group has no topics; switch them on in its settings",
    "not enough rights": "the bot lacks a right in the group; make it an administrator with the right that is named",
    "chat_write_forbidden": "the bot may not write in this chat",
    "too long": "the text is longer than Telegram takes",
    "too big": "the file is larger than Telegram takes",
    "too large": "the file is larger than Telegram takes",
    "message to edit not found": "the message is no longer there",
    "can't be edited": "Telegram no longer lets the bot change this message",
    "can't be deleted": "Telegram no longer lets the bot take this message back: it is too old",
    "wrong file identifier": "Telegram no longer has the file",
    "file is temporarily unavailable": "Telegram does not have the file at the moment",
    "voice_messages_forbidden": "the customer takes no voice messages",
}


def failure_of(error: TelegramError) -> DeliveryFailure:
    """The failure of the contract that an error of a call amounts to; its words are for the owner."""
    if isinstance(error, RetryAfter):
        return TemporaryFailure("Telegram asks to send more slowly", timedelta(seconds=seconds_of(error)))
    if isinstance(error, Forbidden):
        return PermanentFailure(_worded(error, _FORBIDDEN))
    if isinstance(error, BadRequest):  # before NetworkError, of which it is one
        gone = says(error, *_GONE)
        return RoomGone("the topic is gone") if gone else PermanentFailure(_worded(error, _REFUSED))
    if isinstance(error, ChatMigrated | InvalidToken | Conflict):
        return TemporaryFailure(_mended(error))
    return _network(error)


def _mended(error: TelegramError) -> str:
    """What somebody has to do before it can be sent."""
    if isinstance(error, ChatMigrated):
        return moved(error.new_chat_id)
    if isinstance(error, InvalidToken):
        return "Telegram refuses the bot's token; ask @BotFather for it and correct the configuration"
    return "another program uses the bot at the same time"


def seconds_of(error: RetryAfter) -> float:
    """How long a 429 asks to wait; the library gives a number or a timedelta, as it is set."""
    asked = error.retry_after
    return asked.total_seconds() if isinstance(asked, timedelta) else float(asked)


def moved(new_chat: int) -> str:
    """What to say of a group that has become a supergroup."""
    return f"the group has become the supergroup {new_chat}: put the new number into the configuration"


def says(error: TelegramError, *words: str) -> bool:
    """Whether Telegram's words hold one of these; they are compared without regard to case."""
    said = error.message.casefold()
    return any(word in said for word in words)


def _worded(error: TelegramError, known: Mapping[str, str]) -> str:
    for words, meaning in known.items():
        if says(error, words):
            return f"{meaning} (Telegram: {_said(error)})"
    return f"Telegram refuses it: {_said(error)}"


def _said(error: TelegramError) -> str:
    return one_line(error.message, 160)


def _network(error: TelegramError) -> DeliveryFailure:
    cause = error.__cause__
    if isinstance(cause, _BEFORE_IT_LEFT):
        return TemporaryFailure(f"Telegram cannot be reached ({type(cause).__name__})")
    if says(error, "request entity too large"):
        return PermanentFailure("the file is larger than Telegram takes")
    if isinstance(cause, httpx.HTTPError):
        return OutcomeUnknown(f"the connection to Telegram broke ({type(cause).__name__})")
    # 5xx, or an answer that cannot be read.
    return OutcomeUnknown(f"Telegram has a fault: {_said(error)}")
