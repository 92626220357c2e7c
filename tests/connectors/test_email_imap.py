"""Fetching mail from a real Dovecot, through everything that may go wrong with it: each mail is handed over once."""

from __future__ import annotations

import asyncio
import contextlib
import imaplib
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from imap_shop import Kept, eventually, mail, running, settings, subject
from servers import dovecot
from servers.dovecot import PASSWORD, USER, Dovecot
from servers.tcp_proxy import tcp_proxy

from bridge.connector import Finding, FindingLevel, Message, Unavailable

pytestmark = pytest.mark.servers


@pytest.fixture
def server() -> Iterator[Dovecot]:
    try:
        started = dovecot.start()
    except dovecot.Missing as missing:
        pytest.skip(str(missing))
    yield started
    started.stop()


def days_ago(days: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(days=days)


@contextlib.contextmanager
def client(server: Dovecot) -> Iterator[imaplib.IMAP4]:
    """The owner's own mail program."""
    with imaplib.IMAP4("127.0.0.1", server.imap) as imap:
        imap.authenticate("PLAIN", lambda _: f"\0{USER}\0{PASSWORD}".encode())
        imap.select("INBOX")
        yield imap


# -- what comes in ----------------------------------------------------------------------------------------------------


async def test_a_mail_comes_at_once_and_nobody_sees_that_it_was_fetched(server: Dovecot) -> None:
    kept = Kept()
    configured = settings(server.imaps, security="tls", ca_file=str(server.certificate))
    async with running(kept, configured) as connector:
        await kept.settled()
        began = datetime.now(UTC).replace(microsecond=0)
        await asyncio.to_thread(server.deliver, mail("5* hotel (1 of 2)"))
        await kept.until(1, 3)
        [item] = kept.items.values()
    assert connector.traits.session
    assert connector.trouble == ""
    assert subject(item) == "5* hotel (1 of 2)"
    assert item.lane == "anna@there.example"
    facts = item.facts
    assert (facts["via"], facts["account"], facts["mail_from"]) == ("imap", "shop@mail.test", "anna@there.example")
    assert facts["mailbox"] == f"{USER}@127.0.0.1/INBOX"
    assert facts["uid"] == 1
    assert began <= item.received_at <= datetime.now(UTC)
    [message] = connector.parse(item)
    assert isinstance(message, Message)
    assert message.automatic is None
    assert message.text.plain.strip() == "Are you open?"
    assert server.flags() == [""]


@pytest.mark.parametrize(("first_sweep", "expected"), [("new", ["now"]), ("all", ["long ago", "now"])])
async def test_old_mail_is_taken_only_where_it_is_asked_for(
    server: Dovecot, first_sweep: str, expected: list[str]
) -> None:
    server.put(mail("long ago"), at=days_ago(40))
    kept = Kept()
    configured = settings(server.imap, first_sweep=first_sweep)
    async with running(kept, configured):
        await kept.settled()
        await eventually(lambda: '"floor": 0' not in str(kept.position) or first_sweep == "all")
        server.put(mail("now"))
        await kept.until(len(expected))
    async with running(kept, configured):
        server.put(mail("later"))
        await kept.until(len(expected) + 1)
    assert kept.subjects == [*expected, "later"]
    assert kept.handed == len(kept.items)


async def test_mail_of_the_time_before_the_server_was_first_reached_is_new(server: Dovecot) -> None:
    server.put(mail("old"), at=days_ago(1))
    server.kill()
    kept = Kept()
    async with running(kept, settings(server.imap)):
        await eventually(lambda: kept.position)
        server.put(mail("came meanwhile"), at=datetime.now(UTC) + timedelta(seconds=1))
        await asyncio.to_thread(server.up)
        await kept.until(1)
    assert kept.subjects == ["came meanwhile"]


async def test_72_hours_of_mail_come_once_each_and_keep_their_age(server: Dovecot) -> None:
    kept = Kept()
    configured = settings(server.imap)
    async with running(kept, configured) as connector:
        await kept.settled()
        server.kill()
        for number in range(500):
            server.put(mail(number, f"c{number % 20}@there.example"), at=days_ago(3 - number / 200))
        await asyncio.to_thread(server.up)
        back_at = time.monotonic()
        await kept.until(1)
        # By default it takes longest_wait (30 s) at most, and the time of a login.
        assert time.monotonic() - back_at < 3
        await kept.until(500)
        assert connector.trouble == ""
    assert kept.subjects == [str(number) for number in range(500)]
    assert kept.handed == 500
    ages = [datetime.now(UTC) - item.received_at for item in kept.items.values()]
    assert all(timedelta(hours=1) < age < timedelta(days=3, minutes=1) for age in ages)
    assert [item.lane for item in kept.items.values()][:2] == ["c0@there.example", "c1@there.example"]


async def test_10000_mails_come_once_each_over_cuts_and_restarts(server: Dovecot) -> None:
    for number in range(10_000):
        server.put(mail(number), at=days_ago(1))
    kept = Kept()
    async with tcp_proxy(server.imap) as proxy:
        configured = settings(proxy.port, first_sweep="all")
        for goal in (1, 3000):
            async with running(kept, configured):
                await kept.until(goal, 30)
                # Stopped while it works.
        proxy.cut_after = 700_000
        async with running(kept, configured):
            await kept.until(6000, 30)
            proxy.cut_after = None
            proxy.cut()
            await kept.until(10_000, 30)
        assert proxy.taken >= 5
    assert len(kept.items) == 10_000
    assert sorted(kept.subjects, key=int) == [str(number) for number in range(10_000)]
    # What was committed was never handed over again.
    assert kept.handed == 10_000


# -- connections that fail --------------------------------------------------------------------------------------------


async def test_a_connection_that_breaks_in_the_middle_of_a_mail_loses_nothing(server: Dovecot) -> None:
    large = mail("large", body="x" * 70 + "\r\n" + ("y" * 70 + "\r\n") * 40_000)
    for content in (mail("before"), large, mail("after")):
        server.put(content, at=days_ago(1))
    kept = Kept()
    async with tcp_proxy(server.imap) as proxy:
        proxy.cut_after = 1_500_000
        async with running(kept, settings(proxy.port, first_sweep="all")):
            await kept.until(1)
            await eventually(lambda: proxy.taken >= 3)
            proxy.cut_after = None
            await kept.until(3)
    assert kept.subjects == ["before", "large", "after"]
    assert [len(item.raw) for item in kept.items.values() if isinstance(item.raw, bytes)][1] == len(large)


async def test_a_mail_at_which_the_connection_always_breaks_stops_no_other(server: Dovecot) -> None:
    for content in (mail("before"), mail("deadly", body="y" * 60_000), mail("after")):
        server.put(content, at=days_ago(1))
    kept = Kept()
    async with tcp_proxy(server.imap) as proxy:
        proxy.cut_after = 40_000
        async with running(kept, settings(proxy.port, first_sweep="all")) as connector:
            await kept.until(2)
            await eventually(lambda: "cannot be fetched" in connector.trouble)
        assert kept.subjects == ["before", "after"]
        proxy.cut_after = None
        async with running(kept, settings(proxy.port)) as connector:
            await kept.until(3)
            await eventually(lambda: connector.trouble == "")
    assert kept.handed == 3


@pytest.mark.parametrize("found_out", [True, False])
async def test_a_connection_that_has_gone_silent_is_left(server: Dovecot, found_out: bool) -> None:
    kept = Kept()
    quick = {"idle_seconds": 0.5, "timeout": 1}
    async with tcp_proxy(server.imap) as proxy, running(kept, settings(proxy.port, **quick)) as connector:
        await kept.settled()
        await eventually(lambda: b"IDLE" in proxy.sent)
        proxy.stalled = True
        server.put(mail("in the dark"))
        if found_out:
            await eventually(lambda: proxy.taken >= 2, 20)
        proxy.stalled = False
        proxy.cut()
        await kept.until(1)
        assert connector.trouble == ""
    assert kept.subjects == ["in the dark"]


async def test_a_server_without_idle_is_asked_again_and_again() -> None:
    try:
        server = dovecot.start(idle=False)
    except dovecot.Missing as missing:
        pytest.skip(str(missing))
    try:
        kept = Kept()
        async with running(kept, settings(server.imap)):
            await kept.settled()
            server.put(mail("polled"))
            await kept.until(1, 5)
    finally:
        server.stop()


async def test_a_store_that_is_gone_for_a_while_gets_the_mail_later(server: Dovecot) -> None:
    server.put(mail("patient"))
    kept = Kept(failures=[Unavailable("locked"), Unavailable("locked")])
    async with running(kept, settings(server.imap, first_sweep="all")):
        await kept.until(1)
    assert kept.handed == 1


async def test_thousands_of_changes_at_once_do_not_break_the_connection(server: Dovecot) -> None:
    for number in range(1500):
        server.put(mail(number), at=days_ago(2))
    kept = Kept()
    async with tcp_proxy(server.imap) as proxy:
        async with running(kept, settings(proxy.port)):
            await eventually(lambda: b"IDLE" in proxy.sent)

            def mark_all() -> None:
                with client(server) as imap:
                    imap.store("1:*", "+FLAGS.SILENT", r"(\Seen)")

            await asyncio.to_thread(mark_all)
            server.put(mail("after all that"))
            await kept.until(1)
        assert proxy.taken == 1
    assert kept.subjects == ["after all that"]


# -- identity ---------------------------------------------------------------------------------------------------------


async def test_a_folder_that_is_numbered_anew_brings_nothing_twice(server: Dovecot) -> None:
    for number in range(300):
        server.put(mail(number), at=days_ago(1))
    # Two mails of the very same bytes are two.
    server.put(mail("twin"))
    server.put(mail("twin"))
    kept = Kept()
    configured = settings(server.imap, first_sweep="all")
    async with running(kept, configured):
        await kept.until(302)
        before = next(iter(kept.items.values())).facts["uidvalidity"]
        server.kill()
        server.remove_state()
        await asyncio.sleep(1.1)  # a UIDVALIDITY is the second at which it was made
        server.put(mail("new"))
        await asyncio.to_thread(server.up)
        await kept.until(303)
        await eventually(lambda: str(before) not in str(kept.position))
    assert sorted(kept.subjects)[-2:] == ["twin", "twin"]
    assert len(kept.items) == 303
    assert kept.handed == 302 + 303


async def test_old_mail_stays_old_when_the_folder_is_numbered_anew(server: Dovecot) -> None:
    for number in range(5):
        server.put(mail(number), at=days_ago(30))
    kept = Kept()
    async with running(kept, settings(server.imap)):
        await kept.settled()
        server.put(mail("new"))
        await kept.until(1)
        server.kill()
        server.remove_state()
        await asyncio.sleep(1.1)
        await asyncio.to_thread(server.up)
        server.put(mail("newer"))
        await kept.until(2)
    assert kept.subjects == ["new", "newer"]


async def test_a_mail_that_is_copied_or_moved_about_is_one_mail(server: Dovecot) -> None:
    with client(server) as imap:
        imap.create("Orders")
    kept = Kept()
    async with running(kept, settings(server.imap, folders=["INBOX", "Orders"])):
        await kept.settled()
        await asyncio.to_thread(server.deliver, mail("wanders"))
        await kept.until(1)

        def wander() -> None:
            with client(server) as imap:
                imap.copy("1", "Orders")
                imap.uid("MOVE", "1", "Orders")
                imap.select("Orders")
                imap.uid("MOVE", "1", "INBOX")

        await asyncio.to_thread(wander)
        server.put(mail("other"))
        server.put(mail("ordered"), folder="Orders")
        await kept.until(3)
    assert sorted(kept.subjects) == ["ordered", "other", "wanders"]


# -- size -------------------------------------------------------------------------------------------------------------


async def test_of_a_mail_that_is_too_large_comes_a_notice_and_it_stays(server: Dovecot) -> None:
    with client(server) as imap:
        imap.create("Done")
    lines = (
        b"From: Anna <anna@there.example>",
        b"Subject: wedding",
        b"Content-Type: multipart/mixed;\r\n boundary=x",
        b"",
        b"--x\r\n\r\nsee\r\n--x\r\nContent-Type: video/mp4\r\n\r\n" + b"z" * 300_000 + b"\r\n--x--\r\n",
    )
    server.put(b"\r\n".join(lines))
    server.put(mail("after"))
    kept = Kept()
    limited = settings(server.imap, first_sweep="all", size_limit=65536, handled="move", move_to="Done")
    async with running(kept, limited) as connector:
        await kept.until(2)
        await eventually(lambda: len(server.flags(folder="Done")) == 1)
    [message] = connector.parse(next(iter(kept.items.values())))
    assert isinstance(message, Message)
    assert (message.subject, message.address) == ("wedding", "anna@there.example")
    assert "too large for the bridge: 0.3 MB, where 0.1 MB are allowed" in message.text.plain
    assert "in the folder INBOX of" in message.text.plain
    assert message.attachments == ()
    assert len(server.flags()) == 1


# -- what becomes of handled mail -------------------------------------------------------------------------------------


@pytest.mark.parametrize("handled", ["mark", "move"])
async def test_handled_mail_is_marked_or_moved_after_a_crash_too(server: Dovecot, handled: str) -> None:
    with client(server) as imap:
        imap.create('"Done &- Gone"')  # & as it is sent
    server.put(mail("before us"), at=days_ago(9))
    target: dict[str, Any] = {"move_to": "Done & Gone"} if handled == "move" else {}
    configured = settings(server.imap, handled=handled, **target)

    def count() -> int:
        return len(server.flags(folder="Done &- Gone")) if handled == "move" else server.flags().count("a")

    kept = Kept(hang_after=1)
    async with running(kept, configured):
        await kept.settled()
        await eventually(lambda: '"floor": 1' in str(kept.position))
        server.put(mail("crash"))
        await kept.until(1)
    assert count() == 0
    kept.hang_after = None
    async with running(kept, configured):
        await eventually(lambda: count() == 1)
        server.put(mail("next"))
        await eventually(lambda: count() == 2)
    assert kept.subjects == ["crash", "next"]
    assert kept.handed == 2
    assert "S" not in "".join(server.flags())
    # The old one was never touched.
    assert len(server.flags()) == (1 if handled == "move" else 3)


async def test_mail_that_cannot_be_moved_is_still_handed_over(server: Dovecot) -> None:
    kept = Kept()
    async with running(kept, settings(server.imap, handled="move", move_to="Nowhere")) as connector:
        await kept.settled()
        server.put(mail("here to stay"))
        await kept.until(1)
        await eventually(lambda: "to move mail to Nowhere" in connector.trouble)


# -- logging in, and what doctor says ---------------------------------------------------------------------------------


async def test_a_login_that_is_refused_is_told_and_not_hammered(server: Dovecot) -> None:
    kept = Kept()
    async with tcp_proxy(server.imap) as proxy, running(kept, settings(proxy.port, password="wrong")) as connector:
        await eventually(lambda: "the mail server refused the login" in connector.trouble)
        await asyncio.sleep(0.3)
        assert "check username and password" in connector.trouble
        assert "wrong" not in connector.trouble
        assert proxy.taken == 1


async def check(configured: Any) -> list[Finding]:
    from connectors.email.connector import EmailConnector  # noqa: PLC0415 - one test's

    return [one for one in await EmailConnector("mail", configured).check() if "Maildir" not in one.what]


async def test_doctor_says_what_is_right_and_what_is_wrong(server: Dovecot) -> None:
    good = await check(settings(server.imaps, security="tls", ca_file=str(server.certificate), handled="mark"))
    assert [one.level for one in good] == [FindingLevel.OK] * 3
    assert "tells of new mail at once (IDLE)" in good[1].what
    assert "UIDVALIDITY" in good[2].what
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"password": "x"}, "refused the login"),
        ({"folders": ["INBOX", "Nowhere"]}, "refused the folder Nowhere"),
        ({"handled": "move", "move_to": "Nowhere"}, "the folder Nowhere, for handled mail, is not there"),
        ({"port": server.imaps, "security": "tls"}, "is not trusted"),
        ({"port": 1}, "cannot be reached: nothing answers on that port"),
        ({"security": "tls"}, "speaks no TLS that we know; with TLS the port is 993"),
    ]
    for changed, words in wrong:
        findings = await check(settings(**{"port": server.imap, **changed}))
        assert any(one.level is FindingLevel.FAILURE and words in one.what for one in findings), (words, findings)
        assert all(one.todo for one in findings if one.level is FindingLevel.FAILURE)
