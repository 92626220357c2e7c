"""An outbound as one call of the Bot API. Pure.

Text alone is `sendMessage`, one file `sendPhoto`, `sendDocument` and so on with the text as its caption, several files
one `sendMediaGroup`. What does not fit in one call any other way goes as a file beside its own beginning: a text longer
than Telegram takes that nobody has split, or one that is too long for a caption.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridge.connector import Attachment, Outbound, OutboundKind, PermanentFailure, Text
from connectors.telegram.entities import units, write
from connectors.telegram.names import chat_of, message_of, pressed, source_of
from connectors.telegram.splitting import CAPTION_UNITS, TEXT_UNITS, beginning

MEGABYTE = 1024 * 1024
UPLOAD_LIMIT = 50 * MEGABYTE
PHOTO_LIMIT = 10 * MEGABYTE
MOST_FILES = 10
"""https://core.telegram.org/bots/api#sending-files, #sendmediagroup"""

_ROW_BUTTONS = 2
_SHORT_LABEL = 14
"""Characters that a phone shows on one of two buttons in a row."""

_PHOTOS = frozenset(("image/jpeg", "image/png"))
_METHODS: Mapping[str, str] = {
    "photo": "sendPhoto",
    "document": "sendDocument",
    "audio": "sendAudio",
    "video": "sendVideo",
    "animation": "sendAnimation",
    "voice": "sendVoice",
}


_BARE: Mapping[str, str] = {"voice": "sendVoice", "video_note": "sendVideoNote", "sticker": "sendSticker"}
_NAMED = re.compile(r"\[(?:voice message|video message|sticker)[^\[\]]*\]")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file's content that goes along with a call."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the Bot API: its method and parameters, JSON values or uploads."""

    method: str
    chat: int
    params: Mapping[str, object] = field(repr=False)


_File = tuple[str, Upload | str]


class NeedsContents(PermanentFailure):
    """It can be sent once the contents of its files are there (`Attachment.content`)."""


def chat_at(address: str) -> int:
    """The chat of an address. Raises PermanentFailure."""
    chat = chat_of(address)
    if chat is None:
        raise PermanentFailure("this is no Telegram chat: an address there is a number, like 123456789")
    return chat


def as_it_came(outbound: Outbound, bot: int) -> Call | None:
    """The call for an answer that is nothing but a voice or video message, or a sticker, of Telegram's own: it goes on
    as such, without the line in brackets that names it elsewhere. None for any other.
    """
    named = _NAMED.fullmatch(outbound.text.plain.strip())
    if outbound.kind is not OutboundKind.ANSWER or named is None or len(outbound.attachments) != 1:
        return None
    source = source_of(outbound.attachments[0].source, bot)
    if source is None or source.kind not in _BARE:
        return None
    chat = chat_at(outbound.address)
    return Call(_BARE[source.kind], chat, {**_where(outbound, chat), source.kind: source.file_id})


def compose(outbound: Outbound, bot: int) -> Call:
    """The call that sends it. Raises PermanentFailure for what Telegram cannot take."""
    chat = chat_at(outbound.address)
    text, files = _fitting(outbound, bot)
    where = _where(outbound, chat)
    params: dict[str, object]
    if not files:
        params = {"text": text.plain, "entities": write(text), "link_preview_options": {"is_disabled": True}}
        return Call("sendMessage", chat, _without_empty({**where, **params, **keyboard(outbound)}))
    caption = {"caption": text.plain, "caption_entities": write(text)}
    if len(files) == 1:
        [(kind, file)] = files
        params = {**where, kind: file, **caption, **keyboard(outbound)}
        return Call(_METHODS[kind], chat, _without_empty(params))
    return Call("sendMediaGroup", chat, _without_empty({**where, **_group(files, caption)}))


def _fitting(outbound: Outbound, bot: int) -> tuple[Text, list[_File]]:
    text = _with_words(outbound)
    there = [attachment for attachment in outbound.attachments if _is_there(attachment, bot)]
    files = [_file(attachment, bot) for attachment in there]
    if units(text.plain) > (CAPTION_UNITS if files else TEXT_UNITS):
        files.append(("document", Upload("message.txt", text.plain.encode())))
        text = beginning(text, CAPTION_UNITS)
    if len(files) > 1 and not _go_together(files):
        files = [*(_document(attachment) for attachment in there), *files[len(there) :]]
    if len(files) > MOST_FILES:
        raise PermanentFailure(f"{len(files)} files are more than Telegram takes at once ({MOST_FILES}); send fewer")
    if not text and not files:
        raise PermanentFailure("there is nothing to send: Telegram takes no empty message")
    return text, files


