"""Telegram calls: stored first, then answered; what is none of Telegram's is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import httpx
import pytest
import structlog.testing
from daemon.process import free_port
from servers.telegram import FakeTelegram, Fault
from telegram_bot import ANNA, GROUP, OWNER, Store, bot, running

from bridge.connector import FindingLevel, Message, Partial, Routes
from bridge.steps.web import Web
from connectors.telegram import TYPE, webhook
from connectors.telegram.connector import TelegramConnector
from connectors.telegram.patience import Stopped
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.troubles import trouble_of
from connectors.telegram.webhook import LARGEST, SECRET_HEADER, secret_of

pytestmark = pytest.mark.servers


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        yield server


class Called:
    """A bot with a webhook, and the server that Telegram calls."""

    def __init__(self, telegram: FakeTelegram, **settings: Any) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/hook/telegram/update"
        self.connector: TelegramConnector = bot(telegram, webhook=self.url, **settings)
        self.secret = secret_of(telegram.token)

    @asynccontextmanager
    async def listening(self, store: Store) -> AsyncIterator[None]:
        up = asyncio.Event()

        async def told(reason: str | None) -> None:
            assert reason is None
            up.set()

        web = Web(f"127.0.0.1:{self.port}", told)
        web.mount({"telegram": self.connector.routes(store.receive)})
        serving = asyncio.create_task(web.run())
        await up.wait()
        yield
        serving.cancel()
        await asyncio.wait({serving})

    @asynccontextmanager
    async def running(self, store: Store) -> AsyncIterator[asyncio.Task[None]]:
        with structlog.testing.capture_logs():
            async with self.listening(store), running(self.connector, store) as task:
                yield task

    async def post(self, body: bytes, secret: str | None = None) -> int:
        shown = self.secret if secret is None else secret
        headers = {SECRET_HEADER.encode(): shown.encode()}
        async with httpx.AsyncClient() as client:
            return (await client.post(self.url, content=body, headers=headers)).status_code


async def test_what_telegram_brings_is_stored_in_order(telegram: FakeTelegram) -> None:
    called, store = Called(telegram), Store()
    assert isinstance(called.connector, Routes)
    assert isinstance(called.connector, Partial)
    for number in range(20):
        await telegram.world.write(ANNA, f"line {number}")
    async with called.running(store):
        await store.until(20)
        assert [event.text.plain for event in store.events if isinstance(event, Message)] == [
            f"line {number}" for number in range(20)
        ]
        await called.connector.ready()
        assert called.connector.trouble == ""
    assert telegram.world.webhook == called.url  # it stays: Telegram keeps what comes meanwhile
    assert store.position["webhook"] == called.url
    assert "getUpdates" not in telegram.calls


async def test_200_is_answered_only_after_the_commit(telegram: FakeTelegram) -> None:
    called, store = Called(telegram), Store()
    async with called.running(store):
        await called.connector.ready()
        store.fails = 3
        await telegram.world.write(ANNA, "tulips?")
        [item] = await store.until(1)
    assert store.fails == 0
    assert telegram.world.webhook_error["last_error_message"].endswith("503")
    # By either way it is the same item: what came twice is stored once.
    again = Store()
    telegram.world.webhook, telegram.world.next_update = "", int(item.native_id)
    await telegram.world.write(ANNA, "tulips?")
    async with running(bot(telegram), again):
        assert [one.native_id for one in await again.until(1)] == [item.native_id]


async def test_a_receive_that_waits_keeps_telegram_waiting(telegram: FakeTelegram) -> None:
    hold = asyncio.Event()

    class Slow(Store):
        async def receive(self, *given: Any) -> None:
            await hold.wait()
            await super().receive(*given)

    called, store = Called(telegram), Slow()
    with structlog.testing.capture_logs():
        async with called.listening(store):
            asked = asyncio.create_task(called.post(json.dumps({"update_id": 7}).encode()))
            await asyncio.wait({asked}, timeout=0.3)
            assert not asked.done()
            hold.set()
            assert await asked == 200
    assert list(store.items) == ["7"]


@pytest.mark.parametrize(
    ("body", "secret", "status"),
    [
        (b'{"update_id": 7}', "", 403),
        (b'{"update_id": 7}', "x" * 64, 403),
        (b'{"update_id": 7}', "\u00e4", 403),
        (b"not JSON", "", 403),
        (b"not JSON", None, 400),
        (b"", None, 400),
        (b"[]", None, 400),
        (b'{"message": {}}', None, 400),
        (b'{"update_id": "7"}', None, 400),
        (b"\xff\xfe", None, 400),
        (b"[" * 100_000, None, 400),
        (b'{"update_id": 7, "x": "' + b"x" * LARGEST + b'"}', None, 413),
        (b'{"update_id": 7, "message": {"chat": []}}', None, 200),  # whatever it means is found out later
    ],
)
async def test_what_is_answered(telegram: FakeTelegram, body: bytes, secret: str | None, status: int) -> None:
    called, store = Called(telegram), Store()
    with structlog.testing.capture_logs():
        async with called.listening(store):
            assert await called.post(body, secret) == status
    assert len(store.items) == (status == 200)


async def test_only_post_and_only_there(telegram: FakeTelegram) -> None:
    called = Called(telegram)
    with structlog.testing.capture_logs():
        async with called.listening(Store()), httpx.AsyncClient() as client:
            assert (await client.get(called.url)).status_code == 405
            assert (await client.post(called.url.removesuffix("/update"))).status_code == 404


async def test_a_body_that_does_not_come_holds_nothing(telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook, "BODY_SECONDS", 0.2)
    called = Called(telegram)
    with structlog.testing.capture_logs():
        async with called.listening(Store()):
            reader, writer = await asyncio.open_connection("127.0.0.1", called.port)
            head = f"POST /hook/telegram/update HTTP/1.1\r\nHost: x\r\n{SECRET_HEADER}: {called.secret}\r\n"
            writer.write(f"{head}Content-Length: 100\r\n\r\n".encode())
            async with asyncio.timeout(5):
                assert b" 408 " in await reader.readline()
            writer.close()


async def test_a_daemon_that_stands_by_knows_who_is_mentioned(telegram: FakeTelegram) -> None:
    """It takes what comes without running: the bot's name is asked for then."""
    telegram.world.group(GROUP)
    called, store = Called(telegram, mentions=True), Store()
    await telegram.world.write(GROUP, "@flowershop_bot tulips?", user=ANNA)
    with structlog.testing.capture_logs():
        async with called.listening(store):
            telegram.fail("getMe", Fault(status=502))
            assert await called.post(json.dumps(telegram.world.updates[0]).encode()) == 503
            assert await called.post(json.dumps(telegram.world.updates[0]).encode()) == 200
    [event] = store.events
    assert isinstance(event, Message)


