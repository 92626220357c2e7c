"""Mails as the bridge reads them: authors, texts, attachments, threads, and the hostile ones in no time."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from examples import beginning
from hypothesis import given
from hypothesis import strategies as st

from bridge.connector import Message, RawItem, SpanKind
from connectors.email.charsets import codec_of, decode, decode_field
from connectors.email.contents import HTML_LIMIT, TEXT_LIMIT
from connectors.email.html_bounds import is_harmless
from connectors.email.html_text import html_text
from connectors.email.parse import parse_mail

NOW = datetime(2026, 1, 2, tzinfo=UTC)
OTHERS = "From: anna@there.example\nTo: info@shop.example\n"


def item(raw: bytes | str, mail_from: str = "envelope@there.example") -> RawItem:
    content = raw.replace("\n", "\r\n").encode() if isinstance(raw, str) else raw
    facts = {"mail_from": mail_from, "account": "info@shop.example"}
    return RawItem(native_id="1", raw=content, lane=mail_from, received_at=NOW, facts=facts)


def parse(raw: bytes | str, mail_from: str = "envelope@there.example") -> Message:
    message = parse_mail(item(raw, mail_from))[0]
    assert isinstance(message, Message)
    return message


def test_a_plain_mail() -> None:
    message = parse(
        "From: =?utf-8?q?Anna_M=C3=BCller?= <Anna@There.Example>\nTo: info@shop.example\n"
        "Subject: =?iso-8859-1?Q?=D6ffnungszeiten?=\nMessage-ID: <m1@there.example>\n"
        "Date: Fri, 2 Jan 2026 10:00:00 +0100\n\nGood day,\n\nwhen are you open?\n"
    )
    assert message.address == "anna@there.example"
    assert message.name == "Anna Müller"
    assert message.subject == "Öffnungszeiten"
    assert message.native_id == "m1@there.example"
    assert message.text.plain == "Good day,\n\nwhen are you open?"
    assert message.sent_at == datetime(2026, 1, 2, 9, tzinfo=UTC)
    assert message.threaded
    assert not message.authenticated
    assert message.automatic is None


@pytest.mark.parametrize(
    ("header", "address", "name"),
    [
        ("From: Anna <a@b.example>", "a@b.example", "Anna"),
        ("From: A@B.Example (Anna)", "a@b.example", "Anna"),
        ('From: "eve@evil.example" <a@b.example>', "a@b.example", "eve@evil.example"),
        ("From: a..b.@docomo.example", "a..b.@docomo.example", ""),
        # Where programs would disagree, the envelope has it.
        ("From: a@b.example\nFrom: c@d.example", "envelope@there.example", ""),
        ("From: a@b.example, c@d.example", "envelope@there.example", ""),
        ("From: <@x.example:a@b.example>", "envelope@there.example", ""),
        ("From: us: a@b.example;", "envelope@there.example", ""),
        ("From: Anna", "envelope@there.example", ""),
        ("From: a@b.example <c@d.example> <e@f.example>", "envelope@there.example", ""),
        ("Subject: no author at all", "envelope@there.example", ""),
        # Where the writer wants the answer.
        ("From: shop@forms.example\nReply-To: Anna <a@b.example>", "a@b.example", "Anna"),
        ("From: Anna <form@shop.example>\nReply-To: a@b.example", "a@b.example", "Anna"),
        ("From: a@b.example\nReply-To: info@shop.example", "a@b.example", ""),
        ("From: a@b.example\nReply-To: c@d.example, e@f.example", "a@b.example", ""),
        ("From: a@b.example\nReply-To: <>", "a@b.example", ""),
        ("From: a@b.example\nReply-To: c@d.example\nList-Id: <x>", "a@b.example", ""),
    ],
)
def test_authors(header: str, address: str, name: str) -> None:
    message = parse(f"{header}\n\nhello\n")
    assert message.address == address
    assert not name or message.name == name


def test_an_author_is_somebody_even_where_nobody_is_named() -> None:
    assert parse("Subject: x\n\nx", mail_from="<>").address == "<>"
    assert parse("From: a@b.example, c@d.example\n\nx", mail_from="<>").address == "a@b.example"


@pytest.mark.parametrize(
    ("header", "answered"),
    [
        ("In-Reply-To: <a@x>", ("a@x",)),
        ("In-Reply-To: <c@x>\nReferences: <a@x> <b@x>\n <c@x>", ("c@x", "b@x", "a@x")),
        ("In-Reply-To: <out-1@Shop.example>", ("out-1@Shop.example", "out-1")),
        ("References: <out-1@shop.example> <b@x>", ("b@x", "out-1@shop.example", "out-1")),
        ("In-Reply-To: a@x", ("a@x",)),
        ("In-Reply-To: your message of Monday", ()),
        ("In-Reply-To: <>\nReferences: <<", ()),
        ("X: y", ()),
    ],
)
def test_threads(header: str, answered: tuple[str, ...]) -> None:
    assert parse(f"{OTHERS}{header}\n\nx").replies_to == answered


def test_a_long_thread_keeps_its_first_and_its_latest_messages() -> None:
    ids = [f"m{number}@x" for number in range(1000)]
    answered = parse(f"{OTHERS}References: {' '.join(f'<{one}>' for one in ids)}\n\nx").replies_to
    assert len(answered) == 100
    assert answered[:2] == ("m999@x", "m998@x")
    assert answered[-1] == "m0@x"


def multipart(kind: str, *parts: str) -> str:
    return (
        f"{OTHERS}Content-Type: multipart/{kind}; boundary=b\n\npreamble\n"
        + "".join(f"--b\n{part}\n" for part in parts)
        + "--b--\nepilogue\n"
    )


PLAIN = "Content-Type: text/plain\n\nplain words"
HTML = "Content-Type: text/html\n\n<p>html <b>words</b>"
PDF = "Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERg=="
NAMELESS = "Content-Type: image/png\nContent-ID: <x>\n\nPNG"
EML = "Content-Type: message/rfc822\n\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nfar away"


@pytest.mark.parametrize(
    ("mail", "text", "attachments"),
    [
        (multipart("alternative", PLAIN, HTML), "plain words", []),
        (multipart("alternative", "Content-Type: text/plain\n\n \n", HTML), "html words", []),
        (multipart("alternative", HTML), "html words", []),
        (multipart("mixed", PLAIN, PDF, PLAIN), "plain words\n\nplain words", [("a.pdf", 4, False)]),
        (multipart("related", HTML, NAMELESS), "html words", [("unnamed.png", 3, True)]),
        (multipart("mixed", PLAIN, EML), "plain words", [("Grüße.eml", 48, False)]),
        (
            multipart("mixed", PLAIN, "Content-Type: text/plain; name=notes.txt\n\nnotes"),
            "plain words",
            [("notes.txt", 5, False)],
        ),
        (
            multipart("mixed", PLAIN, "Content-Disposition: attachment; filename*=utf-8''%C3%A4%2Fb.txt\n\nx"),
            "plain words",
            [("b.txt", 1, False)],
        ),
        (
            multipart("mixed", PLAIN, 'Content-Type: a/b; name="=?utf-8?b?w6QuYg==?="\n\nx'),
            "plain words",
            [("ä.b", 1, False)],
        ),
        (multipart("mixed", "\nno header at all"), "no header at all", []),
        (f"{OTHERS}Content-Type: multipart/mixed\n\nno boundary", "no boundary", []),
        (f"{OTHERS}Content-Type: multipart/mixed; boundary=b\n\nit never comes", "it never comes", []),
        (f"{OTHERS}Content-Type: multipart/mixed; boundary=b\n\n--b\n\nopen end", "open end", []),
        (
            (
                f"{OTHERS}Content-Type: multipart/mixed; boundary=a--\n\n--a--\n"
                "Content-Type: multipart/mixed; boundary=a----"
                "\n\n--a----\n\nwithin\n--a------\n\n--a----\n"
            ),
            "within",
            [],
        ),
        (f"{OTHERS}Content-Type: multipart/mixed; boundary=b\n\n--b and more\n\none\n--b-- x\n", "one", []),
        (f"{OTHERS}Content-Type: text/html\n\n<p>a</p><p>b</p>", "a\n\nb", []),
        (f"{OTHERS}Content-Type: application/pdf\n\n%PDF", "", [("unnamed.pdf", 4, False)]),
        (f"{OTHERS}Content-Type: nonsense\n\nstill words", "still words", []),
        (f"{OTHERS}Content-Transfer-Encoding: base64\n\naGVs\nbG8=\n--\nsignature", "hello", []),
        (f"{OTHERS}Content-Transfer-Encoding: quoted-printable\n\na=C3=A4=\nb", "aäb", []),
        (f"{OTHERS}no blank line, but words", "no blank line, but words", []),
        ("From anna Fri Jan  2 10:00:00 2026\n" + OTHERS + "\nmailbox", "mailbox", []),
        (OTHERS, "", []),
        ("", "", []),
    ],
)
def test_texts_and_attachments(mail: str, text: str, attachments: list[tuple[str, int, bool]]) -> None:
    message = parse(mail)
    assert message.text.plain == text
    assert [(one.name, one.size, one.inline) for one in message.attachments] == attachments
    assert all(one.content is not None for one in message.attachments)


def test_spans_of_several_parts_stay_with_their_words() -> None:
    message = parse(multipart("mixed", PLAIN, HTML))
    [span] = message.text.spans
    assert message.text.plain[span.start : span.end] == "words"
    assert span.start > len("plain words")


@pytest.mark.parametrize(
    ("content", "label", "text"),
    [
        ("ä€".encode(), "utf-8", "ä€"),
        ("ä€".encode(), "iso-8859-1", "ä€"),
        ("ä€".encode(), "us-ascii", "ä€"),
        ("ä€".encode(), "", "ä€"),
        (b"\xe4\x80", "iso-8859-1", "ä€"),
        (b"\xe4 word", "utf-8", "ä word"),
        ("wörld".encode() + b"\xff", "utf-8", "wörld\ufffd"),
        (b"\xe4", "unknown-8bit", "ä"),
        ("привет".encode("koi8-r"), "KOI8-R", "привет"),
        ("привет".encode("cp1251"), "x-windows-1251", "привет"),
        ("こんにちは".encode("iso2022_jp"), "ISO-2022-JP", "こんにちは"),
        ("中国".encode("gb18030"), "gb2312", "中国"),
        ("ä".encode("utf-16"), "utf-16", "ä"),
        (b"abc", "zlib_codec", "abc"),
        (b"abc", "idna", "abc"),
        (b"a-b", "punycode", "a-b"),
        (b"\\u0041", "unicode_escape", "\\u0041"),
        (b"abc", "utf-8\0", "abc"),
        (b"\xef\xbb\xbfabc", "utf-8", "abc"),
    ],
)
def test_charsets(content: bytes, label: str, text: str) -> None:
    assert decode(content, label) == text


@given(st.binary(max_size=200), st.text(max_size=30))
def test_no_charset_raises(content: bytes, label: str) -> None:
    assert isinstance(decode(content, label), str)
    assert codec_of(label) == "" or decode(b"", label) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),
        ("=?utf-8?b?w6Q=?= x", "ä x"),
        ("=?utf-8?b?w?= =?utf-8?b?6Q=?=", None),
        ("=?nonsense?q?=E4?=", "ä"),
        ("=?utf-8*de?q?=C3=A4?=", "ä"),
        ("ä".encode().decode("ascii", "surrogateescape"), "ä"),
        (b"\xe4".decode("ascii", "surrogateescape"), "ä"),
        ("a\r\n b", "a b"),
        ("=?utf-8?q??=", ""),
    ],
)
def test_header_values(value: str, text: str | None) -> None:
    decoded = decode_field(value)
    assert text is None or decoded == text


def test_html_keeps_what_a_reader_sees() -> None:
    text = html_text(
        "<head><title>T</title><style>x</style></head><p>Dear <b>all</b>,<br>see "
        "<a href='https://x.example/a'>here</a> &amp; <a href='javascript:x'>there</a>"
        "<ul><li>one<li><p>two</ul><blockquote>old</blockquote>"
        "<table><tr><td>a<td>b<tr><td>c</table><pre> x\n  y</pre><!-- no --><script>no</script><img alt='A cat'>"
    )
    assert text.plain == ("Dear all,\nsee here & there\n\n- one\n\n- two\n\nold\n\na b\nc\n\n x\n  y\n\nA cat")
    spans = [(text.plain[one.start : one.end], one.kind, one.target) for one in text.spans]
    assert spans == [
        ("all", SpanKind.BOLD, ""),
        ("here", SpanKind.LINK, "https://x.example/a"),
        ("old", SpanKind.QUOTE, ""),
        (" x\n  y", SpanKind.PRE, ""),
    ]


def test_a_link_in_a_list_covers_its_own_words_only() -> None:
    text = html_text("one<ul><li> <a href='https://x.example'>two</a></ul>")
    [span] = text.spans
    assert text.plain == "one\n\n- two"
    assert text.plain[span.start : span.end] == "two"


@pytest.mark.parametrize("depth", [300, 3000, 30_000])
def test_html_loses_no_word_at_any_depth(depth: int) -> None:
    assert html_text("<div>" * depth + "deep" + "</div>" * depth + "end").plain.split() == ["deep", "end"]


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 180_000,
        "<b>x" * 200_000,
        "<i>" * 150_000 + "</b>" * 100_000,
        "".join(f"<font a={number}>" for number in range(40)) + "<p>x" * 150_000,
        "".join(f"<div><font a={number}></div>x" for number in range(40_000)),
        "<select><option>x" * 50_000,
        "<a href=x><div>" * 60_000,
    ],
)
def test_html_that_would_take_minutes_is_seen_before(html: str) -> None:
    assert not is_harmless(html)


def nested(depth: int) -> bytes:
    return b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(depth)
    ) + (b"\r\nthe innermost words")


def many(part: bytes, count: int) -> bytes:
    return b"From: a@b.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" + (b"--b\r\n" + part) * count


HEAD = b"From: a@b.example\r\n"
BOUNCED = b"From: MAILER-DAEMON@b.example\r\nSubject: failure notice\r\n\r\n"
HOSTILE = {
    "nul bytes": b"From: a\0@b.example\r\nSubject: \0\r\n\r\n\0\0",
    "surrogates": b"From: \xed\xa0\x80@b.example\r\nSubject: =?utf-7?q?+2AA-?=\r\n\r\n\xed\xa0\x80",
    "1,000 levels": nested(1000),
    "1,000 levels of 3 MB": nested(1000) + b"x" * 3_000_000,
    "100,000 parts": many(b"\r\n\r\n", 100_000),
    "100,000 parts of HTML": many(b"Content-Type: text/html\r\n\r\n<b>x\r\n", 100_000),
    "490 parts of much HTML": many(b"Content-Type: text/html\r\n\r\n" + b"<i>x</i>" * 500 + b"\r\n", 490),
    "490 mails with large headers": many(b"Content-Type: message/rfc822\r\n\r\n" + b"a:\n" * 8000, 490),
    "50,000 authors": b"From: " + b", ".join(b"a%d@b.example" % at for at in range(50_000)) + b"\r\n\r\nx",
    "quotes in From": b"From: " + b'"' * 97_000 + b"\r\n\r\nx",
    "comments in From": b"From: " + b"(" * 97_000 + b"\r\n\r\nx",
    "groups in From": b"From: " + b"a:" * 47_000 + b"\r\n\r\nx",
    "encoded words": HEAD + b"Subject: " + b"=?utf-8?q?x?= " * 100_000 + b"\r\n\r\nx",
    "400,000 fields": b"X: y\r\n" * 400_000 + b"\r\nx",
    "a field of 10 MB": b"X: " + b"y" * 10_000_000 + b"\r\n\r\nx",
    "parameters": HEAD + b"Content-Type: text/plain" + b';a="' * 50_000 + b"\r\n\r\nx",
    "continuations": HEAD + b"Content-Disposition: a" + b"".join(b";f*%d*=a" % at for at in range(9999)) + b"\r\n\r\nx",
    "references": HEAD + b"References: " + b"<a@b> " * 300_000 + b"\r\n\r\nx",
    "a boundary of a dash": HEAD + b'Content-Type: multipart/mixed; boundary="-"\r\n\r\n' + b"-" * 10_000_000,
    "almost boundaries": HEAD + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x.\r\n" * 1_000_000,
    "empty lines": HEAD + b"\r\n" * 5_000_000,
    "base64": HEAD + b"Content-Transfer-Encoding: base64\r\n\r\n" + b"YWJj\r\n" * 1_000_000,
    "a boundary beyond ASCII": HEAD + b"Content-Type: multipart/mixed; boundary*=utf-8''%C3%A4%FF\r\n\r\n--x\r\n",
    "dates": HEAD + b"Date: Fri, 31 Dec 9999 23:59:59 -2359\r\n\r\nx",
    "a server's words": BOUNCED + b"message mail message could not your message " * 20_000,
    "a server's words, a line each": BOUNCED
    + b"your message to a b c d e f g h i j user mailbox account \r\n" * 20_000,
    "a server's long lines": BOUNCED + (b"user " * 70 + b"\r\n") * 5_000,
    "codes": BOUNCED + b"5.1.1 550 4.4.7 " * 100_000,
    "ids": BOUNCED + b"Message-ID: <" * 50_000 + b"Message-ID:" + b" " * 500_000,
    "many reports": many(b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n\r\n" * 20, 490),
    "subjects of machines": HEAD + b"Subject: " + b"out of office auto reply " * 10_000 + b"\r\n\r\nx",
    "attributions": HEAD + b"\r\nOn 1/1/26 at 9:14 a@b.example wrote: x\r\n" * 20_000,
    "nested quotes in HTML": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<blockquote type=cite>x" * 20_000,
    "quote marks in HTML": HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div class=gmail_quote>x</div>" * 30_000,
    "calendars": many(b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n" + b"SUMMARY;" * 5_000 + b"\r\n", 490),
    "calendar parameters": many(b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\nA" + b';a="' * 10_000, 20),
    "flowed": HEAD + b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"x \r\n" * 400_000,
    "uuencoded": HEAD + b"\r\n" + b"begin 644 X\r\n" * 100_000 + b"end\r\n",
    "every byte": bytes(range(256)) * 1000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mails_are_read_in_no_time(name: str) -> None:
    hostile = beginning(HOSTILE[name])
    started = time.process_time()
    message = parse(hostile)
    assert time.process_time() - started < 2
    assert len(message.text.plain) <= TEXT_LIMIT + HTML_LIMIT


def test_what_a_bound_cuts_off_is_attached() -> None:
    long = parse(HEAD + b"\r\n" + b"x" * (TEXT_LIMIT + 1))
    assert len(long.text.plain) == TEXT_LIMIT
    assert [(one.name, one.size) for one in long.attachments] == [("message.txt", TEXT_LIMIT + 1)]
    deep = parse(nested(1000))
    assert "the innermost words" in deep.text.plain
    assert "boundary=b999" in deep.text.plain


@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail(content: bytes) -> None:
    assert parse(HEAD + content).threaded


PIECES = [
    "From: ",
    "a@b.example",
    "\r\n",
    "\r\n\r\n",
    "Content-Type: multipart/mixed; boundary=b",
    "--b",
    "--b--",
    "=?utf-8?q?",
    "?=",
    "<",
    ">",
    '"',
    "Content-Transfer-Encoding: base64",
    "Content-Disposition: attachment; filename*0*=",
    "Date: ",
    "1 Jan",
    "message/rfc822",
    "Content-Type: ",
    "charset=",
    "utf-16",
    "ÿ",
    "\x00",
    ";",
    "%",
    "'",
    "text/html",
]


@given(st.lists(st.sampled_from(PIECES), max_size=60))
def test_any_pieces_of_a_mail_are_a_mail(pieces: list[str]) -> None:
    assert parse("".join(pieces).encode("latin-1")).threaded


FORM = (
    "\n\nNew message from your site\n\n"
    "From: Anna <a@b.example>\nDate: 5 Jan 2026 09:14\nSubject: A table\n\nFor two, please.\n"
)


@pytest.mark.parametrize(
    ("header", "shown"),
    [
        ("Subject: A table", "For two"),
        ("Subject: Fwd: A table\nIn-Reply-To: <x@y>", "For two"),
        ("Subject: A table\nIn-Reply-To: <x@y>", None),
        ("Subject: AW: A table", None),
    ],
)
def test_only_an_answer_has_the_mail_that_it_answers(header: str, shown: str | None) -> None:
    message = parse(OTHERS + header + FORM)
    if shown is None:
        assert message.visible is not None
        assert message.visible.plain == "New message from your site"
    else:
        assert message.visible is None
        assert shown in message.text.plain
