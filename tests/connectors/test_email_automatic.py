"""Machines are known by what they say of themselves; people are never taken for one. Bounces name what they bounce."""

# ruff: noqa: E501, RUF001 - mails as they are, in all scripts

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bridge.connector import Automatic, InboundEvent, Message, RawItem
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


SUBJECTS = [
    ("Automatic reply: Your question", "auto-reply"),
    ("Out of Office: Your question", "auto-reply"),
    ("Automatische Antwort: Frage", "auto-reply"),
    ("Abwesenheitsnotiz", "auto-reply"),
    ("Réponse automatique : Votre question", "auto-reply"),
    ("Absence du bureau : x", "auto-reply"),
    ("Respuesta automática: x", "auto-reply"),
    ("Fuera de la oficina: x", "auto-reply"),
    ("Risposta automatica: x", "auto-reply"),
    ("Resposta automática: x", "auto-reply"),
    ("Automatisch antwoord: x", "auto-reply"),
    ("Afwezigheidsbericht", "auto-reply"),
    ("Autosvar: x", "auto-reply"),
    ("Automatiskt svar: x", "auto-reply"),
    ("Automatisk svar: x", "auto-reply"),
    ("Automaattinen vastaus: x", "auto-reply"),
    ("Odpowiedź automatyczna: x", "auto-reply"),
    ("Automatická odpověď: x", "auto-reply"),
    ("Автоматический ответ: x", "auto-reply"),
    ("Автоответ", "auto-reply"),
    ("Автоматична відповідь: x", "auto-reply"),
    ("自动回复: x", "auto-reply"),
    ("自動返信", "auto-reply"),
    ("Otomatik yanıt: x", "auto-reply"),
    ("Undeliverable: Your order", "bounce"),
    ("Mail delivery failed: returning message to sender", "bounce"),
    ("Delivery Status Notification (Failure)", "bounce"),
    ("failure notice", "bounce"),
    ("Returned mail: see transcript for details", "bounce"),
    ("系统退信", "bounce"),
]


@pytest.mark.parametrize(("subject", "kind"), SUBJECTS)
def test_subjects_that_only_machines_write(subject: str, kind: str) -> None:
    found = automatic(f"From: a@there.example\nSubject: {subject}\n\nx")
    assert found is not None
    assert found.kind == kind
    assert automatic(f"From: a@there.example\nSubject: Re: {subject}\n\nx") is None


@pytest.mark.parametrize(
    "subject",
    [
        "Delivery failed: my parcel",
        "Delivery failure",
        "Delivery delayed: order 12",
        "Returned to sender",
        "Nicht zugestellt: mein Paket",
        "Unzustellbar",
        "Mail delivery problem at our house",
        "Out of office next week, please deliver later",
        "Out of the office printer ink",
        "Automatic door broken",
        "Auto reply does not work",
        "Abwesenheit",
        "Abwesend im August",
        "Urlaub",
        "Vacation rental",
        "Absence de réponse",
        "Ausente en casa",
        "Error",
        "Notification of a fault",
        "邮件没有收到",
    ],
)
def test_subjects_that_people_write(subject: str) -> None:
    for text in (
        "Hello,\n\nyour message could not be delivered, it says: 550 5.1.1 user unknown.\n\nAnna\n",
        "Your mail to me was returned. It says 550 5.1.1.\n\nAnna\n",
        "Delivery to the following address failed:\nanna@there.example\n\nso I went to the shop. Anna\n",
        "User unknown, it says, when logging in as anna@there.example.\n550 points are lost.\n",
    ):
        assert automatic(f"From: a@there.example\nSubject: {subject}\n\n{text}") is None


