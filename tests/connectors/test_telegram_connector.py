"""One bot against a Bot API server: what is sent and shown, and what each failure means."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog.testing
from servers.telegram import FakeTelegram, Fault
from servers.telegram.world import ICONS
from telegram_bot import ANNA, GROUP, OWNER, Store, bot, running

from bridge.connector import (
    Attachment,
    Check,
    Choice,
    Chosen,
    DeliveryFailure,
    Edits,
    Fetches,
    FindingLevel,
    Mark,
    Marks,
    Merges,
    Message,
    OutcomeUnknown,
    OwnerSurface,
    PermanentFailure,
    Ready,
    RoomGone,
    Rooms,
    Signal,
    Signals,
    Span,
    SpanKind,
    Splits,
    TemporaryFailure,
    Text,
)
from bridge.testing import connector_conforms, outbound, owner_surface_conforms, parse_conforms
from bridge.testing_abilities import (
    fetch_conforms,
    react_conforms,
    rooms_conform,
    signal_conforms,
    split_conforms,
)
from connectors.telegram.connector import MARKS, TelegramConnector
from connectors.telegram.entities import units
from connectors.telegram.files import DOWNLOAD_LIMIT
from connectors.telegram.splitting import TEXT_UNITS

pytestmark = pytest.mark.servers

JPG = Attachment(name="a.jpg", media_type="image/jpeg", content=b"\xff\xd8jpg")
PDF = Attachment(name="a.pdf", media_type="application/pdf", content=b"%PDF")


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        server.world.person(ANNA)
        server.world.person(OWNER, "Olga")
        server.world.group(GROUP, is_forum=True)
        yield server


@pytest.fixture
def connector(telegram: FakeTelegram) -> TelegramConnector:
    return bot(telegram)


def to(chat: int, text: str = "hello", **fields: Any) -> Any:
    return outbound(text, address=str(chat), **fields)


async def test_it_conforms(telegram: FakeTelegram) -> None:
    await connector_conforms(lambda: bot(telegram), str(ANNA))
    parse_conforms(bot(telegram), [])


async def test_it_is_an_owners_surface(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    await owner_surface_conforms(connector, str(OWNER), lambda: telegram.sent[-1].text)
    await rooms_conform(connector, str(GROUP), lambda: telegram.sent[-1].text)
    split_conforms(connector, lambda part: units(part.plain) <= TEXT_UNITS)
    await fetch_conforms(connector, kept(telegram, b"%PDF"), b"%PDF")
    await signal_conforms(connector, str(OWNER))
    _, native_id = await owners_line(telegram)
    await react_conforms(connector, str(OWNER), native_id)
    for ability in (OwnerSurface, Splits, Rooms, Edits, Marks, Merges, Signals, Fetches, Check, Ready):
        assert isinstance(connector, ability)


async def test_an_answer_names_what_it_answers(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    asked = await telegram.world.write(ANNA, "tulips?")
    receipt = await connector.send(to(ANNA, replies_to=(f"{ANNA}:{asked['message_id']}",)))
    [sent] = telegram.sent
    assert receipt.native_ids == (f"{ANNA}:{sent.made['message_id']}",)
    assert sent.made["reply_to_message"]["message_id"] == asked["message_id"]
    await connector.send(to(ANNA, replies_to=(f"{ANNA}:1",)))  # what it answers is gone: it arrives all the same


async def test_files_arrive_whole(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    await connector.send(to(ANNA, "here", attachments=(PDF,)))
    receipt = await connector.send(to(OWNER, "and these", attachments=(JPG, JPG)))
    one, several = telegram.sent
    assert telegram.world.files[one.made["document"]["file_id"]].content == b"%PDF"
    assert len(receipt.native_ids) == 2
    assert [message["photo"][0]["file_size"] for message in several.made] == [5, 5]


async def test_what_a_customer_sent_goes_on_without_a_detour(
    telegram: FakeTelegram, connector: TelegramConnector
) -> None:
    store = Store()
    async with running(connector, store):
        await telegram.world.album(ANNA, "these", "")
        await telegram.world.write(ANNA, video_note=telegram.world.file("video_note", duration=1, length=9))
        await store.until(2)
        album, note = store.events
        await connector.send(to(OWNER, "#42 Anna: these", attachments=album.attachments))  # type: ignore[union-attr]
        await connector.send(to(GROUP, "#42 Anna: [video message]", attachments=note.attachments))  # type: ignore[union-attr]
    first, second = telegram.sent
    assert first.method == "sendMediaGroup"
    assert "getFile" in telegram.calls  # the video message: it takes no caption, so it goes as a file
    assert telegram.world.files[second.made["document"]["file_id"]].content == b"content"


async def test_an_owners_voice_is_a_voice_to_the_customer(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    store = Store()
    async with running(connector, store):
        await telegram.world.write(OWNER, voice=telegram.world.file("voice", duration=3))
        await store.until(1)
        [said] = store.events
        assert isinstance(said, Message)
        await connector.send(to(ANNA, said.text.plain, attachments=said.attachments))
    [sent] = telegram.sent
    assert (sent.method, sent.made["voice"]["file_size"]) == ("sendVoice", 7)


async def test_kept_files_that_cannot_go_together_are_fetched(
    telegram: FakeTelegram, connector: TelegramConnector
) -> None:
    photo = telegram.world.photo(b"photo")["file_id"]
    kept = Attachment(
        name="photo.jpg", media_type="image/jpeg", size=5, source=f"{telegram.world.me['id']}/photo/{photo}"
    )
    await connector.send(to(OWNER, "x" * 1100, attachments=(kept,)))
    [sent] = telegram.sent
    assert [telegram.world.files[one["document"]["file_id"]].content for one in sent.made] == [b"photo", b"x" * 1100]


async def test_a_button(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    yes = Choice(id="yes", label="Yes, please", word="yes")
    question = to(ANNA, "Ok?", choices=(yes,))
    await connector.send(question)
    store = Store()
    async with running(connector, store):
        await telegram.until(lambda: telegram.polls == 1)
        await telegram.world.press(ANNA, telegram.sent[0].made["message_id"], "Yes, please")
        await store.until(1)
        await telegram.until(lambda: "reply_markup" not in buttons(telegram, ANNA))
    [chosen] = store.events
    assert (chosen.outbound_id, chosen.choice_id) == (question.id, "yes")  # type: ignore[union-attr]


def buttons(telegram: FakeTelegram, chat: int) -> dict[str, Any]:
    return telegram.world.chats[chat].messages[telegram.sent[0].made["message_id"]]


async def test_a_strangers_press_takes_no_button_away(telegram: FakeTelegram) -> None:
    connector = bot(telegram, owner_groups={str(GROUP): (OWNER,)})
    yes = Choice(id="yes", label="Yes", word="yes")
    await connector.send(to(GROUP, "Ok?", choices=(yes,)))
    store = Store()
    async with running(connector, store):
        await telegram.until(lambda: telegram.polls == 1)
        number = telegram.sent[0].made["message_id"]
        await telegram.world.press(GROUP, number, "Yes", user=5)
        await telegram.until(lambda: len(telegram.world.answered) == 1)
        assert "reply_markup" in buttons(telegram, GROUP)
        await telegram.world.press(GROUP, number, "Yes", user=OWNER)
        await telegram.until(lambda: "reply_markup" not in buttons(telegram, GROUP))
    assert next(event for event in store.events if isinstance(event, Chosen)).sender == str(OWNER)


async def test_other_words_have_the_buttons_of_their_own(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    yes, no = Choice(id="yes", label="Yes", word="yes"), Choice(id="no", label="No", word="no")
    [name] = (await connector.send(to(ANNA, "Ok?", choices=(yes,)))).native_ids
    await connector.edit(to(ANNA, "Really?", choices=(no,)), name)
    [[button]] = buttons(telegram, ANNA)["reply_markup"]["inline_keyboard"]
    assert button["text"] == "No"
    await connector.edit(to(ANNA, "Done."), name)
    assert "reply_markup" not in buttons(telegram, ANNA)


# -- failures ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "failure", "words"),
    [
        (Fault(status=403, description="Forbidden: bot was blocked by the user"), PermanentFailure, "blocked the bot"),
        (Fault(status=403, description="Forbidden: user is deactivated"), PermanentFailure, "no longer exists"),
        (
            Fault(status=403, description="Forbidden: bot can't initiate conversation with a user"),
            PermanentFailure,
            "never written",
        ),
        (
            Fault(status=403, description="Forbidden: bot was kicked from the supergroup chat"),
            PermanentFailure,
            "removed",
        ),
        (Fault(status=400, description="Bad Request: chat not found"), PermanentFailure, "no such chat"),
        (Fault(status=400, description="Bad Request: message thread not found"), RoomGone, "topic is gone"),
        (Fault(status=400, description="Bad Request: TOPIC_CLOSED"), PermanentFailure, "topic is closed"),
        (
            Fault(status=400, description="Bad Request: not enough rights to send text messages to the chat"),
            PermanentFailure,
            "lacks a right",
        ),
        (Fault(status=400, description="Bad Request: SOMETHING_NEW"), PermanentFailure, "(?i)something_new"),
        (Fault(status=413, description="Request Entity Too Large"), PermanentFailure, "larger than"),
        (Fault(status=401, description="Unauthorized"), TemporaryFailure, "token"),
        (Fault(status=500), OutcomeUnknown, "fault"),
        (Fault(status=502, body=b"<html>Bad Gateway</html>"), OutcomeUnknown, "fault"),
        (Fault(status=200, body=b"not JSON"), OutcomeUnknown, "fault"),
        (Fault(status=200, body=b'{"ok":true,"result":{"strange":1}}', taken=True), OutcomeUnknown, "which message"),
        (Fault(taken=True, cut=True), OutcomeUnknown, "broke"),
    ],
)
async def test_what_a_failure_means(
    telegram: FakeTelegram,
    connector: TelegramConnector,
    fault: Fault,
    failure: type[DeliveryFailure],
    words: str,
) -> None:
    telegram.fail("sendMessage", fault)
    with pytest.raises(failure, match=words) as raised:
        await connector.send(to(ANNA))
    assert telegram.token.partition(":")[2] not in str(raised.value)


async def test_an_answer_that_does_not_come_leaves_it_unknown(
    telegram: FakeTelegram, connector: TelegramConnector, monkeypatch: pytest.MonkeyPatch
) -> None:
    connector._client._sending._client.timeout = 0.2
    telegram.fail("sendMessage", Fault(taken=True, silent=True))
    with pytest.raises(OutcomeUnknown):
        await connector.send(to(ANNA))
    assert len(telegram.sent) == 1


async def test_who_cannot_be_reached_has_not_got_it(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    await telegram.stop()
    with pytest.raises(TemporaryFailure, match="cannot be reached"):
        await connector.send(to(ANNA))
    await telegram.start()


async def test_a_chat_that_has_to_wait_holds_up_no_other(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    telegram.fail("sendMessage", Fault(429, "Too Many Requests", parameters={"retry_after": 30}, chat=ANNA))
    with pytest.raises(TemporaryFailure) as raised:
        await connector.send(to(ANNA))
    assert raised.value.retry_after == timedelta(seconds=30)
    with pytest.raises(TemporaryFailure) as again:
        await connector.send(to(ANNA))
    assert again.value.retry_after is not None
    assert again.value.retry_after > timedelta(seconds=28)
    assert telegram.calls == ["sendMessage"]  # Telegram was not asked a second time
    begun = time.monotonic()
    await connector.send(to(OWNER))
    assert time.monotonic() - begun < 2  # a connection has to be made, and the machine may be busy


async def test_two_to_one_chat_leave_a_second_apart(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    await connector.send(to(ANNA))
    await asyncio.gather(connector.send(to(ANNA)), connector.send(to(OWNER)))
    first, other, second = telegram.sent
    assert other.given["chat_id"] == OWNER
    assert other.at < second.at
    assert 0.97 < second.at - first.at < 5


async def test_a_group_that_moved_is_followed(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    telegram.world.group(-5, migrated_to=GROUP)
    with structlog.testing.capture_logs() as logged, pytest.raises(TemporaryFailure, match=str(GROUP)):
        await connector.send(to(-5))
    assert logged == [{"event": "telegram.group_moved", "group": -5, "now": GROUP, "log_level": "warning"}]
    await connector.send(to(-5))
    assert telegram.sent[-1].given["chat_id"] == GROUP


async def test_words_that_are_refused_for_their_formatting_go_without(
    telegram: FakeTelegram, connector: TelegramConnector
) -> None:
    telegram.fail("sendMessage", Fault(400, "Bad Request: can't parse entities: unsupported"))
    bold = Text("tulips", (Span(start=0, end=6, kind=SpanKind.BOLD),))
    await connector.send(replace(to(ANNA), text=bold))
    assert "entities" not in telegram.sent[-1].given


async def test_a_send_that_is_under_way_outlives_the_loop(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    async with running(connector, Store()):
        await telegram.until(lambda: telegram.polls == 1)
        sends = [asyncio.create_task(connector.send(to(chat))) for chat in (ANNA, OWNER, GROUP)]
        await asyncio.sleep(0)
    assert all(receipt.native_ids for receipt in await asyncio.gather(*sends))


# -- abilities ---------------------------------------------------------------------------------------------------


async def test_an_edit_and_a_deletion(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    [native_id] = (await connector.send(to(ANNA, "at nine"))).native_ids
    await connector.edit(to(ANNA, "at ten"), native_id)
    await connector.edit(to(ANNA, "at ten"), native_id)  # twice is harmless
    message = int(native_id.partition(":")[2])
    assert telegram.world.chats[ANNA].messages[message]["text"] == "at ten"
    await connector.delete(to(ANNA), native_id)
    await connector.delete(to(ANNA), native_id)
    assert message not in telegram.world.chats[ANNA].messages
    with pytest.raises(PermanentFailure, match="no longer there"):
        await connector.edit(to(ANNA, "at eleven"), native_id)
    with pytest.raises(PermanentFailure, match="no message of that chat"):
        await connector.edit(to(ANNA, "at eleven"), "elsewhere:1")
    with pytest.raises(PermanentFailure, match="longer than"):
        await connector.edit(to(ANNA, "x" * 5000), native_id)


async def test_a_caption_is_edited(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    [native_id] = (await connector.send(to(ANNA, "nine", attachments=(PDF,)))).native_ids
    await connector.edit(to(ANNA, "ten", attachments=(PDF,)), native_id)
    assert telegram.world.chats[ANNA].messages[int(native_id.partition(":")[2])]["caption"] == "ten"


async def owners_line(telegram: FakeTelegram) -> tuple[int, str]:
    line = await telegram.world.write(OWNER, "#42 yes")
    return line["message_id"], f"{OWNER}:{line['message_id']}"


@pytest.mark.parametrize("mark", Mark)
async def test_a_mark_is_a_sign_on_the_owners_line(
    telegram: FakeTelegram, connector: TelegramConnector, mark: Mark
) -> None:
    number, native_id = await owners_line(telegram)
    await connector.mark(str(OWNER), native_id, mark, "no such mailbox")
    assert telegram.world.chats[OWNER].messages[number]["_reaction"] == MARKS[mark]
    said = [sent for sent in telegram.sent if sent.method == "sendMessage"]
    assert [sent.text for sent in said] == (["no such mailbox"] if mark in (Mark.FAILED, Mark.MAYBE) else [])
    assert all(sent.made["reply_to_message"]["message_id"] == number for sent in said)


async def test_a_mark_that_cannot_be_shown_is_said(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    _, native_id = await owners_line(telegram)
    telegram.world.chats[OWNER].reactions = False
    await connector.mark(str(OWNER), native_id, Mark.SENT, "sent: #42 email")
    await connector.mark(str(GROUP), f"{GROUP}:1", Mark.SENT, "sent: #43 email")  # their line is gone
    assert [sent.text for sent in telegram.sent] == ["sent: #42 email", "sent: #43 email"]


async def test_a_failure_is_said_once_though_the_sign_fails(
    telegram: FakeTelegram, connector: TelegramConnector
) -> None:
    _, native_id = await owners_line(telegram)
    telegram.fail("setMessageReaction", Fault(status=500))
    await connector.mark(str(OWNER), native_id, Mark.FAILED, "no such mailbox")
    assert [sent.text for sent in telegram.sent] == ["no such mailbox"]


@pytest.mark.parametrize(
    ("signs", "shown"),
    [(["👍"], "👍"), (["🌷", "👍"], "👍"), (["👍🏽"], "👍"), (["❤\ufe0f"], "❤"), ([], "")],
)
async def test_an_owners_sign_on_a_customers_message(
    telegram: FakeTelegram, connector: TelegramConnector, signs: list[str], shown: str
) -> None:
    number, native_id = await owners_line(telegram)
    await connector.react(str(OWNER), native_id, ["👎"])
    await connector.react(str(OWNER), native_id, signs)
    assert telegram.world.chats[OWNER].messages[number].get("_reaction", "") == shown


async def test_a_sign_that_telegram_has_not_is_refused(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    _, native_id = await owners_line(telegram)
    telegram.fail("setMessageReaction", Fault(status=400, description="Bad Request: REACTION_INVALID"))
    with pytest.raises(PermanentFailure):
        await connector.react(str(OWNER), native_id, ["🌷"])


async def test_typing_is_shown_or_not(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    await connector.signal(str(ANNA), Signal.TYPING)
    await connector.signal(str(ANNA), Signal.ONLINE)
    await connector.signal(str(ANNA), Signal.STOPPED)
    await connector.signal(str(GROUP), Signal.TYPING, room="7")  # a group's few calls are for words
    assert telegram.calls == ["sendChatAction"]
    telegram.fail("sendChatAction", Fault(status=500))
    await connector.signal(str(ANNA), Signal.TYPING)
    await connector.signal("nobody", Signal.TYPING)


async def test_typing_that_is_refused_holds_up_no_words(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    telegram.fail("sendChatAction", Fault(status=429, parameters={"retry_after": 60}))
    await connector.signal(str(ANNA), Signal.TYPING)
    await connector.send(to(ANNA, "Yes, many."))
    assert [sent.text for sent in telegram.sent] == ["Yes, many."]


async def test_rooms_are_topics(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    room = await connector.open_room(str(GROUP), "Anna - email #42")
    await connector.send(to(GROUP, "in it", room=room))
    assert telegram.sent[-1].made["message_thread_id"] == int(room)
    topic = telegram.world.chats[GROUP].topics[int(room)]
    await connector.close_room(str(GROUP), room)
    await connector.close_room(str(GROUP), room)  # twice is harmless
    assert topic.closed
    await connector.close_room(str(GROUP), room, reopen=True)
    assert not topic.closed
    assert len(await _name(telegram, connector, "x" * 300)) == 128
    del telegram.world.chats[GROUP].topics[int(room)]
    with pytest.raises(RoomGone, match="topic is gone"):
        await connector.close_room(str(GROUP), room)
    with pytest.raises(RoomGone, match="topic is gone"):
        await connector.send(to(GROUP, "in it", room=room))


async def _name(telegram: FakeTelegram, connector: TelegramConnector, title: str) -> str:
    room = await connector.open_room(str(GROUP), title)
    return telegram.world.chats[GROUP].topics[int(room)].name


async def test_a_topics_icon_shows_what_is_done(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    for chat in (GROUP, OWNER):  # a private chat's topics cannot be closed: there the icon says it
        room = await connector.open_room(str(chat), "Anna - email #42")
        topic = telegram.world.chats[chat].topics[int(room)]
        assert topic.icon == ICONS["💬"]
        for reopen, icon in ((False, "✅"), (False, "✅"), (True, "💬"), (True, "💬")):
            await connector.close_room(str(chat), room, reopen=reopen)
            assert topic.icon == ICONS[icon]
        del telegram.world.chats[chat].topics[int(room)]
        with pytest.raises(RoomGone):
            await connector.close_room(str(chat), room)
    assert telegram.calls.count("getForumTopicIconStickers") == 1


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("getForumTopicIconStickers", Fault(status=502)),
        ("getForumTopicIconStickers", Fault(status=200, body=b'{"ok":true,"result":[]}')),
        ("createForumTopic", Fault(status=400, description="Bad Request: DOCUMENT_INVALID")),
        ("editForumTopic", Fault(status=400, description="Bad Request: not enough rights")),
        ("editForumTopic", Fault(status=429, parameters={"retry_after": 3})),
    ],
)
async def test_an_icon_is_worth_no_failure(
    telegram: FakeTelegram, connector: TelegramConnector, method: str, fault: Fault
) -> None:
    telegram.fail(method, fault)
    with structlog.testing.capture_logs():
        room = await connector.open_room(str(GROUP), "Anna")
        await connector.close_room(str(GROUP), room)
    assert telegram.world.chats[GROUP].topics[int(room)].closed


async def test_rooms_need_a_forum_and_the_right(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    telegram.world.group(-1002)
    with pytest.raises(PermanentFailure, match="no topics"):
        await connector.open_room("-1002", "Anna")
    telegram.world.chats[GROUP].can_manage_topics = False
    with pytest.raises(PermanentFailure, match="lacks a right"):
        await connector.open_room(str(GROUP), "Anna")


def kept(telegram: FakeTelegram, content: bytes, size: int | None = None) -> Attachment:
    file_id = telegram.world.keep("document", "a.pdf", content, size)
    source = f"{telegram.world.me['id']}/document/{file_id}"
    return Attachment(name="a.pdf", size=size or 0, source=source)


async def test_a_file_is_fetched(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    assert await connector.fetch(kept(telegram, b"%PDF"), DOWNLOAD_LIMIT) == b"%PDF"


@pytest.mark.parametrize(
    ("attachment", "failure", "words"),
    [
        (Attachment(name="a.pdf", source="1/document/F"), PermanentFailure, "none of this bot's"),
        (Attachment(name="a.pdf", source="", content=b""), PermanentFailure, "none of this bot's"),
        (Attachment(name="a.pdf", source="777000111/document/gone"), PermanentFailure, "does not have the file"),
        (Attachment(name="a.pdf", size=30 << 20, source="777000111/document/F"), PermanentFailure, "has 30 MB"),
    ],
)
async def test_a_file_that_cannot_be_had_says_why(
    connector: TelegramConnector, attachment: Attachment, failure: type[DeliveryFailure], words: str
) -> None:
    with pytest.raises(failure, match=words):
        await connector.fetch(attachment, DOWNLOAD_LIMIT)


async def test_a_file_larger_than_it_said_is_not_kept(telegram: FakeTelegram, connector: TelegramConnector) -> None:
    for attachment, limit in ((kept(telegram, b"", size=25 << 20), 30 << 20), (kept(telegram, b"x" * 99), 50)):
        with pytest.raises(PermanentFailure):
            await connector.fetch(replace(attachment, size=0), limit)


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(cut=True), Fault(status=429, parameters={"retry_after": 1})]
)
async def test_a_fetch_that_fails_is_made_again(
    telegram: FakeTelegram, connector: TelegramConnector, fault: Fault
) -> None:
    telegram.fail("getFile", fault)
    with pytest.raises(TemporaryFailure):
        await connector.fetch(kept(telegram, b"%PDF"), DOWNLOAD_LIMIT)


# -- doctor ------------------------------------------------------------------------------------------------------


async def found(connector: TelegramConnector) -> list[tuple[FindingLevel, str]]:
    findings = await connector.check()
    assert all(finding.todo or finding.level is FindingLevel.OK for finding in findings)
    return [(finding.level, finding.what) for finding in findings]


async def test_doctor_finds_all_well(telegram: FakeTelegram) -> None:
    findings = await found(bot(telegram, owner_groups={str(GROUP): (OWNER,)}))
    assert {level for level, _ in findings} == {FindingLevel.OK}
    assert "@flowershop_bot" in findings[0][1]


async def test_doctor_finds_what_is_wrong(telegram: FakeTelegram) -> None:
    telegram.world.webhook = "https://elsewhere.example/"
    telegram.world.chats[GROUP].admin = False
    telegram.world.me["can_join_groups"] = False
    groups = {str(GROUP): (OWNER,), "-1009": (OWNER,)}
    findings = "\n".join(
        what for level, what in await found(bot(telegram, owner_groups=groups, mentions=True)) if level != "ok"
    )
    for words in (
        "webhook",
        "does not see",
        "may not open topics",
        "-1009: Telegram knows no such chat",
        "added to groups",
    ):
        assert words in findings


@pytest.mark.parametrize(("ahead", "words"), [(0.0, ""), (-20.0, ""), (90.0, "behind"), (-90.0, "ahead of")])
async def test_doctor_compares_the_clocks(
    telegram: FakeTelegram, connector: TelegramConnector, ahead: float, words: str
) -> None:
    telegram.clock_ahead = ahead
    [(level, what)] = [finding for finding in await found(connector) if "clock" in finding[1]]
    assert level is (FindingLevel.WARNING if words else FindingLevel.OK)
    assert words in what


async def test_doctor_says_that_a_group_has_no_topics(telegram: FakeTelegram) -> None:
    groups = {str(GROUP): (OWNER,)}
    telegram.world.chats[GROUP].is_forum = False
    for topics in (True, False):
        said = [what for level, what in await found(bot(telegram, owner_groups=groups, topics=topics)) if level != "ok"]
        assert bool(said) is topics


async def test_doctor_says_that_telegram_cannot_be_reached(
    telegram: FakeTelegram, connector: TelegramConnector
) -> None:
    await telegram.stop()
    [(level, what)] = await found(connector)
    assert (level, "cannot be reached" in what) == (FindingLevel.FAILURE, True)
    [finding] = await connector.check()
    assert "token" not in finding.todo
    assert "api.telegram.org" in finding.todo
    await telegram.start()
