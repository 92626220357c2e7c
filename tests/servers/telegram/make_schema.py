"""Makes schema.json beside this file from the schema of the Bot API that aiogram's source distribution carries (MIT).

    pip install hatchling
    pip download --no-deps --no-binary=:all: --no-build-isolation aiogram==3.31.0
    tar xzf aiogram-3.31.0.tar.gz
    python tests/servers/telegram/make_schema.py aiogram-3.31.0

Kept are the names of METHODS and of every type that they or an update can hold, with the type of each field and whether
it is required. Descriptions are left out, but for what they alone say: the members of a union, and the emoji that a
reaction may be.
"""

from __future__ import annotations

import html
import json
import re
import sys
from pathlib import Path
from typing import Any

METHODS = [
    "getMe",
    "getUpdates",
    "getWebhookInfo",
    "setWebhook",
    "deleteWebhook",
    "getChat",
    "getChatMember",
    "getFile",
    "sendMessage",
    "sendPhoto",
    "sendAudio",
    "sendDocument",
    "sendVideo",
    "sendAnimation",
    "sendVoice",
    "sendVideoNote",
    "sendSticker",
    "sendMediaGroup",
    "sendLocation",
    "sendContact",
    "sendChatAction",
    "setMessageReaction",
    "answerCallbackQuery",
    "editMessageText",
    "editMessageCaption",
    "editMessageReplyMarkup",
    "deleteMessage",
    "createForumTopic",
    "closeForumTopic",
    "reopenForumTopic",
    "editForumTopic",
    "getForumTopicIconStickers",
]

_MEMBER = re.compile(r'<li><a href="#[a-z]+">([A-Za-z]+)</a></li>')
_TYPE_NAME = re.compile(r"[A-Z][A-Za-z]+")
_EMOJI = re.compile(r'alt="([^"]+)"')


def made(sdist: Path) -> dict[str, Any]:
    """The trimmed schema."""
    whole = json.loads((sdist / ".butcher" / "schema" / "schema.json").read_text())
    items = {child["name"]: child for group in whole["items"] for child in group["children"]}
    methods = {name: _fields(items[name]) for name in METHODS}
    types: dict[str, Any] = {}
    wanted = {"Update", "User", "File", "WebhookInfo", "ForumTopic", "ChatFullInfo", "ChatMember", "Sticker"}
    wanted |= _named(methods.values())
    while wanted:
        name = wanted.pop()
        if name in types or name not in items:
            continue
        fields = _fields(items[name])
        members = [] if fields else _MEMBER.findall(items[name]["html_description"])
        types[name] = {"one_of": members} if members else fields
        wanted |= set(members) | _named([fields])
    return {
        "source": "aiogram 3.31.0, .butcher/schema/schema.json",
        "license": "MIT, Copyright (c) 2017 - present Alex Root Junior",
        "version": whole["api"]["version"],
        "released": whole["api"]["release_date"],
        "methods": methods,
        "types": dict(sorted(types.items())),
        "reactions": _reactions(items["ReactionTypeEmoji"]),
    }


def _fields(item: dict[str, Any]) -> dict[str, list[Any]]:
    return {field["name"]: [field["type"], field["required"]] for field in item["annotations"]}


def _named(groups: Any) -> set[str]:
    return {name for fields in groups for kind, _ in fields.values() for name in _TYPE_NAME.findall(kind)}


def _reactions(item: dict[str, Any]) -> list[str]:
    [emoji] = [field for field in item["annotations"] if field["name"] == "emoji"]
    return [html.unescape(shown) for shown in _EMOJI.findall(emoji["html_description"])]


if __name__ == "__main__":
    lines = json.dumps(made(Path(sys.argv[1])), ensure_ascii=False, indent=0, separators=(",", ":"))
    target = Path(__file__).with_name("schema.json")
    # One field a line: short diffs when the API moves on.
    target.write_text(re.sub(r"\[\n\"([^\"]*)\",\n(true|false)\n\]", r'["\1",\2]', lines) + "\n")
