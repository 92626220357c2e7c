"""Outbounds as mails: the fields, the same bytes each time, and that nothing can break out of a header."""

from __future__ import annotations

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.connector import Attachment, Choice, Message, Outbound, OutboundKind, Quoted, RawItem, Span, SpanKind, Text
from connectors.email.compose import compose, message_id, needs_smtputf8
from connectors.email.markup import render
from connectors.email.parse import parse_mail
from connectors.email.quote_below import quoted_text
from connectors.email.sender import Sender
from connectors.email.subject import answer_subject

SHOP = Sender(address="info@shop.example", name="Shop")
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def outbound(**values: Any) -> Outbound:
    given_values = {
        "id": "out-1",
        "kind": OutboundKind.ANSWER,
        "connector": "email",
        "address": "anna@there.example",
        "text": Text("Yes."),
        "created_at": NOW,
        **values,
    }
    return Outbound(**given_values)


def read(mail: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def parsed(mail: bytes) -> Message:
    item = RawItem(native_id="1", raw=mail, lane="x", received_at=NOW, facts={"account": "info@shop.example"})
    [message] = parse_mail(item)
    assert isinstance(message, Message)
    return message


def test_an_answer() -> None:
    mail = compose(outbound(subject="AW: Öffnungszeiten", replies_to=("first@x", "out-0@shop.example", "last@x")), SHOP)
    assert mail == (
        b"From: Shop\r\n <info@shop.example>\r\n"
        b"To: <anna@there.example>\r\n"
        b"Subject: =?utf-8?q?Re=3A_=C3=96ffnungszeiten?=\r\n"
        b"Date: Wed, 04 Mar 2026 05:06:07 +0000\r\n"
        b"Message-ID: <out-1@shop.example>\r\n"
        b"In-Reply-To: <last@x>\r\n"
        b"References: <first@x>\r\n <out-0@shop.example>\r\n <last@x>\r\n"
        b'Content-Type: text/plain; charset="utf-8"\r\nContent-Transfer-Encoding: 7bit\r\nMIME-Version: 1.0\r\n\r\n'
        b"Yes.\r\n"
    )


def test_an_automatic_answer_says_so_and_an_answer_does_not() -> None:
    automatic = read(compose(outbound(kind=OutboundKind.AUTOMATIC), SHOP))
    assert automatic["Auto-Submitted"] == "auto-replied"
    assert automatic["X-Auto-Response-Suppress"] == "All"
    assert automatic["Precedence"] is None
    asks = (Choice(id="1", label="It helped", word="yes"),)
    asking = read(compose(outbound(kind=OutboundKind.AUTOMATIC, choices=asks), SHOP))
    assert asking["Auto-Submitted"] == "auto-replied"
    assert "All" not in asking["X-Auto-Response-Suppress"]
    assert read(compose(outbound(), SHOP))["Auto-Submitted"] is None


@pytest.mark.parametrize(
    ("subject", "answer"),
    [
        ("Hello", "Re: Hello"),
        ("Re: Hello", "Re: Hello"),
        ("RE: AW: re: Sv: Antw: Hello", "Re: Hello"),
        ("Re[2]: Hello", "Re: Hello"),
        ("RE : Hello", "Re: Hello"),
        ("回复:你好", "Re: 你好"),
        ("Fwd: Hello", "Re: Fwd: Hello"),
        ("Re: Fwd: Re: Hello", "Re: Fwd: Re: Hello"),
        ("Rebate: 5 %", "Re: Rebate: 5 %"),
        ("", "Re:"),
        ("Re:" * 1000 + "x", None),
    ],
)
def test_subjects_of_answers(subject: str, answer: str | None) -> None:
    said = answer_subject(subject)
    assert said.startswith("Re:")
    assert answer is None or said == answer


def test_a_subject_that_answers_nothing_stays() -> None:
    assert read(compose(outbound(subject="News"), SHOP))["Subject"] == "News"


def test_an_id_that_is_no_message_id_is_left_out_and_a_long_one_is_kept_whole() -> None:
    long = "x" * 300 + "@there.example"
    mail = compose(outbound(replies_to=("no id", "a\u00e4@b", long)), SHOP)
    assert f"References: <{long}>\r\n".encode() in mail
    assert f"In-Reply-To: <{long}>\r\n".encode() in mail


@pytest.mark.parametrize(
    ("text", "rendered"),
    [
        (Text("a bold word", (Span(start=2, end=6, kind=SpanKind.BOLD),)), "a *bold* word"),
        (Text("a bold word", (Span(start=1, end=7, kind=SpanKind.ITALIC),)), "a _bold_ word"),
        (
            Text("here", (Span(start=0, end=4, kind=SpanKind.LINK, target="https://x.example"),)),
            "here <https://x.example>",
        ),
        (Text("https://x", (Span(start=0, end=9, kind=SpanKind.LINK, target="https://x"),)), "https://x"),
        (Text("one\ntwo\nthree", (Span(start=0, end=7, kind=SpanKind.QUOTE),)), "> one\n> two\nthree"),
        (
            Text("ab", (Span(start=0, end=2, kind=SpanKind.BOLD), Span(start=0, end=1, kind=SpanKind.CODE))),
            "*`a`b*",
        ),
        (Text("a\nb", (Span(start=0, end=3, kind=SpanKind.BOLD),)), "a\nb"),
        (Text("   ", (Span(start=0, end=3, kind=SpanKind.BOLD),)), "   "),
        (Text("a\r\nb\rc"), "a\nb\nc"),
    ],
)
def test_markup(text: Text, rendered: str) -> None:
    assert render(text) == rendered


def test_choices_are_lines_with_their_words() -> None:
    choices = (Choice(id="1", label="It helped", word="yes"), Choice(id="2", label="A person, please", word="no"))
    text = parsed(compose(outbound(choices=choices), SHOP)).text.plain
    assert text == "Yes.\n\nyes - It helped\nno - A person, please"


def test_the_same_outbound_is_the_same_bytes_and_another_is_not() -> None:
    attachments = (Attachment(name="a.pdf", media_type="application/pdf", content=b"%PDF"),)
    first = compose(outbound(attachments=attachments), SHOP)
    assert first == compose(outbound(attachments=attachments), SHOP)
    assert first != compose(outbound(id="out-2", attachments=attachments), SHOP)


def test_a_forwarded_mail_goes_out_as_a_file() -> None:
    forwarded = Attachment(name="Order.eml", media_type="message/rfc822", content=b"Subject: x\n\nbody\xff")
    message = parsed(compose(outbound(attachments=(forwarded,)), SHOP))
    assert [(one.name, one.content) for one in message.attachments] == [("Order.eml", b"Subject: x\n\nbody\xff")]


@pytest.mark.parametrize(
    ("address", "extension"),
    [("anna@there.example", False), ("anna@bücher.example", False), ("änna@there.example", True)],
)
def test_smtputf8_is_needed_for_what_stands_before_the_at(address: str, extension: bool) -> None:
    assert needs_smtputf8(address) is extension
    assert compose(outbound(address=address), SHOP).isascii() is not extension


def test_message_ids() -> None:
    assert message_id("out-1", "info@bücher.example") == "out-1@xn--bcher-kva.example"
    assert message_id("a b>\r\nX: y", "info@shop.example") == "a_b___X__y@shop.example"


def test_content_that_is_missing_is_an_error() -> None:
    with pytest.raises(ValueError, match="missing"):
        compose(outbound(attachments=(Attachment(name="a.pdf"),)), SHOP)


ANYTHING = st.text(st.characters(codec=None), max_size=120)
FIELDS = {
    "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type",
    "Content-Transfer-Encoding",
}  # fmt: skip


FULL = Sender(
    address="info@shop.example",
    name="Shop",
    reply_to="shop+{token}@shop.example",
    signature="{name}\n{address}",
    html=True,
)
TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcd"


@pytest.mark.parametrize("kind", list(OutboundKind))
@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING)
@example("a\r\nBcc: eve@evil.example", "y\rBcc: e@v", "a@b\r\nBcc: e@v.example", "Shop\r\nBcc: e@v")
@example("=?utf-8?q?a=0D=0ABcc:_x?=", "\n\n", "\u05d0@\u05d1.example", "\u202e\u05d0")
def test_nothing_breaks_out_of_the_fields_for_answers_either(
    kind: OutboundKind, title: str, text: str, copy: str, own_name: str
) -> None:
    sent = outbound(
        kind=kind,
        conversation=7,
        title=title,
        subject=title,
        text=Text(text),
        token=TOKEN,
        copies=(copy, "bob@there.example"),
        quoted=Quoted(author=title, at=NOW, text=text),
    )
    mail = compose(sent, replace(FULL, name=own_name))
    header, _, _ = mail.partition(b"\r\n\r\n")
    names = {line.split(b":")[0].decode() for line in header.split(b"\r\n") if line[:1] not in (b" ", b"\t")}
    assert names <= FIELDS | {"Cc", "Reply-To", "Auto-Submitted", "X-Auto-Response-Suppress"}
    assert {"Cc", "Reply-To"} <= names
    assert mail.count(b"\n") == mail.count(b"\r\n") == mail.count(b"\r")
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    assert mail == compose(sent, replace(FULL, name=own_name))


