"""Machines are known by what they say of themselves; people are never taken for one. Bounces name what they bounce."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.connector import Automatic, DeliveryReport, DeliveryStatus, InboundEvent, Message, RawItem
from connectors.email.parse import parse_mail


def events(mail: str, mail_from: str = "anna@there.example") -> list[InboundEvent]:
    facts = {"mail_from": mail_from, "account": "info@shop.example"}
    raw = mail.replace("\n", "\r\n").encode()
    return list(
        parse_mail(RawItem(native_id="1", raw=raw, lane="x", received_at=datetime(2026, 1, 2, tzinfo=UTC), facts=facts))
    )


def automatic(mail: str, mail_from: str = "anna@there.example") -> Automatic | None:
    message = events(mail, mail_from)[0]
    assert isinstance(message, Message)
    return message.automatic


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("Auto-Submitted: auto-replied", "auto-reply"),
        ("Auto-Submitted: auto-replied (vacation)", "auto-reply"),
        ("Auto-Submitted: auto-generated; x=y", "auto-generated"),
        ("Auto-Submitted: auto-notified", "auto-generated"),
        ("Precedence: auto_reply", "auto-reply"),
        ("Precedence: bulk", "auto-generated"),
        ("Precedence: JUNK", "auto-generated"),
        ("Precedence: list", "list"),
        ("Precedence: bulk\nList-Id: <x.example>", "list"),
        ("List-Id: <x.example>", "list"),
        ("List-Unsubscribe: <mailto:x@y>", "list"),
        ("List-Post: <mailto:x@y>", "list"),
        ("X-Auto-Response-Suppress: OOF, AutoReply", "auto-generated"),
        ("X-Autoreply: yes", "auto-reply"),
        ("X-Autorespond: x", "auto-reply"),
        ("X-Auto-Reply-From: a@b", "auto-reply"),
        ("X-Loop: a@b", "auto-generated"),
        ("Feedback-ID: 1:2:3:x", "auto-generated"),
        ("X-FC-MachineGenerated: true", "auto-generated"),
        ("X-Failed-Recipients: a@b", "bounce"),
        ("Return-Path: <>", "auto-generated"),
        ("From: MAILER-DAEMON@there.example", "bounce"),
        ("From: Postmaster <postmaster@there.example>", "bounce"),
        ("From: no-reply@there.example", "auto-generated"),
        ("From: orders-noreply@there.example", "auto-generated"),
        ("From: do-not-reply@there.example", "auto-generated"),
        ("From: noreply+x@there.example", "auto-generated"),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=b", "bounce"),
        ("Content-Type: multipart/report; report-type=disposition-notification; boundary=b", "report"),
        ("Content-Type: multipart/report; report-type=feedback-report; boundary=b", "report"),
        ("Content-Type: multipart/report; boundary=b", "bounce"),
        ("Content-Type: message/delivery-status", "bounce"),
        ("Subject: Automatic reply: your question", "auto-reply"),
        ("Subject: Automatische Antwort: Frage", "auto-reply"),
        ("Subject: Undelivered Mail Returned to Sender", "bounce"),
        ("From: info@shop.example\nMessage-ID: <out-1@shop.example>", "auto-generated"),
    ],
)
def test_machines(header: str, kind: str) -> None:
    found = automatic(f"{header}\n\nx")
    assert found is not None
    assert found.kind == kind
    assert found.reason


@pytest.mark.parametrize(
    "header",
    [
        "From: anna@there.example",
        "Auto-Submitted: no",
        "Auto-Submitted:",
        "X-Auto-Response-Suppress: None",
        "Precedence: normal",
        "Precedence: first-class",
        "Subject: Re: Automatic reply: your question",
        "Subject: Out of stock?",
        "Subject: Undo my order",
        "Subject: Delivery of my parcel",
        "From: noreen.reply@there.example",
        "From: nora@noreply.example",
        "From: anna@shop.example\nMessage-ID: <x@shop.example>",
        "Return-Path: <anna@there.example>",
        "X-Mailer: List-Id",
        "Content-Type: multipart/mixed; boundary=b",
    ],
)
def test_people(header: str) -> None:
    assert automatic(f"{header}\n\nx") is None


def test_an_empty_envelope_sender_is_a_machine() -> None:
    assert automatic("From: anna@there.example\n\nx", mail_from="<>") is not None


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
