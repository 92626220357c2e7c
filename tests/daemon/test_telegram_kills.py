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
from typing import Any

import pytest
from servers.telegram import FakeTelegram, Sent

from daemon.process import environment, start
from daemon.test_telegram import GROUP, IN_A_GROUP, OLGA, ON_TELEGRAM, configured, polled

KILLS = int(os.environ.get("TELEGRAM_KILLS", "20"))
"""Half of them with an owner in a private chat, half with topics. `make campaign` asks for more: hundreds."""

CUSTOMERS = (4711, 4712, 4713)
SETTLED = ("👌", "👎", "🤔")

_SHOWN = re.compile(r"(?:#(\d+) \S+ \(Telegram\): )?question (\d+)$", re.MULTILINE)
_ANSWER = re.compile(r"answer (\d+) to line (\d+)$")


@dataclass(eq=False)
class Owner:
    """Answers each question that is shown, once; one that is shown twice is answered twice. A message with one question
    is quoted, or answered in its topic; one with several is answered by number.
    """

    telegram: FakeTelegram
    chat: int
    lines: dict[int, int] = field(default_factory=dict)
    shown: Counter[int] = field(default_factory=Counter)
    _seen: int = 0

    async def answer_all(self) -> None:
        """Until cancelled."""
        while True:
            await self.telegram.until(lambda: len(self.telegram.sent) > self._seen, seconds=600)
            for sent in self.telegram.sent[self._seen :]:
                self._seen += 1
                if sent.given["chat_id"] == self.chat and sent.method == "sendMessage":
                    await self._answer(sent)

    async def _answer(self, sent: Sent) -> None:
        found = [(handle, int(question)) for handle, question in _SHOWN.findall(sent.text)]
        for handle, question in found:
            self.shown[question] += 1
            where: dict[str, Any] = {"user": OLGA}
            if "message_thread_id" in sent.made:
                where |= {"message_thread_id": sent.made["message_thread_id"], "is_topic_message": True}
            elif len(found) == 1:
                where |= {"reply_to_message": sent.made}
            named = f"#{handle} " if len(found) > 1 and handle else ""
            number = self.telegram.world.number()
            line = await self.telegram.world.write(self.chat, f"{named}answer {question} to line {number}", **where)
            self.lines[line["message_id"]] = question

    def unsettled(self) -> list[int]:
        """The questions whose latest answer has no mark yet; one that was shown twice has two answers."""
        held = self.telegram.world.chats[self.chat].messages
        last = {question: line for line, question in self.lines.items()}
        return [question for question, line in last.items() if held[line].get("_reaction") not in SETTLED]


@asynccontextmanager
async def customers(telegram: FakeTelegram, asked: list[int], pause: float) -> AsyncIterator[None]:
    """They ask, in turn, as long as the block lasts. A group takes 20 messages a minute, of whichever kind."""

    async def ask() -> None:
        while True:
            asked.append(len(asked))
            await telegram.world.write(CUSTOMERS[asked[-1] % len(CUSTOMERS)], f"question {asked[-1]}")
            await asyncio.sleep(pause)

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
        if sent.given["chat_id"] == owner.chat or answer is None:
            continue
        arrived[answer[0]] += 1
        if sent.given["chat_id"] != CUSTOMERS[int(answer[1]) % len(CUSTOMERS)]:
            found.append(f"{answer[0]} went astray")
    found += [f"{answer} arrived {count} times" for answer, count in arrived.items() if count > 1]
    held = telegram.world.chats[owner.chat].messages
    for line, question in owner.lines.items():
        words = _ANSWER.search(held[line]["text"])
        assert words is not None
        if held[line].get("_reaction") == "👌" and not arrived[words[0]]:
            found.append(f"an answer to question {question} is marked as sent, and was not")
    return found


@pytest.mark.servers
@pytest.mark.timeout(180 + 20 * KILLS)
@pytest.mark.parametrize(
    ("surface", "chat", "topics"),
    [(ON_TELEGRAM, OLGA, "false"), (IN_A_GROUP, GROUP, "true")],
    ids=["private chat", "topics"],
)
async def test_killed_at_random_nothing_is_lost_or_goes_astray(
    tmp_path: Path, surface: str, chat: int, topics: str
) -> None:
    seed = random.SystemRandom().randrange(1 << 32)
    print(f"seed {seed}")
    dice, asked = random.Random(seed), list[int]()
    async with FakeTelegram() as telegram:
        telegram.world.group(GROUP, is_forum=True)
        for user, name in zip((OLGA, *CUSTOMERS), ("Olga", "Anna", "Bob", "Carla"), strict=True):
            telegram.world.person(user, name)
        config = tmp_path / "config.toml"
        config.write_text(configured(telegram, surface, topics))
        config.chmod(0o600)
        owner = Owner(telegram, chat)
        answering = asyncio.create_task(owner.answer_all())
        async with customers(telegram, asked, 1.5 if chat == OLGA else 4.0):
            for _ in range(KILLS // 2):
                with start("run", "--config", str(config), cwd=tmp_path, environ=environment()) as running:
                    await polled(telegram)
                    await asyncio.sleep(dice.uniform(0, 2))
                    running.kill()
        with start("run", "--config", str(config), cwd=tmp_path, environ=environment()) as running:
            await telegram.until(lambda: set(owner.shown) == set(asked) and not owner.unsettled(), 60 + 5 * KILLS)
        answering.cancel()
        await asyncio.wait({answering})
        print(f"{len(asked)} questions, {len(owner.lines)} answers, {sum(owner.shown.values())} times shown")
        assert faults(telegram, owner, asked) == []
