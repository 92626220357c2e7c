"""What updates mean: tables of what Telegram sends, of what it might, and of what nobody should."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bridge.connector import (
    Attachment,
    AutomaticKind,
    Chosen,
    Edit,
    Ignored,
    InboundEvent,
    Message,
    RawItem,
    Reaction,
    Span,
    SpanKind,
)
from bridge.testing import parse_conforms
from connectors.telegram.fields import Unexpected
from connectors.telegram.names import pressed
from connectors.telegram.parse import parse_update

BOT = 777
ANNA = {"id": 4711, "is_bot": False, "first_name": "Anna", "last_name": "Arbor"}
PRIVATE = {"id": 4711, "type": "private", "first_name": "Anna"}
GROUP = {"id": -1001, "type": "supergroup", "title": "Owners"}
FACTS: dict[str, object] = {"bot": BOT, "username": "shop_bot"}
LONG_ID = "7f3e0a52-0000-4000-8000-000000000001"


def item(update: object, **facts: object) -> RawItem:
    raw = json.dumps(update).encode()
    received = datetime(2026, 11, 2, tzinfo=UTC)
    return RawItem(native_id="1", raw=raw, lane="4711", facts={**FACTS, **facts}, received_at=received)


def message(chat: dict[str, Any] = PRIVATE, **fields: Any) -> dict[str, Any]:
    return {"message_id": 9, "date": 1_790_000_000, "chat": chat, "from": ANNA, **fields}


def of(update: object, **facts: object) -> InboundEvent:
    (event,) = parse_update(item(update, **facts))
    return event


def said(**fields: Any) -> Message:
    event = of({"update_id": 1, "message": message(**fields)})
    assert isinstance(event, Message), event
    return event


def test_a_customer_writes() -> None:
    event = said(text="Do you have tulips?", entities=[{"type": "bold", "offset": 12, "length": 6}])

    assert (event.address, event.name, event.native_id) == ("4711", "Anna Arbor", "4711:9")
    assert event.text.plain == "Do you have tulips?"
    assert event.text.spans == (Span(start=12, end=18, kind=SpanKind.BOLD),)
    assert event.authenticated
    assert (event.threaded, event.room, event.replies_to) == (False, "", ())
    assert event.sent_at == datetime.fromtimestamp(1_790_000_000, UTC)


def test_without_the_poller_nobody_is_vouched_for() -> None:
    raw = item({"update_id": 1, "message": message(text="hi")})
    (event,) = parse_update(RawItem(native_id="1", raw=raw.raw, lane="4711", received_at=raw.received_at))
    assert isinstance(event, Message)
    assert not event.authenticated


PLACE = {"latitude": 52.5, "longitude": 13.25}
MAP = "https://www.openstreetmap.org/?mlat=52.500000&mlon=13.250000#map=17/52.500000/13.250000"


def file(**fields: Any) -> dict[str, Any]:
    return {"file_id": "F1", "file_unique_id": "u", "file_size": 7, **fields}


def attached(name: str, media_type: str, kind: str, size: int = 7) -> Attachment:
    return Attachment(name=name, media_type=media_type, size=size, source=f"{BOT}/{kind}/F1")


SMALL = {"file_id": "F0", "file_unique_id": "v", "width": 9, "height": 9, "file_size": 3}
LARGE = {"file_id": "F1", "file_unique_id": "u", "width": 90, "height": 90, "file_size": 7}


@pytest.mark.parametrize(
    ("fields", "words", "files"),
    [
        ({"photo": [SMALL, LARGE]}, "", [attached("photo.jpg", "image/jpeg", "photo")]),
        (
            {"photo": [LARGE, SMALL], "caption": "like this"},
            "like this",
            [attached("photo.jpg", "image/jpeg", "photo")],
        ),
        (
            {"document": file(file_name="order.pdf", mime_type="application/pdf")},
            "",
            [attached("order.pdf", "application/pdf", "document")],
        ),
        (
            {"document": file(file_name="../../etc/passwd")},
            "",
            [attached("passwd", "application/octet-stream", "document")],
        ),
        ({"voice": file(duration=12)}, "[voice message, 12 s]", [attached("voice-message.ogg", "audio/ogg", "voice")]),
        (
            {"video_note": file(duration=5, length=240)},
            "[video message, 5 s]",
            [attached("video-message.mp4", "video/mp4", "video_note")],
        ),
        ({"video": file(duration=5)}, "", [attached("video.mp4", "video/mp4", "video")]),
        ({"audio": file(duration=5, file_name="song.mp3")}, "", [attached("song.mp3", "audio/mpeg", "audio")]),
        (
            {"animation": file(), "document": file()},
            "",
            [attached("animation.mp4", "video/mp4", "animation")],
        ),
        ({"sticker": file(emoji="🌷")}, "[sticker 🌷]", [attached("sticker.webp", "image/webp", "sticker")]),
        ({"sticker": file(is_video=True)}, "[sticker]", [attached("sticker.webm", "video/webm", "sticker")]),
        ({"contact": {"phone_number": "+49 30 1", "first_name": "Bob"}}, "[contact] Bob +49 30 1", []),
        ({"location": PLACE}, f"[location] {MAP}", []),
        (
            {"venue": {"location": PLACE, "title": "Market", "address": "Road 1"}, "location": PLACE},
            f"[place] Market, Road 1 {MAP}",
            [],
        ),
        (
            {"text": "look", "forward_origin": {"type": "hidden_user", "sender_user_name": "Carl", "date": 1}},
            "[forwarded from Carl]\nlook",
            [],
        ),
        (
            {"text": "look", "forward_origin": {"type": "user", "sender_user": ANNA, "date": 1}},
            "[forwarded from Anna Arbor]\nlook",
            [],
        ),
        ({"poll": {"id": "1", "question": "?"}}, "[poll: Telegram has something here that cannot be shown]", []),
        ({"hologram": {"of": "a tulip"}}, "[hologram: Telegram has something here that cannot be shown]", []),
        ({"text": "and", "hologram": {}}, "and", []),
        ({}, "[nothing: Telegram has something here that cannot be shown]", []),
        ({"text": "/start spring_2026"}, "[came by the link spring_2026]", []),
        ({"text": "/start@shop_bot spring"}, "[came by the link spring]", []),
        ({"text": "/start over again please"}, "/start over again please", []),
        ({"text": "/started"}, "/started", []),
    ],
)
def test_what_a_message_holds(fields: dict[str, Any], words: str, files: list[Attachment]) -> None:
    event = said(**fields)
    assert event.text.plain == words
    assert list(event.attachments) == files


def test_formatting_moves_along_with_what_stands_before_it() -> None:
    event = said(
        caption="😀 red",
        caption_entities=[{"type": "bold", "offset": 3, "length": 3}],
        voice=file(duration=1),
    )
    [span] = event.text.spans
    assert event.text.plain[span.start : span.end] == "red"


@pytest.mark.parametrize("text", ["/start", "/start@shop_bot", "/start ", "/start\n"])
def test_a_curious_start_opens_no_conversation(text: str) -> None:
    assert isinstance(of({"update_id": 1, "message": message(text=text)}), Ignored)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"reply_to_message": message(text="#42 Anna")}, ("4711:9",)),
        # In a topic everything "answers" the message that opened it.
        ({"reply_to_message": {**message(), "forum_topic_created": {"name": "x", "icon_color": 1}}}, ()),
        ({"is_topic_message": True, "message_thread_id": 9, "reply_to_message": message(text="x")}, ()),
        ({"is_topic_message": True, "message_thread_id": 5, "reply_to_message": message(text="x")}, ("4711:9",)),
    ],
)
def test_what_a_message_answers(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert said(text="yes", **fields).replies_to == expected


def test_a_topic_is_a_room() -> None:
    assert said(text="yes", is_topic_message=True, message_thread_id=77).room == "77"
    # Answers in a group without topics carry a thread, too.
    assert said(text="yes", message_thread_id=77).room == ""


def album(*captions: str) -> list[dict[str, Any]]:
    return [
        {
            "update_id": number,
            "message": {**message(media_group_id="g", photo=[LARGE], caption=words), "message_id": number},
        }
        for number, words in enumerate(captions, 5)
    ]


def test_an_album_is_one_message() -> None:
    event = of(album("These", "", "or these"))
    assert isinstance(event, Message)
    assert event.native_id == "4711:5"
    assert event.text.plain == "These\nor these"
    assert len(event.attachments) == 3


def test_the_rest_of_an_album_that_came_late_is_a_message() -> None:
    event = of(album("late")[0])
    assert isinstance(event, Message)
    assert len(event.attachments) == 1


def test_an_edit_a_reaction_and_a_button() -> None:
    edited = of({"update_id": 1, "edited_message": message(text="two, please", edit_date=1)})
    assert isinstance(edited, Edit)
    assert (edited.native_id, edited.text.plain, edited.authenticated) == ("4711:9", "two, please", True)

    signs = [{"type": "emoji", "emoji": "👍"}, {"type": "custom_emoji", "custom_emoji_id": "1"}]
    about = {"chat": PRIVATE, "message_id": 8, "user": ANNA, "date": 1, "old_reaction": []}
    put = of({"update_id": 1, "message_reaction": {**about, "new_reaction": signs}})
    assert isinstance(put, Reaction)
    assert (put.native_id, put.sign, put.authenticated) == ("4711:8", "👍 [emoji]", True)
    taken = of({"update_id": 1, "message_reaction": {**about, "new_reaction": []}})
    assert isinstance(taken, Reaction)
    assert taken.sign == ""

    query = {"id": "q", "from": ANNA, "message": message(), "chat_instance": "1", "data": pressed(LONG_ID, "yes")}
    chosen = of({"update_id": 1, "callback_query": query})
    assert chosen == Chosen(address="4711", outbound_id=LONG_ID, choice_id="yes", authenticated=True)


@pytest.mark.parametrize(
    "update",
    [
        {"edited_message": message(location=PLACE, edit_date=1)},
        {"message": message(pinned_message=message(text="x"))},
        {"message": message(GROUP, new_chat_members=[ANNA])},
        {"message": message(GROUP, text="hello all")},
        {"message": message({"id": -5, "type": "channel", "title": "News"}, text="news")},
        {"callback_query": {"id": "q", "from": ANNA, "message": message(), "chat_instance": "1", "data": "somebody's"}},
        {"callback_query": {"id": "q", "from": ANNA, "chat_instance": "1", "data": "a b"}},
        {"my_chat_member": {"chat": PRIVATE, "from": ANNA, "new_chat_member": {"status": "kicked", "user": ANNA}}},
        {"my_chat_member": {"chat": GROUP, "from": ANNA, "new_chat_member": {"status": "member", "user": ANNA}}},
        {"channel_post": message({"id": -5, "type": "channel", "title": "News"}, text="news")},
        {"dream": {"of": "tulips"}},
        {},
    ],
)
def test_what_says_nothing_is_filed(update: dict[str, Any]) -> None:
    event = of({"update_id": 1, **update})
    assert isinstance(event, Ignored)
    assert event.reason


def test_a_group_that_moved_says_its_new_number() -> None:
    event = of(
        {"update_id": 1, "message": message({"id": -5, "type": "group", "title": "Owners"}, migrate_to_chat_id=-1005)}
    )
    assert isinstance(event, Ignored)
    assert "-1005" in event.reason


def in_group(*, owners: list[int] | None = None, **fields: Any) -> InboundEvent:
    facts: dict[str, object] = {} if owners is None else {"owners": owners}
    return of({"update_id": 1, "message": message(GROUP, **fields)}, **facts)


def test_in_the_owners_group_only_owners_count() -> None:
    event = in_group(owners=[4711], text="yes", is_topic_message=True, message_thread_id=77)
    assert isinstance(event, Message)
    assert (event.address, event.room, event.authenticated, event.sender) == ("-1001", "77", True, "4711")
    assert isinstance(in_group(owners=[1, 2], text="yes"), Ignored)
    # Somebody who hides behind the group, or writes as a channel.
    assert isinstance(in_group(owners=[4711], text="yes", sender_chat=GROUP), Ignored)


def test_everything_in_the_owners_group_says_who_it_was() -> None:
    facts, by = {"owners": [4711]}, message(GROUP)["from"]
    written = message(GROUP, text="yes", edit_date=5)
    query = {"id": "1", "from": by, "chat_instance": "1", "data": "out-1 close", "message": message(GROUP)}
    signs = {"old_reaction": [], "new_reaction": [{"type": "emoji", "emoji": "👍"}]}
    reaction = {"chat": GROUP, "message_id": 7, "user": by, "date": 1, **signs}
    for update in ({"edited_message": written}, {"callback_query": query}, {"message_reaction": reaction}):
        event = of({"update_id": 1, **update}, **facts)
        assert isinstance(event, Edit | Chosen | Reaction)
        assert (event.address, event.authenticated, event.sender) == ("-1001", True, "4711")
        assert isinstance(of({"update_id": 1, **update}, owners=[5]), Ignored)
    # In a private chat the address says it all.
    private = of({"update_id": 1, "message": message(text="hello")})
    assert isinstance(private, Message)
    assert private.sender == ""


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"text": "hi @Shop_Bot, tulips?"}, True),
        ({"text": "and in red?", "reply_to_message": {**message(GROUP), "from": {"id": BOT, "is_bot": True}}}, True),
        ({"text": "hi @somebody"}, False),
        ({"text": "hi", "reply_to_message": message(GROUP)}, False),
    ],
)
def test_members_of_a_group_may_mention_the_bot(fields: dict[str, Any], counts: bool) -> None:
    update = {"update_id": 1, "message": message(GROUP, **fields)}
    event = of(update, mentions=True)
    assert isinstance(event, Message) is counts
    assert isinstance(of(update), Ignored)
    if isinstance(event, Message):
        assert (event.address, event.name, event.authenticated) == ("-1001", "Anna Arbor (Owners)", False)


def test_a_bot_that_writes_is_a_machine() -> None:
    event = said(text="buy now", **{"from": {**ANNA, "is_bot": True}})
    assert event.automatic is not None
    assert event.automatic.kind is AutomaticKind.AUTO_GENERATED


def test_a_gap_is_told_as_a_machines_word() -> None:
    raw = RawItem(
        native_id="gap",
        raw=b"{}",
        lane="telegram",
        facts={"gap": "away"},
        received_at=datetime(2026, 11, 2, tzinfo=UTC),
    )
    (event,) = parse_update(raw)
    assert isinstance(event, Message)
    assert (event.text.plain, event.authenticated) == ("away", False)
    assert event.automatic is not None


@pytest.mark.parametrize(
    "update",
    [
        [],
        "update",
        17,
        [1],
        {"message": "tulips"},
        {"message": {}},
        {"message": message("chat")},  # type: ignore[arg-type]
        {"message": message({"id": "4711", "type": "private"}, text="x")},
        {"message": message({"id": True, "type": "private"}, text="x")},
        {"message": message(text=["x"])},
        {"message": message(text="x", entities="bold")},
        {"message": message(photo={"file_id": "F1"})},
        {"message": message(document={"file_id": 7})},
        {"message": {**message(text="x"), "message_id": None}},
        {"message": message(text="x", reply_to_message={"text": "y"})},
        {"message_reaction": {"chat": PRIVATE, "message_id": 1, "user": ANNA, "new_reaction": "👍"}},
        [{"message": message(text="x")}, {"message": 5}],
    ],
)
def test_what_is_not_as_the_api_says_is_an_error_that_names_the_field(update: object) -> None:
    with pytest.raises(Unexpected):
        parse_update(item(update))


def test_errors_do_not_hold_the_text() -> None:
    with pytest.raises(Unexpected) as raised:
        parse_update(item({"message": message(text=["a secret"])}))
    assert "secret" not in str(raised.value)


def test_the_parser_conforms() -> None:
    class Parser:
        parse = staticmethod(parse_update)

    parse_conforms(Parser(), [item({"update_id": 1, "message": message(text="hi")}), item(album("a", "b"))])  # type: ignore[arg-type]
