"""An outbound as one call: what is sent how, and what cannot be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bridge.connector import Attachment, Choice, OutboundKind, PermanentFailure, Span, SpanKind, Text
from bridge.testing import outbound
from connectors.telegram.compose import UPLOAD_LIMIT, Call, NeedsContents, Upload, as_it_came, compose
from connectors.telegram.names import (
    chat_of,
    message_of,
    pressed,
    source_of,
    what_was_pressed,
)

BOT = 777
PDF = Attachment(name="a.pdf", media_type="application/pdf", content=b"pdf")
JPG = Attachment(name="a.jpg", media_type="image/jpeg", content=b"jpg")
YES, NO = Choice(id="yes", label="Yes, please", word="yes"), Choice(id="no", label="No", word="no")


def kept(kind: str, name: str = "x") -> Attachment:
    return Attachment(name=name, source=f"{BOT}/{kind}/F-{kind}")


def made(text: str | Text = "hello", **fields: Any) -> Call:
    given: dict[str, Any] = {"address": "4711", **fields}
    words = text if isinstance(text, Text) else Text(text)
    return compose(replace(outbound(**given), text=words), BOT)


def test_a_text() -> None:
    call = made(Text("😀 tulips", (Span(start=2, end=8, kind=SpanKind.BOLD),)))
    assert (call.method, call.chat) == ("sendMessage", 4711)
    assert call.params["entities"] == [{"type": "bold", "offset": 3, "length": 6}]
    assert call.params["text"] == "😀 tulips"


@pytest.mark.parametrize(
    ("files", "method", "field"),
    [
        ((PDF,), "sendDocument", "document"),
        ((JPG,), "sendPhoto", "photo"),
        ((Attachment(name="a.png", media_type="image/png", content=b"x" * (11 << 20)),), "sendDocument", "document"),
        ((kept("voice"),), "sendVoice", "voice"),
        ((kept("photo"),), "sendPhoto", "photo"),
    ],
)
def test_a_file_with_its_caption(files: tuple[Attachment, ...], method: str, field: str) -> None:
    call = made("here", attachments=files)
    assert call.method == method
    assert call.params["caption"] == "here"
    assert field in call.params


def test_what_telegram_has_is_not_sent_to_it_again() -> None:
    assert made(attachments=(kept("document"),)).params["document"] == "F-document"
    foreign = Attachment(name="x", source="888/document/F")
    assert made(attachments=(foreign,)).method == "sendMessage"  # another bot's: the text names it


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        ((PDF, PDF), ["document", "document"]),
        ((JPG, JPG), ["photo", "photo"]),
        ((JPG, PDF), ["document", "document"]),
        ((kept("photo"), kept("video")), ["photo", "video"]),
    ],
)
def test_several_files_are_one_call(files: tuple[Attachment, ...], kinds: list[str]) -> None:
    call = made("here", attachments=files)
    assert call.method == "sendMediaGroup"
    media: Any = call.params["media"]
    assert [one["type"] for one in media] == kinds
    assert media[0]["caption"] == "here"
    assert "caption" not in media[1]


def test_files_that_cannot_go_together_have_to_be_fetched() -> None:
    with pytest.raises(NeedsContents):
        made(attachments=(kept("photo"), PDF))


@pytest.mark.parametrize(
    ("kind", "words", "method"),
    [
        ("voice", "[voice message, 12 s]", "sendVoice"),
        ("video_note", "[video message, 5 s]", "sendVideoNote"),
        ("sticker", "[sticker 🌷]", "sendSticker"),
    ],
)
def test_an_owners_voice_goes_on_as_it_came(kind: str, words: str, method: str) -> None:
    answer = outbound(words, address="4711", replies_to=("4711:6",), attachments=(kept(kind),))
    call = as_it_came(answer, BOT)
    assert call is not None
    assert call.method == method
    assert call.params[kind] == f"F-{kind}"
    assert "caption" not in call.params
    assert "reply_parameters" in call.params
    # Not with words of their own, not to an owner (who needs the number), not from another bot, not another file.
    assert as_it_came(replace(answer, text=Text(f"{words} listen")), BOT) is None
    assert as_it_came(replace(answer, kind=OutboundKind.RELAY), BOT) is None
    assert as_it_came(answer, BOT + 1) is None
    assert as_it_came(replace(answer, attachments=(kept("photo"),)), BOT) is None


def test_a_sticker_stands_in_the_text() -> None:
    assert made("[sticker 🌷]", attachments=(kept("sticker"),)).method == "sendMessage"


@pytest.mark.parametrize(
    ("text", "files", "method"), [("x" * 4097, (), "sendDocument"), ("x" * 1025, (PDF,), "sendMediaGroup")]
)
def test_what_is_too_long_goes_as_a_file_beside_its_beginning(
    text: str, files: tuple[Attachment, ...], method: str
) -> None:
    call = made(text, attachments=files)
    assert call.method == method
    whole = call.params["document"] if method == "sendDocument" else call.params["file1"]
    assert whole == Upload("message.txt", text.encode())


def test_units_count_not_characters() -> None:
    assert made("😀" * 2048).method == "sendMessage"
    assert made("😀" * 2049).method == "sendDocument"


def test_a_topic_and_an_answer() -> None:
    call = made(room="77", replies_to=("4711:5", "4711:6"))
    assert call.params["message_thread_id"] == 77
    assert call.params["reply_parameters"] == {"message_id": 6, "allow_sending_without_reply": True}
    assert "reply_parameters" not in made(replies_to=("-1001:6",)).params
    assert "reply_parameters" not in made(replies_to=("<mail@there>",)).params


def test_choices_are_buttons() -> None:
    call = made("Ok?", choices=(YES, NO))
    markup: Any = call.params["reply_markup"]
    assert [[button["text"] for button in row] for row in markup["inline_keyboard"]] == [["Yes, please", "No"]]
    data = markup["inline_keyboard"][0][0]["callback_data"]
    assert len(data.encode()) <= 64
    assert what_was_pressed(data) == (outbound().id, "yes")


def test_two_short_buttons_stand_side_by_side() -> None:
    labels = ("Answer", "Close", "Note", "Block", "Something that is long")
    choices = tuple(Choice(id=str(place), label=label, word="x") for place, label in enumerate(labels))
    markup: Any = made("Ok?", choices=choices).params["reply_markup"]
    rows = [[button["text"] for button in row] for row in markup["inline_keyboard"]]
    assert rows == [["Answer", "Close"], ["Note", "Block"], ["Something that is long"]]


def test_a_relays_buttons_are_short_cuts_and_never_lines() -> None:
    album: Any = made("Look", kind=OutboundKind.RELAY, choices=(YES, NO), attachments=(PDF, PDF)).params["media"]
    assert album[0]["caption"] == "Look"
    long = made("x" * 5000, kind=OutboundKind.RELAY, choices=(YES, NO))
    assert (long.method, "reply_markup" in long.params) == ("sendDocument", True)


@pytest.mark.parametrize(
    "fields",
    [
        {"choices": (Choice(id="x" * 60, label="It helped", word="yes"),)},
        {"choices": (YES, NO), "attachments": (PDF, PDF)},
    ],
)
def test_choices_without_buttons_are_lines(fields: dict[str, Any]) -> None:
    call = made("Ok?", **fields)
    assert "reply_markup" not in call.params
    media: Any = call.params.get("media", [call.params])
    said = str(media[0].get("text") or media[0].get("caption")).splitlines()
    assert said[-1] in ("yes - It helped", "no"), "no more than the word, where the label says no more"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"address": "anna"}, "no Telegram chat"),
        ({"address": ""}, "no Telegram chat"),
        ({"address": "12\n34"}, "no Telegram chat"),
        ({"room": "general"}, "no Telegram topic"),
        ({"text": Text("  ")}, "nothing to send"),
        ({"attachments": (PDF,) * 11}, "11 files"),
        ({"attachments": (Attachment(name="a.zip", content=b"x" * (UPLOAD_LIMIT + 1)),)}, "50 MB"),
    ],
)
def test_what_cannot_be_sent_says_why(fields: dict[str, Any], words: str) -> None:
    given = {"text": Text("hello"), **fields}
    with pytest.raises(PermanentFailure, match=words):
        made(given.pop("text"), **given)


@pytest.mark.parametrize(
    ("address", "chat"),
    [("4711", 4711), ("-1001234567890", -1001234567890), ("0", None), ("+5", None), ("٣", None), ("1" * 30, None)],
)
def test_an_address_is_a_number(address: str, chat: int | None) -> None:
    assert chat_of(address) == chat


def test_names_go_there_and_back() -> None:
    assert message_of("4711:5", 4711) == 5
    assert message_of("4711:5", 4712) is None
    assert message_of("4711:x", 4711) is None
    source = source_of("777/photo/AgAC/1", 777)
    assert source is not None
    assert (source.kind, source.file_id, str(source)) == ("photo", "AgAC/1", "777/photo/AgAC/1")
    for outbound_id in ("7f3e0a52-0000-4000-8000-000000000001", "out-1", "7F3E0A52-0000-4000-8000-000000000001"):
        data = pressed(outbound_id, "a b")
        assert data is not None
        assert what_was_pressed(data) == (outbound_id, "a b")
    assert what_was_pressed("else") is None
