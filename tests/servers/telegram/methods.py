"""The methods of the fake Bot API: what each answers and does, and what it refuses, in Telegram's words.

The words are those of tdlib/telegram-bot-api and of what TDLib passes on from the servers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import Any

from servers.telegram.schema import REACTIONS, TYPES, Uploaded
from servers.telegram.world import ICONS, Chat, Json, Topic, World, shortened

UPLOAD_LIMIT = 50 * 1024 * 1024
DOWNLOAD_LIMIT = 20 * 1024 * 1024


class Refusal(Exception):
    """The call is answered with an error."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters


def bad(description: str) -> Refusal:
    return Refusal(400, f"Bad Request: {description}")


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def call(world: World, method: str, given: Mapping[str, Any]) -> Any:
    """What the method answers. Raises Refusal."""
    if method in _SENDING:
        return _send(world, method, given)
    return _OTHERS[method](world, given)


# -- sending -----------------------------------------------------------------------------------------------------


def _send(world: World, method: str, given: Mapping[str, Any]) -> Any:
    chat = _chat(world, given)
    around = _around(world, chat, given)
    if method == "sendMediaGroup":
        return _send_group(world, chat, around, given)
    kind = _SENDING[method]
    if kind == "text":
        return _placed(world, chat, {**around, **_text(given["text"], given.get("entities", []))})
    if kind in ("location", "contact"):
        fields = [name for name in ("latitude", "longitude", "phone_number", "first_name") if name in given]
        return _placed(world, chat, {**around, kind: {name: given[name] for name in fields}})
    return _placed(world, chat, {**around, **_file(world, kind, _attached(given, given[kind])), **_caption(given)})


def _chat(world: World, given: Mapping[str, Any]) -> Chat:
    chat = world.resolve(given["chat_id"])
    if chat is None:
        raise bad("chat not found")
    if chat.blocked:
        who = "blocked by the user" if chat.type == "private" else "kicked from the supergroup chat"
        raise Refusal(403, f"Forbidden: bot was {who}")
    if chat.migrated_to is not None:
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        raise Refusal(400, words, migrate_to_chat_id=chat.migrated_to)
    return chat


def _around(world: World, chat: Chat, given: Mapping[str, Any]) -> Json:
    around: Json = {}
    thread = given.get("message_thread_id")
    if thread is not None:
        topic = chat.topics.get(thread)
        if topic is None:
            raise bad("message thread not found")
        if topic.closed and not chat.can_manage_topics:
            raise bad("TOPIC_CLOSED")
        around |= {"message_thread_id": thread, "is_topic_message": True}
    reply = given.get("reply_parameters")
    if reply is not None:
        answered = chat.messages.get(reply["message_id"])
        if answered is None and not reply.get("allow_sending_without_reply"):
            raise bad("message to be replied not found")
        around |= {"reply_to_message": shortened(answered)} if answered else {}
    return around | _keyboard(given)


def _keyboard(given: Mapping[str, Any]) -> Json:
    markup = given.get("reply_markup")
    for row in (markup or {}).get("inline_keyboard", ()):
        for button in row:
            if not 1 <= len(button.get("callback_data", "x").encode()) <= 64:
                raise bad("BUTTON_DATA_INVALID")
            if not button["text"]:
                raise bad("BUTTON_TEXT_INVALID")
    return {"reply_markup": markup} if markup else {}


def _text(text: str, entities: list[Json]) -> Json:
    if not text.strip():
        raise bad("message text is empty")
    if units(text) > 4096:
        raise bad("message is too long")
    _check_entities(text, entities)
    return {"text": text} | ({"entities": entities} if entities else {})


def _caption(given: Mapping[str, Any]) -> Json:
    caption, entities = given.get("caption", ""), given.get("caption_entities", [])
    if units(caption) > 1024:
        raise bad("message caption is too long")
    _check_entities(caption, entities)
    return ({"caption": caption} if caption else {}) | ({"caption_entities": entities} if entities else {})


