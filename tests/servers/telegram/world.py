"""What the fake Telegram remembers: chats, messages, files and the queue of updates, and what people do there.

Every update that a test makes up is held to the schema, too: nothing comes in here that Telegram would not send.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from servers.telegram.schema import faults_of

Json = dict[str, Any]

ICONS = {"💬": "icon-1", "✅": "icon-2", "⚡️": "icon-3"}
"""Some of the custom emoji that may be a topic's icon."""

NOT_BY_DEFAULT = ("chat_member", "message_reaction", "message_reaction_count")
"""https://core.telegram.org/bots/api#getupdates, allowed_updates"""


@dataclass
class Topic:
    """A forum's topic."""

    name: str
    closed: bool = False
    icon: str = ""


@dataclass
class Chat:
    """A chat: a person's private one with the bot, or a group."""

    id: int
    type: str = "private"
    name: str = "Anna"
    is_forum: bool = False
    blocked: bool = False
    admin: bool = True
    can_manage_topics: bool = True
    reactions: bool = True
    migrated_to: int | None = None
    topics: dict[int, Topic] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)

    @property
    def shown(self) -> Json:
        """The Chat object."""
        if self.type == "private":
            return {"id": self.id, "type": "private", "first_name": self.name}
        shown: Json = {"id": self.id, "type": self.type, "title": self.name}
        return shown | {"is_forum": True} if self.is_forum else shown


@dataclass
class File:
    """A file that Telegram keeps."""

    kind: str
    name: str
    content: bytes
    size: int


