"""A whole daemon and a Bot API server: customers on Telegram, owners in the terminal or on Telegram, and kill -9."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from crash import points
from servers.telegram import FakeTelegram, Fault, Sent

from daemon.process import Running, environment, free_port, start, until_listening
from daemon.shop import SHOP, deliver

pytestmark = pytest.mark.servers

PATIENCE = 30
"""Seconds. A daemon takes one to start, and ten where much else is going on."""

ANNA, BOB, OLGA, PAUL, GROUP = 4711, 4712, 99, 98, -1001

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
owner_groups = {{ "-1001" = [98, 99] }}
topics = {topics}
{hook}
[policy]
undo_seconds = 0
[limits]
free_megabytes = 0
"""
MAIL = f"""\
[connectors.mail]
type = "email"
label = "email"
address = "{SHOP}"
maildir = "outgoing"
[connectors.mail.listen]
port = {{port}}
"""
IN_THE_TERMINAL = 'connector = "console"\naddress = "owner"'
IN_A_GROUP = 'connector = "telegram"\naddress = "-1001"'
ON_TELEGRAM = f'connector = "telegram"\naddress = "{OLGA}"'


def configured(telegram: FakeTelegram, surface: str, topics: str = "false", hook: str = "") -> str:
    """The configuration of a shop with one owner; `hook` is a line of the connector's."""
    return CONFIG.format(surface=surface, token=telegram.token, url=telegram.url, topics=topics, hook=hook)


@dataclass
class Shop:
    """A shop's folder, and the Telegram that it is on."""

    folder: Path
    telegram: FakeTelegram

    @contextmanager
    def open(
        self, surface: str = IN_THE_TERMINAL, more: str = "", topics: str = "false", hook: str = "", **environ: str
    ) -> Iterator[Running]:
        """The daemon."""
        config = self.configure(surface, more, topics, hook)
        with start("run", "--config", str(config), cwd=self.folder, environ=environment(**environ)) as running:
            yield running

    def configure(self, surface: str, more: str = "", topics: str = "false", hook: str = "") -> Path:
        """Its configuration; a running daemon adopts it."""
        config = self.folder / "config.toml"
        config.touch(mode=0o600)
        config.write_text(configured(self.telegram, surface, topics, hook) + more)
        return config

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

    await telegram.until(lambda: bool(there()), PATIENCE)
    return there()[0]


async def polled(telegram: FakeTelegram) -> None:
    """Wait until the daemon asks for updates."""
    before = telegram.polls
    await telegram.until(lambda: telegram.polls > before, PATIENCE)


async def reaction(telegram: FakeTelegram, chat: int, message: int, sign: str) -> None:
    held = telegram.world.chats[chat].messages
    await telegram.until(lambda: held[message].get("_reaction") == sign, PATIENCE)


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
        answer = await to(telegram, ANNA, "In red")
        assert answer.text == "In red"
        await reaction(telegram, OLGA, quoting["message_id"], "👌")
        # What has left is changed where the customer has it.
        await telegram.world.edit(quoting, "In pink")
        held = telegram.world.chats[ANNA].messages
        await telegram.until(lambda: held[answer.made["message_id"]]["text"] == "In pink", PATIENCE)
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


def mail(text: str) -> EmailMessage:
    """A customer's mail with a file."""
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "Carla <carla@example.org>", SHOP, "Tulips"
    made["Message-ID"] = "<m1@example.org>"
    made.set_content(text)
    made.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="garden.pdf")
    return made


async def test_a_customer_by_mail_and_an_owner_on_telegram(shop: Shop) -> None:
    telegram, port = shop.telegram, free_port()
    with shop.open(ON_TELEGRAM, MAIL.format(port=port)) as running:
        await asyncio.to_thread(until_listening, port, running)
        assert await asyncio.to_thread(deliver, port, mail("Would these fit?"), "carla@example.org") == 250
        shown = await to(telegram, OLGA, "#1 Carla (email): Tulips")
        assert "Would these fit?" in shown.text
        assert telegram.world.files[shown.made["document"]["file_id"]].content == b"%PDF-1.4"
        photo = [telegram.world.photo(b"a photo")]
        line = await telegram.world.write(OLGA, caption="They would 🌷", photo=photo, reply_to_message=shown.made)
        await reaction(telegram, OLGA, line["message_id"], "👌")
        [answer] = (shop.folder / "outgoing" / "new").iterdir()
        parts = list(message_from_bytes(answer.read_bytes(), policy=policy.default).walk())
        assert any("They would 🌷" in part.get_content() for part in parts if part.get_content_type() == "text/plain")
        assert b"a photo" in [part.get_payload(decode=True) for part in parts]


