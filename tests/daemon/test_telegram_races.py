"""Two daemons on one PostgreSQL, both called by Telegram: however many first messages of a customer race, there is one
conversation and one topic, and every line is in it.
"""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from contextlib import ExitStack
from pathlib import Path

import httpx
import psycopg
import pytest
from servers.telegram import FakeTelegram
from servers.telegram.world import Json

from connectors.telegram.webhook import SECRET_HEADER, secret_of
from daemon.process import environment, free_port, start, until_listening
from daemon.test_telegram import GROUP, IN_A_GROUP, configured

CUSTOMERS, LINES = 10, 50


@pytest.mark.servers
@pytest.mark.timeout(300)
async def test_fifty_first_messages_at_once_open_one_topic(tmp_path: Path, postgres_url: str) -> None:
    async with FakeTelegram() as telegram:
        group = telegram.world.group(GROUP, is_forum=True)
        ports = [free_port(), free_port()]
        with ExitStack() as daemons:
            for number, port in enumerate(ports):
                folder = tmp_path / str(number)
                folder.mkdir()
                config = folder / "config.toml"
                config.touch(mode=0o600)
                config.write_text(_shop(telegram, postgres_url, port, ports[0]))
                running = start("run", "--config", str(config), cwd=folder, environ=environment())
                daemons.enter_context(running)
                await asyncio.to_thread(until_listening, port, running)
            for customer in range(5000, 5000 + CUSTOMERS):
                await _at_once(telegram, ports, customer)
            await telegram.until(lambda: sum(map(len, _by_topic(telegram).values())) >= CUSTOMERS * LINES, 240)
        shown = _by_topic(telegram)
        assert len(group.topics) == len(shown) == CUSTOMERS
        for lines in shown.values():
            assert len({customer for customer, _ in lines}) == 1
            assert sorted(number for _, number in lines) == list(range(LINES))
    with psycopg.connect(postgres_url) as connection:
        [(conversations,)] = connection.execute("SELECT count(*) FROM conversations").fetchall()
    assert conversations == CUSTOMERS


def _shop(telegram: FakeTelegram, store: str, port: int, called: int) -> str:
    hook = f'webhook = "http://127.0.0.1:{called}/hook/telegram/update"'
    shop = configured(telegram, IN_A_GROUP, "true", hook).replace("[policy]", "[policy]\nflood_limit = 10000")
    return f'{shop}[http]\nlisten = "127.0.0.1:{port}"\n[store]\nurl = "{store}"\n'


async def _at_once(telegram: FakeTelegram, ports: list[int], customer: int) -> None:
    """One customer's first fifty, half of them to each daemon."""
    lines = [telegram.world.incoming(customer, text=f"line {customer} {number}") for number in range(LINES)]
    first = telegram.world.next_update
    telegram.world.next_update += LINES
    updates = [{"update_id": first + place, "message": line} for place, line in enumerate(lines)]
    headers = {SECRET_HEADER: secret_of(telegram.token)}
    async with httpx.AsyncClient(headers=headers, timeout=60) as client:

        async def bring(update: Json, port: int) -> int:
            answer = await client.post(f"http://127.0.0.1:{port}/hook/telegram/update", json=update)
            return answer.status_code

        said = await asyncio.gather(*(bring(update, ports[place % 2]) for place, update in enumerate(updates)))
    assert set(said) == {200}


def _by_topic(telegram: FakeTelegram) -> dict[int, list[tuple[str, int]]]:
    """The lines that were shown in each topic: their customers and their numbers."""
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for sent in telegram.sent:
        for customer, number in re.findall(r"line (\d+) (\d+)$", sent.text, re.MULTILINE):
            found[sent.given["message_thread_id"]].append((customer, int(number)))
    return found
