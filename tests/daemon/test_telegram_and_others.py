"""Customers and owners on two networks, one of them Telegram: mail answered there in each way, Telegram by XMPP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from servers import prosody
from servers.telegram import FakeTelegram

from daemon.process import free_port, until_listening
from daemon.shop import SHOP, deliver
from daemon.test_telegram import (
    ANNA,
    GROUP,
    IN_A_GROUP,
    MAIL,
    OLGA,
    ON_TELEGRAM,
    PATIENCE,
    Shop,
    reaction,
    to,
)
from daemon.town import Town

pytestmark = pytest.mark.servers

_BOT = """
[connectors.telegram]
type = "telegram"
label = "Telegram"
token = "{token}"
base_url = "{url}"
"""


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as server:
        server.world.person(ANNA, "Anna")
        server.world.person(OLGA, "Olga")
        server.world.group(GROUP, is_forum=True)
        yield server


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with prosody.running() as server:
        yield Town(server, tmp_path)


def mail(sender: str, text: str) -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = f"{sender.title()} <{sender}@example.org>", SHOP, "Tulips"
    made["Message-ID"] = f"<{sender}@example.org>"
    made.set_content(text)
    return made


async def answers(folder: Path, count: int) -> dict[str, str]:
    """The words of so many answers, by whom they went to; a maildir has no event that could be awaited."""
    outgoing = folder / "outgoing" / "new"

    def written() -> list[Path]:
        return list(outgoing.iterdir()) if outgoing.is_dir() else []

    async with asyncio.timeout(PATIENCE):
        while len(written()) < count:  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)
    found: dict[str, str] = {}
    for file in written():
        lines = file.read_text().splitlines()
        receiver = next(line for line in lines if line.startswith("To: ")).removeprefix("To: ").strip("<>")
        found[receiver] = found.get(receiver, "") + "\n".join(lines)
    return found


@pytest.mark.parametrize("how", ["quote", "topic", "button"])
async def test_mail_answered_on_telegram(tmp_path: Path, telegram: FakeTelegram, how: str) -> None:
    """Two customers by mail; what is written for one goes to that one, however the owner says so."""
    shop, port, chat = Shop(tmp_path, telegram), free_port(), GROUP if how == "topic" else OLGA
    surface = IN_A_GROUP if how == "topic" else ON_TELEGRAM
    with shop.open(surface, MAIL.format(port=port), topics="true" if how == "topic" else "false") as running:
        await asyncio.to_thread(until_listening, port, running)
        for sender, text in (("carla", "Would they fit?"), ("dora", "Are you open?")):
            assert await asyncio.to_thread(deliver, port, mail(sender, text), f"{sender}@example.org") == 250
        first, second = await to(telegram, chat, "Would they fit?"), await to(telegram, chat, "Are you open?")
        for shown, words in ((second, "Until six"), (first, "They would")):
            where: dict[str, Any] = {"user": OLGA}
            if how == "quote":
                where |= {"reply_to_message": shown.made}
            elif how == "topic":
                where |= {"message_thread_id": shown.made["message_thread_id"], "is_topic_message": True}
            else:
                await telegram.world.press(chat, shown.made["message_id"], "Answer")
                await to(telegram, chat, f"next line goes to {shown.text.partition(' ')[0]}")
            line = await telegram.world.write(chat, words, **where)
            await reaction(telegram, chat, line["message_id"], "👌")
        received = await answers(tmp_path, 2)
    assert set(received) == {"carla@example.org", "dora@example.org"}
    assert "They would" in received["carla@example.org"]
    assert "Until six" not in received["carla@example.org"]
    assert "Until six" in received["dora@example.org"]


async def test_a_customer_on_telegram_and_the_owner_by_xmpp(town: Town, telegram: FakeTelegram) -> None:
    town.shop.bottom += _BOT.format(token=telegram.token, url=telegram.url)
    town.owned_by_olga()
    with town.shop.running() as daemon:
        await asyncio.to_thread(town.ready, daemon)
        await telegram.until(lambda: telegram.polls > 0, PATIENCE)
        async with town.person(town.olga) as olga:
            asked = await telegram.world.write(ANNA, "Do you have tulips? 🌷")
            shown = await olga.until_told("#1 Anna (Telegram): Do you have tulips? 🌷")
            olga.send_xml(
                f"<message xmlns='jabber:client' type='chat' to='{town.jid}' id='o1'><body>Yes, many.</body>"
                f"<reply xmlns='urn:xmpp:reply:0' to='{town.jid}' id='{shown['id']}'/></message>"
            )
            answer = await to(telegram, ANNA, "Yes, many.")
            assert answer.made["reply_to_message"]["message_id"] == asked["message_id"]
            # She corrects herself, and the customer's copy says so; he does, too, and she reads it.
            olga.send_xml(
                f"<message xmlns='jabber:client' type='chat' to='{town.jid}' id='o2'><body>Yes, some.</body>"
                "<replace xmlns='urn:xmpp:message-correct:0' id='o1'/></message>"
            )
            held = telegram.world.chats[ANNA].messages
            await telegram.until(lambda: held[answer.made["message_id"]].get("text") == "Yes, some.", PATIENCE)
            await telegram.world.edit(asked, "Do you have roses?")
            await olga.until_told("Do you have roses?")
            await telegram.world.album(ANNA, "Like these?", "")
            await olga.until_told("Like these?")
            olga.say(town.jid, "#1 Just like these.")
            await to(telegram, ANNA, "Just like these.")
        assert await asyncio.to_thread(daemon.stop) == 0