@pytest.mark.parametrize("token", ["short", "a" * 36 + "\r\nBcc: x", "a" * 35 + "@", "1" * 36])
def test_a_token_that_is_none_is_an_error(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        compose(outbound(token=token), FULL)


def test_without_a_token_or_a_template_answers_go_to_our_address() -> None:
    assert b"Reply-To" not in compose(outbound(), FULL)
    assert b"Reply-To" not in compose(outbound(token=TOKEN), SHOP)


def part_of(mail: bytes, kind: str) -> str:
    part = read(mail).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


ASKED = Quoted(
    author="Anna", at=datetime(2026, 11, 22, 23, 10, tzinfo=timezone(timedelta(hours=1))), text="Open?\n> No"
)


def test_an_answer_with_its_signature_and_what_it_answers() -> None:
    mail = compose(outbound(token=TOKEN, copies=("bob@there.example",), quoted=ASKED), FULL)
    assert read(mail).get_content_type() == "multipart/alternative"
    assert b"To: <anna@there.example>\r\nCc: <bob@there.example>\r\nReply-To: Shop\r\n <shop+abc" in mail
    assert part_of(mail, "plain") == (
        "Yes.\n\n-- \nShop\ninfo@shop.example\n\nOn 22 Nov 2026 at 23:10, Anna wrote:\n> Open?\n>> No\n"
    )
    html = part_of(mail, "html")
    assert '<div dir="auto"><p>Yes.</p></div>' in html
    assert "-- <br>\nShop<br>\ninfo@shop.example" in html
    assert '<blockquote type="cite" class="gmail_quote">Open?<br>\n&gt; No</blockquote>' in html


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "On 22 Nov 2026 at 23:10, Anna wrote:"),
        ("de", "Am 22.11.2026 um 23:10 schrieb Anna:"),
        ("fr", "Le 22/11/2026 à 23:10, Anna a écrit :"),
        ("es", "El 22/11/2026 a las 23:10, Anna escribió:"),
        ("it", "Il 22/11/2026 alle 23:10, Anna ha scritto:"),
        ("pt", "Em 22/11/2026 às 23:10, Anna escreveu:"),
        ("nl", "Op 22-11-2026 om 23:10 schreef Anna:"),
    ],
)
def test_what_stands_above_a_quote(language: str, line: str) -> None:
    mail = compose(outbound(quoted=ASKED, replies_to=("m@x",)), replace(FULL, language=language, signature=""))
    assert part_of(mail, "plain") == f"Yes.\n\n{line}\n> Open?\n>> No\n"
    shown = parsed(mail).visible
    assert shown is not None
    assert shown.plain == "Yes."


