"""Messages both ways under faults: nothing is lost, nothing comes twice unmarked, order holds.

The bridge's side sends as the core does: one attempt at a time in order; after an unknown outcome it asks the archive,
and sends again only what surely did not arrive. What nobody can know of may be missing.
"""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice

import pytest
from servers import prosody
from servers.account import account, signed_in, until_ready
from servers.desk import Desk
from servers.faults import Faults
from servers.person import Person

from bridge.connector import NeverKnown, Outbound, OutcomeUnknown, Partial, TemporaryFailure
from bridge.testing import outbound
from connectors.xmpp import archive, check, holding
from connectors.xmpp.connector import XmppConnector
from connectors.xmpp.failures import Refused

pytestmark = [pytest.mark.servers, pytest.mark.timeout(180)]

SEEDS = [int(seed) for seed in os.environ.get("XMPP_SEEDS", "7").split(",")]
FAULTS = int(os.environ.get("XMPP_FAULTS", "8"))
"""More of them for a long count: XMPP_SEEDS=1,2,3 XMPP_FAULTS=40."""


@pytest.fixture
def server() -> Iterator[prosody.Prosody]:
    """A server of this test's own, to be killed."""
    with prosody.running() as started:
        yield started


async def send_as_the_core_does(connector: XmppConnector, sent: Outbound) -> bool:
    """Whether it is known to be sent."""
    again = False
    while True:
        try:
            if again and await connector.recall(sent) is not None:
                return True
            await connector.send(sent)
        except TemporaryFailure:
            await asyncio.sleep(0.05)
        except NeverKnown:
            return False
        except OutcomeUnknown:
            again = True
            await asyncio.sleep(0.05)
        else:
            return True


async def write_as_people_do(server: prosody.Prosody, person: str, shop: str, lines: list[str]) -> None:
    """Say each line, again where nobody can know whether it arrived; sign in again where the server was away."""
    said = 0
    while said < len(lines):
        async with Person(person, server.port, server.certificates.authority) as anna:
            while said < len(lines):
                anna.say(shop, lines[said], id=f"asked-{said}")
                try:
                    await anna.client.plugin["xep_0199"].ping(server.domain, timeout=1)
                except Exception:  # noqa: BLE001 - whatever slixmpp raises of a server that is gone
                    break
                said += 1
                await asyncio.sleep(0.02)


async def answer(connector: XmppConnector, address: str, lines: list[str]) -> list[str]:
    """Those that are known to be sent."""
    sent = []
    for number, text in enumerate(lines):
        if await send_as_the_core_does(connector, outbound(text, address=address, id=f"answer-{number}")):
            sent.append(text)
        await asyncio.sleep(0.02)
    return sent


@dataclass(eq=False)
class Weather:
    """Faults at random moments."""

    server: prosody.Prosody
    link: Faults
    dice: random.Random

    async def cut(self) -> None:
        self.link.cut()

    async def restart(self) -> None:
        self.server.kill()
        await asyncio.sleep(self.dice.uniform(0, 0.5))
        await asyncio.to_thread(self.server.resume)

    async def black_hole(self) -> None:
        self.link.stall()
        asyncio.get_running_loop().call_later(3, self.link.flow)

    async def storm(self) -> None:
        faults = (self.cut, self.restart, self.black_hole, self.cut, self.cut, self.black_hole, self.restart, self.cut)
        for fault in islice(cycle(faults), FAULTS):
            await asyncio.sleep(self.dice.uniform(0.2, 0.6))
            await fault()
            await asyncio.sleep(1)


async def archived(server: prosody.Prosody, jid: str) -> list[str]:
    """What reached this account for good, in order, by its own archive."""
    reader = account(server, jid)
    async with signed_in(reader, Desk(reader)) as desk:
        return list(desk.texts)


