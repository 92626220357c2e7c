"""The whole daemon with a real Prosody: two owners share one room for each conversation."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from crash import points
from servers import prosody
from servers.member import Member

from daemon.process import environment, start
from daemon.town import Town

pytestmark = pytest.mark.servers


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with prosody.running() as server:
        town = Town(server, tmp_path)
        town.owned_by_olga_and_paul_who_share_rooms()
        yield town


async def entered(room: str, *members: tuple[Member, str]) -> None:
    for member, name in members:
        await member.enter(room, name)


async def invited(member: Member, words: str) -> str:
    """The room of the invitation that says this."""
    invitation = await member.until_told(words)
    return str(invitation["from"].bare)


def by_people(member: Member, room: str) -> list[str]:
    return [text for name, text in member.heard(room) if name != "bridge"]


async def test_two_owners_answer_in_one_room(town: Town) -> None:
    with town.shop.running() as daemon:
        await asyncio.to_thread(town.ready, daemon)
        async with town.member(town.olga) as olga, town.member(town.paul) as paul, town.person(town.anna) as anna:
            anna.say(town.jid, "Do you have tulips?")
            room = await invited(olga, "Do you have tulips?")
            assert await invited(paul, "Do you have tulips?") == room
            await entered(room, (olga, "Olga"), (paul, "Paul"))
            olga.write(room, "Yes, many.", id="o1")
            answered = await anna.until_told("Yes, many.")
            assert (await paul.until_heard(room, "Yes, many."))["from"].resource == "Olga"

            town.shop.send("Are you open?", sender="carla@example.org")
            other = await invited(paul, "Are you open?")
            assert other != room
            await entered(other, (olga, "Olga"), (paul, "Paul"))
            paul.write(other, "Until six.")
            [mail] = await asyncio.to_thread(town.shop.wait_for_answers, 1)
            assert mail["To"] == "carla@example.org"

            paul.write(room, "// She is a good customer.")
            note = olga.key(await olga.until_heard(room, "good customer"))
            olga.send_xml(
                f"<message xmlns='jabber:client' type='groupchat' to='{room}' id='o3'><body>// Indeed.</body>"
                f"<reply xmlns='urn:xmpp:reply:0' id='{note}'/></message>"
            )
            await paul.until_heard(room, "Indeed.")
            olga.send_xml(
                f"<message xmlns='jabber:client' type='groupchat' to='{room}' id='o2'><body>Yes, some.</body>"
                "<replace xmlns='urn:xmpp:message-correct:0' id='o1'/></message>"
            )
            corrected = await anna.until_told("Yes, some.")
            assert corrected.xml.find("{urn:xmpp:message-correct:0}replace").get("id") == answered["id"]
            anna.say(town.jid, "And roses?")
            await olga.until_heard(room, "And roses?")
            await paul.until_heard(room, "And roses?")
            said = [
                "Do you have tulips?",
                "Yes, many.",
                "// She is a good customer.",
                "// Indeed.",
                "Yes, some.",
                "And roses?",
            ]
            assert not any("About whom" in text for _, text in olga.heard(room))
            assert by_people(olga, room) == by_people(paul, room) == said
            assert {name for name, _ in paul.heard(room)} == {"anna@shop.test", "Olga", "Paul", "bridge"}

            paul.write(room, "!close")
            await olga.until(lambda: olga.sees(f"{room}/Olga") == "unavailable")
            anna.say(town.jid, "One more thing.")
            await olga.until(lambda: olga.invitations.count(room) == 2)
            joined = await olga.enter(room, "Olga")
            assert [one["body"] for one in joined.history] == ["One more thing."]
        assert not any("good customer" in text for text in anna.texts)
        assert daemon.stop() == 0


async def test_a_second_owner_is_asked_before_both_have_answered(town: Town) -> None:
    with town.shop.running() as daemon:
        await asyncio.to_thread(town.ready, daemon)
        async with town.member(town.olga) as olga, town.member(town.paul) as paul, town.person(town.anna) as anna:
            anna.say(town.jid, "Do you have tulips?")
            room = await invited(olga, "Do you have tulips?")
            await entered(room, (olga, "Olga"), (paul, "Paul"))
            olga.write(room, "Yes, many.")
            await anna.until_told("Yes, many.")
            paul.write(room, "Yes, some.")
            asked = await olga.until_heard(room, "Olga")
            assert asked["from"].resource == "bridge"
            olga.write(room, "end")
            await anna.until_told("end")
        assert not any("some" in text for text in anna.texts)
        assert daemon.stop() == 0


OWNERS = "shared.said"
"""When an owner's line is stored, and nobody has been shown it."""
STEPS = [
    *sorted(point for point in points.reached() if points.stem(point) == "shared" and point != OWNERS),
    "send.called",
]


async def test_a_kill_puts_nobody_out_and_loses_nothing(town: Town) -> None:
    """Both are in the room, the bridge is killed again and again: whoever is in it goes on, and nothing is missing."""
    async with town.member(town.olga) as olga, town.member(town.paul) as paul, town.person(town.anna) as anna:
        with town.shop.running() as daemon:
            await asyncio.to_thread(town.ready, daemon)
            anna.say(town.jid, "I am Anna.")
            room = await invited(olga, "I am Anna.")
            await entered(room, (olga, "Olga"), (paul, "Paul"))
            daemon.kill()
        olga.write(room, "into the void")
        await olga.until(lambda: any(one["type"] == "error" for one in olga.got))
        for number, point in enumerate(STEPS):
            anna.say(town.jid, f"line {number}.")
            # It may die before it takes mail.
            dying = environment(INBOX_BRIDGE_CRASH_AT=point)
            with start("run", "--config", str(town.shop.config), cwd=town.shop.folder, environ=dying) as daemon:
                assert await asyncio.to_thread(daemon.wait) == -signal.SIGKILL, f"it did not come to {point}"
        with town.shop.running(INBOX_BRIDGE_CRASH_AT=OWNERS) as daemon:
            await asyncio.to_thread(town.ready, daemon)
            for member in (olga, paul):
                await member.until_heard(room, f"line {len(STEPS) - 1}.")
            olga.write(room, "Stored, and not shown.")
            assert await asyncio.to_thread(daemon.wait) == -signal.SIGKILL
        assert not any("Stored" in text for text in (*olga.texts, *paul.texts))
        with town.shop.running() as daemon:
            await asyncio.to_thread(town.ready, daemon)
            for member in (olga, paul):
                await member.until_heard(room, "Stored, and not shown.")
            await anna.until_told("Stored, and not shown.")
            olga.write(room, "Here we are.")
            await anna.until_told("Here we are.")
            await paul.until_heard(room, "Here we are.")
            assert daemon.stop() == 0
        expected = [
            "I am Anna.",
            *(f"line {number}." for number in range(len(STEPS))),
            "Stored, and not shown.",
            "Here we are.",
        ]
        for member in (olga, paul):
            seen = {member.key(one): str(one["body"]) for one in member.got if member.said_in(one, room)}
            assert list(seen.values()) == expected, "each line under one id, in order"
        assert anna.texts == ["Stored, and not shown.", "Here we are."]