async def test_a_topic_for_each_conversation(shop: Shop) -> None:
    telegram = shop.telegram
    group = telegram.world.group(GROUP, is_forum=True)
    with shop.open(IN_A_GROUP, topics="true"):
        await telegram.world.write(ANNA, "Do you have tulips?")
        await telegram.world.write(BOB, "Are you open?")
        tulips, hours = await to(telegram, GROUP, "tulips?"), await to(telegram, GROUP, "open?")
        room, other = tulips.made["message_thread_id"], hours.made["message_thread_id"]
        assert room != other
        assert "Anna" in group.topics[room].name
        line = await telegram.world.write(GROUP, "In red", user=OLGA, message_thread_id=room, is_topic_message=True)
        assert (await to(telegram, ANNA, "In red")).text == "In red"
        await reaction(telegram, GROUP, line["message_id"], "👌")
        await telegram.world.write(GROUP, "// she is nice", user=OLGA, message_thread_id=room, is_topic_message=True)
        await telegram.world.write(GROUP, "to whom?", user=OLGA)  # in the main one no conversation stands

        # Somebody deletes the topic: the next message opens another one.
        del group.topics[room]
        await telegram.world.write(ANNA, "And in white?")
        again = await to(telegram, GROUP, "And in white?")
        assert again.made["message_thread_id"] not in (room, other)
        assert len(group.topics) == 2
        thread = again.made["message_thread_id"]
        await telegram.world.write(GROUP, "!close", user=OLGA, message_thread_id=thread, is_topic_message=True)
        await telegram.until(lambda: group.topics[thread].closed, PATIENCE)
    to_customers = [sent.text for sent in telegram.sent if sent.given["chat_id"] in (ANNA, BOB)]
    assert to_customers == ["In red"]


async def test_without_the_right_to_open_topics_all_is_shown_in_one_place(shop: Shop) -> None:
    telegram = shop.telegram
    telegram.world.group(GROUP, is_forum=True, can_manage_topics=False)
    with shop.open(IN_A_GROUP, topics="true"):
        await telegram.world.write(ANNA, "Do you have tulips?")
        shown = await to(telegram, GROUP, "#1 Anna (Telegram): Do you have tulips?")
        assert "message_thread_id" not in shown.made
        await telegram.world.write(GROUP, "In red", user=OLGA, reply_to_message=shown.made)
        await to(telegram, ANNA, "In red")


async def test_owners_in_a_group(shop: Shop) -> None:
    telegram = shop.telegram
    telegram.world.group(GROUP)
    with shop.open(IN_A_GROUP):
        await telegram.world.album(ANNA, "Do you have these?", "")
        about = (await to(telegram, GROUP, "#1 Anna (Telegram): Do you have these?")).made
        photos = [file.content for file in telegram.world.files.values() if file.kind == "photo"]
        assert len(photos) == 2
        await telegram.world.write(GROUP, "I would say no", user=ANNA, reply_to_message=about)  # who is no owner
        await telegram.world.write(GROUP, "Yes, both", user=OLGA, reply_to_message=about)
        await to(telegram, ANNA, "Yes, both")
    assert not [sent for sent in telegram.sent if "would say no" in sent.text]


