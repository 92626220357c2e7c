"""`inbox-bridge write`: a customer's mail to a listener, and the answer from a Maildir."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from typer.testing import CliRunner, Result

from bridge.cli import app

CARLA = "carla@example.org"


class Shop:
    """A listener that answers each mail into a Maildir, first by machine, then by hand."""

    def __init__(self, maildir: Path) -> None:
        self.maildir = maildir
        self.mails: list[EmailMessage] = []
        self.refuses = False
        self.silent = False

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refuses:
            return "552 too large"
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(mail)
        if not self.silent:
            self.answer(mail, "We got it.", automatic=True)
            self.answer(mail, "Yes, five euros a bunch.")
        return "250 OK"

    def answer(self, mail: EmailMessage, text: str, *, automatic: bool = False) -> None:
        answer = EmailMessage()
        answer["From"], answer["To"], answer["Subject"] = mail["To"], mail["From"], f"Re: {mail['Subject']}"
        answer["Message-ID"] = f"<{len(list(self.maildir.rglob('*')))}@flowers.example>"
        answer["References"] = " ".join([*str(mail["References"] or "").split(), str(mail["Message-ID"])])
        if automatic:
            answer["Auto-Submitted"] = "auto-replied"
        answer.set_content(text)
        (self.maildir / "new").mkdir(parents=True, exist_ok=True)
        (self.maildir / "new" / f"{len(list(self.maildir.rglob('*'))):05d}").write_bytes(bytes(answer))


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "outgoing")


@pytest.fixture
async def port(shop: Shop) -> AsyncIterator[int]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(shop, enable_SMTPUTF8=True), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def write(tmp_path: Path, port: int, *arguments: str) -> Result:
    command = ["write", *arguments, "--folder", str(tmp_path), "--port", str(port)]
    return await asyncio.to_thread(CliRunner().invoke, app(["write"]), command)


async def test_a_mail_is_sent_and_its_answer_printed(tmp_path: Path, shop: Shop, port: int) -> None:
    done = await write(tmp_path, port, "Do you have red tulips? Grüße", "--wait", "20")

    assert done.exit_code == 0, done.output
    assert "We got it." in done.output
    assert "Yes, five euros a bunch." in done.output
    (mail,) = shop.mails
    assert (mail["From"], mail["Subject"]) == (CARLA, "Do you have …")
    assert mail.get_content().strip() == "Do you have red tulips? Grüße"


async def test_a_reply_stands_in_the_thread(tmp_path: Path, shop: Shop, port: int) -> None:
    await write(tmp_path, port, "Tulips?")
    await write(tmp_path, port, "Somebody else", "--from", "other@example.org")

    done = await write(tmp_path, port, "Great", "--reply")

    assert done.exit_code == 0, done.output
    first, _, reply = shop.mails
    assert reply["Subject"] == "Re: Tulips?"
    references = str(reply["References"]).split()
    assert references[0] == str(first["Message-ID"])
    assert references[-1] == str(reply["In-Reply-To"])


async def test_no_answer_in_time(tmp_path: Path, shop: Shop, port: int) -> None:
    shop.silent = True

    done = await write(tmp_path, port, "Hello?", "--wait", "0.2")

    assert done.exit_code == 1
    assert "no answer came within 0.2 seconds" in done.output


async def test_a_refused_mail(tmp_path: Path, shop: Shop, port: int) -> None:
    shop.refuses = True

    done = await write(tmp_path, port, "Hello?")

    assert done.exit_code == 1
    assert "552 too large" in done.output


async def test_there_is_nothing_to_reply_to(tmp_path: Path, port: int) -> None:
    done = await write(tmp_path, port, "Hello?", "--reply")

    assert done.exit_code == 1
    assert "there is no answer to carla@example.org" in done.output
