"""What `doctor` can find out about a bot, without disturbing one that runs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from telegram.error import InvalidToken, TelegramError

from bridge.connector import Finding, FindingLevel
from connectors.telegram.client import Client
from connectors.telegram.failures import failure_of
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.troubles import trouble_of

_NETWORK = "look whether this machine reaches https://api.telegram.org; behind a proxy, set proxy"
CLOCK_SECONDS = 30
"""Further apart, and times in reports begin to be wrong."""


async def check_bot(client: Client, settings: TelegramSettings) -> list[Finding]:
    """The token, a webhook that takes the updates away, and what the bot may do in the owners' groups."""
    try:
        me = await client.ask("getMe")
        webhook = await client.ask("getWebhookInfo")
    except TelegramError as error:
        todo = "correct token in the configuration" if isinstance(error, InvalidToken) else _NETWORK
        return [_failure(failure_of(error).reason, todo)]
    findings = [Finding(level=FindingLevel.OK, what=f"the bot is @{me.get('username')} ({settings.bot})")]
    findings.append(_webhook(webhook, settings))
    findings += _clock(client.ahead)
    reads_all = me.get("can_read_all_group_messages") is True
    if settings.mentions and me.get("can_join_groups") is False:
        findings.append(_warning("the bot cannot be added to groups", "tell @BotFather: /setjoingroups"))
    for group in settings.owner_groups:
        findings += await _group(client, settings, int(group), reads_all=reads_all)
    return findings


def _clock(ahead: timedelta | None) -> list[Finding]:
    """Old messages get no automatic answer, and what is old is told by this clock against Telegram's."""
    if ahead is None:
        return []
    seconds = abs(ahead.total_seconds())
    if seconds <= CLOCK_SECONDS:
        return [Finding(level=FindingLevel.OK, what="the clock here and Telegram's agree")]
    which = "ahead of" if ahead > timedelta() else "behind"
    what = f"the clock here is {seconds:.0f} seconds {which} Telegram's"
    return [_warning(what, "set the clock (timedatectl set-ntp true): what is old gets no automatic answer")]


def _webhook(info: Mapping[str, Any], settings: TelegramSettings) -> Finding:
    there = str(info.get("url") or "")
    return _called(info, there, settings.webhook) if settings.webhook else _polled(there)


def _polled(there: str) -> Finding:
    if not there:
        return Finding(level=FindingLevel.OK, what="no webhook takes the bot's messages away")
    return _failure(
        f"the bot has a webhook: Telegram gives its messages to a program at {_host(there)}",
        "stop that program, or make a new token with @BotFather (/revoke). If it is this bridge's own, from when its "
        "configuration had a webhook = line, it is taken off when the bridge starts",
    )


def _called(info: Mapping[str, Any], there: str, ours: str) -> Finding:
    if there == ours:
        trouble = trouble_of(info, datetime.now(UTC))
        if not trouble:
            return Finding(level=FindingLevel.OK, what=f"Telegram calls {_host(ours)}")
        return _failure(trouble, "look at the web server in front of the bridge, its certificate, and [http] listen")
    if not there:
        return _warning("Telegram does not call this bridge yet: the webhook is set when it starts", "start it")
    return _warning(
        f"Telegram calls another program, at {_host(there)}: the bridge sets its own webhook when it starts",
        "see that the other program does not set it again",
    )


def _host(url: str) -> str:
    """Of a webhook's address no more: the rest of it may be a secret."""
    return urlsplit(url).hostname or "?"


async def _group(client: Client, settings: TelegramSettings, group: int, *, reads_all: bool) -> list[Finding]:
    try:
        chat = await client.ask("getChat", chat_id=group)
        member = await client.ask("getChatMember", chat_id=group, user_id=settings.bot)
    except TelegramError as error:
        return [
            _failure(f"owners' group {group}: {failure_of(error).reason}", "add the bot to the group as administrator")
        ]
    found = []
    admin = member.get("status") == "administrator"
    if not admin and not reads_all:
        todo = "make the bot an administrator there, or tell @BotFather: /setprivacy, Disable"
        found.append(_failure(f"owners' group {group}: the bot does not see what is written there", todo))
    if chat.get("is_forum") is True and not _may_open(member):
        todo = "make the bot an administrator there, with the right to manage topics"
        found.append(_warning(f"owners' group {group}: the bot may not open topics", todo))
    if settings.topics and chat.get("is_forum") is not True:
        todo = "switch topics on in the group's settings, or set topics = false"
        found.append(_warning(f"owners' group {group}: it has no topics, so all is shown in one place", todo))
    return found or [Finding(level=FindingLevel.OK, what=f"the bot can work in the owners' group {group}")]


def _may_open(member: Mapping[str, Any]) -> bool:
    return member.get("status") == "administrator" and member.get("can_manage_topics") is True


def _failure(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.FAILURE, what=what, todo=todo)


def _warning(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.WARNING, what=what, todo=todo)
