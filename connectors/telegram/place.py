"""Who wrote something, where, and whether Telegram vouches for it. Pure.

An item's facts are what the poller knows and the JSON does not say:

    bot        the bot's id; without it nobody is vouched for
    username   the bot's name, as a group's members mention it
    owners     in an owners' group: the user ids of the owners
    mentions   whether a group's members may write to the bot by mentioning it

In a private chat the sender is the chat, and Telegram vouches for it. In a group the address is the group's. There the
sender has to be one of `owners`, and it is said which one; whoever hides behind the group or a channel is nobody. Of
other groups nobody is vouched for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from bridge.connector import RawItem
from connectors.telegram.content import person
from connectors.telegram.fields import Json, integer, json_object, maybe_integer, maybe_object, string


@dataclass(frozen=True, slots=True)
class Facts:
    """What the poller knows."""

    bot: int
    username: str
    owners: tuple[int, ...] | None
    mentions: bool

    @classmethod
    def of(cls, item: RawItem) -> Facts:
        """The facts of an item."""
        owners: Any = item.facts.get("owners")
        return cls(
            bot=maybe_integer(item.facts, "bot"),
            username=string(item.facts, "username"),
            owners=tuple(owners) if isinstance(owners, list) else None,
            mentions=item.facts.get("mentions") is True,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where something was written and by whom, as the core wants it. `sender` is which of the owners, in their group;
    `refused` is why it counts for nothing.
    """

    chat: int
    name: str
    authenticated: bool
    room: str = ""
    sender: str = ""
    refused: str = ""

    @property
    def address(self) -> str:
        """The chat, as an address."""
        return str(self.chat)


def place_of(message: Json, user: Json | None, facts: Facts) -> Place:
    """The place of a message, or of anything else that has a chat. Raises Unexpected."""
    chat = json_object(message, "chat")
    number, kind = integer(chat, "id"), string(chat, "type")
    name = person(user) if user is not None else ""
    sender = maybe_integer(user or {}, "id")
    if kind == "private":
        return Place(number, name, bool(facts.bot) and sender == number, _room(message))
    place = Place(number, name, authenticated=False, room=_room(message))
    if kind not in ("group", "supergroup"):
        return replace(place, refused="something in a channel")
    if facts.owners is not None:
        known = bool(facts.bot) and sender in facts.owners and message.get("sender_chat") is None
        refused = "" if known else "somebody who is not named as an owner wrote in the owners' group"
        return replace(place, authenticated=known, sender=str(sender) if known else "", refused=refused)
    if facts.mentions and _addressed(message, facts):
        return replace(place, name=f"{name} ({string(chat, 'title')})")
    return replace(place, refused="something in a group, not for the bot")


def _room(message: Json) -> str:
    return str(integer(message, "message_thread_id")) if message.get("is_topic_message") is True else ""


def _addressed(message: Json, facts: Facts) -> bool:
    answered = maybe_object(message, "reply_to_message")
    author = maybe_object(answered, "from") if answered is not None else None
    if author is not None and facts.bot and author.get("id") == facts.bot:
        return True
    words = string(message, "text") or string(message, "caption")
    return bool(facts.username) and f"@{facts.username}".casefold() in words.casefold()
