"""Who may hand mail to the listener: those who log in over TLS, and machines that are trusted."""

from __future__ import annotations

import asyncio
import base64
import shutil
import smtplib
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from bridge.connector import RawItem
from connectors.email.settings import EmailSettings
from connectors.email.smtp_in import Listener

PLAIN = base64.b64encode(b"\0shop\0right").decode()
WRONG = base64.b64encode(b"\0shop\0wrong").decode()
NOBODY = base64.b64encode(b"\0eve\0right").decode()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("certificate")
    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return cert, key


@dataclass
class Stored:
    items: list[RawItem] = field(default_factory=list)

    async def receive(self, items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        self.items += items


@asynccontextmanager
async def listening(certificate: tuple[Path, Path], **listen: Any) -> AsyncIterator[tuple[int, Stored]]:
    table = {"port": 0, "cert": certificate[0], "key": certificate[1], **listen}
    listener = Listener(EmailSettings(address="info@shop.example", maildir=Path("/nowhere"), listen=table))  # type: ignore[arg-type]
    stored = Stored()
    task = asyncio.create_task(listener.run(stored.receive))
    try:
        await listener.listening.wait()
        yield listener.port, stored
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def talk(port: int, cert: Path | None, lines: Sequence[str]) -> list[str]:
    """What the listener answers to each line; with `cert`, over STARTTLS."""
    answers = []
    with smtplib.SMTP("localhost", port, timeout=10) as client:
        if cert is not None:
            client.starttls(context=ssl.create_default_context(cafile=cert))
        for line in lines:
            code, words = client.docmd(line)
            answers.append(f"{code} {words.decode()}")
            if code == 421:
                client.close()
                break
    return answers


USERS = {"users": {"shop": "right"}}
EHLO, MAIL = "EHLO x", "MAIL FROM:<a@b.example>"


@pytest.mark.parametrize(
    ("lines", "answers"),
    [
        ([EHLO, MAIL], ["250", "530 5.7.0"]),
        ([EHLO, f"AUTH PLAIN {PLAIN}", MAIL, f"AUTH PLAIN {PLAIN}"], ["250", "235", "250", "503"]),
        ([EHLO, "auth plain", PLAIN, MAIL], ["250", "334 ", "235", "250"]),
        (
            [EHLO, "AUTH LOGIN", base64.b64encode(b"shop").decode(), base64.b64encode(b"right").decode(), MAIL],
            ["250", "334 VXNlcm5hbWU6", "334 UGFzc3dvcmQ6", "235", "250"],
        ),
        ([EHLO, f"AUTH PLAIN {WRONG}", MAIL], ["250", "535", "530"]),
        ([EHLO, f"AUTH PLAIN {NOBODY}", MAIL], ["250", "535", "530"]),
        ([EHLO, "AUTH PLAIN", "*", MAIL, "NOOP"], ["250", "334", "501 5.7.0", "530", "250"]),
        ([EHLO, "AUTH PLAIN ?", "AUTH PLAIN eA==", "AUTH", "AUTH CRAM-MD5"], ["250", "501", "501", "504", "504"]),
        ([f"AUTH PLAIN {PLAIN}"], ["503 5.5.1 EHLO first"]),
        ([EHLO, *[f"AUTH PLAIN {WRONG}"] * 4], ["250", "535", "535", "421"]),
    ],
)
async def test_logins(
    certificate: tuple[Path, Path], lines: list[str], answers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connectors.email.login._WRONG_LOGIN_SECONDS", 0.01)
    async with listening(certificate, **USERS) as (port, _):
        said = await asyncio.to_thread(talk, port, certificate[0], lines)
    assert len(said) == len(answers)
    assert all(one.startswith(answer) for one, answer in zip(said, answers, strict=True)), said


async def test_a_wrong_login_takes_its_time(certificate: tuple[Path, Path]) -> None:
    async with listening(certificate, **USERS) as (port, _):
        began = time.monotonic()
        await asyncio.to_thread(talk, port, certificate[0], [EHLO, f"AUTH PLAIN {WRONG}"])
    assert time.monotonic() - began >= 0.99


async def test_no_password_is_taken_in_the_clear(certificate: tuple[Path, Path]) -> None:
    async with listening(certificate, **USERS) as (port, _):
        said = await asyncio.to_thread(talk, port, None, [EHLO, f"AUTH PLAIN {PLAIN}", MAIL])
        secret = await asyncio.to_thread(talk, port, certificate[0], [EHLO])
    assert "AUTH" not in said[0]
    assert [one[:3] for one in said[1:]] == ["538", "530"]
    assert "AUTH PLAIN LOGIN" in secret[0]


@pytest.mark.parametrize(
    ("listen", "answer"),
    [
        ({}, "250"),
        ({"trusted_peers": ["127.0.0.0/8"]}, "250"),
        ({"trusted_peers": ["127.0.0.1"], **USERS}, "250"),
        ({"trusted_peers": ["192.0.2.0/24", "2001:db8::/32"]}, "554 5.7.1"),
        ({"trusted_peers": ["192.0.2.0/24"], **USERS}, "530 5.7.0"),
    ],
)
async def test_without_a_login_trusted_machines_may(
    certificate: tuple[Path, Path], listen: dict[str, Any], answer: str
) -> None:
    async with listening(certificate, **listen) as (port, _):
        said = await asyncio.to_thread(talk, port, None, [EHLO, MAIL])
    assert said[1].startswith(answer)


async def test_who_logged_in_stands_beside_the_mail(certificate: tuple[Path, Path]) -> None:
    def send(port: int) -> None:
        with smtplib.SMTP("localhost", port, timeout=10) as client:
            client.starttls(context=ssl.create_default_context(cafile=certificate[0]))
            client.login("shop", "right")
            client.sendmail("a@b.example", "info@shop.example", b"Subject: x\r\n\r\nx\r\n")

    async with listening(certificate, **USERS) as (port, stored):
        await asyncio.to_thread(send, port)
    assert [item.facts["login"] for item in stored.items] == ["shop"]


def inject(port: int, cert: Path, extra: bytes) -> list[str]:
    """What is answered inside TLS when `extra` was sent in the clear, in one go with STARTTLS."""
    with socket.create_connection(("localhost", port), 10) as plain:
        answers = plain.makefile("rb")
        answers.readline()
        plain.sendall(b"EHLO x\r\n")
        while answers.readline()[3:4] != b" ":
            pass
        plain.sendall(b"STARTTLS\r\n" + extra)
        answers.readline()
        with ssl.create_default_context(cafile=cert).wrap_socket(plain, server_hostname="localhost") as secret:
            secret.sendall(b"EHLO x\r\nQUIT\r\n")
            said = secret.makefile("rb").read().decode().splitlines()
    return [line[:3] for line in said if line[3:4] == " "]


@pytest.mark.parametrize("extra", [b"NOOP\r\n", b"MAIL FROM:<a@b.example>\r\nNOOP\r\n", b"NO"])
async def test_what_was_said_in_the_clear_does_not_count_inside_tls(
    certificate: tuple[Path, Path], extra: bytes
) -> None:
    async with listening(certificate) as (port, _):
        said = await asyncio.to_thread(inject, port, certificate[0], extra)
    assert said == ["250", "221"]


@pytest.mark.parametrize(
    ("listen", "words"),
    [
        ({"users": {"shop": "s3cret"}}, "add both"),
        ({"users": {"shop": ""}, "cert": "a", "key": "b"}, "an empty name or password"),
        ({"trusted_peers": ["shop.example"]}, "is no IP address or network"),
    ],
)
def test_mistakes_are_named(listen: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words) as caught:
        EmailSettings(address="info@shop.example", maildir=Path("x"), listen=listen)  # type: ignore[arg-type]
    assert "s3cret" not in str(caught.value)
