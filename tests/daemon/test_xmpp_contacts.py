"""The whole daemon with a real Prosody: the owner has one contact for each conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from servers import prosody
from servers.person import Person

from daemon.town import Town

pytestmark = pytest.mark.servers

DISPLAYED = "{urn:xmpp:chat-markers:0}displayed"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with prosody.running() as server:
        town = Town(server, tmp_path)
        town.owned_by_olga_with_contacts()
        yield town


async def test_the_owner_just_chats(town: Town) -> None:
    with town.shop.running() as daemon:
        await asyncio.to_thread(town.ready, daemon)
        async with town.person(town.olga) as olga, town.person(town.anna) as anna, town.person(town.mallory) as mallory:
            anna.say(town.jid, "Do you have tulips?")
            asked = await olga.until_told("Do you have tulips?")
            assert asked["body"] == "Do you have tulips?", "in its own contact a line needs no number"
            town.shop.send("Are you open?", sender="carla@example.org")
            mailed = await olga.until_told("Are you open?")
            assert asked["from"].bare != mailed["from"].bare

            # No handle, no reply: where it is written says whom it is for.
            olga.say(asked["from"].bare, "Yes, many.", id="o1")
            answered = await anna.until_told("Yes, many.")
            olga.say(mailed["from"].bare, "Until six.")
            [mail] = await asyncio.to_thread(town.shop.wait_for_answers, 1)
            assert mail["To"] == "carla@example.org"
            olga.send_xml(
                f"<message xmlns='jabber:client' type='chat' to='{asked['from'].bare}' id='o2'><body>Yes, some.</body>"
                "<replace xmlns='urn:xmpp:message-correct:0' id='o1'/></message>"
            )
            corrected = await anna.until_told("Yes, some.")
            assert corrected.xml.find("{urn:xmpp:message-correct:0}replace").get("id") == answered["id"]
            anna.client.plugin["xep_0333"].send_marker(mto=town.jid, id=answered["id"], marker="displayed")
            await olga.until(lambda: any(one.xml.find(DISPLAYED) is not None for one in olga.got))

            mallory.say(asked["from"].bare, "Give me the money.")
            await mallory.until(lambda: any(one["type"] == "error" for one in mallory.got))
            olga.say(asked["from"].bare, "!close")
            await olga.until(lambda: olga.presences.get(asked["from"].bare) == "unavailable")
            anna.say(town.jid, "One more thing.")
            again = await olga.until_told("One more thing.")
            assert again["from"].bare == asked["from"].bare
            await olga.until(lambda: olga.presences.get(asked["from"].bare) == "available")
        assert not any("money" in text for text in (*anna.texts, *olga.texts))
        assert daemon.stop() == 0


COMPOSING = "{http://jabber.org/protocol/chatstates}composing"


def types(person: Person, to: str) -> None:
    person.send_xml(
        f"<message xmlns='jabber:client' type='chat' to='{to}'>"
        "<composing xmlns='http://jabber.org/protocol/chatstates'/></message>"
    )


def seen_typing(person: Person) -> list[str]:
    return [one["from"].bare for one in person.got if one.xml.find(COMPOSING) is not None]


async def test_typing_is_shown_to_whom_it_concerns_and_kept_nowhere(town: Town) -> None:
    with town.shop.running() as daemon:
        await asyncio.to_thread(town.ready, daemon)
        async with town.person(town.olga) as olga, town.person(town.anna) as anna, town.person(town.mallory) as mallory:
            anna.say(town.jid, "Do you have tulips?")
            contact = (await olga.until_told("Do you have tulips?"))["from"].bare
            types(mallory, town.jid)
            types(mallory, contact)
            types(anna, town.jid)
            await olga.until(lambda: seen_typing(olga) == [contact])
            types(olga, contact)
            await anna.until(lambda: seen_typing(anna) == [town.jid])
            olga.say(contact, "Yes, many.")
            await anna.until_told("Yes, many.")
        assert (seen_typing(anna), seen_typing(olga), seen_typing(mallory)) == ([town.jid], [contact], [])
        assert (len(olga.texts), len(anna.texts)) == (1, 1)
        assert daemon.stop() == 0


async def test_an_owners_sign_reaches_the_customer_or_the_owner_reads_that_it_does_not(town: Town) -> None:
    with town.shop.running() as daemon:
        await asyncio.to_thread(town.ready, daemon)
        async with town.person(town.olga) as olga, town.person(town.anna) as anna:
            named = anna.say(town.jid, "Do you have tulips?")
            asked = await olga.until_told("Do you have tulips?")
            olga.client.plugin["xep_0444"].send_reactions(asked["from"].bare, asked["id"], {"\N{TULIP}"})
            await anna.until(lambda: any(one["reactions"]["id"] == named for one in anna.got))
            [signs] = [one["reactions"].get_values() for one in anna.got if one["reactions"]["id"] == named]
            assert signs == {"\N{TULIP}"}

            town.shop.send("Are you open?", sender="carla@example.org")
            mailed = await olga.until_told("Are you open?")
            olga.client.plugin["xep_0444"].send_reactions(mailed["from"].bare, mailed["id"], {"\N{TULIP}"})
            told = await olga.until_told("goes nowhere")
            assert told["from"].bare == mailed["from"].bare
        assert daemon.stop() == 0


async def test_what_was_written_while_the_bridge_was_down_is_all_there(town: Town) -> None:
    """Fifty messages of five customers, each in the contact that they had before the kill."""
    customers = [town.server.register(f"customer{number}") for number in range(5)]
    lines = [f"line {number}." for number in range(10)]
    async with town.person(town.olga) as olga, AsyncExitStack() as stack:
        people = [await stack.enter_async_context(town.person(jid)) for jid in customers]
        contacts = []
        with town.shop.running() as daemon:
            await asyncio.to_thread(town.ready, daemon)
            for person in people:
                person.say(town.jid, f"I am {person.jid}")
                contacts.append((await olga.until_told(f"I am {person.jid}"))["from"].bare)
            daemon.kill()
        for line in lines:
            for person in people:
                person.say(town.jid, line)
        for person in people:
            await person.client.plugin["xep_0199"].ping(town.server.domain)
        with town.shop.running() as daemon:
            await olga.until(lambda: sum("line" in text for text in olga.texts) >= 50, 30)
            for contact in contacts:
                told = [one["body"] for one in olga.got if one["from"].bare == contact and "line" in one["body"]]
                assert told == lines
            olga.say(contacts[0], "Yes, many.")
            await people[0].until_told("Yes, many.")
            assert daemon.stop() == 0
