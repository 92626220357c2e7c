"""Bounces: whose, why, for good or not, and which of our mails it was; in fields, and in servers' own words."""

# ruff: noqa: E501 - mails as they are

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.connector import DeliveryReport, DeliveryStatus, InboundEvent, Message, RawItem
from connectors.email.bounce_text import notice_lines, read_notice
from connectors.email.explain import explain_mail
from connectors.email.parse import parse_mail


def events(mail: str, mail_from: str = "<>") -> list[InboundEvent]:
    facts = {"mail_from": mail_from, "account": "info@shop.example"}
    raw = mail.replace("\n", "\r\n").encode()
    return list(
        parse_mail(RawItem(native_id="1", raw=raw, lane="x", received_at=datetime(2026, 1, 2, tzinfo=UTC), facts=facts))
    )


def reports(mail: str, mail_from: str = "<>") -> list[DeliveryReport]:
    return [one for one in events(mail, mail_from) if isinstance(one, DeliveryReport)]


def explained(mail: str) -> dict[str, object]:
    bounce = explain_mail(mail.encode())["bounce"]
    assert isinstance(bounce, dict)
    return bounce


def notification(action: str, status: str, returned: str = "Content-Type: message/rfc822") -> str:
    return (
        "From: MAILER-DAEMON@there.example\nTo: info@shop.example\nSubject: Undelivered\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
        "--b\nContent-Type: text/plain\n\nIt did not arrive.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; there.example\n\n"
        f"Original-Recipient: rfc822;Anna@there.example\nFinal-Recipient: rfc822; x@inner.example\nAction: {action}\n"
        f"Status: {status}\nDiagnostic-Code: smtp; 550 no such\n user\n\n"
        f"--b\n{returned}\n\nFrom: info@shop.example\nMessage-ID: <out-1@shop.example>\n\nYes.\n--b--\n"
    )


@pytest.mark.parametrize(
    ("action", "status", "expected", "permanent"),
    [
        ("failed", "5.1.1", DeliveryStatus.BOUNCED, True),
        ("Failed", "4.4.7", DeliveryStatus.BOUNCED, True),
        ("delayed", "4.4.1", DeliveryStatus.BOUNCED, False),
        ("delivered", "2.1.5", DeliveryStatus.DELIVERED, False),
        ("relayed", "2.1.9", DeliveryStatus.ACCEPTED, False),
    ],
)
@pytest.mark.parametrize("returned", ["Content-Type: message/rfc822", "Content-Type: text/rfc822-headers"])
def test_delivery_reports(action: str, status: str, expected: DeliveryStatus, permanent: bool, returned: str) -> None:
    message, report = events(notification(action, status, returned), mail_from="<>")
    assert isinstance(message, Message)
    assert message.text.plain == "It did not arrive."
    assert report == DeliveryReport(
        refers_to="out-1@shop.example",
        status=expected,
        reason=f"{status} 550 no such user",
        permanent=permanent,
        recipient="anna@there.example",
    )


def test_a_report_without_the_returned_mail_refers_to_what_it_answers() -> None:
    mail = notification("failed", "5.1.1", "Content-Type: text/x-nothing")
    [_, report] = events("In-Reply-To: <out-2@shop.example>\n" + mail, mail_from="<>")
    assert isinstance(report, DeliveryReport)
    assert report.refers_to == "out-2@shop.example"


def test_a_report_for_several_recipients_and_one_that_says_nothing() -> None:
    mail = notification("failed", "5.1.1").replace(
        "\n\n--b\nContent-Type: message/rfc822",
        "\n\nFinal-Recipient: rfc822; b@b.example\nAction: delayed\nStatus: 4.0.0\n\nAction: failed\n\n"
        "\n--b\nContent-Type: message/rfc822",
    )
    reports = [one for one in events(mail, "<>") if isinstance(one, DeliveryReport)]
    assert [(one.recipient, one.permanent) for one in reports] == [("anna@there.example", True), ("b@b.example", False)]


