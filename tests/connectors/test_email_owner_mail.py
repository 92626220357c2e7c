"""Mail to owners, and their answers as programs write them: the customer's words are never taken for the owner's."""

from __future__ import annotations

import email
import email.policy
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from html import escape
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.connector import Choice, Message, Outbound, OutboundKind, RawItem, Span, SpanKind, Text
from connectors.email.answer_line import between_lines
from connectors.email.compose import compose
from connectors.email.letter_words import LANGUAGES
from connectors.email.parse import parse_mail
from connectors.email.sender import Sender

TEMPLATE = "shop+{token}@shop.example"
TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcd"
SHOP = Sender(address="info@shop.example", name="Shop", reply_to=TEMPLATE, signature="Shop Ltd", html=True)
NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
ASKED = (
    "#42 Anna (email): Tulips\nDo you have tulips? I would need about twenty of them, in red or in yellow, please.\n\n"
    "Kind regards\nAnna"
)
FACTS = {
    "mail_from": "owner@home.example",
    "account": "info@shop.example",
    "own": ["info@shop.example"],
    "reply_to": TEMPLATE,
}


def relay(text: str | Text = ASKED, **values: Any) -> Outbound:
    given_values = {
        "id": "out-7",
        "kind": OutboundKind.RELAY,
        "connector": "email",
        "address": "owner@home.example",
        "text": Text(text) if isinstance(text, str) else text,
        "created_at": NOW,
        "conversation": 42,
        "title": "#42 Anna: Tulips",
        "from_name": "Anna (email)",
        "token": TOKEN,
        **values,
    }
    return Outbound(**given_values)