def test_a_quote_of_nobody_in_utc_names_the_address_and_the_zone() -> None:
    mail = compose(outbound(quoted=Quoted(author="", at=NOW, text="x")), SHOP)
    assert "On 4 Mar 2026 at 05:06 UTC, anna@there.example wrote:\n> x\n" in part_of(mail, "plain")


@pytest.mark.parametrize("text", ["word " * 10_000, "x" * 50_000, "line\n" * 10_000, "a\n\n" * 3000])
def test_a_long_original_is_cut_and_says_so(text: str) -> None:
    quoted = quoted_text(Quoted(author="Anna", at=NOW, text=text), "de")
    kept, _, last = quoted.rpartition("\n")
    assert last == "[Der Rest dieser Nachricht ist weggelassen.]"
    assert text.startswith(kept)
    assert len(kept) <= 6000
    assert kept.count("\n") < 120


def test_a_short_original_is_whole() -> None:
    assert quoted_text(Quoted(author="Anna", at=NOW, text="\r\na\r\nb\n"), "en") == "a\nb"


def test_a_boundary_cannot_be_written_into_a_mail() -> None:
    attachments = (Attachment(name="a.bin", content=b"x"),)
    first = compose(outbound(attachments=attachments), FULL)
    boundaries = {str(part.get_boundary()) for part in read(first).walk() if part.is_multipart()}
    assert len(boundaries) == 2
    forged = "\n".join(f"--{one}--\n--{one}" for one in sorted(boundaries))
    mail = compose(outbound(attachments=attachments, text=Text(forged)), FULL)
    assert [part.get_content_type() for part in read(mail).walk()] == [
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html", "application/octet-stream",
    ]  # fmt: skip
    assert part_of(mail, "plain").startswith(forged)


