"""What the configuration says about one Telegram bot, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from bridge.connector import Secret, Settings
from connectors.telegram.names import chat_of, is_group

OFFICIAL = "https://api.telegram.org"
_PORTS = (443, 80, 88, 8443)
_TOKEN = re.compile(r"[0-9]{1,20}:[A-Za-z0-9_-]{20,200}", re.ASCII)


def _checked_token(token: str) -> str:
    if _TOKEN.fullmatch(token) is None:
        raise ValueError("this is no bot token; @BotFather gives one like 123456789:AAF... when a bot is made")
    return token


def _checked_url(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        raise ValueError("this is no URL of a Bot API server; write it like http://127.0.0.1:8081")
    return url.rstrip("/")


def _checked_webhook(url: str) -> str:
    if url and not re.fullmatch(r"https?://[^\s/?#@]+/[^\s?#]*", url):
        raise ValueError("this is no URL to call; write it like https://shop.example/hook/telegram/update")
    return url


def _checked_proxy(url: str) -> str:
    if url and not re.fullmatch(r"(https?|socks5h?)://\S+", url):
        raise ValueError(
            "this is no URL of a proxy; write it like http://proxy.example:3128 or socks5://127.0.0.1:1080"
        )
    return url


def _checked_group(address: str) -> str:
    number = chat_of(address)
    if number is None or not is_group(number):
        raise ValueError(f"{address[:40]!r} is no group; a group's number begins with a minus: -1001234567890")
    return address


Group = Annotated[str, AfterValidator(_checked_group)]


class TelegramSettings(Settings):
    """One Telegram bot, made with @BotFather."""

    token: Annotated[Secret, AfterValidator(_checked_token)] = Field(repr=False)
    """The bot's token, as @BotFather gave it: a secret."""
    owner_groups: Mapping[Group, tuple[int, ...]] = {}
    """Groups that are owners' surfaces: GROUP = [the Telegram numbers of those who may answer there]."""
    topics: bool = False
    """Whether owners have a topic for each conversation: in a group that has topics, where the bot may manage them."""
    mentions: bool = False
    """Whether members of other groups may write to the shop by mentioning the bot, or by answering it."""
    webhook: Annotated[str, AfterValidator(_checked_webhook)] = ""
    """Where Telegram shall call, instead of being asked: https://shop.example/hook/NAME/update, NAME being this
    connector's. A web server there passes it on to [http] listen."""
    base_url: Annotated[str, AfterValidator(_checked_url)] = OFFICIAL
    """The Bot API server; another one than Telegram's own only if you run one."""
    proxy: Annotated[Secret, AfterValidator(_checked_proxy)] = Field(default="", repr=False)
    """A proxy to reach it by, http://... or socks5://...; may be a reference like a secret, for it may hold one."""

    @model_validator(mode="after")
    def _callable(self) -> Self:
        """https://core.telegram.org/bots/api#setwebhook"""
        if self.webhook and self.base_url == OFFICIAL:
            parts = urlsplit(self.webhook)
            if parts.scheme != "https" or (parts.port or 443) not in _PORTS:
                raise ValueError("webhook: Telegram calls https only, on port 443, 80, 88 or 8443")
        return self

    @property
    def bot(self) -> int:
        """The bot's own user id: what stands before the colon of its token."""
        return int(self.token.partition(":")[0])


def unfit_owner(settings: TelegramSettings, address: str) -> str:
    """Why no owner can read and answer at this address; empty where one can."""
    number = chat_of(address)
    if number is None:
        return (
            "this is no Telegram number; an owner is known by their number, like 123456789, not by a name: "
            "docs/how-to/telegram.md says where to read it"
        )
    if is_group(number) and address not in settings.owner_groups:
        return f'nobody may answer in this group; add "{address}" = [their Telegram numbers] to owner_groups'
    return ""


def unfit_member(settings: TelegramSettings, address: str, member: str) -> str:
    """Why no owner can be this member of the group at this address; empty where one can."""
    known = settings.owner_groups.get(address, ())
    number = chat_of(member)
    if not is_group(chat_of(address) or 0):
        return "this is no group that several share; remove member"
    if number is None or is_group(number):
        return "this is no Telegram number of a person; write it like 123456789"
    if number not in known:
        written = ", ".join(str(one) for one in (*known, number))
        return f'whoever has this number may not answer in the group; set "{address}" = [{written}] in owner_groups'
    return ""
