"""Telegram's limits in a whole bridge on a clock of the test's: kept, nobody waits for another, a backlog is merged."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from running import Running
from sqlalchemy import Connection, select
from telegram_pace import Paced, PacedTopics

from bridge.connector import Outbound, OutcomeUnknown, PermanentFailure
from bridge.decision import Draft
from bridge.outbound import OutboundKind
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.store.book import StoredBook
from bridge.store.store import open_store
from bridge.store.work_tables import outbox
from bridge.testing import FakeClock
from bridge.text import Text

GROUP = "-1001"
POLICY = Policy(
    business="Tulips & Co",
    owners=(Owner(name="Olga", surfaces=(SurfaceAddress(connector="bot", address=GROUP, buttons=True),)),),
)


def relay(number: int, conversation: int, address: str = GROUP, text: str = "Do you have tulips in red, too?") -> Draft:
    return Draft(
        kind=OutboundKind.RELAY,
        connector="bot",
        address=address,
        text=Text(f"#{conversation} Anna (Telegram): {text} <{number}>"),
        conversation=conversation,
    )


@asynccontextmanager
async def bridge(folder: Path, made: type[Paced] = Paced) -> AsyncIterator[tuple[Running, Paced]]:
    clock = FakeClock()
    url = f"sqlite:///{folder}/bridge.db"
    await (await open_store(url, lambda work: None)).close()
    async with Running(url, POLICY, ("bot",), clock) as running:
        bot = made("bot", clock)
        running.connectors["bot"] = bot
        yield running, bot


def lines(outbound: Outbound) -> list[int]:
    """The relays that a message shows."""
    return [int(number) for number in re.findall(r"<(\d+)>", outbound.text.plain)]


async def until_sent(running: Running, bot: Paced, count: int, step: float, limit: float) -> None:
    """Time passes until so many relays were shown."""
    end = running.clock() + timedelta(seconds=limit)
    while sum(len(lines(outbound)) for _, outbound in bot.taken) < count:
        assert running.clock() < end, "it takes too long"
        await running.moved(step)


async def test_a_thousand_relays_to_one_group_leave_within_its_limit_and_within_two_minutes(tmp_path: Path) -> None:
    async with bridge(tmp_path) as (running, bot):
        begun, relays = running.clock(), [relay(number, 1 + number % 200) for number in range(1000)]
        await running.store.outbox.put(relays, "", begun)
        await running.quiet()
        await until_sent(running, bot, 1000, 0.5, 120)
        assert bot.faults() == []
        shown = [number for _, outbound in bot.taken for number in lines(outbound)]
        assert shown == list(range(1000))  # each once, and in order
        newest = {conversation: at for at, outbound in bot.taken for conversation in conversations(outbound)}
        assert len(newest) == 200
        assert max(newest.values()) - begun < timedelta(minutes=2)
        print(f"{len(bot.taken)} messages, the last after {max(newest.values()) - begun}")
        await every_line_is_known(running, bot)


async def test_in_topics_only_what_is_of_one_topic_is_merged(tmp_path: Path) -> None:
    async with bridge(tmp_path, PacedTopics) as (running, bot):
        begun, of = running.clock(), {number: 1 + number % 20 for number in range(1000)}
        relays = [
            replace(relay(number, conversation), in_room=True, title=f"Anna - Telegram #{conversation}")
            for number, conversation in of.items()
        ]
        await running.store.outbox.put(relays, "", begun)
        await running.quiet()
        await until_sent(running, bot, 1000, 0.5, 120)
        assert bot.faults() == []
        by_room: dict[str, list[int]] = {}
        for _, outbound in bot.taken:
            assert {of[number] for number in lines(outbound)} == {outbound.conversation}
            by_room.setdefault(outbound.room, []).extend(lines(outbound))
        assert len(by_room) == 20
        assert all(shown == sorted(shown) for shown in by_room.values())
        assert sum(map(len, by_room.values())) == 1000
        print(f"{len(bot.taken)} messages, the last after {bot.taken[-1][0] - begun}")


def conversations(outbound: Outbound) -> list[int]:
    return [int(number) for number in re.findall(r"^#(\d+) ", outbound.text.plain, re.MULTILINE)]


async def every_line_is_known(running: Running, bot: Paced) -> None:
    """A quote of each message means just the conversations that it shows."""
    names = [f"bot-{number}" for number in range(1, len(bot.taken) + 1)]

    def look(held: Connection) -> list[list[int]]:
        return [sorted(StoredBook(held).referred("bot", [name])) for name in names]

    meant = await running.store.transactions.run("look", look)
    assert meant == [sorted(set(conversations(outbound))) for _, outbound in bot.taken]


async def test_what_comes_slowly_is_never_merged(tmp_path: Path) -> None:
    async with bridge(tmp_path) as (running, bot):
        for number in range(12):
            await running.store.outbox.put([relay(number, number)], "", running.clock())
            await running.moved(3)
        assert [lines(outbound) for _, outbound in bot.taken] == [[number] for number in range(12)]
        assert all(one.text.plain.startswith("#") for _, one in bot.taken)


async def test_nobody_waits_for_a_chat_that_has_to_wait(tmp_path: Path) -> None:
    """Under a 429 for one chat, what is for the others leaves within 200 ms."""
    async with bridge(tmp_path) as (running, bot):
        begun = running.clock()
        bot.told_to_wait[GROUP] = begun + timedelta(seconds=30)
        await running.store.outbox.put([relay(number, number) for number in range(50)], "", begun)
        placed: dict[int, datetime] = {}
        for tick in range(150):  # 15 seconds; ten chats, one message to one of them every 100 ms
            number = 1000 + tick
            placed[number] = running.clock()
            there = relay(number, 1, str(4711 + tick % 10))
            await running.store.outbox.put([there], "", running.clock())
            await running.moved(0.1)
        arrived = {number: at for at, outbound in bot.taken for number in lines(outbound)}
        waits = [arrived[number] - at for number, at in placed.items()]
        assert max(waits) <= timedelta(milliseconds=200)
        assert not [1 for at, outbound in bot.taken if outbound.address == GROUP]
        assert bot.refused == 1  # told once, the bot asks no more
        await until_sent(running, bot, 200, 1, 90)
        group = [(at, lines(outbound)) for at, outbound in bot.taken if outbound.address == GROUP]
        assert group[0][0] >= begun + timedelta(seconds=30)
        assert [number for _, shown in group for number in shown] == list(range(50))
        assert bot.faults() == []


async def test_a_relay_that_telegram_refuses_takes_no_other_with_it(tmp_path: Path) -> None:
    async with bridge(tmp_path) as (running, bot):
        await running.store.outbox.put([relay(number, number) for number in range(8)], "", running.clock())
        # The first leaves alone, the rest together: refused, and then one of them by itself, too.
        bot.failures.extend([None, PermanentFailure("it is refused"), None, PermanentFailure("it is refused")])
        await running.quiet()
        for _ in range(60):  # 25 where nothing is slow
            await running.moved(1)
        rows = await running.store.transactions.run(
            "look", lambda held: held.execute(select(outbox.c.state).order_by(outbox.c.seq)).scalars().all()
        )
        assert Counter(rows) == {"sent": 7, "dead": 1}


async def test_what_may_have_arrived_is_shown_again_together_and_says_so(tmp_path: Path) -> None:
    async with bridge(tmp_path) as (running, bot):
        await running.store.outbox.put([relay(number, number) for number in range(8)], "", running.clock())
        bot.failures.extend([None, OutcomeUnknown("the connection broke")])
        await running.quiet()
        for _ in range(30):
            await running.moved(1)
        one, several = [outbound for outbound in bot.sent if lines(outbound)]
        assert (lines(one), lines(several)) == ([0], list(range(1, 8)))
        assert not several.text.plain.startswith("#")  # what stands before says that it may be there twice


async def test_killed_between_the_mark_and_the_call_all_are_shown_together_again(tmp_path: Path) -> None:
    async with bridge(tmp_path) as (running, bot):
        await running.store.outbox.put([relay(number, number) for number in range(8)], "", running.clock())
        await running.quiet()
        # The second message hangs in its call.
        bot.hold = asyncio.Event()
        running.clock.advance(seconds=5)
        running.deliverer.wake()
        await running.until_attempted("bot", 2)
        assert lines(bot.attempted[1]) == list(range(1, 8))
        await running.crash()
        for _ in range(30):
            await running.moved(1)
        one, several = [outbound for outbound in bot.sent if lines(outbound)]
        assert (lines(one), lines(several)) == ([0], list(range(1, 8)))
        assert not several.text.plain.startswith("#")
        assert await running.store.outbox.due(10, running.clock()) == 0
