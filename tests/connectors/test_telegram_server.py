"""The fake Bot API server itself: it refuses what Telegram would refuse, and says so."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from servers.telegram import FakeTelegram, Fault
from servers.telegram.schema import METHODS, REACTIONS, TYPES, faults_of, faults_of_call

from connectors.telegram.connector import MARKS

ANNA = 4711


async def ask(client: httpx.AsyncClient, telegram: FakeTelegram, method: str, **given: Any) -> dict[str, Any]:
    answer = await client.post(f"{telegram.url}/bot{telegram.token}/{method}", json=given, timeout=20)
    found: dict[str, Any] = answer.json()
    assert found["ok"] or found["error_code"] == answer.status_code
    return found


@pytest.mark.parametrize(
    ("method", "given", "fault"),
    [
        ("sendMessage", {"chat_id": 1, "text": "x"}, None),
        ("sendMessage", {"chat_id": "@x", "text": "x"}, None),
        ("sendMessage", {"chat_id": 1.5, "text": "x"}, "chat_id"),
        ("sendMessage", {"chat_id": True, "text": "x"}, "chat_id"),
        ("sendMessage", {"chat_id": 1}, "needs text"),
        ("sendMessage", {"chat_id": 1, "text": "x", "colour": "red"}, "no parameter colour"),
        ("sendMessage", {"chat_id": 1, "text": "x", "entities": [{"type": "bold"}]}, "needs"),
        ("sendMessage", {"chat_id": 1, "text": "x", "entities": {"type": "bold"}}, "no list"),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": []}}, None),
        ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline": []}}, "reply_markup"),
        ("setMessageReaction", {"chat_id": 1, "message_id": 2, "reaction": [{"type": "emoji", "emoji": "x"}]}, None),
        ("sendMediaGroup", {"chat_id": 1, "media": [{"type": "photo", "media": "attach://a"}]}, "attach://a"),
        ("sendPhoto", {"chat_id": 1, "photo": 7}, "photo"),
    ],
)
def test_a_call_is_held_to_the_schema(method: str, given: dict[str, Any], fault: str | None) -> None:
    found = list(faults_of_call(method, given))
    assert bool(found) is (fault is not None), found
    assert fault is None or fault in " ".join(found)


def test_the_schema_is_whole() -> None:
    assert len(METHODS) == 32
    assert {"Update", "Message", "ReplyParameters", "InputMediaPhoto", "ReactionTypeEmoji"} <= TYPES.keys()
    assert set(MARKS.values()) <= REACTIONS
    assert not list(faults_of("Update", {"update_id": 1}, "update"))
    assert list(faults_of("Update", {"update_id": 1, "message": {"text": "x"}}, "update"))


async def test_a_violation_fails_the_test_that_made_it() -> None:
    telegram = FakeTelegram()
    await telegram.start()
    telegram.world.person(ANNA)
    async with httpx.AsyncClient(verify=False) as client:
        refused = await ask(client, telegram, "sendMessage", chat_id=ANNA, text="x", colour="red")
    assert refused["error_code"] == 400
    with pytest.raises(AssertionError, match="no parameter colour"):
        await telegram.__aexit__()


async def test_updates_are_kept_until_they_are_confirmed() -> None:
    async with FakeTelegram() as telegram, httpx.AsyncClient(verify=False) as client:
        for words in ("one", "two", "three"):
            await telegram.world.write(ANNA, words)
        for _ in range(2):
            assert len((await ask(client, telegram, "getupdates"))["result"]) == 3  # no offset: all of them, each time
        first = (await ask(client, telegram, "getUpdates", limit=1))["result"][0]["update_id"]
        left = await ask(client, telegram, "getUpdates", offset=first + 1)
        assert [update["message"]["text"] for update in left["result"]] == ["two", "three"]
        assert len((await ask(client, telegram, "getUpdates", offset=first))["result"]) == 2  # what is gone is gone
        assert len((await ask(client, telegram, "getUpdates", offset=first + 500))["result"]) == 2  # from the future
        assert (await ask(client, telegram, "getUpdates", offset=first + 3))["result"] == []


async def test_a_long_poll_waits_and_a_second_one_ends_it() -> None:
    async with FakeTelegram() as telegram, httpx.AsyncClient(verify=False) as client:
        waiting = asyncio.create_task(ask(client, telegram, "getUpdates", timeout=10))
        await telegram.until(lambda: telegram.polls == 1)
        second = asyncio.create_task(ask(client, telegram, "getUpdates", timeout=10))
        assert (await waiting)["error_code"] == 409
        await telegram.world.write(ANNA, "hello")
        assert len((await second)["result"]) == 1


async def test_who_hangs_up_is_no_poller_any_more() -> None:
    async with FakeTelegram() as telegram, httpx.AsyncClient(verify=False) as client:
        waiting = asyncio.create_task(ask(client, telegram, "getUpdates", timeout=10))
        await telegram.until(lambda: telegram.polls == 1)
        waiting.cancel()
        await asyncio.wait({waiting})
        assert (await ask(client, telegram, "getUpdates"))["ok"]


async def test_reactions_come_only_to_whom_they_are_named() -> None:
    async with FakeTelegram() as telegram, httpx.AsyncClient(verify=False) as client:
        message = await telegram.world.write(ANNA, "hello")
        await telegram.world.react(ANNA, message["message_id"], "👍")
        assert len(telegram.world.updates) == 1
        await ask(client, telegram, "getUpdates", allowed_updates=["message_reaction"])
        await telegram.world.react(ANNA, message["message_id"], "👍")
        await telegram.world.write(ANNA, "hello?")
        assert len(telegram.world.updates) == 2


@pytest.mark.parametrize(
    ("method", "given", "words"),
    [
        ("sendMessage", {"chat_id": 5, "text": "x"}, "chat not found"),
        ("sendMessage", {"chat_id": ANNA, "text": " "}, "text is empty"),
        ("sendMessage", {"chat_id": ANNA, "text": "😀" * 2049}, "too long"),
        ("sendMessage", {"chat_id": ANNA, "text": "x", "message_thread_id": 7}, "thread not found"),
        ("sendMessage", {"chat_id": ANNA, "text": "x", "reply_parameters": {"message_id": 7}}, "replied not found"),
        (
            "sendMessage",
            {
                "chat_id": ANNA,
                "text": "x",
                "reply_markup": {"inline_keyboard": [[{"text": "Y", "callback_data": "x" * 65}]]},
            },
            "BUTTON_DATA_INVALID",
        ),
        ("sendPhoto", {"chat_id": ANNA, "photo": "nothing"}, "wrong file identifier"),
        ("editMessageText", {"chat_id": ANNA, "message_id": 7, "text": "x"}, "edit not found"),
        ("deleteMessage", {"chat_id": ANNA, "message_id": 7}, "delete not found"),
        ("setMessageReaction", {"chat_id": ANNA, "message_id": 7}, "react not found"),
        ("getFile", {"file_id": "nothing"}, "wrong file_id"),
        ("createForumTopic", {"chat_id": -5, "name": "x"}, "not a forum"),
    ],
)
async def test_it_refuses_in_telegrams_words(method: str, given: dict[str, Any], words: str) -> None:
    async with FakeTelegram() as telegram, httpx.AsyncClient(verify=False) as client:
        telegram.world.person(ANNA)
        telegram.world.group(-5)
        refused = await ask(client, telegram, method, **given)
        assert refused["error_code"] == 400
        assert words in refused["description"]


async def test_a_fault_is_for_one_call() -> None:
    async with FakeTelegram() as telegram, httpx.AsyncClient(verify=False) as client:
        telegram.world.person(ANNA)
        telegram.fail("sendMessage", Fault(429, "Too Many Requests", parameters={"retry_after": 3}), Fault(taken=True))
        slow = await ask(client, telegram, "sendMessage", chat_id=ANNA, text="x")
        assert slow["parameters"] == {"retry_after": 3}
        broken = await ask(client, telegram, "sendMessage", chat_id=ANNA, text="x")
        assert broken["error_code"] == 500
        assert len(telegram.sent) == 1  # it was taken all the same
        assert (await ask(client, telegram, "sendMessage", chat_id=ANNA, text="x"))["ok"]


async def test_a_form_and_an_unset_field() -> None:
    async with FakeTelegram() as telegram, httpx.AsyncClient(verify=False) as client:
        telegram.world.person(ANNA)
        where = f"{telegram.url}/bot{telegram.token}/sendMessage"
        form = {"chat_id": str(ANNA), "text": "7", "entities": json.dumps([])}
        assert (await client.post(where, data=form)).json()["result"]["text"] == "7"
        assert (await client.post(where, json={"chat_id": ANNA, "text": "x", "entities": None})).json()["ok"]
        assert (await client.get(where, params={"chat_id": ANNA, "text": "by URL"})).json()["ok"]
