"""The whole daemon with a real Postfix around it: answers through it, mail from it, what can go wrong between."""

from __future__ import annotations

import json
import smtplib
import sqlite3
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from servers import postfix

from daemon.process import free_port, until_listening
from daemon.shop import SHOP, Shop

pytestmark = pytest.mark.servers

PORT = free_port()
ANNA, GREY, GONE = "anna@there.example", "grey@there.example", "gone@there.example"
REFUSED = {GONE: "550 5.1.1 no such user"}
NOBODY = "nobody@nowhere.example"


@pytest.fixture(scope="module")
def server() -> Iterator[postfix.Postfix]:
    routes = {
        "flowers.example": f"smtp:[127.0.0.1]:{PORT}",
        "there.example": "discard:",
        # To the bridge itself, which takes no mail for others.
        "nowhere.example": f"smtp:[127.0.0.1]:{PORT}",
    }
    try:
        server = postfix.start(routes, {"shop": "right"})
    except postfix.Missing as missing:
        pytest.skip(str(missing))
    server.access(REFUSED)
    yield server
    server.stop()


@pytest.fixture
def shop(tmp_path: Path, server: postfix.Postfix) -> Shop:
    (tmp_path / "password").write_text("right")
    submission = f"""\
[connectors.mail.submission]
host = "localhost"
port = {server.submission}
username = "shop"
password = "file:password"
ca_file = "{server.certificate.cert}"
"""
    return Shop(tmp_path, port=PORT, way_out="", bottom=submission)


def through(server: postfix.Postfix, text: str, sender: str = ANNA) -> None:
    """A customer's mail, by way of Postfix."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = (
        sender,
        SHOP,
        "Tulips",
        f"<{time.time_ns()}@x.example>",
    )
    mail.set_content(text)
    with smtplib.SMTP("127.0.0.1", server.smtp, timeout=10) as client:
        client.send_message(mail)


def messages(shop: Shop) -> int:
    with sqlite3.connect(shop.database) as connection:
        [[count]] = connection.execute("SELECT count(*) FROM items WHERE connector = 'mail'").fetchall()
    connection.close()
    return int(count)


def until_logged(server: postfix.Postfix, words: str) -> None:
    """A log is a file: look until it says so."""
    end = time.monotonic() + 20
    while words not in server.log:
        assert time.monotonic() < end, server.log
        time.sleep(0.05)


def test_a_mail_in_and_its_answer_out(shop: Shop, server: postfix.Postfix) -> None:
    with shop.running() as running:
        through(server, "Do you have tulips?")
        running.out.wait_for("^Do you have tulips")
        running.type("#1 Yes.")
        running.out.wait_for("^sent: #1")
        until_logged(server, f"to=<{ANNA}>, relay=none")
        assert running.stop() == 0


def test_an_answer_that_is_refused_is_told_within_a_minute(shop: Shop, server: postfix.Postfix) -> None:
    with shop.running() as running:
        shop.send("Do you have roses?", sender=GONE)
        running.out.wait_for("^Do you have roses")
        running.type("#1 Yes.")
        began = time.monotonic()
        told = running.out.wait_for("NOT delivered: #1", seconds=60)
        assert time.monotonic() - began < 60
        assert "550 5.1.1" in told
        assert "no such user" in told
        assert [letter["id"] for letter in shop.json("dead")] != []


def test_an_answer_that_is_refused_for_now_leaves_later(shop: Shop, server: postfix.Postfix) -> None:
    server.access({**REFUSED, GREY: "451 4.7.1 come back later"})
    with shop.running() as running:
        shop.send("Do you have lilies?", sender=GREY)
        running.out.wait_for("^Do you have lilies")
        running.type("#1 Yes.")
        until_logged(server, f"from=<{SHOP}> to=<{GREY}>")
        assert "sent: #1" not in running.out.text
        server.access(REFUSED)
        running.out.wait_for("^sent: #1", seconds=40)
        assert "NOT delivered" not in running.out.text


def test_a_bounce_turns_the_mark(shop: Shop, server: postfix.Postfix) -> None:
    """Postfix takes the answer, finds nobody to give it to, and says so in a mail of its own."""
    with shop.running() as running:
        shop.send("Do you have daisies?", sender=NOBODY)
        running.out.wait_for("^Do you have daisies")
        running.type("#1 Yes.")
        running.out.wait_for("^sent: #1")
        came_back = running.out.wait_for("your answer came back, it did not arrive")
        assert came_back.startswith("#1 ")
        assert "no such recipient here" in came_back


def test_a_mail_whose_250_got_lost_is_there_once(shop: Shop, server: postfix.Postfix) -> None:
    """The daemon dies with the mail stored and unanswered; Postfix keeps it, and hands it over again."""
    with shop.running(INBOX_BRIDGE_CRASH_AT="smtp.stored") as first:
        through(server, "Do you have violets?")
        first.wait()
    assert messages(shop) == 1
    handed_over = server.log.count("status=sent (250 2.0.0 OK, stored)")
    with shop.running() as second:
        server.flush()
        end = time.monotonic() + 20
        while server.log.count("status=sent (250 2.0.0 OK, stored)") == handed_over:
            assert time.monotonic() < end, server.log
            time.sleep(0.05)
        second.out.wait_for("^Do you have violets")
        assert messages(shop) == 1
        assert second.stop() == 0
        assert second.out.wait_for_end().count("Do you have violets") == 1


def test_the_canary_flies(shop: Shop) -> None:
    with shop.running() as running:
        until_listening(PORT, running)
        done = shop.call("doctor", "--canary", "--json")
        found = {one["subject"]: one for one in json.loads(done.stdout) if "canary" in one["what"]}
        assert found["connector mail"]["level"] == "ok", done.stdout
        assert "came in again within" in found["connector mail"]["what"]
        assert "Canary" not in running.out.text
        assert running.stop() == 0


def test_without_a_daemon_no_canary_flies(shop: Shop, server: postfix.Postfix) -> None:
    before = server.log.count("canary-")
    done = shop.call("doctor", "--canary")
    assert "no daemon is running, so nobody would take a canary in" in done.stdout
    assert server.log.count("canary-") == before
