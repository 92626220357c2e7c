"""What a Telegram message holds: its words, its files, and a line for what is neither. Pure.

https://core.telegram.org/bots/api#message. Files stay with Telegram; an attachment names one by its source. What the
bridge cannot show is named in brackets, so that nobody waits for an answer to something that nobody saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from bridge.connector import Attachment, Span, Text, one_line
from connectors.telegram.entities import read
from connectors.telegram.fields import Json, json_object, maybe_integer, maybe_object, objects, string
from connectors.telegram.names import Source

FILES: Mapping[str, tuple[str, str]] = {
    "animation": ("animation.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "document": ("document", "application/octet-stream"),
    "video": ("video.mp4", "video/mp4"),
    "video_note": ("video-message.mp4", "video/mp4"),
    "voice": ("voice-message.ogg", "audio/ogg"),
}
"""Fields that hold one file, with the name and the type of one that says neither."""

# What says nothing to an owner: who joined, what was pinned, a topic's coming and going.
SERVICE = frozenset(
    [
        "new_chat_members",
        "left_chat_member",
        "chat_owner_left",
        "chat_owner_changed",
        "new_chat_title",
        "new_chat_photo",
        "delete_chat_photo",
        "group_chat_created",
        "supergroup_chat_created",
        "channel_chat_created",
        "message_auto_delete_timer_changed",
        "migrate_to_chat_id",
        "migrate_from_chat_id",
        "pinned_message",
        "connected_website",
        "write_access_allowed",
        "proximity_alert_triggered",
        "boost_added",
        "chat_background_set",
        "forum_topic_created",
        "forum_topic_edited",
        "forum_topic_closed",
        "forum_topic_reopened",
        "general_forum_topic_hidden",
        "general_forum_topic_unhidden",
        "video_chat_scheduled",
        "video_chat_started",
        "video_chat_ended",
        "video_chat_participants_invited",
        "community_chat_added",
        "community_chat_joined",
        "community_chat_removed",
    ]
)

# Fields that say who wrote, when and in answer to what, or how something is to be shown.
_AROUND = frozenset(
    [
        "message_id",
        "message_thread_id",
        "direct_messages_topic",
        "from",
        "sender_chat",
        "sender_boost_count",
        "sender_business_bot",
        "sender_tag",
        "date",
        "business_connection_id",
        "chat",
        "forward_origin",
        "is_topic_message",
        "is_automatic_forward",
        "reply_to_message",
        "external_reply",
        "quote",
        "reply_to_story",
        "reply_to_checklist_task_id",
        "reply_to_poll_option_id",
        "via_bot",
        "edit_date",
        "has_protected_content",
        "is_from_offline",
        "is_paid_post",
        "media_group_id",
        "author_signature",
        "paid_star_count",
        "entities",
        "link_preview_options",
        "effect_id",
        "caption_entities",
        "show_caption_above_media",
        "has_media_spoiler",
        "reply_markup",
    ]
)
_SHOWN = frozenset(("text", "caption", "photo", "live_photo", "sticker", "contact", "location", "venue", *FILES))


@dataclass(frozen=True, kw_only=True, slots=True)
class Content:
    """A message's words and files; `service` names what it is where it is nothing that anybody wrote."""

    text: Text = field(default_factory=Text)
    attachments: tuple[Attachment, ...] = ()
    service: str = ""


def content(message: Json, bot: int) -> Content:
    """What a message says. Raises Unexpected."""
    held = {name for name, value in message.items() if value is not None} - _AROUND
    service = held & SERVICE
    if service:
        return Content(service=min(service))
    files = attachments(message, bot)
    parts = [_forwarded(message), *_lines(message), _words(message)]
    if not any(held & _SHOWN):
        parts.append(
            Text(f"[{', '.join(sorted(held)) or 'nothing'}: Telegram has something here that cannot be shown]")
        )
    return Content(text=joined(part for part in parts if part), attachments=files)


def joined(parts: Iterable[Text]) -> Text:
    """Texts one below the other, with all their formatting."""
    plain, spans = "", list[Span]()
    for part in parts:
        shift = len(plain) + 1 if plain else 0
        plain = f"{plain}\n{part.plain}" if plain else part.plain
        spans += (
            Span(start=span.start + shift, end=span.end + shift, kind=span.kind, target=span.target)
            for span in part.spans
        )
    return Text(plain, tuple(spans))