@pytest.mark.parametrize(
    ("action", "status", "words", "expected", "permanent"),
    [
        ("failed", "5.1.1", "550 no", "5.1.1", True),
        ("failed", "4.4.7", "expired", "4.4.7", False),
        ("failed", "5.0.0", "550 5.2.2 full", "5.2.2", True),
        ("failed", "5.0.0", "452 full", "4.0.0", False),
        ("failed", "", "550-5.7.1 no", "5.7.1", True),
        ("failed", "", "550 no such user", "5.0.0", True),
        ("failed (user unknown)", "5.1.1 (x)", "", "5.1.1", True),
        ("", "5.1.1", "", "5.1.1", True),
        ("delayed", "4.4.1", "", "4.4.1", False),
    ],
)
def test_what_explain_says_of_the_fields(action: str, status: str, words: str, expected: str, permanent: bool) -> None:
    mail = notification(action, status).replace("smtp; 550 no such\n user", f"smtp; {words}")
    found = explained(mail)
    assert (found["status"], found["permanent"]) == (expected, permanent)
    assert found["recipient"] == "anna@there.example"


def test_a_success_is_no_bounce() -> None:
    assert explain_mail(notification("delivered", "2.1.5").encode())["bounce"] is None


RETURNED = "From: info@shop.example\nTo: anna@there.example\nSubject: Re: x\nMessage-ID: <out-7@shop.example>\n\nYes.\n"

# What servers write: the words, the address, the status, whether that is for good.
NOTICES = {
    "qmail": (
        (
            "Hi. This is the qmail-send program at there.example.\nI'm afraid I wasn't able to deliver your message to the "
            "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
            "<anna@there.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n\n--- Below this line is a copy of the message.\n"
        ),
        "5.1.1",
        True,
    ),
    "exim": (
        (
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
            "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) failed:\n\n"
            "  anna@there.example\n    SMTP error from remote mail server after RCPT TO:<anna@there.example>:\n"
            "    host mx.there.example [192.0.2.1]: 550 Unknown user\n\n"
            "------ This is a copy of the message, including all the headers. ------\n"
        ),
        "5.1.1",
        True,
    ),
    "exim, still trying": (
        (
            "This message was created automatically by mail delivery software.\nA message that you have sent has not yet been "
            "delivered to one or more of its\nrecipients after more than 24 hours on the queue.\n\n  anna@there.example\n\n"
            "No action is required on your part. Delivery attempts will continue for\nsome time.\n\n"
        ),
        "4.4.7",
        False,
    ),
    "postfix": (
        (
            "This is the mail system at host mx.shop.example.\n\nI'm sorry to have to inform you that your message could not\n"
            "be delivered to one or more recipients.\n\n<anna@there.example>: host mx.there.example[192.0.2.1] said: 552 5.2.2\n"
            "    Over quota (in reply to RCPT TO command)\n\n"
        ),
        "5.2.2",
        True,
    ),
    "sendmail": (
        (
            "The original message was received at Fri, 2 Jan 2026 10:00:00 +0100\n\n"
            "   ----- The following addresses had permanent fatal errors -----\n<anna@there.example>\n"
            "    (reason: 553 sorry, that domain isn't in my list)\n\n   ----- Transcript of session follows -----\n"
            "... while talking to mx.there.example.:\n<<< 553 sorry\n\n   ----- Original message follows -----\n\n"
        ),
        "5",
        True,
    ),
    "exchange": (
        (
            "Your message\n\n  To:      anna@there.example\n  Subject: Re: x\n\ndid not reach the following recipient(s):\n\n"
            "anna@there.example on Fri, 2 Jan 2026 10:00:00 +0100\n    The recipient name is not recognized\n\n"
        ),
        "5",
        True,
    ),
    "greylisted to the end": (
        "Delivery to the following recipient failed: anna@there.example\nremote server said: 451 4.7.1 try again later\n\n",
        "4.7.1",
        False,
    ),
    "yahoo": (
        (
            "Message from yahoo.example.\nUnable to deliver message to the following address(es).\n\n<anna@there.example>:\n"
            "This user doesn't have a there.example account (anna@there.example) [0]\n\n--- Original message follows.\n\n"
        ),
        "5.1.1",
        True,
    ),
    "a carrier in Japan": (
        "次の宛先に配信できませんでした。\n<anna@there.example>\n宛先のアドレスが見つかりません\n\n",
        "5.1.1",
        True,
    ),
    "in German": (
        "Ihre Nachricht konnte nicht zugestellt werden.\n\nanna@there.example: Empfänger unbekannt\n\n",
        "5.1.1",
        True,
    ),
    "in French": ("Votre message n'a pas pu être remis à anna@there.example\nUtilisateur inconnu\n\n", "5.1.1", True),
    "full": ("Delivery failed.\n\nanna@there.example: mailbox is full\n\n", "5.2.2", True),
    "for now": ("Delivery failed.\n\nanna@there.example: mailbox is full, a temporary failure\n\n", "4.2.2", False),
    "given up": ("Could not deliver to anna@there.example for the last 5 days. Giving up.\n\n", "5.4.7", True),
    "no word about it": ("Something went wrong with anna@there.example\n\n", "", True),
}