def read(mail: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def plain_of(outbound: Outbound, sender: Sender = SHOP) -> str:
    part = read(compose(outbound, sender)).get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n").rstrip("\n")


def html_of(outbound: Outbound, sender: Sender = SHOP) -> str:
    part = read(compose(outbound, sender)).get_body(("html",))
    assert part is not None
    return str(part.get_content())


def test_a_relay() -> None:
    mail = compose(relay(), SHOP)
    header = mail.partition(b"\r\nMIME-Version")[0]
    assert header == (
        b'From: "Anna (email) via Shop"\r\n <info@shop.example>\r\n'
        b"To: <owner@home.example>\r\n"
        b'Reply-To: "Anna (email) via Shop"\r\n <shop+abcdefghijklmnopqrstuvwxyz234567abcd@shop.example>\r\n'
        b"Subject: #42 Anna: Tulips\r\n"
        b"Date: Wed, 04 Mar 2026 05:06:07 +0000\r\n"
        b"Message-ID: <out-7@shop.example>\r\n"
        b"In-Reply-To: <conversation-42.inbox-bridge@shop.example>\r\n"
        b"References: <conversation-42.inbox-bridge@shop.example>\r\n"
        b"Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: OOF, AutoReply, RN, NRN"
    )
    lines = plain_of(relay()).split("\n")
    assert lines[0] == "-- Please answer above this line -- [ib-above]"
    assert lines[-1] == "-- End of the message -- [ib-end]"
    assert "\n".join(lines[2:-2]) == ASKED
    assert "Shop Ltd" not in "\n".join(lines)


def test_all_mails_of_a_conversation_are_one_thread() -> None:
    first, answered = relay(), relay(id="out-8", kind=OutboundKind.MARK, text="sent", replies_to=("mine@home",))
    mails = [read(compose(one, SHOP)) for one in (first, answered)]
    assert len({str(mail["Subject"]) for mail in mails}) == 1
    assert {str(mail["References"]).split()[0] for mail in mails} == {"<conversation-42.inbox-bridge@shop.example>"}
    assert mails[1]["In-Reply-To"] == "<mine@home>"


@pytest.mark.parametrize(
    ("text", "subject"),
    [("Telegram is away.\nMore", "Telegram is away."), ("\n\nx", "x"), ("y" * 100, "y" * 69 + "…"), ("", "")],
)
def test_a_notice_of_no_conversation_has_a_short_subject_and_no_thread(text: str, subject: str) -> None:
    mail = read(compose(relay(text, kind=OutboundKind.NOTICE, conversation=0, title="", from_name=""), SHOP))
    assert mail["Subject"] == subject
    assert mail["References"] is None
    assert str(mail["From"]).startswith("Shop ")


def test_without_addresses_for_answers_no_owner_is_written_to() -> None:
    with pytest.raises(ValueError, match="set reply_to"):
        compose(relay(), Sender(address="info@shop.example"))


def test_what_a_customer_formats_is_shown_as_it_is() -> None:
    text = Text(
        "#42 Anna: <b>bank</b> & **x** here https://a.example/?b=1&c=2.",
        (Span(start=30, end=34, kind=SpanKind.LINK, target="https://evil.example"),),
    )
    html = html_of(relay(text=text))
    assert "&lt;b&gt;bank&lt;/b&gt; &amp; **x** here " in html
    assert ' &lt;<a href="https://evil.example">https://evil.example</a>&gt;' in html
    assert '<a href="https://a.example/?b=1&amp;c=2">https://a.example/?b=1&amp;c=2</a>.' in html


def test_choices_are_shown() -> None:
    assert "yes - Send it" in plain_of(relay(choices=(Choice(id="1", label="Send it", word="yes"),)))


# -- answers, as mail programs write them ----------------------------------------------------------


def marked(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n"))


SHOWN = between_lines(ASKED, "en")
SAID = "Yes, we have.\n\nSee you tomorrow!"
GMAIL = "On Wed, Mar 4, 2026 at 6:06 AM Anna (email) <info@shop.example> wrote:"
OUTLOOK = (
    "From: Anna (email) <info@shop.example>\nSent: Wednesday, March 4, 2026 6:06 AM\nTo: Owner <owner@home.example>\n"
    "Subject: #42 Anna: Tulips"
)
ANSWERS = {
    "Gmail": f"{SAID}\n\n{GMAIL}\n\n{marked(SHOWN)}\n",
    "Gmail, long name": f"{SAID}\n\nOn Wed, Mar 4, 2026 at 6:06 AM Anna Maria Mustermann (email) <\ninfo@shop.example> "
    f"wrote:\n\n{marked(SHOWN)}\n",
    "Gmail, signature": f"{SAID}\n\n-- \nThe Owner\nShop Ltd\n\n{GMAIL}\n\n{marked(SHOWN)}\n",
    "Outlook": f"{SAID}\n\n{OUTLOOK}\n\n{SHOWN}\n",
    "Outlook, rule": f"{SAID}\n\n________________________________\n{OUTLOOK}\n\n{SHOWN}\n",
    "Outlook, German": f"{SAID}\n\nVon: Anna (email) <info@shop.example>\nGesendet: Mittwoch, 4. März 2026 06:06\n"
    f"An: owner@home.example\nBetreff: #42 Anna: Tulips\n\n{SHOWN}\n",
    "Outlook, original message": f"{SAID}\n\n-----Original Message-----\n{OUTLOOK}\n\n{SHOWN}\n",
    "Outlook for phones": f"{SAID}\n\nGet Outlook for iOS<https://aka.ms/o0ukef>\n________________________________\n"
    f"{OUTLOOK}\n\n{SHOWN}\n",
    "Apple Mail": f"{SAID}\n\n> On 4. Mar 2026, at 06:06, Anna (email) <info@shop.example> wrote:\n>\n"
    f"{marked(SHOWN)}\n",
    "iPhone": f"{SAID}\n\nSent from my iPhone\n\n> On 4. Mar 2026, at 06:06, Anna (email) <info@shop.example> wrote:\n"
    f"> \n> \ufeff{SHOWN.splitlines()[0]}\n{marked(SHOWN.partition(chr(10))[2])}\n",
    "Thunderbird": f"{SAID}\n\nOn 04.03.26 06:06, Anna (email) wrote:\n{marked(SHOWN)}\n",
    "Thunderbird, German": f"{SAID}\n\nAm 04.03.26 um 06:06 schrieb Anna (email):\n{marked(SHOWN)}\n",
    "K-9": f"{SAID}\n-- \nSent from my Android device with K-9 Mail. Please excuse my brevity.\n\nOn March 4, 2026 "
    f'6:06:07 AM GMT+01:00, "Anna (email)" <info@shop.example> wrote:\n{marked(SHOWN)}\n',
    "K-9, no mark": f"{SAID}\n\nOn March 4, 2026 6:06:07 AM UTC, Anna <info@shop.example> wrote:\n\n{SHOWN}\n",
    "below": f"{GMAIL}\n{marked(SHOWN)}\n\n{SAID}\n",
    "below, with a signature": f"{GMAIL}\n{marked(SHOWN)}\n\n{SAID}\n\n-- \nThe Owner\n",
    "below, twice": f"{GMAIL}\n{marked(SHOWN + chr(10) + SHOWN)}\n\n{SAID}\n",
    "above, a name below": f"{SAID}\n\n{GMAIL}\n{marked(SHOWN)}\n\n-- \nThe Owner\n",
    "twice": f"{SAID}\n\n{GMAIL}\n{marked(marked(SHOWN) + chr(10) + SHOWN)}\n",
    "a language nobody knows": f"{SAID}\n\n2026 ceci n'est 4 Anna <shop+{TOKEN}@shop.example> kirzt:\n\n{SHOWN}\n",
    "no quote": f"{SAID}\n",
}


def answer(body: str, content_type: str = "text/plain", **fields: str) -> Message:
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items())
    mail = (
        f"From: Owner <owner@home.example>\r\nTo: shop+{TOKEN}@shop.example\r\nIn-Reply-To: <out-7@shop.example>\r\n"
        f"Subject: Re: #42 Anna: Tulips\r\n{more}Content-Type: {content_type}; charset=utf-8\r\n\r\n{body}"
    )
    item = RawItem(native_id="1", raw=mail.encode(), lane="x", received_at=NOW, facts=FACTS)
    [message] = parse_mail(item)
    assert isinstance(message, Message)
    return message


def words(message: Message) -> str:
    return (message.text if message.visible is None else message.visible).plain


@pytest.mark.parametrize("program", ANSWERS)
def test_an_answer_is_what_the_owner_typed(program: str) -> None:
    message = answer(ANSWERS[program])
    assert words(message) == SAID
    assert message.token == TOKEN
    assert message.replies_to == ("out-7@shop.example", "out-7")
    assert message.automatic is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lines_are_known_in_each_language(language: str) -> None:
    shown = between_lines(ASKED, language)
    assert max(map(len, shown.replace(ASKED, "").split("\n"))) <= 70
    assert words(answer(f"{SAID}\n\n{OUTLOOK}\n\n{shown}\n")) == SAID
    assert words(answer(f"{GMAIL}\n{marked(shown)}\n{SAID}\n")) == SAID


SHOWN_HTML = f'<div dir="auto">{escape(SHOWN).replace(chr(10), "<br>")}</div>'


@pytest.mark.parametrize(
    "quote",
    [
        f'<div class="gmail_quote"><p class="gmail_attr">Anna wrote:</p><blockquote>{SHOWN_HTML}</blockquote></div>',
        f'<div id="appendonsend"></div><hr><div id="divRplyFwdMsg"><b>From:</b> Anna</div>{SHOWN_HTML}',
        f'<p class="moz-cite-prefix">On 04.03.26, Anna wrote:<br></p><blockquote type="cite">{SHOWN_HTML}</blockquote>',
        f"<p>{SHOWN_HTML}</p>",
    ],
)
def test_an_answer_in_html_alone(quote: str) -> None:
    assert words(answer(f"<p>Yes, we have.</p><p>See you tomorrow!</p>{quote}", "text/html")) == SAID


@pytest.mark.parametrize(
    "body",
    [
        # Between the lines of the quote.
        f"{GMAIL}\n{marked(SHOWN.partition('Kind')[0])}\n\nYes, twenty red ones.\n\n> Anna\n> -- x -- [ib-end]\n",
        f"Good news!\n\n{GMAIL}\n{marked(SHOWN.partition('Kind')[0])}\n\nTwenty red ones.\n\n> -- x -- [ib-end]\n",
        f"See below.\n\n{GMAIL}\n{marked(SHOWN)}\n\nYes.\n",
        f"Dear Anna,\n\n{GMAIL}\n{marked(SHOWN)}\n\nYes.\n",
        # Below what nothing marks as a quote.
        f"{OUTLOOK}\n\n{SHOWN}\n\nYes.\n",
        # Nothing was written, or only what a program writes.
        f"{GMAIL}\n{marked(SHOWN)}\n",
        f"Sent from my iPhone\n\n{GMAIL}\n{marked(SHOWN)}\n",
        f"-- \nThe Owner\n\n{GMAIL}\n{marked(SHOWN)}\n",
        # A line was lost.
        f"Yes.\n\n{GMAIL}\n{marked(SHOWN.partition(chr(10))[2])}\n",
        f"{GMAIL}\n{marked(SHOWN.rpartition(chr(10))[0])}\n\nYes.\n",
    ],
)
def test_what_is_not_sure_is_nothing(body: str) -> None:
    assert words(answer(body)) == ""


@pytest.mark.parametrize("piece", ["> ", "On ", "x@y.example:\n", "[ib-above]\n", "> [ib-end]\n", "From: a@b\n"])
def test_hostile_answers_take_no_time(piece: str) -> None:
    began = time.perf_counter()
    answer(piece * (400_000 // len(piece)) + f"\n{GMAIL}\n{marked(SHOWN)}\n" + piece * 10_000)
    assert time.perf_counter() - began < 2


FORGED = "Hello\n-- End of the message -- [ib-end]\n\nSend the money to me.\n-- [ib-above] --\n[ IB-END ]\nmore"


@pytest.mark.parametrize("mark", [marked, str])
def test_a_customer_cannot_write_the_lines(mark: Any) -> None:
    shown = plain_of(relay(FORGED))
    assert shown.count("[ib-end]") == shown.count("[ib-above]") == 1
    assert words(answer(f"{SAID}\n\n{GMAIL}\n{mark(shown)}\n")) == SAID
    assert "money" not in words(answer(f"{GMAIL}\n{mark(shown)}\n\n{SAID}\n"))


PEOPLE = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"], include_characters="\n>"), max_size=300)


@given(PEOPLE, st.sampled_from(LANGUAGES), st.booleans())
def test_whatever_a_customer_writes_is_not_the_owners(text: str, language: str, below: bool) -> None:
    sender = Sender(address="info@shop.example", reply_to=TEMPLATE, language=language)
    shown = plain_of(relay(f"#42 Anna: XXX {text} XXX"), sender)
    if below:
        assert words(answer(f"{GMAIL}\n{marked(shown)}\n\n{SAID}\n")) == SAID
    else:
        assert words(answer(f"{SAID}\n\n{GMAIL}\n{marked(shown)}\n")) == SAID
        assert words(answer(f"{SAID}\n\n{OUTLOOK}\n\n{shown}\n")) == SAID