async def test_a_button_is_answered(telegram: FakeTelegram) -> None:
    telegram.world.person(ANNA)
    keyboard = {"inline_keyboard": [[{"text": "Yes", "callback_data": "out-1 yes"}]]}
    question = telegram.world.incoming(ANNA, None, text="Ok?", reply_markup=keyboard)
    called, store = Called(telegram), Store()
    async with called.running(store):
        await called.connector.ready()
        query = await telegram.world.press(ANNA, question["message_id"], "Yes")
        await telegram.until(lambda: telegram.world.answered == [query])
    assert len(store.items) == 1


async def test_a_webhook_that_somebody_takes_off_is_set_again_and_then_said(
    telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook, "LOOK_EVERY", webhook.LOOK_EVERY / 10_000)
    called, store = Called(telegram), Store()
    async with called.running(store) as task:
        await called.connector.ready()
        telegram.world.webhook = ""
        await telegram.until(lambda: telegram.world.webhook == called.url)
        while not task.done():  # another program does it again and again
            telegram.world.webhook = "https://elsewhere.example/hook"
            await asyncio.wait({task}, timeout=0.002)
        assert isinstance(task.exception(), Stopped)
        assert "another program" in str(task.exception())


async def test_a_webhook_that_telegram_refuses_is_said(telegram: FakeTelegram) -> None:
    telegram.fail("setWebhook", Fault(status=400, description="Bad Request: bad webhook: HTTPS url must be provided"))
    called = Called(telegram)
    task = asyncio.create_task(called.connector.run(Store().receive, {}))
    await asyncio.wait({task}, timeout=5)
    assert isinstance(task.exception(), Stopped)
    assert "https url must be provided" in str(task.exception())


def test_what_telegram_says_of_its_calls() -> None:
    now = datetime.fromisoformat("2026-11-22T12:00:00+00:00")
    failed = {"last_error_date": int(now.timestamp()) - 60, "last_error_message": "Connection timed out"}
    assert trouble_of({}, now) == ""
    assert trouble_of({**failed, "pending_update_count": 0}, now) == ""
    said = trouble_of({**failed, "pending_update_count": 3}, now)
    assert "Connection timed out" in said
    assert "3 messages" in said
    assert trouble_of({**failed, "last_error_date": 5, "pending_update_count": 3}, now) == ""


def test_the_secret_says_nothing_of_the_token(telegram: FakeTelegram) -> None:
    secret = secret_of(telegram.token)
    assert telegram.token.partition(":")[2] not in secret
    assert secret != secret_of(telegram.token + "x")


# -- settings and doctor -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("shop.example/hook", "no URL to call"),
        ("https://user@shop.example/hook", "no URL to call"),
        ("http://shop.example/hook/telegram/update", "https only"),
        ("https://shop.example:8080/hook/telegram/update", "443, 80, 88 or 8443"),
    ],
)
def test_an_address_that_telegram_would_not_call(url: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        TelegramSettings(token="1:" + "x" * 35, webhook=url)


def test_without_a_webhook_there_are_no_routes(telegram: FakeTelegram) -> None:
    settings = TelegramSettings(token="1:" + "x" * 35)
    made = TYPE.create("telegram", settings)
    assert isinstance(made, Routes)
    assert made.routes(Store().receive) == ()


async def found(connector: TelegramConnector) -> list[tuple[FindingLevel, str]]:
    return [(finding.level, f"{finding.what} {finding.todo}") for finding in await connector.check()][1:2]


async def test_doctor_looks_at_the_webhook(telegram: FakeTelegram) -> None:
    called = Called(telegram)
    assert await found(called.connector) == [
        (FindingLevel.WARNING, "Telegram does not call this bridge yet: the webhook is set when it starts start it")
    ]
    telegram.world.webhook = called.url
    assert (await found(called.connector))[0][0] is FindingLevel.OK
    await telegram.world.write(OWNER, "hello")  # and nobody listens
    await telegram.until(lambda: bool(telegram.world.webhook_error))
    [(level, said)] = await found(called.connector)
    assert level is FindingLevel.FAILURE
    assert "Connection failed" in said
    telegram.world.webhook = "https://elsewhere.example/secret-path"
    [(level, said)] = await found(called.connector)
    assert level is FindingLevel.WARNING
    assert "elsewhere.example" in said
    assert "secret-path" not in said


async def test_doctor_says_that_a_webhook_is_left_over(telegram: FakeTelegram) -> None:
    telegram.world.webhook = "https://shop.example/hook/telegram/update"
    [(level, said)] = await found(bot(telegram))
    assert level is FindingLevel.FAILURE
    assert "shop.example" in said
    assert "webhook =" in said