async def test_two_owners_share_a_group_and_press_buttons(shop: Shop) -> None:
    telegram = shop.telegram
    telegram.world.group(GROUP)
    telegram.world.person(PAUL, "Paul")
    olga, paul = (f'{IN_A_GROUP}\nmember = "{number}"' for number in (OLGA, PAUL))
    shared = f'{olga}\n[[owners]]\nname = "Paul"\n[[owners.surfaces]]\n{paul}'
    with shop.open(shared):
        await telegram.world.write(ANNA, "Do you have tulips?")
        await telegram.world.write(BOB, "Are you open?")
        tulips = (await to(telegram, GROUP, "#1 Anna (Telegram): Do you have tulips?")).made
        hours = (await to(telegram, GROUP, "#2 Bob (Telegram): Are you open?")).made
        assert len([sent for sent in telegram.sent if "tulips?" in sent.text]) == 1  # the group is shown it once
        # Paul taps "Answer" under Bob's; what Olga writes then is not taken for his line.
        await telegram.world.press(GROUP, hours["message_id"], "Answer", user=PAUL)
        await to(telegram, GROUP, "Your next line goes to #2 Bob")
        await telegram.world.write(GROUP, "In red", user=OLGA, reply_to_message=tulips)
        assert (await to(telegram, ANNA, "In red")).given["chat_id"] == ANNA
        await telegram.world.write(GROUP, "Until six", user=PAUL)
        assert (await to(telegram, BOB, "Until six")).given["chat_id"] == BOB
        await telegram.world.press(GROUP, tulips["message_id"], "Close", user=OLGA)
        await to(telegram, GROUP, "#1")
        await telegram.until(
            lambda: "reply_markup" not in telegram.world.chats[GROUP].messages[tulips["message_id"]], PATIENCE
        )
    to_customers = [(sent.given["chat_id"], sent.text) for sent in telegram.sent if sent.given["chat_id"] != GROUP]
    assert to_customers == [(ANNA, "In red"), (BOB, "Until six")]


async def merged(telegram: FakeTelegram, *, of: int) -> Sent:
    """The message that shows so many customers' lines."""
    found: list[Sent] = []

    def there() -> bool:
        found[:] = [sent for sent in telegram.sent if len(re.findall(r"^#\d+ ", sent.text, re.MULTILINE)) >= of]
        return bool(found)

    await telegram.until(there, PATIENCE)
    return found[0]


async def test_an_answer_to_a_message_that_shows_several_customers_is_asked_about(shop: Shop) -> None:
    telegram = shop.telegram
    telegram.world.group(GROUP)
    with shop.open(IN_A_GROUP):
        await polled(telegram)
        for number in range(12):
            await telegram.world.write(5000 + number, f"question {number}")
        several = await merged(telegram, of=3)
        assert "reply_markup" not in several.made
        await telegram.world.write(GROUP, "Until six", user=OLGA, reply_to_message=several.made)
        asked = await to(telegram, GROUP, "To whom shall")
        handles = re.findall(r"^\d  #(\d+) ", asked.text, re.MULTILINE)
        assert set(handles) <= set(re.findall(r"^#(\d+) ", several.text, re.MULTILINE))
        assert not [sent for sent in telegram.sent if sent.text == "Until six"]
        await telegram.world.write(GROUP, "1", user=OLGA)
        answer = await to(telegram, answered_chat(several.text, handles[0]), "Until six")
        assert answer.text == "Until six"
        await telegram.world.write(GROUP, f"#{handles[1]} Until seven", user=OLGA)
        await to(telegram, answered_chat(several.text, handles[1]), "Until seven")
    shown = [number for sent in telegram.sent for number in re.findall(r"question (\d+)$", sent.text, re.MULTILINE)]
    assert sorted(map(int, shown)) == list(range(12))


def answered_chat(text: str, handle: str) -> int:
    """The customer whose question stands behind this number."""
    found = re.search(rf"^#{handle} .*question (\d+)$", text, re.MULTILINE)
    assert found is not None
    return 5000 + int(found[1])


@pytest.mark.parametrize("point", sorted(f"send.join.{moment}" for moment in (*points.moments(), "marked")))
async def test_killed_while_relays_are_put_together_none_is_lost(shop: Shop, point: str) -> None:
    telegram = shop.telegram
    telegram.world.group(GROUP)
    with shop.open(IN_A_GROUP, INBOX_BRIDGE_CRASH_AT=point) as running:
        await polled(telegram)
        for number in range(8):
            await telegram.world.write(5000 + number, f"question {number}")
        await asyncio.to_thread(running.wait)
    before = len(telegram.sent)

    def shown(sent: Sequence[Sent]) -> list[int]:
        return [int(found) for one in sent for found in re.findall(r"question (\d+)$", one.text, re.MULTILINE)]

    with shop.open(IN_A_GROUP):
        await telegram.until(lambda: len(set(shown(telegram.sent))) == 8, PATIENCE)
    twice = set(shown(telegram.sent[:before])) & set(shown(telegram.sent[before:]))
    assert not twice  # none had been called for
    assert len(shown(telegram.sent)) == 8


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


