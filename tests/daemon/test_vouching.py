"""Messages in an owner's name on a network that vouches for nobody: the connector is asked, and only then."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest
from shop import POLICY
from sqlalchemy import select

from bridge.addressing import addressed
from bridge.connector import Message, RawItem, Surface, TemporaryFailure, Text, Vouched
from bridge.decision import Draft
from bridge.desk import Desk
from bridge.outbound import OutboundKind
from bridge.policy import Owner, SurfaceAddress
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.steps.queue import Queue
from bridge.steps.understanding import VOUCH_FOR
from bridge.store.store import Store, open_store
from bridge.store.work_tables import items
from bridge.testing import FakeClock, ScriptedConnector, item

OLGA = "olga@home.example"
OWNER = Owner(name="Olga", surfaces=(SurfaceAddress(connector="mail", address=OLGA, tokens=True),))


def parse(raw: RawItem) -> Sequence[Message]:
    """`ADDRESS TOKEN WORDS`."""
    assert isinstance(raw.raw, bytes)
    address, token, words = raw.raw.decode().split(" ", 2)
    return [Message(address=address, token=token, text=Text(words), native_id=raw.native_id, threaded=True)]


@dataclass(eq=False)
class Mail(ScriptedConnector):
    """Vouches as it is told to, and remembers for whom it was asked."""

    asked: list[str] = field(default_factory=list)
    says: Vouched | TemporaryFailure = field(default_factory=lambda: Vouched(sure=True))

    async def vouch(self, item: RawItem, message: Message) -> Vouched:
        self.asked.append(message.address)
        if isinstance(self.says, TemporaryFailure):
            raise self.says
        return self.says


@dataclass
class Desk1:
    """One store, one queue, one mail connector."""

    store: Store
    mail: Mail
    queue: Queue
    clock: FakeClock
    desk: Desk

    async def comes(self, words: str, native_id: str) -> str:
        """Received and decided; the outcome."""
        received = item(words, native_id, lane=native_id, received_at=self.clock())
        await self.store.inbox.receive([("mail", received)], {})
        self.queue.wake()
        return await self.outcome(native_id)

    async def outcome(self, native_id: str, *, after: str = "") -> str:
        """What became of it; with `after`, the next thing that did."""
        query = select(items.c.outcome).where(items.c.native_id == native_id)
        found: str | None = None
        async with asyncio.timeout(10):
            while found in (None, "", after):
                found = await self.store.transactions.run("look", lambda held: held.execute(query).scalar())
                await asyncio.sleep(0.001)
        return found or ""

    def token(self, number: int) -> str:
        draft = Draft(kind=OutboundKind.RELAY, connector="mail", address=OLGA, text=Text("x"), conversation=number)
        return addressed(draft, self.desk.policy, self.clock()).token


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Desk1]:
    store = await open_store(f"sqlite:///{tmp_path}/shop.db", lambda work: None)
    mail = Mail(name="mail", surface=Surface(tokens=True))
    mail.parse = staticmethod(parse)
    policy = replace(POLICY, owners=(OWNER,), token_key=store.token_key)
    clock, desk = FakeClock(), Desk(policy=policy, connectors={"mail": mail})
    queue = Queue(store.inbox, Parsing(ParseLimits()), lambda: desk, clock)
    working = asyncio.create_task(queue.run())
    yield Desk1(store, mail, queue, clock, desk)
    working.cancel()
    await asyncio.wait([working])
    await store.close()


async def test_a_customer_is_not_asked_about(here: Desk1) -> None:
    assert await here.comes("anna@example.org - Hello", "1") == "relayed"
    assert here.mail.asked == []


@pytest.mark.parametrize(
    ("says", "outcome"), [(Vouched(sure=True), "answered"), (Vouched(sure=False, why="no signature"), "doubtful")]
)
async def test_an_owner_is_one_as_the_connector_says(here: Desk1, says: Vouched, outcome: str) -> None:
    await here.comes("anna@example.org - Hello", "1")
    here.mail.says = says
    assert await here.comes(f"{OLGA.upper()} {here.token(1)} Yes", "2") == outcome
    assert here.mail.asked == [OLGA.upper()]


async def test_what_cannot_be_found_out_now_waits_and_is_no_dead_letter(here: Desk1) -> None:
    await here.comes("anna@example.org - Hello", "1")
    here.mail.says = TemporaryFailure("no DNS")
    line = f"{OLGA} {here.token(1)} Yes"
    assert await here.comes(line, "2") == "no DNS"
    assert (await here.store.counts()).dead == 0
    here.clock.advance(hours=1)
    here.mail.says = Vouched(sure=True)
    assert await here.comes("anna@example.org - More", "3") == "relayed"
    assert await here.outcome("2", after="no DNS") == "answered"


async def test_in_the_end_it_is_in_doubt(here: Desk1) -> None:
    await here.comes("anna@example.org - Hello", "1")
    here.mail.says = TemporaryFailure("no DNS")
    old = item(f"{OLGA} {here.token(1)} Yes", "2", lane="2", received_at=here.clock() - VOUCH_FOR)
    await here.store.inbox.receive([("mail", old)], {})
    await here.comes("anna@example.org - More", "3")
    assert await here.outcome("2") == "doubtful"
    assert timedelta(hours=1) < VOUCH_FOR < timedelta(days=1)
