"""Servers that say what no Dovecot does: each is left, or lived with, and never waited for without an end."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest
import structlog
import structlog.testing
from servers.fake_imap import FakeImap, listening

from connectors.email.imap_connection import ConnectionLost, Refused
from connectors.email.imap_fetch import Fetching
from connectors.email.imap_login import Account
from connectors.email.imap_mail import Place
from connectors.email.imap_patience import Patience
from connectors.email.imap_session import Session, connected
from connectors.email.imap_settings import Imap
from connectors.email.imap_wire import Fetched

PLACE = Place(facts={}, username="shop", host="here", folder="INBOX")


def account(server: FakeImap, **changed: Any) -> Account:
    values = {"host": "127.0.0.1", "port": server.port, "security": "none", "username": "shop@mail.test"}
    return Account(Imap.model_validate({**values, "password": 'p"w', "timeout": 5, **changed}))


async def log_in(account: Account) -> None:
    async with connected(account.settings) as session:
        await account.log_in(session)


async def test_a_login_that_cannot_be_taken_now_is_no_wrong_login() -> None:
    busy = FakeImap(capabilities=b"IMAP4rev1", answers={"LOGIN": (b"", b"NO [UNAVAILABLE] later")})
    async with listening(busy):
        with pytest.raises(ConnectionLost, match="later"):
            await log_in(account(busy))
    assert b'LOGIN "shop@mail.test" "p\\"w"' in busy.said[1]


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"* BYE go away\r\n", "refused the connection: BYE go away"),
        (b"SSH-2.0-x\r\n", "refused the connection: SSH-2.0-x"),
        (b"", "gave no answer to the greeting within 0.2 seconds"),
    ],
)
async def test_a_greeting_that_is_none_is_no_reason_to_wait(greeting: bytes, words: str) -> None:
    server = FakeImap(greeting=greeting)
    async with listening(server):
        with pytest.raises(ConnectionLost, match=words):
            await log_in(account(server, timeout=0.2))


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"XX1 OK who asked?\r\n", r"said what cannot be understood \(Abort\)"),
        (b"* \xff \xfe\r\n* \xff\r\n", r"said what cannot be understood \(UnicodeDecodeError\)"),
    ],
)
async def test_a_server_that_talks_nonsense_is_left(answer: bytes, words: str) -> None:
    server = FakeImap(answers={"SELECT": (b"", b"OK"), "SEARCH": (answer, b"OK")}, tokens={"x"})
    async with listening(server), connected(account(server).settings) as session:
        await session_at(server, session)
        with pytest.raises(ConnectionLost, match=words):
            await session.search("ALL")


async def session_at(server: FakeImap, session: Session) -> Session:
    await session.login("a", "b")
    await session.select("INBOX", writable=False)
    return session


async def test_thousands_of_lines_in_one_answer_are_read() -> None:
    lines = b"".join(b"* %d FETCH (FLAGS (\\Seen))\r\n" % number for number in range(5000))
    server = FakeImap(answers={"SEARCH": (lines + b"* SEARCH 4 5\r\n", b"OK done")})
    async with listening(server), connected(account(server).settings) as session:
        await session_at(server, session)
        assert await session.search("ALL") == [4, 5]


async def test_a_server_that_offers_idle_and_refuses_it_is_polled() -> None:
    server = FakeImap(answers={"IDLE": (b"", b"BAD what?")})
    async with listening(server), connected(account(server, poll_seconds=0.05).settings) as session:
        await session_at(server, session)
        assert session.pushes
        await session.watch()
        assert not session.pushes
        await session.watch()
    assert server.said[-2].endswith(b"NOOP")


async def test_a_mail_that_the_server_cannot_read_is_passed_over() -> None:
    server = FakeImap(answers={"FETCH": (b"", b"NO [SERVERBUG] cannot read it")})
    async with listening(server), connected(account(server).settings) as session:
        await session_at(server, session)
        fetching = Fetching(session, 1000, PLACE)
        assert await fetching.fetch([Fetched(uid=1, size=10), Fetched(uid=2, size=10)]) == []
        assert await fetching.fetch([Fetched(uid=3, size=90_000)]) == []
        with pytest.raises(Refused, match="cannot read it"):
            await session.fetch([1], "RFC822.SIZE")


async def test_an_answer_that_keeps_coming_is_waited_for() -> None:
    server = FakeImap()

    async def drip(session: Session) -> None:
        for _ in range(4):
            await asyncio.sleep(0.15)
            session._connection.protocol.data_received(b"* 1 EXISTS\r\n")

    async with listening(server), connected(account(server, timeout=0.25).settings) as session:
        dripping = asyncio.create_task(drip(session))
        await session._connection.race("it", asyncio.sleep(0.6))
        await dripping
        with pytest.raises(ConnectionLost, match=r"no answer to it within 0\.25 seconds"):
            await session._connection.race("it", asyncio.sleep(5))


async def test_an_owner_is_told_of_what_lasts_and_of_a_refused_login_at_once() -> None:
    with structlog.testing.capture_logs() as logged:
        patience = Patience(0.01, structlog.get_logger())
        await patience.pause("the server restarts")
        assert patience.trouble == ""
        await patience.pause("the folder is gone", lasting=True)
        assert patience.trouble == "the folder is gone"
        patience.works("")
        assert patience.trouble == ""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await patience.pause_after_refusal("wrong password")
        assert patience.trouble == "wrong password"
    waits = [entry["again_in"] for entry in logged if entry["event"] == "imap.failed"]
    assert all(wait <= 0.01 for wait in waits[:2])
    assert 30 <= waits[2] <= 60