async def test_telegram_calls_and_the_configuration_goes_back_to_asking(shop: Shop) -> None:
    telegram, port = shop.telegram, free_port()
    hook = f'webhook = "http://127.0.0.1:{port}/hook/telegram/update"'
    listen = f'[http]\nlisten = "127.0.0.1:{port}"\n'
    with shop.open(ON_TELEGRAM, listen, hook=hook) as running:
        await telegram.until(lambda: bool(telegram.world.webhook), PATIENCE)
        await telegram.world.write(ANNA, "Do you have tulips?")
        first = await to(telegram, OLGA, "tulips?")
        await telegram.world.write(OLGA, "In red", reply_to_message=first.made)
        await to(telegram, ANNA, "In red")
        # Asked instead, without a new start: the webhook is taken off.
        shop.configure(ON_TELEGRAM, listen)
        await telegram.until(lambda: not telegram.world.webhook, PATIENCE)
        await telegram.world.write(ANNA, "And in white?")
        await to(telegram, OLGA, "in white?")
        assert await asyncio.to_thread(running.stop) == 0
    assert "getUpdates" in telegram.calls


async def test_killed_before_a_call_is_answered_nothing_is_lost(shop: Shop) -> None:
    telegram, port = shop.telegram, free_port()
    hook = f'webhook = "http://127.0.0.1:{port}/hook/telegram/update"'
    listen = f'[http]\nlisten = "127.0.0.1:{port}"\n'
    for number in range(10):
        await telegram.world.write(ANNA + number % 3, f"line {number}")
    for point in ("telegram.posted", "telegram.answering:3"):
        with shop.open(more=listen, hook=hook, INBOX_BRIDGE_CRASH_AT=point) as running:
            await asyncio.to_thread(running.wait)
    with shop.open(more=listen, hook=hook):
        await telegram.until(lambda: not telegram.world.updates, PATIENCE)
    assert sorted(shop.stored()) == [str(100_000_001 + number) for number in range(10)]


def test_there_is_a_death_at_every_point_of_telegrams() -> None:
    here = Path(__file__).read_text()
    named = {point for point in points.reached() if points.stem(point) == "telegram"}
    assert len(named) >= 5
    assert [point for point in named if f'"{point}' not in here] == []


async def test_killed_once_a_topic_is_open_every_line_is_shown(shop: Shop) -> None:
    """Another one is opened, and the owner reads that there may be an empty one."""
    telegram = shop.telegram
    group = telegram.world.group(GROUP, is_forum=True)
    with shop.open(IN_A_GROUP, topics="true", INBOX_BRIDGE_CRASH_AT="telegram.topic") as running:
        await polled(telegram)
        await telegram.world.write(ANNA, "Do you have tulips?")
        await asyncio.to_thread(running.wait)
    with shop.open(IN_A_GROUP, topics="true"):
        shown = await to(telegram, GROUP, "tulips?")
        await to(telegram, GROUP, "there may be another one")
    assert len(group.topics) == 2
    assert len([sent for sent in telegram.sent if "tulips?" in sent.text]) == 1
    assert shown.made["message_thread_id"] in group.topics


@pytest.mark.parametrize(
    "point", ["telegram.fetched", "telegram.stored", "receive.grouped", "receive.stored", "receive.returned"]
)
async def test_killed_around_the_commit_no_update_is_lost(shop: Shop, point: str) -> None:
    telegram = shop.telegram
    for number in range(40):
        await telegram.world.write(ANNA + number % 7, f"line {number}")
    with shop.open(INBOX_BRIDGE_CRASH_AT=point) as running:
        await asyncio.to_thread(running.wait)
    assert len(telegram.world.updates) == 40  # nothing was confirmed
    with shop.open():
        await telegram.until(lambda: not telegram.world.updates, PATIENCE)
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
        await telegram.until(lambda: not telegram.world.updates, PATIENCE)
    assert sorted(shop.stored()) == [str(100_000_001 + number) for number in range(120)]