@given(ANYTHING, ANYTHING, ANYTHING, ANYTHING, ANYTHING)
@example("a\r\nBcc: eve@evil.example", "x\nBcc: e@v", "y\rBcc: e@v", 'a"\r\nBcc: e@v', "1\r\nBcc: e@v")
@example("=?utf-8?q?a=0D=0ABcc:_x?=", "=?utf-8?b?DQpCY2M6IHg=?=", "x" * 100, "x" * 120, "ä" * 100)
@example("a\u2028Bcc: x", "a\x85Bcc: x", "a\x0bBcc: x", "a\x0cBcc: x", "a\x1dBcc: x")
def test_nothing_breaks_out_of_a_header(name: str, subject: str, text: str, file_name: str, reference: str) -> None:
    mail = compose(
        outbound(
            from_name=name,
            subject=subject,
            text=Text(text),
            replies_to=(reference, "good@id"),
            attachments=(Attachment(name=file_name, media_type=file_name, content=b"x"),),
        ),
        SHOP,
    )
    header, _, body = mail.partition(b"\r\n\r\n")
    assert {line.split(b":")[0].decode() for line in header.split(b"\r\n") if line[:1] not in (b" ", b"\t")} <= FIELDS
    assert mail.count(b"\n") == mail.count(b"\r\n") == mail.count(b"\r")
    assert max(map(len, mail.split(b"\r\n"))) <= 998
    assert mail.isascii()
    assert body.count(b"Content-Type: ") == 2


@given(
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Zs")), max_size=200),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cf", "Zl", "Zp", "Zs")), max_size=80),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n"), max_size=300),
    st.binary(max_size=100),
)
def test_what_is_composed_is_read_back(subject: str, name: str, text: str, content: bytes) -> None:
    sent = outbound(
        subject=subject, from_name=name, text=Text(text), attachments=(Attachment(name="f.bin", content=content),)
    )
    message = parsed(compose(sent, SHOP))
    assert message.subject == sent.subject
    assert message.name == sent.from_name or (not sent.from_name and message.name == "Shop")
    assert message.text.plain == sent.text.plain.strip("\n").lstrip("\ufeff")
    assert [one.content for one in message.attachments] == [content]
    assert message.native_id == "out-1@shop.example"
    assert message.sent_at == NOW
