"""Accounts that write to themselves: what does not come back is told, and that it comes again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from shop import POLICY
from sqlalchemy import insert

from bridge.connector import DeliveryFailure, OutcomeUnknown, Unavailable
from bridge.desk import Desk
from bridge.steps.canaries import Canaries
from bridge.store.store import Store
from bridge.store.work_tables import items
from bridge.testing import FakeClock, ScriptedConnector


@dataclass(eq=False)
class Account(ScriptedConnector):
    """Does with a canary what the test says, and remembers their tokens."""

    flies: Callable[[str], Awaitable[None]] | None = None
    tokens: list[str] = field(default_factory=list)

    async def canary(self, token: str) -> str:
        self.tokens.append(token)
        if self.flies is not None:
            await self.flies(token)
        return "shop@example.org"


async def filed(store: Store, connector: str, outcome: str) -> None:
    """An item came in and was decided so."""
    now = FakeClock()()
    row = {"connector": connector, "native_id": outcome, "lane": "x", "facts": {}, "outcome": outcome}
    moments = {"received_at": now, "due_at": now, "state": "done"}
    await store.transactions.run(
        "fill", lambda connection: connection.execute(insert(items).values({**row, **moments}))
    )


async def fly(store: Store, account: Account, here: tuple[str, ...] = ("mail",)) -> list[tuple[str, str | None]]:
    told: list[tuple[str, str | None]] = []

    async def tell(name: str, reason: str | None) -> None:
        told.append((name, reason))

    desk = Desk(policy=POLICY, connectors={"mail": account, "chat": ScriptedConnector(name="chat")})
    canaries = Canaries(
        desk=lambda: desk, here=lambda: here, came=store.filed, tell=tell, patience_seconds=0.1, look_seconds=0.01
    )
    await canaries.fly()
    return told


async def test_one_that_comes_back(store: Store) -> None:
    account = Account(name="mail")

    async def comes(token: str) -> None:
        await filed(store, "mail", f"ignored: canary {token}")

    account.flies = comes
    assert await fly(store, account) == [("mail", None)]
    assert len(account.tokens[0]) == 32


@pytest.mark.parametrize("outcome", ["relayed", "ignored: canary of somebody else's"])
async def test_one_that_does_not(store: Store, outcome: str) -> None:
    await filed(store, "mail", outcome)
    told = await fly(store, Account(name="mail"))
    assert told == [("mail", "a message to itself did not come back within 0.1 s")]


async def test_one_that_comes_to_another_account_has_not_come_back(store: Store) -> None:
    account = Account(name="mail")

    async def astray(token: str) -> None:
        await filed(store, "chat", f"ignored: canary {token}")

    account.flies = astray
    assert (await fly(store, account))[0][1] is not None


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (DeliveryFailure("no login"), [("mail", "no message to itself could be sent: no login")]),
        (OutcomeUnknown("it broke"), [("mail", "a message to itself did not come back within 0.1 s")]),
        (Unavailable("the database is locked"), []),
        (RuntimeError("a fault of a plug-in"), []),
    ],
)
async def test_one_that_cannot_leave(store: Store, failure: Exception, told: list[tuple[str, str | None]]) -> None:
    async def fails(_: str) -> None:
        raise failure

    assert await fly(store, Account(name="mail", flies=fails)) == told


async def test_only_where_this_daemon_may_send(store: Store) -> None:
    account = Account(name="mail")
    assert await fly(store, account, here=()) == []
    assert account.tokens == []
