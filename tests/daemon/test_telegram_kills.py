"""Killed while customers ask and an owner answers, all on Telegram: every question is shown, no answer goes astray or
arrives twice, and what nobody can know is marked.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import re
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from servers.telegram import FakeTelegram, Sent

from daemon.process import environment, start
from daemon.test_telegram import OLGA, ON_TELEGRAM, configured, polled

KILLS = int(os.environ.get("TELEGRAM_KILLS", "4"))
"""The environment may ask for more: a kill takes some five seconds."""

CUSTOMERS = (4711, 4712, 4713)
SETTLED = ("👌", "👎", "🤔")

_SHOWN = re.compile(r"#\d+ \S+ \(Telegram\): question (\d+)$")
_ANSWER = re.compile(r"answer (\d+) to line (\d+)$")


@dataclass(eq=False)
class Owner:
    """Answers each line with a question in it by quoting it, once; a question that is shown twice is answered twice."""

    telegram: FakeTelegram
    lines: dict[int, int] = field(default_factory=dict)
    shown: Counter[int] = field(default_factory=Counter)
    _seen: int = 0

    async def answer_all(self) -> None:
        """Until cancelled."""
        while True:
            await self.telegram.until(lambda: len(self.telegram.sent) > self._seen, seconds=600)
            for sent in self.telegram.sent[self._seen :]:
                self._seen += 1
                await self._answer(sent)

    async def _answer(self, sent: Sent) -> None:
        found = _SHOWN.search(sent.text) if sent.given["chat_id"] == OLGA else None
        if found is None:
            return
        question = int(found[1])
        self.shown[question] += 1
        number = self.telegram.world.number()
        line = await self.telegram.world.write(OLGA, f"answer {question} to line {number}", reply_to_message=sent.made)
        self.lines[line["message_id"]] = question

    def unsettled(self) -> list[int]:
        """The questions whose latest answer has no mark yet; one that was shown twice has two answers."""
        held = self.telegram.world.chats[OLGA].messages
        last = {question: line for line, question in self.lines.items()}
        return [question for question, line in last.items() if held[line].get("_reaction") not in SETTLED]


@asynccontextmanager
async def customers(telegram: FakeTelegram, asked: list[int]) -> AsyncIterator[None]:
    """They ask, in turn, as long as the block lasts."""

    async def ask() -> None:
        while True:
            asked.append(len(asked))
            await telegram.world.write(CUSTOMERS[asked[-1] % len(CUSTOMERS)], f"question {asked[-1]}")
            await asyncio.sleep(1.5)

    asking = asyncio.create_task(ask())
    try:
        yield
    finally:
        asking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asking


def faults(telegram: FakeTelegram, owner: Owner, asked: list[int]) -> list[str]:
    """Everything that is not as it should be."""
    found = [f"question {number} was never shown" for number in asked if not owner.shown[number]]
    arrived = Counter[str]()
    for sent in telegram.sent:
        answer = _ANSWER.search(sent.text)
        if sent.given["chat_id"] == OLGA or answer is None:
            continue
        arrived[answer[0]] += 1
        if sent.given["chat_id"] != CUSTOMERS[int(answer[1]) % len(CUSTOMERS)]:
            found.append(f"{answer[0]} went astray")
    found += [f"{answer} arrived {count} times" for answer, count in arrived.items() if count > 1]
    held = telegram.world.chats[OLGA].messages
    for line, question in owner.lines.items():
        if held[line].get("_reaction") == "👌" and not arrived[held[line]["text"]]:
            found.append(f"an answer to question {question} is marked as sent, and was not")
    return found


@pytest.mark.servers
@pytest.mark.timeout(120 + 20 * KILLS)
async def test_killed_at_random_nothing_is_lost_or_goes_astray(tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    dice, asked = random.Random(seed), list[int]()
    async with FakeTelegram() as telegram:
        for user, name in zip((OLGA, *CUSTOMERS), ("Olga", "Anna", "Bob", "Carla"), strict=True):
            telegram.world.person(user, name)
        config = tmp_path / "config.toml"
        config.write_text(configured(telegram, ON_TELEGRAM))
        config.chmod(0o600)
        owner = Owner(telegram)
        answering = asyncio.create_task(owner.answer_all())
        async with customers(telegram, asked):
            for _ in range(KILLS):
                with start("run", "--config", str(config), cwd=tmp_path, environ=environment()) as running:
                    await polled(telegram)
                    await asyncio.sleep(dice.uniform(0, 3))
                    running.kill()
        with start("run", "--config", str(config), cwd=tmp_path, environ=environment()) as running:
            await telegram.until(lambda: set(owner.shown) == set(asked) and not owner.unsettled(), 60 + 10 * KILLS)
        answering.cancel()
        await asyncio.wait({answering})
        print(f"{len(asked)} questions, {len(owner.lines)} answers, {sum(owner.shown.values())} times shown")
        assert faults(telegram, owner, asked) == []
