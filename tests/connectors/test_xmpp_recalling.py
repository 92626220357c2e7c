"""What became of a message that nobody acknowledged, with a server that dies at the worst moment there is."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from servers import prosody
from servers.account import account, signed_in, until_ready, until_run_for
from servers.desk import Desk
from servers.faults import Faults
from servers.person import Person

from bridge.connector import DeliveryReport, NeverKnown, OutcomeUnknown, Receipt
from bridge.testing import outbound
from connectors.xmpp.connector import XmppConnector

pytestmark = pytest.mark.servers


@pytest.fixture
def dying() -> Iterator[prosody.Prosody]:
    """A server that dies in between, once."""
    with prosody.running(dying=True) as started:
        yield started


async def archive_of(server: prosody.Prosody, jid: str) -> list[str]:
    reader = account(server, jid)
    async with signed_in(reader, Desk(reader)) as desk:
        return list(desk.texts)


async def test_what_the_server_had_in_hand_as_it_died_is_not_said_to_be_sent(dying: prosody.Prosody) -> None:
    """It says that it has it, and nobody else ever will: that is the loss which no receipt would show."""
    shop, anna = dying.register("shop"), dying.register("anna")
    connector, sent = account(dying, shop, timeout=1, ping_seconds=1), outbound(prosody.DIES_IN_BETWEEN, address=anna)
    running = asyncio.create_task(connector.run(Desk(connector).receive, {}))
    try:
        await until_ready(connector, running)
        with pytest.raises(OutcomeUnknown):
            await connector.send(sent)
        dying.kill()
        dying.resume()
        await until_ready(connector, running)
        with pytest.raises(NeverKnown, match="broke down"):
            await asked(connector, sent.id, anna)
        # A second attempt breaks off, and what the archive has is still the first one.
        await until_run_for(connector, 2)
        connector.recalling.doubt(sent.id, connector.recalling.begin())
        with pytest.raises(NeverKnown, match="broke down"):
            await asked(connector, sent.id, anna)
    finally:
        running.cancel()
        await asyncio.wait([running])
    async with Person(shop, dying.port, dying.certificates.authority, seen=False) as ours:
        assert await ours.knows(sent.id)
    assert await archive_of(dying, anna) == []


async def asked(connector: XmppConnector, named: str, address: str) -> Receipt | None:
    """As the core does: again where it cannot be known yet."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await connector.recall(outbound(address=address, id=named))
            except NeverKnown:
                raise
            except OutcomeUnknown:
                await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Case:
    """Anna has it, or (`away`) nobody can know that; the server is restarted after the attempt, by force or `in_order`;
    it says its uptime.
    """

    away: bool = False
    restarted: bool = False
    in_order: bool = False
    tells: bool = True
    surely: bool = True


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case(away=True), id="the server has run all the time"),
        pytest.param(Case(restarted=True), id="restarted, and she has said that she got it"),
        pytest.param(Case(away=True, restarted=True, surely=False), id="restarted, and she has said nothing"),
        pytest.param(Case(away=True, restarted=True, tells=False), id="it does not say for how long it runs"),
    ],
)
async def test_when_the_archives_word_is_taken_for_it(case: Case) -> None:
    assert await _tried(case) == (case.surely, False)


async def test_an_attempt_before_the_server_was_shut_down_in_order_is_not_in_doubt() -> None:
    """It says so with its last words. They do not always get out; then, and only then, it is in doubt."""
    for _ in range(5):
        surely, heard = await _tried(Case(away=True, restarted=True, in_order=True))
        assert surely is heard
        if heard:
            return
    pytest.fail("its last words were never heard")


async def _tried(case: Case) -> tuple[bool, bool]:
    """Whether an attempt, whose acknowledgement got lost, counts as sent; whether the server said why it went."""
    # With stream management Prosody ends a stream in order without a word, and tells later what it had taken.
    without = (*(() if case.tells else ("uptime",)), *(("smacks",) if case.in_order else ()))
    with prosody.running(without=without) as server:
        connector = account(server, server.register("shop"), timeout=2, ping_seconds=1)
        surely = await _surely(server, connector, case)
        return surely, connector.session.ended_in_order(1)


async def _surely(server: prosody.Prosody, connector: XmppConnector, case: Case) -> bool:
    anna, desk = server.register("anna"), Desk(connector)
    running = asyncio.create_task(connector.run(desk.receive, {}))
    try:
        await until_ready(connector, running)
        if not case.restarted and case.tells:
            await until_run_for(connector, 2)
        await _send(server, connector, desk, case, anna)
        if case.restarted:
            await asyncio.to_thread(server.shut_down if case.in_order else server.kill)
            await asyncio.to_thread(server.resume)
        await asked(connector, outbound().id, anna)
    except NeverKnown:
        return False
    finally:
        running.cancel()
        await asyncio.wait([running])
    return True


async def _send(server: prosody.Prosody, connector: XmppConnector, desk: Desk, case: Case, anna: str) -> None:
    attempt = connector.recalling.begin()
    if case.away:
        await connector.send(outbound(address=anna))
    else:
        async with Person(anna, server.port, server.certificates.authority):
            await connector.send(outbound(address=anna))
            await desk.until(lambda: bool(desk.of(DeliveryReport)))
    connector.recalling.doubt(outbound().id, attempt)


async def test_what_a_server_had_taken_as_it_was_shut_down_it_says_afterwards() -> None:
    """Its acknowledgement got lost, and the stream cannot be resumed; but it tells how much of that it had handled."""
    with prosody.running() as server:
        shop, anna_jid = server.register("shop"), server.register("anna")
        async with (
            Faults(server.port) as link,
            Person(anna_jid, server.port, server.certificates.authority) as anna,
            signed_in(connector := account(server, shop, port=link.port), Desk(connector)),
        ):
            link.hush()
            sending = asyncio.create_task(connector.send(outbound("Yes.", address=anna_jid)))
            await anna.until_told("Yes.")
            await asyncio.to_thread(server.shut_down)
            link.cut()
            link.flow()
            await asyncio.to_thread(server.resume)
            assert (await sending).native_ids