def _is_there(attachment: Attachment, bot: int) -> bool:
    """A file of which only the name is known stands in the text already; so does a sticker."""
    if attachment.content is not None:
        return True
    source = source_of(attachment.source, bot)
    return source is not None and source.kind in _METHODS


def _file(attachment: Attachment, bot: int) -> _File:
    source = source_of(attachment.source, bot)
    if source is not None and source.kind in _METHODS:
        return source.kind, source.file_id  # Telegram has it already, whatever its size
    kind, file = _document(attachment)
    photo = attachment.media_type in _PHOTOS and attachment.size <= PHOTO_LIMIT
    return "photo" if photo else kind, file


def _document(attachment: Attachment) -> _File:
    content = attachment.content
    if content is None:
        raise NeedsContents("a file that Telegram keeps cannot be sent again as it is, together with these")
    if len(content) > UPLOAD_LIMIT:
        size = len(content) // MEGABYTE
        raise PermanentFailure(f"the file {attachment.name} has {size} MB; Telegram takes 50 MB of a bot at most")
    return "document", Upload(attachment.name, content)


def _go_together(files: Sequence[_File]) -> bool:
    """Photos and videos do, audio with audio, documents with documents."""
    kinds = {kind for kind, _ in files}
    return kinds <= {"photo", "video"} or kinds in ({"audio"}, {"document"})


def _group(files: Sequence[_File], caption: Mapping[str, object]) -> dict[str, object]:
    media: list[dict[str, object]] = []
    uploads: dict[str, object] = {}
    for number, (kind, file) in enumerate(files):
        where = file
        if isinstance(file, Upload):
            where, uploads[f"file{number}"] = f"attach://file{number}", file
        # Clients show the first one's caption as the whole album's; below documents each shows its own.
        shown: Mapping[str, object] = caption if number == 0 else {}
        media.append(_without_empty({"type": kind, "media": where, **shown}))
    return {"media": media, **uploads}


def _where(outbound: Outbound, chat: int) -> dict[str, object]:
    where: dict[str, object] = {"chat_id": chat}
    if outbound.room:
        where["message_thread_id"] = room_of(outbound.room)
    answered = message_of(outbound.replies_to[-1], chat) if outbound.replies_to else None
    if answered is not None:
        # What it answers may be gone by now: the answer has to arrive all the same.
        where["reply_parameters"] = {"message_id": answered, "allow_sending_without_reply": True}
    return where


def room_of(room: str) -> int:
    """The topic's number. Raises PermanentFailure."""
    if not room.isascii() or not room.isdigit() or len(room) > 18:
        raise PermanentFailure("this is no Telegram topic")
    return int(room)


def _with_words(outbound: Outbound) -> Text:
    """The text, and the choices below it where they have no buttons and are no mere short cut, as a relay's are."""
    if not outbound.choices or _has_buttons(outbound) or outbound.kind is OutboundKind.RELAY:
        return outbound.text
    lines = [choice.line for choice in outbound.choices]
    return Text("\n".join([outbound.text.plain, "", *lines]), outbound.text.spans)


def _has_buttons(outbound: Outbound) -> bool:
    limit = CAPTION_UNITS if outbound.attachments else TEXT_UNITS
    files = len(outbound.attachments) + (units(outbound.text.plain) > limit)  # a media group has no buttons
    return files < 2 and all(pressed(outbound.id, choice.id) for choice in outbound.choices)


def keyboard(outbound: Outbound) -> dict[str, object]:
    """The parameter that puts its choices below it; none for none."""
    if not outbound.choices or not _has_buttons(outbound):
        return {}
    rows: list[list[dict[str, object]]] = []
    for choice in outbound.choices:
        button: dict[str, object] = {"text": choice.label, "callback_data": pressed(outbound.id, choice.id)}
        if rows and len(rows[-1]) < _ROW_BUTTONS and len(choice.label) <= _SHORT_LABEL:
            rows[-1].append(button)
        else:
            rows.append([button])
    return {"reply_markup": {"inline_keyboard": rows}}


def _without_empty(params: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in params.items() if value not in ("", [], None)}
