"""The whole daemon with a real Prosody: customers and owners who use XMPP clients of their own."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from crash import points
from servers import prosody

from daemon.town import Town

pytestmark = pytest.mark.servers


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with prosody.running() as server:
        yield Town(server, tmp_path)


async def test_a_customer_by_xmpp_and_the_owner_in_a_terminal(town: Town) -> None:
    with town.shop.running() as daemon:
        town.ready(daemon)
        async with town.person(town.anna) as anna:
            anna.say(town.jid, "Do you have *tulips*?")
            shown = await asyncio.to_thread(daemon.out.wait_for, "tulips")
            assert shown == f"#1 {town.anna} (XMPP): Do you have tulips?"
            daemon.type("#1 Yes, many.")
            await anna.until_told("Yes, many.")
            await asyncio.to_thread(daemon.out.wait_for, "sent: #1 XMPP")
        assert daemon.stop() == 0


async def test_the_owner_by_xmpp_in_one_chat(town: Town) -> None:
    town.owned_by_olga()
    with town.shop.running() as daemon:
        town.ready(daemon)
        async with town.person(town.olga) as olga, town.person(town.anna) as anna, town.person(town.mallory) as mallory:
            anna.say(town.jid, "Do you have tulips?")
            asked = await olga.until_told("#1 ")
            town.shop.send("Are you open?", sender="carla@example.org")
            await olga.until_told("Are you open?")

            # By a reply, by a handle, and neither.
            olga.send_xml(
                f"<message xmlns='jabber:client' type='chat' to='{town.jid}' id='o1'><body>Yes, many.</body>"
                f"<reply xmlns='urn:xmpp:reply:0' to='{town.jid}' id='{asked['id']}'/></message>"
            )
            await anna.until_told("Yes, many.")
            answered = await anna.until_told("Yes, many.")
            olga.send_xml(
                f"<message xmlns='jabber:client' type='chat' to='{town.jid}' id='o2'><body>Yes, some.</body>"
                "<replace xmlns='urn:xmpp:message-correct:0' id='o1'/></message>"
            )
            corrected = await anna.until_told("Yes, some.")
            assert corrected.xml.find("{urn:xmpp:message-correct:0}replace").get("id") == answered["id"]
            olga.say(town.jid, "#2 Until six.")
            [mail] = await asyncio.to_thread(town.shop.wait_for_answers, 1)
            assert mail["To"] == "carla@example.org"
            words = mail.get_body(("plain",))
            assert words is not None
            assert "Until six." in words.get_content()
            told = len(olga.texts)
            olga.say(town.jid, "And roses, too.")
            await olga.until(lambda: len(olga.texts) > told)
            assert "And roses, too." not in anna.texts

            # Somebody else's commands are text.
            mallory.say(town.jid, "#1 You owe me money.")
            shown = await olga.until_told("owe me")
            assert str(shown["body"]).startswith("#3 ")
            assert not any("owe me" in text for text in anna.texts)
        assert daemon.stop() == 0


async def test_what_was_written_while_the_bridge_was_down_is_all_there(town: Town) -> None:
    """Fifty messages of five customers."""
    town.owned_by_olga()
    customers = [town.server.register(f"customer{number}") for number in range(5)]
    lines = [f"line {number}." for number in range(10)]
    async with town.person(town.olga) as olga, AsyncExitStack() as stack:
        people = [await stack.enter_async_context(town.person(jid)) for jid in customers]
        with town.shop.running() as daemon:
            town.ready(daemon)
            people[0].say(town.jid, "Hello")
            await olga.until_told("Hello")
            daemon.kill()
        for line in lines:
            for person in people:
                person.say(town.jid, line)
        for person in people:
            await person.client.plugin["xep_0199"].ping(town.server.domain)
        with town.shop.running() as daemon:
            await olga.until(lambda: sum("line " in text for text in olga.texts) >= 50, 30)
            assert daemon.stop() == 0
        for customer in customers:
            told = [text.rpartition("): ")[2] for text in olga.texts if f" {customer} " in text and "line " in text]
            assert told == lines


async def test_a_refused_login_is_told_to_the_owner_elsewhere(town: Town) -> None:
    town.shop.bottom = town.shop.bottom.replace('"secret"', '"wrong"')
    town.shop.write()
    with town.shop.running() as daemon:
        daemon.out.wait_for(f"XMPP does not work: the server refuses the login of {town.jid}")
        assert "wrong" not in daemon.log.text
        assert daemon.stop() == 0


STEPS = sorted(point for point in points.reached() if points.stem(point) == "xmpp")


@pytest.mark.parametrize("step", STEPS)
async def test_killed_at_any_step_everything_is_there_once(town: Town, step: str) -> None:
    town.owned_by_olga()
    async with town.person(town.anna) as anna, town.person(town.olga) as olga:
        with town.shop.running(INBOX_BRIDGE_CRASH_AT=f"{step}:1") as daemon:
            await asyncio.to_thread(town.ready, daemon)
            anna.say(town.jid, "Do you have tulips?")
            assert await asyncio.to_thread(daemon.wait) == -signal.SIGKILL
        with town.shop.running() as daemon:
            await olga.until_told("tulips", 30)
            olga.say(town.jid, "#1 Yes, many.")
            await anna.until_told("Yes, many.", 30)
            assert daemon.stop() == 0
        # The archive knew whether the relay had left.
        assert sum("tulips" in text for text in olga.texts) == 1