@pytest.mark.parametrize("name", NOTICES)
def test_notices_in_servers_own_words(name: str) -> None:
    words, status, permanent = NOTICES[name]
    head = "From: MAILER-DAEMON@there.example\nTo: info@shop.example\nSubject: failure notice\n"
    found = explained(f"{head}\n{words}{RETURNED}")
    assert found["recipient"] == "anna@there.example"
    assert str(found["status"]).startswith(status)
    assert found["permanent"] is permanent
    assert found["refers_to"] == "out-7@shop.example"


def test_a_notice_in_words_turns_the_mark_of_our_mail() -> None:
    head = "From: MAILER-DAEMON@there.example\nTo: info@shop.example\nSubject: failure notice\n"
    [report] = reports(f"{head}\n{NOTICES['qmail'][0]}{RETURNED}")
    assert (report.refers_to, report.status) == ("out-7@shop.example", DeliveryStatus.BOUNCED)
    assert (report.recipient, report.permanent) == ("anna@there.example", True)
    [delay] = reports(f"{head}\n{NOTICES['exim, still trying'][0]}{RETURNED}")
    assert not delay.permanent


def test_a_persons_mail_about_a_bounce_is_no_report() -> None:
    mail = f"From: anna@there.example\nTo: info@shop.example\nSubject: Re: x\n\nHello, I got this:\n\n{NOTICES['qmail'][0]}{RETURNED}"
    assert reports(mail, "anna@there.example") == []
    assert explain_mail(mail.encode())["automatic"] is None


@pytest.mark.parametrize(
    "where",
    [
        "Content-Type: message/rfc822\n\nMessage-ID: <out-7@shop.example>\n\nYes.",
        "Content-Type: text/rfc822-headers\n\nMessage-ID:\n <out-7@shop.example>\n",
        "Content-Type: text/plain\n\nThe headers were:\n\nmessage-id: <out-7@shop.example>\n",
        "Content-Type: application/octet-stream\n\nMessage-ID: <out-7@shop.example>\n",
    ],
)
def test_our_mail_is_known_wherever_its_id_stands(where: str) -> None:
    mail = notification("failed", "5.1.1", "Content-Type: message/rfc822").replace(
        "Content-Type: message/rfc822\n\nFrom: info@shop.example\nMessage-ID: <out-1@shop.example>\n\nYes.", where
    )
    assert [one.refers_to for one in reports(mail)] == ["out-7@shop.example"]


def test_an_id_of_ours_is_worth_more_than_another() -> None:
    mail = "In-Reply-To: <out-9@shop.example>\n" + notification("failed", "5.1.1").replace(
        "out-1@shop.example", "x@list.example"
    )
    assert [one.refers_to for one in reports(mail)] == ["out-9@shop.example"]


@given(st.text(max_size=2000))
def test_any_words_are_read(text: str) -> None:
    lines = notice_lines(text)
    assert read_notice(lines, ()).status == "" or lines
