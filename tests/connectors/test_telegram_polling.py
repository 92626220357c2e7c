"""The loop against a Bot API server: stored first, then confirmed; whatever comes, the next one flows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import structlog.testing
from servers.telegram import FakeTelegram, Fault
from telegram_bot import ANNA, GROUP, OWNER, Store, bot, running

from bridge.connector import Chosen, Message
from connectors.telegram import patience, polling
from connectors.telegram.patience import Stopped

pytestmark = pytest.mark.servers


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


async def texts(store: Store, count: int) -> list[str]:
    await store.until(count)
    return [event.text.plain for event in store.events if isinstance(event, Message)]


async def test_updates_come_in_order_and_are_confirmed_once_stored(telegram: FakeTelegram) -> None:
    for number in range(250):
        await telegram.world.write(ANNA, f"line {number}")
    store = Store()
    async with running(bot(telegram), store):
        assert await texts(store, 250) == [f"line {number}" for number in range(250)]
        await telegram.until(lambda: not telegram.world.updates)
        await telegram.world.write(ANNA, "one more")  # into the long poll that waits
        assert (await texts(store, 251))[-1] == "one more"
    last = max(int(item) for item in store.items)
    assert store.position["offset"] == str(last + 1)


async def test_nothing_is_confirmed_that_is_not_stored(telegram: FakeTelegram) -> None:
    for number in range(30):
        await telegram.world.write(ANNA, f"line {number}")
    store = Store(fails=1)
    with structlog.testing.capture_logs() as logged:
        async with running(bot(telegram), store):
            await telegram.until(lambda: telegram.polls == 1)
            assert len(telegram.world.updates) == 30
            assert len(await texts(store, 30)) == 30
    assert [line["event"] for line in logged] == ["telegram.unavailable"]


async def test_a_second_start_goes_on_where_the_first_one_ended(telegram: FakeTelegram) -> None:
    store = Store()
    await telegram.world.write(ANNA, "first")
    async with running(bot(telegram), store):
        await store.until(1)
    # The first one's offset never reached Telegram: it offers the update again, and the store knows it.
    await telegram.world.write(ANNA, "second")
    async with running(bot(telegram), store):
        assert await texts(store, 2) == ["first", "second"]


async def test_an_update_that_nobody_can_read_does_not_stop_the_next(telegram: FakeTelegram) -> None:
    await telegram.world.happen_unchecked(message="no message at all")
    await telegram.world.happen_unchecked(message={"chat": [], "from": 7, "message_id": "x"})
    await telegram.world.write(ANNA, "tulips?")
    store = Store()
    async with running(bot(telegram), store):
        assert await texts(store, 3) == ["tulips?"]


async def test_numbers_that_begin_anew_are_followed(telegram: FakeTelegram) -> None:
    """After a week without updates Telegram takes a random number, which may be a smaller one."""
    store = Store()
    await telegram.world.write(ANNA, "before")
    async with running(bot(telegram), store):
        await store.until(1)
        await telegram.until(lambda: telegram.polls == 2)
        telegram.world.next_update = 5_000
        await telegram.world.write(ANNA, "after a week")
        assert await texts(store, 2) == ["before", "after a week"]
        await telegram.until(lambda: not telegram.world.updates)


async def test_an_album_is_one_item_and_keeps_its_place(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "SETTLE_SECONDS", 1.0)
    first = [
        telegram.world.incoming(ANNA, None, media_group_id="g", photo=[telegram.world.photo()], caption=words)
        for words in ("These", "", "or these")
    ]
    store = Store()
    async with running(bot(telegram), store):
        await telegram.until(lambda: telegram.polls == 1)
        await telegram.world.happen(message=first[0])
        async with asyncio.timeout(5), store.changed:  # it has been seen, and the rest is not there yet
            await store.changed.wait_for(lambda: store.commits > 0)
        assert not store.items
        await telegram.world.write(OWNER, "in between")
        await telegram.world.happen(message=first[1])
        await telegram.world.happen(message=first[2])
        await telegram.world.write(ANNA, "which ones?")
        await store.until(3)
    album, between, last = store.events
    assert isinstance(album, Message)
    assert (album.text.plain, len(album.attachments)) == ("These\nor these", 3)
    assert isinstance(between, Message)
    assert isinstance(last, Message)
    assert (between.text.plain, last.text.plain) == ("in between", "which ones?")


async def test_a_button_is_answered_once_it_is_stored(telegram: FakeTelegram) -> None:
    telegram.world.person(ANNA)
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "out-1 yes"}]]}
    question = telegram.world.incoming(ANNA, None, text="Ok?", reply_markup=keyboard)
    store = Store(fails=1)
    with structlog.testing.capture_logs():
        async with running(bot(telegram), store):
            await telegram.until(lambda: telegram.polls == 1)
            query = await telegram.world.press(ANNA, question["message_id"], "Yes")
            await store.until(1)
            await telegram.until(lambda: telegram.world.answered == [query])
    assert store.events == [Chosen(address=str(ANNA), outbound_id="out-1", choice_id="yes", authenticated=True)]


async def test_reactions_come_since_they_are_named(telegram: FakeTelegram) -> None:
    store = Store()
    async with running(bot(telegram), store):
        await telegram.until(lambda: telegram.polls == 1)
        message = await telegram.world.write(ANNA, "thanks")
        await telegram.world.react(ANNA, message["message_id"], "👍")
        await store.until(2)


async def test_the_owners_group_is_known_by_its_owners(telegram: FakeTelegram) -> None:
    telegram.world.group(GROUP, is_forum=True)
    telegram.world.person(OWNER, "Olga")
    store = Store()
    async with running(bot(telegram, owner_groups={str(GROUP): (OWNER,)}), store):
        await telegram.world.write(GROUP, "yes", user=OWNER)
        await telegram.world.write(GROUP, "I am no owner", user=5)
        await store.until(2)
    [answer] = [event for event in store.events if isinstance(event, Message)]
    assert (answer.address, answer.authenticated) == (str(GROUP), True)


# -- when it does not work ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=502, description="Bad Gateway"),
        Fault(status=200, body=b"<html>not JSON</html>"),
        Fault(status=200, body=b'{"ok":true,"result":{"not":"a list"}}'),
        Fault(cut=True),
        Fault(status=429, description="Too Many Requests: retry after 1", parameters={"retry_after": 1}),
    ],
    ids=["502", "no JSON", "no list", "cut", "429"],
)
async def test_a_poll_that_fails_is_made_again(telegram: FakeTelegram, fault: Fault) -> None:
    telegram.fail("getUpdates", fault)
    await telegram.world.write(ANNA, "tulips?")
    store = Store()
    with structlog.testing.capture_logs():
        async with running(bot(telegram), store):
            assert await texts(store, 1) == ["tulips?"]


async def test_a_server_that_comes_back_is_found_again(telegram: FakeTelegram) -> None:
    store = Store()
    with structlog.testing.capture_logs():
        async with running(bot(telegram), store):
            await telegram.until(lambda: telegram.polls == 1)
            port = int(telegram.url.rpartition(":")[2])
            await telegram.stop()
            await telegram.world.write(ANNA, "while you were away")
            await telegram.start(port)
            assert await texts(store, 1) == ["while you were away"]


async def stopped(telegram: FakeTelegram, seconds: float = 5) -> str:
    store = Store()
    with structlog.testing.capture_logs():
        async with running(bot(telegram), store) as task:
            await asyncio.wait({task}, timeout=seconds)
            assert task.done()
            error = task.exception()
    assert isinstance(error, Stopped)
    return str(error)


async def test_a_token_that_is_refused_is_said(telegram: FakeTelegram) -> None:
    telegram.token = telegram.token.replace("AAFake", "AAOther")
    connector = bot(telegram)
    telegram.token = telegram.token.replace("AAOther", "AAFake")
    task = asyncio.create_task(connector.run(Store().receive, {}))
    await asyncio.wait({task}, timeout=5)
    error = task.exception()
    assert isinstance(error, Stopped)
    assert "@BotFather" in str(error)
    assert "AAOther" not in str(error)


async def test_a_second_poller_is_said_within_a_minute(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "_CONFLICT_SECONDS", 0.05)
    telegram.fail(
        "getUpdates", *[Fault(status=409, description="Conflict: terminated by other getUpdates request")] * 3
    )
    assert "another program" in await stopped(telegram)


async def test_two_bots_at_once_both_notice(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "_CONFLICT_SECONDS", 0.05)
    tasks = [asyncio.create_task(bot(telegram).run(Store().receive, {})) for _ in range(2)]
    await asyncio.wait(tasks, timeout=10, return_when=asyncio.FIRST_COMPLETED)
    ended = [task for task in tasks if task.done()]
    assert ended
    assert isinstance(ended[0].exception(), Stopped)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_one_conflict_is_an_old_poll_that_ends(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polling, "_CONFLICT_SECONDS", 0.05)
    telegram.fail("getUpdates", Fault(status=409, description="Conflict: terminated by other getUpdates request"))
    await telegram.world.write(ANNA, "tulips?")
    store = Store()
    async with running(bot(telegram), store):
        assert await texts(store, 1) == ["tulips?"]


async def test_a_webhook_that_takes_the_messages_is_said(telegram: FakeTelegram) -> None:
    telegram.world.webhook = "https://elsewhere.example/hook"
    assert "webhook" in await stopped(telegram)


async def test_the_bridges_own_webhook_is_taken_off(telegram: FakeTelegram) -> None:
    """The configuration said to poll again: what Telegram has kept meanwhile comes."""
    telegram.world.webhook = "https://shop.example/hook/telegram/update"
    await telegram.world.write(ANNA, "tulips?")
    store = Store(position={"webhook": telegram.world.webhook})
    with structlog.testing.capture_logs():
        async with running(bot(telegram), store):
            assert await texts(store, 1) == ["tulips?"]
    assert (telegram.world.webhook, store.position["webhook"]) == ("", "")


async def test_who_cannot_be_reached_for_long_is_said(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "UNREACHABLE_AFTER", timedelta(0))
    await telegram.stop()
    assert "cannot be reached" in await stopped(telegram)
    await telegram.start()


async def test_a_gap_of_more_than_a_day_is_said(telegram: FakeTelegram) -> None:
    away = datetime.now(UTC) - timedelta(hours=30)
    store = Store(position={"offset": "1", "polled_at": away.isoformat()})
    await telegram.world.write(ANNA, "tulips?")
    with structlog.testing.capture_logs() as logged:
        async with running(bot(telegram), store):
            said, asked = await texts(store, 2)
    assert f"{away:%Y-%m-%d %H:%M}" in said
    assert "24 hours" in said
    assert asked == "tulips?"
    assert [line["event"] for line in logged] == ["telegram.gap"]


async def test_a_short_gap_is_nothing(telegram: FakeTelegram) -> None:
    away = datetime.now(UTC) - timedelta(hours=20)
    store = Store(position={"offset": "1", "polled_at": away.isoformat()})
    await telegram.world.write(ANNA, "tulips?")
    async with running(bot(telegram), store):
        assert await texts(store, 1) == ["tulips?"]


async def test_the_position_says_when_telegram_was_asked_though_nobody_writes(telegram: FakeTelegram) -> None:
    telegram.fail("getUpdates", Fault(status=200, body=b'{"ok":true,"result":[]}'))
    store = Store()
    async with running(bot(telegram), store), asyncio.timeout(5), store.changed:
        await store.changed.wait_for(lambda: store.commits > 0)
    assert store.position.keys() == {"polled_at"}


async def test_the_log_names_the_group_that_the_bot_is_brought_into(telegram: FakeTelegram) -> None:
    store = Store()
    with structlog.testing.capture_logs() as logged:
        async with running(bot(telegram), store):
            for chat in (ANNA, GROUP):  # the first has only blocked the bot, or taken that back
                await telegram.world.happen_unchecked(
                    my_chat_member={"chat": {"id": chat}, "new_chat_member": {"status": "member"}}
                )
            await telegram.world.write(ANNA, "Hello")
            await texts(store, 3)
            await telegram.until(lambda: not telegram.world.updates)
    assert [line["chat"] for line in logged if line["event"] == "telegram.group"] == [str(GROUP)]