@pytest.mark.timeout(120 + 10 * FAULTS)
@pytest.mark.parametrize("seed", SEEDS)
async def test_nothing_is_lost_and_nothing_comes_twice_under_faults(server: prosody.Prosody, seed: int) -> None:
    shop, anna = server.register("shop"), server.register("anna")
    answers = [f"to anna {number}" for number in range(12 * FAULTS)]
    questions = [f"to shop {number}" for number in range(12 * FAULTS)]
    async with Faults(server.port) as link:
        connector = account(server, shop, port=link.port, timeout=2, ping_seconds=1)
        desk = Desk(connector)
        running = asyncio.create_task(connector.run(desk.receive, {}))
        try:
            await until_ready(connector, running)
            surely, *_ = await asyncio.gather(
                answer(connector, anna, answers),
                write_as_people_do(server, anna, shop, questions),
                Weather(server, link, random.Random(seed)).storm(),
            )
            await desk.until(lambda: set(questions) <= set(desk.texts), 30)
        finally:
            running.cancel()
            await asyncio.wait([running])
    # Anna's client may say a line twice: that is hers, under two ids of the archive.
    assert list(dict.fromkeys(desk.texts)) == questions
    arrived = await archived(server, anna)
    assert [text for text in answers if text in surely or text in arrived] == arrived
    assert len(surely) >= len(answers) - FAULTS


async def test_what_an_expired_archive_no_longer_knows_is_asked_by_date(server: prosody.Prosody) -> None:
    shop, anna_jid = server.register("shop"), server.register("anna")
    connector = account(server, shop)
    desk = Desk(connector)
    async with Person(anna_jid, server.port, server.certificates.authority) as anna:
        async with signed_in(connector, desk):
            anna.say(shop, "one")
            await desk.until_told("one")
        anna.say(shop, "two")
        await anna.client.plugin["xep_0199"].ping(server.domain)
    desk.position[archive.ID] = "gone-since-long"
    async with signed_in(account(server, shop), desk):
        assert desk.texts == ["one", "two"]


async def test_a_server_that_takes_the_connection_and_stays_silent_is_given_up(server: prosody.Prosody) -> None:
    shop = server.register("shop")
    async with Faults(server.port) as link:
        connector = account(server, shop, port=link.port, timeout=1)
        link.stall()
        running = asyncio.create_task(connector.run(Desk(connector).receive, {}))
        await asyncio.sleep(1.5)
        link.flow()
        try:
            await until_ready(connector, running)
        finally:
            running.cancel()
            await asyncio.wait([running])


async def test_an_attempt_during_a_black_hole_is_taken_once(server: prosody.Prosody) -> None:
    shop, anna_jid = server.register("shop"), server.register("anna")
    async with (
        Faults(server.port) as link,
        Person(anna_jid, server.port, server.certificates.authority) as anna,
    ):
        connector = account(server, shop, port=link.port, timeout=1, ping_seconds=60)
        async with signed_in(connector, Desk(connector)):
            link.stall()
            sending = asyncio.create_task(send_as_the_core_does(connector, outbound("once", address=anna_jid)))
            await asyncio.sleep(1.5)
            link.flow()
            await sending
            await connector.send(outbound("end", address=anna_jid, id="end"))
            await anna.until_told("end")
    assert anna.texts == ["once", "end"]


async def test_owners_are_told_of_a_server_that_stays_away_and_it_is_tried_on(
    server: prosody.Prosody, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holding, "PATIENCE_SECONDS", 1.0)
    monkeypatch.setattr(check, "PATIENCE_SECONDS", 1.0)
    connector = account(server, server.register("shop"), timeout=1, ping_seconds=1)
    assert isinstance(connector, Partial)
    async with signed_in(connector, Desk(connector)) as desk:
        server.kill()
        await until(lambda: "cannot be reached" in connector.trouble)
        [finding] = await connector.check()
        assert "cannot be reached" in finding.what
        server.resume()
        await until(lambda: not connector.trouble)
        async with Person(server.register("anna"), server.port, server.certificates.authority) as anna:
            anna.say(server.jid("shop"), "back?")
            await desk.until_told("back?")


async def until(there: Callable[[], bool]) -> None:
    """What a connector says of itself is looked at now and then, by the supervisor too."""
    async with asyncio.timeout(20):
        while not there():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.05)


async def test_who_is_thrown_out_does_not_fight(server: prosody.Prosody) -> None:
    """Somebody signs in under our very resource: that ends us, and the owner is told, instead of a war."""
    shop = server.register("shop")
    connector = account(server, shop)
    running = asyncio.create_task(connector.run(Desk(connector).receive, {}))
    await until_ready(connector, running)
    async with Person(f"{shop}/{connector.session.resource}", server.port, server.certificates.authority):
        await asyncio.wait([running], timeout=20)
    with pytest.raises(Refused, match="conflict"):
        running.result()