def _check_entities(text: str, entities: list[Json]) -> None:
    encoded = text.encode("utf-16-le", "surrogatepass")
    ends = []
    for entity in entities:
        start, end = entity["offset"], entity["offset"] + entity["length"]
        if start < 0 or entity["length"] <= 0 or end > units(text):
            raise bad("can't parse entities: an entity is out of the text's bounds")
        for place in (start, end):
            if place < units(text) and 0xDC <= encoded[2 * place + 1] <= 0xDF:
                raise bad("can't parse entities: an entity begins or ends within a surrogate pair")
        ends.append((start, end, entity["type"]))
    for start, end, kind in ends:
        for other_start, other_end, other in ends:
            if start < other_start < end < other_end:
                raise bad("can't parse entities: two entities cross")
            same = (start, end) == (other_start, other_end)
            inside = start <= other_start and other_end <= end and not (same and other in (kind, "blockquote"))
            if inside and kind in ("code", "pre"):
                raise bad(f"can't parse entities: {other} within {kind}")


def _attached(given: Mapping[str, Any], value: Any) -> Any:
    """The upload that `attach://NAME` stands for: https://core.telegram.org/bots/api#sending-files"""
    uploaded = isinstance(value, str) and value.startswith("attach://")
    return given[value.removeprefix("attach://")] if uploaded else value


def _file(world: World, kind: str, given: Any) -> Json:
    if isinstance(given, Uploaded):
        if len(given.content) > UPLOAD_LIMIT:
            raise Refusal(413, "Request Entity Too Large")
        file_id = world.keep(kind, given.name, given.content)
    else:
        known = world.files.get(given)
        if known is None or known.kind != kind:
            raise bad("wrong file identifier/HTTP URL specified")
        file_id = given
    held = world.files[file_id]
    made: Json = {"file_id": file_id, "file_unique_id": file_id, "file_size": held.size}
    if kind == "photo":
        return {"photo": [made | {"width": 90, "height": 60}]}
    made |= {"file_name": held.name} if kind in ("document", "audio", "video", "animation") else {}
    made |= {"duration": 1} if kind in ("audio", "video", "animation", "voice", "video_note") else {}
    made |= {"width": 9, "height": 9} if kind in ("video", "animation") else {}
    return {kind: made | ({"length": 9} if kind == "video_note" else {})}


def _send_group(world: World, chat: Chat, around: Json, given: Mapping[str, Any]) -> list[Json]:
    media = given["media"]
    if not 2 <= len(media) <= 10:
        raise bad("a media group has 2 to 10 items")
    kinds = {one["type"] for one in media}
    if not (kinds <= {"photo", "video"} or kinds in ({"audio"}, {"document"})):
        raise bad("can't use the media of the specified types in the album")
    group = str(world.number())
    made = []
    for one in media:
        file = _file(world, one["type"], _attached(given, one["media"]))
        fields = {**around, "media_group_id": group, **file, **_caption(one)}
        made.append(_placed(world, chat, fields))
    return made


def _placed(world: World, chat: Chat, fields: Json) -> Json:
    user = {name: world.me[name] for name in ("id", "is_bot", "first_name", "username")}
    message = {
        "message_id": world.number(),
        "date": int(time.time()),
        "chat": chat.shown,
        "from": user,
        **fields,
    }
    chat.messages[message["message_id"]] = message
    return message


_SENDING = {
    "sendMessage": "text",
    "sendPhoto": "photo",
    "sendAudio": "audio",
    "sendDocument": "document",
    "sendVideo": "video",
    "sendAnimation": "animation",
    "sendVoice": "voice",
    "sendVideoNote": "video_note",
    "sendSticker": "sticker",
    "sendLocation": "location",
    "sendContact": "contact",
    "sendMediaGroup": "group",
}


# -- everything else ---------------------------------------------------------------------------------------------


def _message(chat: Chat, given: Mapping[str, Any], words: str) -> Json:
    message = chat.messages.get(given["message_id"])
    if message is None:
        raise bad(words)
    return message


