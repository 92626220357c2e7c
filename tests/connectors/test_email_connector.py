"""The account as a whole: a mail in, its answer out, and what `doctor` is told."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bridge.connector import FindingLevel, Message, Outbound, OutboundKind, RawItem, Text
from connectors.email.connector import EmailConnector
from connectors.email.settings import EmailSettings


def connector(folder: Path, **listen: Any) -> EmailConnector:
    settings = EmailSettings(address="info@shop.example", maildir=folder, listen={"port": 0, **listen})  # type: ignore[arg-type]
    return EmailConnector("email", settings)


def send_mail(port: int, mail: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as client:
        client.sendmail("anna@there.example", ["info@shop.example"], mail)


async def stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_mail_comes_in_and_its_answer_belongs_to_its_thread(tmp_path: Path) -> None:
    received: asyncio.Queue[RawItem] = asyncio.Queue()

    async def receive(items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        for item in items:
            received.put_nowait(item)

    email = connector(tmp_path)
    assert email.listener is not None
    task = asyncio.create_task(email.run(receive, {}))
    await email.listener.listening.wait()
    await asyncio.to_thread(
        send_mail, email.listener.port, b"From: Anna@There.example\r\nMessage-ID: <m1@there.example>\r\n\r\nOpen?\r\n"
    )
    [asked] = email.parse(received.get_nowait())
    assert isinstance(asked, Message)
    receipt = await email.send(
        Outbound(
            id="out-1",
            kind=OutboundKind.ANSWER,
            connector="email",
            address=asked.address,
            text=Text("Yes."),
            created_at=datetime(2026, 1, 2, tzinfo=UTC),
            replies_to=(asked.native_id,),
        )
    )
    answer = (tmp_path / "new" / "out-1").read_bytes()
    assert b"In-Reply-To: <m1@there.example>\r\n" in answer
    assert b"To: <anna@there.example>\r\n" in answer

    await asyncio.to_thread(
        send_mail, email.listener.port, f"From: a@b.example\r\nIn-Reply-To: <{receipt.native_ids[0]}>\r\n\r\nx".encode()
    )
    [thanked] = email.parse(received.get_nowait())
    assert isinstance(thanked, Message)
    assert thanked.replies_to == (*receipt.native_ids, "out-1")
    await stop(task)


async def test_without_a_listener_it_waits_until_it_is_cancelled(tmp_path: Path) -> None:
    async def receive(items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        raise AssertionError

    email = EmailConnector("email", EmailSettings(address="info@shop.example", maildir=tmp_path))
    task = asyncio.create_task(email.run(receive, {}))
    await asyncio.sleep(0)
    assert not task.done()
    await stop(task)


async def test_check_knows_a_free_port_our_own_listener_and_another_program(tmp_path: Path) -> None:
    async def receive(items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        raise AssertionError

    running = connector(tmp_path)
    assert running.listener is not None
    task = asyncio.create_task(running.run(receive, {}))
    await running.listener.listening.wait()
    port = running.listener.port

    def greet(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 other ESMTP Postfix\r\n")
        writer.close()

    other = await asyncio.start_server(greet, "127.0.0.1", 0)
    other_port = other.sockets[0].getsockname()[1]
    found = [(await connector(tmp_path, port=number).check())[0] for number in (port, other_port)]
    await stop(task)
    found.append((await connector(tmp_path, port=port).check())[0])
    other.close()
    await other.wait_closed()
    assert [one.level for one in found] == [FindingLevel.OK, FindingLevel.FAILURE, FindingLevel.OK]
    assert "Postfix" in found[1].what
    assert found[1].todo


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        ({"host": "192.0.2.1"}, "cannot be listened on"),
        ({"cert": "/no/cert", "key": "/no/key"}, "/no/cert is not there"),
    ],
)
async def test_check_says_why_it_could_not_listen(tmp_path: Path, listen: dict[str, str], words: str) -> None:
    finding = (await connector(tmp_path, **listen).check())[0]
    assert finding.level is FindingLevel.FAILURE
    assert words in finding.what
    assert finding.todo
