"""A real program that answers every mail by itself, and the bridge: two words at most, then silence and one notice."""

from __future__ import annotations

import smtplib
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from servers.helpdesk import ADDRESS, PYTHON, Helpdesk

from daemon.shop import SHOP, Shop

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not PYTHON.exists(), reason="tests/helpdesk.sh installs django-helpdesk"),
]

ORDER = f"From: {SHOP}\nTo: {ADDRESS}\nSubject: Our order\nMessage-ID: <o@flowers.example>\n\nWhere is it?\n".encode()
THANKS = "Thank you, we have your message and will answer soon."
SIGNS = ("Auto-Submitted", "Precedence", "X-Auto-Response-Suppress")
THREAD = ("Message-ID", "In-Reply-To", "References", "Subject")


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    made = Shop(tmp_path / "shop", bottom=f'[policy.acknowledgement]\nen = "{THANKS}"')
    config = made.config.read_text().replace("undo_seconds", "acknowledge = true\nburst_seconds = 0.1\nundo_seconds")
    made.config.write_text(config)
    return made


def stripped(mail: bytes, number: int) -> bytes:
    """As a gateway may leave it: without any sign of a machine, and of a thread."""
    read = message_from_bytes(mail, policy=policy.SMTP)
    for name in (*SIGNS, *THREAD):
        del read[name]
    read["Subject"] = f"Matter {number}"
    return read.as_bytes()


def hand_over(shop: Shop, mail: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", shop.port, timeout=30) as server:
        assert not server.sendmail(ADDRESS, [SHOP], mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))


def written(desk: Helpdesk, mail: bytes) -> bytes:
    """The one mail that it writes to the shop."""
    (one,) = [mail for mail in desk.take(mail) if f"\nTo: {SHOP}\n".encode() in mail]
    return one


def test_who_says_so_gets_no_answer(shop: Shop, tmp_path: Path) -> None:
    mail = written(Helpdesk.made(tmp_path / "desk"), ORDER)
    with shop.running() as running:
        hand_over(shop, mail)
        running.out.wait_for(r"^\[automatic: auto-reply\]")
        assert running.stop() == 0
    assert shop.answers() == []


def test_who_hides_it_gets_two(shop: Shop, tmp_path: Path) -> None:
    desk, mail = Helpdesk.made(tmp_path / "desk"), ORDER
    with shop.running() as running:
        for number in (1, 2):
            hand_over(shop, stripped(written(desk, mail), number))
            answer = shop.wait_for_answers(number)[-1]
            assert answer["Auto-Submitted"]
            mail = stripped(answer.as_bytes(), number)
        hand_over(shop, stripped(written(desk, mail), 3))
        running.out.wait_for("may be a machine that answers by itself")
        hand_over(shop, stripped(written(desk, mail), 4))
        running.out.wait_for("^#4 Help")
        assert running.stop() == 0
        notices = running.out.wait_for_end().count("may be a machine")
    assert len(shop.answers()) == 2
    assert notices == 1