def _edit(world: World, given: Mapping[str, Any], field: str) -> Json:
    chat = _chat(world, given)
    message = _message(chat, given, "message to edit not found")
    if message["from"]["id"] != world.me["id"]:
        raise bad("message can't be edited")
    new = _text(given["text"], given.get("entities", [])) if field == "text" else _caption(given)
    if field not in message and field == "text":
        raise bad("there is no text in the message to edit")
    formatting = "entities" if field == "text" else "caption_entities"
    if [message.get(name) for name in (field, formatting, "reply_markup")] == [
        (new | _keyboard(given)).get(name) for name in (field, formatting, "reply_markup")
    ]:
        words = "message is not modified: specified new message content and reply markup are exactly the same"
        raise bad(words)
    dropped = (formatting, "reply_markup")  # buttons that are not given again are gone
    changed = {name: value for name, value in message.items() if name not in dropped} | new | _keyboard(given)
    chat.messages[message["message_id"]] = changed
    return changed


def _edit_buttons(world: World, given: Mapping[str, Any]) -> Json:
    chat = _chat(world, given)
    message = _message(chat, given, "message to edit not found")
    if message.get("reply_markup") == given.get("reply_markup"):
        raise bad("message is not modified: specified new message content and reply markup are exactly the same")
    changed = {name: value for name, value in message.items() if name != "reply_markup"} | _keyboard(given)
    chat.messages[message["message_id"]] = changed
    return changed


def _delete(world: World, given: Mapping[str, Any]) -> bool:
    chat = _chat(world, given)
    _message(chat, given, "message to delete not found")
    del chat.messages[given["message_id"]]
    return True


def _react(world: World, given: Mapping[str, Any]) -> bool:
    chat = _chat(world, given)
    message = _message(chat, given, "message to react not found")
    signs = given.get("reaction", [])
    if len(signs) > 1 or any(sign.get("emoji") not in REACTIONS for sign in signs) or not chat.reactions:
        raise bad("REACTION_INVALID")
    message["_reaction"] = signs[0]["emoji"] if signs else ""
    return True


def _get_file(world: World, given: Mapping[str, Any]) -> Json:
    held = world.files.get(given["file_id"])
    if held is None:
        raise bad("wrong file_id or the file is temporarily unavailable")
    if held.size > DOWNLOAD_LIMIT:
        raise bad("file is too big")
    file_id = given["file_id"]
    return {"file_id": file_id, "file_unique_id": file_id, "file_size": held.size, "file_path": f"files/{file_id}"}


def _icon(given: Mapping[str, Any]) -> str:
    icon: str = given.get("icon_custom_emoji_id", "")
    if icon and icon not in ICONS.values():
        raise bad("DOCUMENT_INVALID")
    return icon


def _icons(world: World, given: Mapping[str, Any]) -> list[Json]:
    plain = {"type": "custom_emoji", "width": 100, "height": 100, "is_animated": True, "is_video": False}
    return [
        {**plain, "file_id": name, "file_unique_id": name, "emoji": emoji, "custom_emoji_id": name}
        for emoji, name in ICONS.items()
    ]


def _edit_topic(world: World, given: Mapping[str, Any]) -> bool:
    topic = _topic(world, given)
    new = (given.get("name") or topic.name, _icon(given) if "icon_custom_emoji_id" in given else topic.icon)
    if new == (topic.name, topic.icon):
        raise bad("TOPIC_NOT_MODIFIED")
    topic.name, topic.icon = new
    return True


def _topic(world: World, given: Mapping[str, Any]) -> Topic:
    topic = _chat(world, given).topics.get(given["message_thread_id"])
    if topic is None:
        raise bad("TOPIC_ID_INVALID")
    return topic


