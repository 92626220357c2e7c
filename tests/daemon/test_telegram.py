"""A whole daemon and a Bot API server: customers on Telegram, owners in the terminal or on Telegram, and kill -9."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from servers.telegram import FakeTelegram, Fault, Sent

from daemon.process import Running, environment, start

pytestmark = pytest.mark.servers

ANNA, BOB, OLGA, GROUP = 4711, 4712, 99, -1001

CONFIG = """\
[business]
name = "The Flower Shop"
[[owners]]
name = "Olga"
[[owners.surfaces]]
{surface}
[connectors.console]
type = "console"
[connectors.telegram]
type = "telegram"
label = "Telegram"
token = "{token}"
base_url = "{url}"
owner_groups = {{ "-1001" = [99] }}
[policy]
undo_seconds = 0
[limits]
free_megabytes = 0
"""
IN_THE_TERMINAL = 'connector = "console"\naddress = "owner"'
IN_A_GROUP = 'connector = "telegram"\naddress = "-1001"'
ON_TELEGRAM = f'connector = "telegram"\naddress = "{OLGA}"'


@dataclass
class Shop:
    """A shop's folder, and the Telegram that it is on."""

    folder: Path
    telegram: FakeTelegram

    @contextmanager
    def open(self, surface: str = IN_THE_TERMINAL, **environ: str) -> Iterator[Running]:
        """The daemon."""
        config = self.folder / "config.toml"
        config.write_text(CONFIG.format(surface=surface, token=self.telegram.token, url=self.telegram.url))
        config.chmod(0o600)
        with start("run", "--config", str(config), cwd=self.folder, environ=environment(**environ)) as running:
            yield running

    def stored(self) -> list[str]:
        """The numbers of all updates that are in the store."""
        with sqlite3.connect(self.folder / "inbox-bridge.db") as database:
            rows = database.execute("SELECT native_id FROM items WHERE connector = 'telegram'").fetchall()
        database.close()
        return [native_id for (native_id,) in rows]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    async with FakeTelegram() as telegram:
        for user, name in ((ANNA, "Anna"), (BOB, "Bob"), (OLGA, "Olga")):
            telegram.world.person(user, name)
        yield Shop(tmp_path, telegram)


async def shown(running: Running, pattern: str) -> str:
    """The line of the terminal that matches, once it is there; the server answers in the meantime."""
    return await asyncio.to_thread(running.out.wait_for, pattern)


async def to(telegram: FakeTelegram, chat: int, words: str) -> Sent:
    """What is sent to a chat with these words in it."""

    def there() -> list[Sent]:
        return [one for one in telegram.sent if one.given["chat_id"] == chat and words in one.text]

    await telegram.until(lambda: bool(there()))
    return there()[0]


async def polled(telegram: FakeTelegram) -> None:
    """Wait until the daemon asks for updates."""
    before = telegram.polls
    await telegram.until(lambda: telegram.polls > before, 20)


async def reaction(telegram: FakeTelegram, chat: int, message: int, sign: str) -> None:
    held = telegram.world.chats[chat].messages
    await telegram.until(lambda: held[message].get("_reaction") == sign)


async def test_a_customer_on_telegram_and_an_owner_in_the_terminal(shop: Shop) -> None:
    telegram = shop.telegram
    with shop.open() as running:
        await telegram.world.write(ANNA, "/start")
        asked = await telegram.world.write(
            ANNA, "Do you have tulips?", entities=[{"type": "bold", "offset": 12, "length": 6}]
        )
        assert "#1 Anna (Telegram)" in await shown(running, "tulips")
        running.type("#1 Yes, in red 🌷")
        answer = await to(telegram, ANNA, "Yes, in red 🌷")
        assert answer.made["reply_to_message"]["message_id"] == asked["message_id"]
        await shown(running, "sent: #1")
        await telegram.world.write(ANNA, "Lovely", reply_to_message=answer.made)
        assert "#1" in await shown(running, "Lovely")
        await telegram.world.edit(asked, "Do you have lilies?")
        await shown(running, "lilies")
        await telegram.world.album(ANNA, "like these", "")
        await shown(running, "like these")
        telegram.world.chats[ANNA].blocked = True
        running.type("#1 See you")
        await shown(running, "NOT delivered.*blocked the bot")
        assert await asyncio.to_thread(running.stop) == 0
    assert str(ANNA) in running.log.wait_for(r"telegram\.start")
    assert "tulips" not in running.log.text


