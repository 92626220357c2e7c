"""The server dies with an answer in hand: it says that it has it, and its receiver will never get it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from servers import prosody

from daemon import postmortem
from daemon.town import Town

pytestmark = pytest.mark.servers


@pytest.fixture(params=["one chat", "contacts"])
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    with prosody.running(dying=True) as server:
        town = Town(server, tmp_path)
        if request.param == "contacts":
            town.owned_by_olga_with_contacts()
        else:
            town.owned_by_olga()
        yield town


def in_doubt(town: Town) -> list[int]:
    with closing(sqlite3.connect(town.shop.database)) as store:
        return [number for (number,) in store.execute("SELECT seq FROM outbox WHERE state = 'maybe'")]


async def test_the_owner_is_told_and_can_send_it_again(town: Town) -> None:
    answer = f"Yes, many: {prosody.DIES_IN_BETWEEN}."
    with town.shop.running() as daemon:
        await asyncio.to_thread(town.ready, daemon)
        async with town.person(town.olga) as olga, town.person(town.anna) as anna:
            anna.say(town.jid, "Do you have tulips?")
            asked = await olga.until_told("Do you have tulips?")
            place, handle = asked["from"].bare, str(asked["body"]).partition("Do")[0]
            olga.say(place, f"{'#1 ' if handle else ''}{answer}")
            assert town.server.process is not None
            await asyncio.to_thread(town.server.process.wait, 20)
        await asyncio.to_thread(town.server.resume)
        async with town.person(town.olga) as olga, town.person(town.anna) as anna:
            told = await olga.until_told("Maybe sent", 30)
            assert (told["from"].bare, "broke down" in told["body"]) == (place, True)
            assert answer not in anna.texts
            [number] = in_doubt(town)
            known = "\n".join(postmortem.of(answer, town.anna, _evidence(town, daemon.log.text)))
            olga.say(place, f"{'' if handle else '!'}retry o{number}")
            await anna.until_told(answer)
        assert daemon.stop() == 0
    for words in ("state=maybe", "in the archives of: shop", "deliver.failed", '"state": "maybe"'):
        assert words in known


def _evidence(town: Town, log: str) -> postmortem.Evidence:
    return postmortem.Evidence(town.shop.database, town.server.folder, logs=[log])