def _open_topic(world: World, given: Mapping[str, Any]) -> Json:
    chat = _chat(world, given)
    if chat.type != "private" and not chat.is_forum:
        raise bad("the chat is not a forum")
    if chat.type != "private" and not chat.can_manage_topics:
        raise bad("not enough rights to create a topic")
    number = world.number()
    chat.topics[number] = Topic(given["name"], icon=_icon(given))
    return {"message_thread_id": number, "name": given["name"], "icon_color": 7322096}


def _set_topic(world: World, given: Mapping[str, Any], *, closed: bool) -> bool:
    if _chat(world, given).type == "private":
        raise bad("the chat is not a forum")
    topic = _topic(world, given)
    if topic.closed == closed:
        raise bad("TOPIC_NOT_MODIFIED")
    topic.closed = closed
    return True


def _get_chat(world: World, given: Mapping[str, Any]) -> Json:
    chat = _chat(world, given)
    gifts = ("unlimited_gifts", "limited_gifts", "unique_gifts", "premium_subscription", "gifts_from_channels")
    accepted = dict.fromkeys(gifts, False)
    return {**chat.shown, "accent_color_id": 0, "max_reaction_count": 11, "accepted_gift_types": accepted}


def _get_member(world: World, given: Mapping[str, Any]) -> Json:
    chat = _chat(world, given)
    if not chat.admin:
        return {"status": "member", "user": world.me}
    rights = {name: False for name, (_, required) in TYPES["ChatMemberAdministrator"].items() if required}
    given_rights = {"can_manage_topics": chat.can_manage_topics}
    return {**rights, "status": "administrator", "user": world.me, **given_rights}


def _answer(world: World, given: Mapping[str, Any]) -> bool:
    world.answered.append(given["callback_query_id"])
    return True


def _webhook(world: World, given: Mapping[str, Any]) -> bool:
    secret = given.get("secret_token", "")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad("secret token contains unallowed characters")
    world.webhook, world.secret, world.webhook_error = given.get("url", ""), secret, {}
    if "allowed_updates" in given:
        world.allowed = given["allowed_updates"] or None
    return True


def _webhook_info(world: World, given: Mapping[str, Any]) -> Json:
    info = {"url": world.webhook, "has_custom_certificate": False, "pending_update_count": len(world.updates)}
    return info | world.webhook_error | ({"allowed_updates": world.allowed} if world.allowed else {})


RETURNS: Mapping[str, str] = {
    **dict.fromkeys(_SENDING, "Message"),
    "sendMediaGroup": "Array of Message",
    "editMessageText": "Message",
    "editMessageCaption": "Message",
    "editMessageReplyMarkup": "Message",
    "getMe": "User",
    "getUpdates": "Array of Update",
    "getWebhookInfo": "WebhookInfo",
    "getChat": "ChatFullInfo",
    "getChatMember": "ChatMember",
    "getFile": "File",
    "createForumTopic": "ForumTopic",
    "getForumTopicIconStickers": "Array of Sticker",
}
"""What methods answer with; the others with True."""

_OTHERS: Mapping[str, Callable[[World, Mapping[str, Any]], Any]] = {
    "getMe": lambda world, given: world.me,
    "getWebhookInfo": _webhook_info,
    "setWebhook": _webhook,
    "deleteWebhook": _webhook,
    "getChat": _get_chat,
    "getChatMember": _get_member,
    "getFile": _get_file,
    "sendChatAction": lambda world, given: bool(_chat(world, given)),
    "setMessageReaction": _react,
    "answerCallbackQuery": _answer,
    "editMessageText": lambda world, given: _edit(world, given, "text"),
    "editMessageCaption": lambda world, given: _edit(world, given, "caption"),
    "editMessageReplyMarkup": _edit_buttons,
    "deleteMessage": _delete,
    "createForumTopic": _open_topic,
    "editForumTopic": _edit_topic,
    "getForumTopicIconStickers": _icons,
    "closeForumTopic": lambda world, given: _set_topic(world, given, closed=True),
    "reopenForumTopic": lambda world, given: _set_topic(world, given, closed=False),
}