async def test_an_owner_on_telegram(shop: Shop) -> None:
    telegram = shop.telegram
    with shop.open(ON_TELEGRAM):
        await telegram.world.write(ANNA, "Do you have tulips?")
        first = await to(telegram, OLGA, "#1 Anna (Telegram): Do you have tulips?")
        await telegram.world.write(BOB, "Are you open?")
        await to(telegram, OLGA, "#2 Bob (Telegram): Are you open?")

        # By quoting, by the handle, and with neither.
        quoting = await telegram.world.write(OLGA, "In red", reply_to_message=first.made)
        assert (await to(telegram, ANNA, "In red")).text == "In red"
        await reaction(telegram, OLGA, quoting["message_id"], "👌")
        await telegram.world.write(OLGA, "#2 Until six")
        assert (await to(telegram, BOB, "Until six")).text == "Until six"
        await telegram.world.write(OLGA, "and tomorrow?")
        await to(telegram, OLGA, "#")
        assert not [sent for sent in telegram.sent if "tomorrow" in sent.text and sent.given["chat_id"] != OLGA]

        # What fails is marked on the owner's own line, with the reason below it.
        telegram.world.chats[BOB].blocked = True
        failing = await telegram.world.write(OLGA, "#2 Or seven")
        reason = await to(telegram, OLGA, "blocked the bot")
        assert reason.made["reply_to_message"]["message_id"] == failing["message_id"]
        await reaction(telegram, OLGA, failing["message_id"], "👎")


async def test_owners_in_a_group(shop: Shop) -> None:
    telegram = shop.telegram
    telegram.world.group(GROUP)
    with shop.open(IN_A_GROUP):
        await telegram.world.album(ANNA, "Do you have these?", "")
        first = await to(telegram, GROUP, "#1 Anna (Telegram): Do you have these?")
        assert len(first.made) == 2  # the photos themselves
        about = first.made[1]
        await telegram.world.write(GROUP, "I would say no", user=ANNA, reply_to_message=about)  # who is no owner
        await telegram.world.write(GROUP, "Yes, both", user=OLGA, reply_to_message=about)
        await to(telegram, ANNA, "Yes, both")
    assert not [sent for sent in telegram.sent if "would say no" in sent.text]


async def test_an_answer_whose_receipt_got_lost_is_not_sent_twice(shop: Shop) -> None:
    telegram = shop.telegram
    with shop.open(ON_TELEGRAM):
        await telegram.world.write(ANNA, "Do you have tulips?")
        first = await to(telegram, OLGA, "tulips?")
        telegram.fail("sendMessage", Fault(chat=ANNA, taken=True, cut=True))
        line = await telegram.world.write(OLGA, "In red", reply_to_message=first.made)
        await reaction(telegram, OLGA, line["message_id"], "🤔")
        await to(telegram, OLGA, "Maybe sent")
    assert len([sent for sent in telegram.sent if sent.text == "In red"]) == 1


@pytest.mark.parametrize("point", ["receive.grouped", "receive.stored", "receive.returned"])
async def test_killed_around_the_commit_no_update_is_lost(shop: Shop, point: str) -> None:
    telegram = shop.telegram
    for number in range(40):
        await telegram.world.write(ANNA + number % 7, f"line {number}")
    with shop.open(INBOX_BRIDGE_CRASH_AT=point) as running:
        await asyncio.to_thread(running.wait)
    assert len(telegram.world.updates) == 40  # nothing was confirmed
    with shop.open():
        await telegram.until(lambda: not telegram.world.updates, 20)
    assert sorted(shop.stored()) == [str(100_000_001 + number) for number in range(40)]


async def test_killed_at_random_no_update_is_lost(shop: Shop) -> None:
    telegram, dice = shop.telegram, random.Random(7)
    for life in range(4):
        with shop.open() as running:
            await polled(telegram)
            for number in range(30):
                await telegram.world.write(ANNA + number % 7, f"line {life} {number}")
                await asyncio.sleep(0.002)
            await asyncio.sleep(dice.uniform(0, 0.05))
            running.kill()
    with shop.open():
        await telegram.until(lambda: not telegram.world.updates, 20)
    assert sorted(shop.stored()) == [str(100_000_001 + number) for number in range(120)]
