"""A daemon that fetches its mail from a real Dovecot: killed, without a server, and with mail that has waited."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest
from crash import points
from imap_shop import mail
from servers import dovecot
from servers.dovecot import PASSWORD, USER, Dovecot

from daemon.process import Running, environment, start
from daemon.shop import Shop

pytestmark = pytest.mark.servers


@pytest.fixture
def server() -> Iterator[Dovecot]:
    try:
        started = dovecot.start()
    except dovecot.Missing as missing:
        pytest.skip(str(missing))
    yield started
    started.stop()


@pytest.fixture
def shop(server: Dovecot, tmp_path: Path) -> Shop:
    mailbox = f"""
[[connectors.mail.imap]]
host = "127.0.0.1"
port = {server.imap}
security = "none"
username = "{USER}"
password = {json.dumps(PASSWORD, ensure_ascii=False)}
first_sweep = "all"
handled = "mark"
longest_wait = 0.5
"""
    return Shop(tmp_path, bottom=f'{mailbox}[policy.acknowledgement]\nen = "We have it."')


def run(shop: Shop, **environ: str) -> Running:
    return start("run", "--config", str(shop.config), cwd=shop.folder, environ=environment(**environ))


def stored(shop: Shop) -> list[str]:
    """The native ids of the mails in the store."""
    with sqlite3.connect(f"file:{shop.database}?mode=ro", uri=True) as database:
        return [row[0] for row in database.execute("SELECT native_id FROM items WHERE connector = 'mail'")]


def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Until a process has done something that it tells nobody."""
    end = monotonic() + seconds
    while not condition():
        assert monotonic() < end
        sleep(0.02)


def test_a_daemon_that_is_killed_at_every_step_takes_each_mail_once(server: Dovecot, shop: Shop) -> None:
    steps = sorted(point for point in points.reached() if points.stem(point) == "imap")
    assert len(steps) >= 3
    for number, step in enumerate(steps):
        server.put(mail(f"{number}"))
        with run(shop, INBOX_BRIDGE_CRASH_AT=f"{step}:1") as running:
            running.wait(20)
    server.put(mail("last"))
    with run(shop) as running:
        running.out.wait_for("last")
        until(lambda: len(stored(shop)) == len(steps) + 1)
        until(lambda: server.flags() == ["a"] * (len(steps) + 1))
        for number in range(len(steps)):
            running.out.wait_for(f"{number}")
        assert running.stop() == 0
    assert len(set(stored(shop))) == len(stored(shop)) == len(steps) + 1


def test_mail_that_has_waited_is_shown_and_gets_no_automatic_answer(server: Dovecot, shop: Shop) -> None:
    config = shop.config.read_text().replace("undo_seconds", "acknowledge = true\nburst_seconds = 0.1\nundo_seconds")
    shop.config.write_text(config)
    for number in range(30):
        server.put(mail(f"old {number}", f"c{number}@there.example"), at=datetime.now(UTC) - timedelta(hours=72))
    with run(shop) as running:
        running.out.wait_for("Are you open", 30)
        server.put(mail("fresh", "fresh@there.example"))
        [answer] = shop.wait_for_answers(1)
        assert running.stop() == 0
    assert "fresh@there.example" in answer["To"]
    assert len(stored(shop)) == 31
    assert len(shop.answers()) == 1


def test_the_owner_is_told_of_a_login_that_is_refused_and_the_listener_goes_on(server: Dovecot, shop: Shop) -> None:
    shop.bottom = shop.bottom.replace("password = ", 'password = "wrong" # ')
    shop.write()
    with run(shop) as running:
        running.out.wait_for("email does not work: .* refused the login")
        assert shop.send("Do you have tulips?") == 250
        running.out.wait_for("tulips")
        assert running.stop() == 0