def _words(message: Json) -> Text:
    for words, formatting in (("text", "entities"), ("caption", "caption_entities")):
        if string(message, words):
            return read(string(message, words), objects(message, formatting))
    return Text()


def _forwarded(message: Json) -> Text:
    origin = maybe_object(message, "forward_origin")
    return Text(f"[forwarded from {_origin(origin)}]") if origin is not None else Text()


def _origin(origin: Json) -> str:
    if user := maybe_object(origin, "sender_user"):
        return person(user)
    chat = maybe_object(origin, "sender_chat") or maybe_object(origin, "chat")
    return one_line(string(chat, "title") if chat else string(origin, "sender_user_name"), 100) or "somebody"


def person(user: Json) -> str:
    """A user's name."""
    return one_line(f"{string(user, 'first_name')} {string(user, 'last_name')}", 200)


def attachments(message: Json, bot: int) -> tuple[Attachment, ...]:
    """The files of a message: one, or none. An animation comes as a document, too, for old clients."""
    for kind, (name, media_type) in FILES.items():
        if file := maybe_object(message, kind):
            named = string(file, "file_name") or name
            return (
                _attachment(
                    Source(bot, kind, string(file, "file_id")), file, named, string(file, "mime_type") or media_type
                ),
            )
    photo = message.get("live_photo")
    sizes = objects(photo, "photo") if isinstance(photo, dict) else objects(message, "photo")
    if sizes:
        largest = max(sizes, key=lambda size: maybe_integer(size, "width") * maybe_integer(size, "height"))
        source = Source(bot, "photo", string(largest, "file_id"))
        return (_attachment(source, largest, "photo.jpg", "image/jpeg"),)
    if sticker := maybe_object(message, "sticker"):
        return (_sticker(sticker, bot),)
    return ()


def _attachment(source: Source, file: Json, name: str, media_type: str) -> Attachment:
    return Attachment(name=name, media_type=media_type, size=maybe_integer(file, "file_size"), source=str(source))


def _sticker(sticker: Json, bot: int) -> Attachment:
    name, media_type = "sticker.webp", "image/webp"
    if sticker.get("is_animated"):
        name, media_type = "sticker.tgs", "application/x-tgsticker"
    elif sticker.get("is_video"):
        name, media_type = "sticker.webm", "video/webm"
    return _attachment(Source(bot, "sticker", string(sticker, "file_id")), sticker, name, media_type)


def _lines(message: Json) -> list[Text]:
    """A line for each thing that is neither words nor a mere file."""
    lines = [Text(line(json_object(message, name))) for name, line in _LINES.items() if message.get(name) is not None]
    if message.get("venue") is not None:  # its location stands in the message, too
        lines = [one for one in lines if not one.plain.startswith("[location]")]
    return lines


def _sticker_line(sticker: Json) -> str:
    return f"[sticker {one_line(string(sticker, 'emoji'), 20)}]".replace(" ]", "]")


def _voice(voice: Json) -> str:
    return f"[voice message, {maybe_integer(voice, 'duration')} s]"


def _video_note(note: Json) -> str:
    return f"[video message, {maybe_integer(note, 'duration')} s]"


def _contact(contact: Json) -> str:
    return f"[contact] {person(contact)} {one_line(string(contact, 'phone_number'), 40)}".rstrip()


def _location(place: Json) -> str:
    latitude, longitude = _degrees(place, "latitude"), _degrees(place, "longitude")
    where = f"https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=17/{latitude}/{longitude}"
    return f"[location] {where}"


def _degrees(place: Json, name: str) -> str:
    held = place.get(name)
    return f"{float(held):.6f}" if isinstance(held, int | float) and not isinstance(held, bool) else "0"


def _venue(venue: Json) -> str:
    words = one_line(f"{string(venue, 'title')}, {string(venue, 'address')}", 300)
    return f"[place] {words} {_location(json_object(venue, 'location')).removeprefix('[location] ')}"


_LINES: Mapping[str, Callable[[Json], str]] = {
    "sticker": _sticker_line,
    "voice": _voice,
    "video_note": _video_note,
    "contact": _contact,
    "venue": _venue,
    "location": _location,
}