SENTENCES = [
    "This is an automated message, please do not reply.",
    "This email was automatically generated.",
    "Please do not reply to this e-mail.",
    "Dies ist eine automatisch generierte E-Mail.",
    "Bitte antworten Sie nicht auf diese Nachricht.",
    "Ceci est un message automatique.",
    "Merci de ne pas répondre à ce message.",
    "Este es un mensaje automático.",
    "Por favor, no responda a este correo.",
    "Questo è un messaggio automatico.",
    "Esta é uma mensagem automática.",
    "Dit is een automatisch gegenereerd bericht.",
    "Detta är ett automatiskt meddelande.",
    "Dette er en automatisk besked.",
    "Tämä on automaattinen viesti.",
    "Ta wiadomość została wygenerowana automatycznie.",
    "Toto je automatický e-mail.",
    "Это автоматическое сообщение.",
    "Це автоматичне повідомлення.",
    "此邮件为系统自动发送。",
    "このメールは自動送信されています。",
    "Bu e-posta otomatik olarak gönderilmiştir.",
    "Beantwoord deze e-mail niet.",
    "Svara inte på detta meddelande.",
    "Svar ikke på denne mail.",
    "Älä vastaa tähän viestiin.",
    "Neodpovídejte na tento e-mail.",
    "Пожалуйста, не отвечайте на это письмо.",
    "Будь ласка, не відповідайте на цей лист.",
    "请勿回复此邮件。",
    "このメールに返信しないでください。",
    "Lütfen bu e-postayı yanıtlamayınız.",
]


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_machine_that_says_so(sentence: str) -> None:
    for text in (f"{sentence}\n\nYour number is 12.", "\n".join(["Dear customer,", *"abcdefgh", sentence])):
        found = automatic(f"From: a@there.example\nSubject: Your order\n\n{text}")
        assert found is not None
        assert found.kind == "auto-generated"


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_person_who_quotes_or_asks_about_a_machine(sentence: str) -> None:
    for text in (
        f"Why do I get this?\n\n> {sentence}",
        f"Where can I answer?\n\nOn 5 Jan 2026, at 09:14, Shop <info@shop.example> wrote:\n\n{sentence}",
        f"I got a mail that says: {sentence}",
        "Please do not reply to this email, call me instead.",
        "Bitte antworten Sie nicht auf diese Mail, sondern rufen Sie mich an.",
        "\n".join(["Hello,", *"abcdefgh", "You write", sentence, "I did not order.", *"abcdefgh"]),
    ):
        assert automatic(f"From: a@there.example\nSubject: Your order\n\n{text}") is None


@pytest.mark.parametrize(
    ("header", "is_machine"),
    [
        ("From: no-reply@forms.example\nReply-To: anna@there.example", False),
        ("From: no-reply@there.example\nReply-To: help@there.example", True),
        ("From: no-reply@forms.example\nReply-To: noreply@there.example", True),
        ("From: no-reply@forms.example\nReply-To: anna@there.example\nPrecedence: bulk", True),
        ("From: anna@there.example\nFeedback-ID: 1.eu.x=:AmazonSES", False),
        ("From: anna@there.example\nX-Mailer: Postmaster Pro", False),
        ("From: Mail Delivery System <x@there.example>", True),
        ("From: bounces@there.example", True),
    ],
)
def test_forms_and_services_write_for_people(header: str, is_machine: bool) -> None:
    found = automatic(f"{header}\nSubject: Your table\n\nA table for two, please.\n")
    assert (found is not None) == is_machine


def test_a_service_s_envelope_is_no_sign() -> None:
    assert automatic("From: anna@there.example\n\nx", mail_from="bounces@service.example") is None
    assert automatic("From: anna@there.example\n\nx", mail_from="MAILER-DAEMON@service.example") is not None


PASSED_ON = (
    "From: a@there.example\nSubject: Fwd: Returned mail: see transcript for details\n\n{0}\n\nBegin forwarded message:\n\n"
    "> From: Mail Delivery Subsystem <MAILER-DAEMON@there.example>\n> To: a@there.example\n> Subject: Returned mail\n>\n"
    ">    ----- The following addresses had permanent fatal errors -----\n> <b@b.example>\n> 550 5.1.1 User unknown\n"
)


def test_a_notice_that_is_passed_on_without_a_word_is_one() -> None:
    found = automatic(PASSED_ON.format("FYI"))
    assert found is not None
    assert found.kind == "bounce"
    assert automatic(PASSED_ON.format("Hello, my mail to your other address came back like this.")) is None
