"""The DKIM signature: receivers can check it, it holds what it should, and a key that cannot be used is said."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import dkim
import pytest

from bridge.connector import TemporaryFailure
from bridge.testing import outbound
from connectors.email.connector import EmailConnector
from connectors.email.dkim_key import KeyUnusable, read_key
from connectors.email.settings import Dkim, EmailSettings
from connectors.email.signing import SIGNED, signed, signing_domain

MAIL = (
    b"From: Shop <info@shop.example>\r\nTo: <anna@there.example>\r\nSubject: Opening\r\n hours\r\n"
    b"Date: Fri, 02 Jan 2026 00:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nYes.  \r\nSubject: no field\r\n\r\n"
)


def made_key(path: Path, *arguments: str) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    subprocess.run(["openssl", *(arguments or ("genrsa", "-out", path, "2048"))], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_key(tmp_path_factory.mktemp("dkim") / "key.pem")


def verified(mail: bytes, key: Path, name: bytes = b"s1._domainkey.shop.example.") -> bool:
    records = {name: read_key(key).record.encode()}
    return bool(dkim.verify(mail, dnsfunc=lambda asked, timeout=5: records.get(asked)))


def test_a_receiver_can_check_it_by_the_record_that_doctor_prints(key: Path) -> None:
    mail = signed(MAIL, Dkim(selector="s1", key=key), "info@Shop.example")
    assert mail.endswith(MAIL)
    assert verified(mail, key)


def test_refolding_and_trailing_spaces_on_the_way_do_no_harm(key: Path) -> None:
    mail = signed(MAIL, Dkim(selector="s1", key=key), "info@shop.example")
    changed = mail.replace(b"Opening\r\n hours", b"Opening  hours").replace(b"Yes.  \r\n", b"Yes.\r\n")
    assert changed != mail
    assert verified(changed, key)


@pytest.mark.parametrize("name", SIGNED)
def test_no_field_that_is_shown_can_be_added(key: Path, name: str) -> None:
    mail = signed(MAIL, Dkim(selector="s1", key=key), "info@shop.example")
    signature, rest = mail[: -len(MAIL)], mail[-len(MAIL) :]
    assert not verified(signature + name.encode() + b": forged\r\n" + rest, key)


def test_the_signed_names_stand_in_it_once_more_than_in_the_mail(key: Path) -> None:
    mail = signed(MAIL, Dkim(selector="s1", key=key), "info@shop.example")
    field = re.sub(rb"\s", b"", mail[: -len(MAIL)]).decode()
    names = field.partition(";h=")[2].partition(";")[0].split(":")
    assert "c=relaxed/relaxed" in field
    assert (names.count("from"), names.count("subject"), names.count("cc")) == (2, 2, 1)


@pytest.mark.parametrize(
    ("domain", "address", "expected"),
    [
        (None, "info@Shop.example", "shop.example"),
        ("mail.shop.example", "info@shop.example", "mail.shop.example"),
        (None, "info@bücher.example", "xn--bcher-kva.example"),
    ],
)
def test_which_domain_signs(domain: str | None, address: str, expected: str) -> None:
    assert signing_domain(Dkim(selector="s1", key=Path("k"), domain=domain), address) == expected


def test_both_kinds_of_pem_are_read_and_a_new_key_counts_at_once(tmp_path: Path) -> None:
    path = made_key(tmp_path / "key.pem")
    first = read_key(path)
    out = subprocess.run(
        ["openssl", "rsa", "-in", path, "-pubout", "-outform", "DER"], check=True, capture_output=True
    ).stdout
    assert dkim.base64.b64decode(first.public) == out
    old = made_key(tmp_path / "old.pem", "rsa", "-in", str(path), "-traditional", "-out", str(tmp_path / "old.pem"))
    assert read_key(old).public == first.public
    made_key(tmp_path / "new.pem").rename(path)
    assert read_key(path).public != first.public


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "cannot be read: No such file"),
        (b"", "is no RSA key in PEM"),
        (b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "openssl genrsa"),
        (b"-----BEGIN RSA PRIVATE KEY-----\n!!!\n-----END RSA PRIVATE KEY-----\n", "is no RSA key in PEM"),
        (b"\xff\xfe" * 100, "is no RSA key in PEM"),
    ],
)
def test_a_key_that_cannot_be_used_is_said_in_plain_words(tmp_path: Path, content: bytes | None, words: str) -> None:
    path = tmp_path / "key.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(KeyUnusable, match=words):
        signed(MAIL, Dkim(selector="s1", key=path), "info@shop.example")


async def test_nothing_leaves_unsigned(tmp_path: Path) -> None:
    submission = {"host": "127.0.0.1", "port": 1, "security": "none"}
    dkim_table = {"selector": "s1", "key": tmp_path / "none.pem"}
    settings = EmailSettings(address="info@shop.example", submission=submission, dkim=dkim_table)  # type: ignore[arg-type]
    with pytest.raises(TemporaryFailure, match=r"cannot be read.*nothing leaves unsigned"):
        await EmailConnector("email", settings).send(outbound(address="anna@there.example"))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("genrsa", "512"), "512 bits"),
        (("genpkey", "-algorithm", "ed25519"), "is no RSA key"),
        (("ecparam", "-name", "prime256v1", "-genkey"), "is no RSA key"),
    ],
)
def test_keys_of_other_kinds(tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    path = tmp_path / "key.pem"
    command, *rest = arguments
    made_key(path, command, "-out", str(path), *rest)
    with pytest.raises(KeyUnusable, match=words):
        read_key(path)