class World:
    """All of it, for one bot."""

    def __init__(self, bot: int = 777000111) -> None:
        self.me: Json = {
            "id": bot,
            "is_bot": True,
            "first_name": "Shop",
            "username": "flowershop_bot",
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
        }
        self.chats: dict[int, Chat] = {}
        self.files: dict[str, File] = {}
        self.updates: deque[Json] = deque()
        self.next_update = 100_000_001
        self.allowed: list[str] | None = None
        self.webhook = ""
        self.secret = ""
        self.webhook_error: Json = {}
        self.answered: list[str] = []
        self.changed = asyncio.Condition()
        self._numbers = 1000

    def number(self) -> int:
        """The next number of a message, a file or anything."""
        self._numbers += 1
        return self._numbers

    def person(self, user: int, name: str = "Anna") -> Chat:
        """Somebody who has opened the chat with the bot."""
        return self.chats.setdefault(user, Chat(user, name=name))

    def group(self, chat: int, name: str = "Owners", **fields: Any) -> Chat:
        """A supergroup that the bot is in."""
        return self.chats.setdefault(chat, Chat(chat, type="supergroup", name=name, **fields))

    # -- what people do ------------------------------------------------------------------------------------------

    async def write(self, chat: int, text: str = "", *, user: int | None = None, **fields: Any) -> Json:
        """Somebody writes; `fields` are of the message ("photo", "reply_to_message", ...)."""
        message = self.incoming(chat, user, text=text, **fields)
        await self.happen(message=message)
        return message

    def incoming(self, chat: int, user: int | None = None, **fields: Any) -> Json:
        """A message of theirs that nobody has been told of yet."""
        place = self.chats.get(chat) or self.person(chat)
        sender = user if user is not None else chat
        message = {
            "message_id": self.number(),
            "date": int(time.time()),
            "chat": place.shown,
            "from": {"id": sender, "is_bot": False, "first_name": self.chats.get(sender, place).name},
            **{name: value for name, value in fields.items() if value not in ("", None)},
        }
        place.messages[message["message_id"]] = message
        return message

    async def album(self, chat: int, *captions: str) -> list[Json]:
        """One photo for each caption, under one media_group_id."""
        group = str(self.number())
        made = [
            self.incoming(chat, None, media_group_id=group, photo=[self.photo()], caption=words) for words in captions
        ]
        for message in made:
            await self.happen(message=message)
        return made

    async def edit(self, message: Json, text: str) -> None:
        """They change what they wrote."""
        message |= {"text": text, "edit_date": int(time.time())}
        shown = {name: value for name, value in message.items() if not name.startswith("_")}
        self.chats[message["chat"]["id"]].messages[message["message_id"]] = message
        await self.happen(edited_message=shown)

    async def react(self, chat: int, message: int, *emoji: str) -> None:
        """They put signs on a message."""
        signs = [{"type": "emoji", "emoji": one} for one in emoji]
        user = {"id": chat, "is_bot": False, "first_name": self.chats[chat].name}
        reaction = {"chat": self.chats[chat].shown, "message_id": message, "user": user, "date": int(time.time())}
        await self.happen(message_reaction={**reaction, "old_reaction": [], "new_reaction": signs})

    async def press(self, chat: int, message: int, label: str, *, user: int | None = None) -> str:
        """They press a button; the id of the query that the bot has to answer."""
        shown = self.chats[chat].messages[message]
        rows = shown["reply_markup"]["inline_keyboard"]
        [data] = [button["callback_data"] for row in rows for button in row if button["text"] == label]
        query = {
            "id": f"query-{self.number()}",
            "from": self._user(chat if user is None else user),
            "message": shown,
            "chat_instance": "1",
            "data": data,
        }
        await self.happen(callback_query=query)
        return str(query["id"])

    def _user(self, user: int) -> Json:
        return {"id": user, "is_bot": False, "first_name": self.person(user).name}

    async def happen(self, **update: Any) -> None:
        """An update. Fails where the schema knows no such one."""
        found = list(faults_of("Update", {"update_id": 0, **update}, "update"))
        assert not found, found
        await self.happen_unchecked(**update)

    async def happen_unchecked(self, **update: Any) -> None:
        """An update of a newer API, or of none; kinds that the bot does not want are dropped, as Telegram does."""
        wanted = self.allowed
        for kind in update:
            if kind not in wanted if wanted else kind in NOT_BY_DEFAULT:
                return
        self.updates.append({"update_id": self.next_update, **update})
        self.next_update += 1
        await self.notify()

    async def notify(self) -> None:
        """Something has changed: wake who waits for it."""
        async with self.changed:
            self.changed.notify_all()

    # -- files ---------------------------------------------------------------------------------------------------

    def keep(self, kind: str, name: str, content: bytes, size: int | None = None) -> str:
        """Keep a file; its file_id."""
        file_id = f"{kind}-{self.number()}"
        self.files[file_id] = File(kind, name, content, len(content) if size is None else size)
        return file_id

    def photo(self, content: bytes = b"\xff\xd8photo") -> Json:
        """A PhotoSize."""
        file_id = self.keep("photo", "photo.jpg", content)
        return {"file_id": file_id, "file_unique_id": file_id, "width": 90, "height": 60, "file_size": len(content)}

    def file(
        self, kind: str, name: str = "", content: bytes = b"content", size: int | None = None, **more: Any
    ) -> Json:
        """The object of any other kind of file."""
        file_id = self.keep(kind, name, content, size)
        made = {"file_id": file_id, "file_unique_id": file_id, "file_size": self.files[file_id].size, **more}
        return made | {"file_name": name} if name else made

    # -- the queue -----------------------------------------------------------------------------------------------

    def pending(self, offset: int, limit: int) -> list[Json]:
        """Confirm what stands before the offset; what is left. An offset from the future confirms nothing: so the
        official server does, which is how a smaller id after a quiet week is not lost.
        """
        if offset < 0:
            while len(self.updates) > -offset:
                self.updates.popleft()
        elif self.updates and offset <= self.updates[-1]["update_id"] + 1:
            while self.updates and self.updates[0]["update_id"] < offset:
                self.updates.popleft()
        return list(self.updates)[:limit]

    def resolve(self, chat_id: Any) -> Chat | None:
        """The chat of a `chat_id`."""
        return self.chats.get(chat_id) if isinstance(chat_id, int) else None


def shortened(message: Mapping[str, Any]) -> Json:
    """A message as it stands in an answer to it."""
    return {name: value for name, value in message.items() if name != "reply_to_message"}
