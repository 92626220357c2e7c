"""How Telegram's numbers are written where the bridge wants names. Pure.

address      a chat's id: "4711" (a person, in their private chat with the bot), "-1001234567890" (a group)
native id    a message: "CHAT:MESSAGE", since Telegram numbers messages anew in each group
room         a forum topic's `message_thread_id`: "77"
source       a file: "BOT/KIND/FILE_ID"; a file_id is of use to the bot that got it only, and only as the kind it is
pressed      a button's `callback_data`: "OUTBOUND CHOICE", at most 64 bytes; an outbound's id is written short
"""

from __future__ import annotations

import base64
import binascii
import re
import uuid
from dataclasses import dataclass

CALLBACK_BYTES = 64
"""https://core.telegram.org/bots/api#inlinekeyboardbutton"""

_CHAT = re.compile(r"-?[1-9][0-9]{0,18}", re.ASCII)
_SHORT = re.compile(r"[A-Za-z0-9_-]{22}", re.ASCII)


def chat_of(address: str) -> int | None:
    """The chat that an address names, or None."""
    return int(address) if _CHAT.fullmatch(address) else None


def is_group(chat: int) -> bool:
    """Groups, supergroups and channels have negative ids."""
    return chat < 0


def native_id(chat: int, message: int) -> str:
    """What a message is called."""
    return f"{chat}:{message}"


def message_of(native: str, chat: int) -> int | None:
    """The message_id in this chat that a native id names; None for any other chat, or anything else."""
    where, colon, number = native.partition(":")
    if not colon or where != str(chat) or _CHAT.fullmatch(number) is None:
        return None
    return int(number)


@dataclass(frozen=True, slots=True)
class Source:
    """A file that Telegram keeps: whose, of which kind ("photo", "document", ...), and its file_id."""

    bot: int
    kind: str
    file_id: str

    def __str__(self) -> str:
        return f"{self.bot}/{self.kind}/{self.file_id}"


def source_of(text: str, bot: int) -> Source | None:
    """The file that an attachment's source names, if it is this bot's."""
    owner, _, rest = text.partition("/")
    kind, _, file_id = rest.partition("/")
    return Source(bot, kind, file_id) if owner == str(bot) and kind and file_id else None


def pressed(outbound: str, choice: str) -> str | None:
    """A button's data, or None where the choice's id is too long for it."""
    data = f"{_short(outbound)} {choice}"
    return data if len(data.encode()) <= CALLBACK_BYTES else None


def what_was_pressed(data: str) -> tuple[str, str] | None:
    """The outbound's id and the choice's, or None for data that no button of ours has."""
    outbound, space, choice = data.partition(" ")
    return (_long(outbound), choice) if space and outbound and choice else None


def _short(outbound: str) -> str:
    try:
        number = uuid.UUID(outbound)
    except ValueError:
        return outbound
    return base64.urlsafe_b64encode(number.bytes).rstrip(b"=").decode() if str(number) == outbound else outbound


def _long(short: str) -> str:
    if _SHORT.fullmatch(short) is None:
        return short
    try:
        return str(uuid.UUID(bytes=base64.urlsafe_b64decode(f"{short}==")))
    except (binascii.Error, ValueError):
        return short
