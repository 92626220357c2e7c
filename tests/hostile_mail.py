"""Mails that are made to cost time and memory, or to be lost: a table for the parser's tests and for the daemon's.

Each is made when it is asked for, since the largest have 25 MB. Most come from `SENDER`, so that a test can give each
its own; `SECRET` stands in all of them: no log may show it.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Callable, Mapping, Sequence

from bridge.connector import Ignored, InboundEvent, RawItem
from connectors.email.parse import parse_mail

SENDER = b"eve@bait.example"
SECRET = b"Xyzzy-Tulpenzwiebel"
LARGEST = 25 * 1024 * 1024

_MB = 1024 * 1024
_HEAD = b"From: Eve " + SECRET + b" <" + SENDER + b">\r\nTo: shop@flowers.example\r\nMIME-Version: 1.0\r\n"
_SUBJECT = b"Subject: " + SECRET + b"\r\n"


def _mail(*fields: bytes, body: bytes = SECRET) -> bytes:
    return _HEAD + _SUBJECT + b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def _text(body: bytes, charset: bytes = b"utf-8") -> bytes:
    return _mail(b"Content-Type: text/plain; charset=" + charset, body=SECRET + b"\r\n" + body)


def _html(source: str) -> bytes:
    return _mail(b"Content-Type: text/html; charset=utf-8", body=SECRET + source.encode())


def _many(part: bytes, count: int, kind: bytes = b"mixed") -> bytes:
    body = (b"--b\r\n" + part + b"\r\n") * count
    return _mail(b"Content-Type: multipart/" + kind + b"; boundary=b", body=body)


def _full(piece: bytes, charset: bytes = b"utf-8") -> bytes:
    """As much of this as a mail may hold."""
    return _text(piece * ((LARGEST - 1000) // len(piece)), charset)


def _attributes(count: int) -> str:
    return " ".join(f"a{number:x}" for number in range(count))


def _numbered(form: bytes, count: int, between: bytes = b"") -> bytes:
    return between.join(form % number for number in range(count))


def _report(inner: bytes) -> bytes:
    kind = b"Content-Type: multipart/report; report-type=delivery-status; boundary=b"
    return _mail(kind, body=b"--b\r\n\r\nIt failed.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n" + inner)


def _winmail(data: bytes) -> bytes:
    return b"Content-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\x00\x00" + data


_RECIPIENT = b"Final-Recipient: rfc822; a%d@b.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
# A property block with one HTML text, in the object 0x9003 ([MS-OXTNEF] section 2.1.3.4).
_HTML_TEXT = b"<p>x" * 120_000
_PROPERTY = struct.pack("<IHHII", 1, 0x0102, 0x1013, 1, len(_HTML_TEXT)) + _HTML_TEXT
_WINMAIL_HTML = struct.pack("<BHHI", 1, 0x9003, 6, len(_PROPERTY)) + _PROPERTY + b"\0\0"

STRUCTURES: Mapping[str, Callable[[], bytes]] = {
    "10,000 levels": lambda: (
        _HEAD
        + b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (at, at) for at in range(10_000))
        + b"\r\n"
        + SECRET
    ),
    "10,000 mails in each other": lambda: _HEAD + b"Content-Type: message/rfc822\r\n\r\n" * 10_000 + SECRET,
    "100,000 parts": lambda: _many(b"\r\n" + SECRET, 100_000),
    "one boundary for all levels": lambda: (
        _HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" * 10_000 + SECRET
    ),
    "31,000 boundaries that begin alike": lambda: _mail(
        b"Content-Type: multipart/mixed; boundary=x",
        body=_numbered(b"boundary=x%06d ", 31_000) + b"\r\n--x\r\n\r\n" + SECRET + b"--x030999.\r\n" * 1_000_000,
    ),
    "a boundary of 4,000 dots": lambda: _mail(
        b'Content-Type: multipart/mixed; boundary="' + b"." * 4000 + b'"',
        body=b"--" + b"." * 200 + b"\r\n\r\n" + SECRET,
    ),
    "a boundary of a dash": lambda: _mail(b"Content-Type: multipart/mixed; boundary=-", body=b"-" * (LARGEST - 1000)),
    "blanks behind boundaries": lambda: _mail(
        b"Content-Type: multipart/mixed; boundary=x", body=(b"--x" + b" " * 100_000 + b".\r\n") * 200
    ),
    "400 parts of HTML": lambda: _many(b"Content-Type: text/html\r\n\r\n" + SECRET + b"<div>" * 2000, 400),
    "400 parts in no charset": lambda: _many(
        b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + b"\xff" * 60_000, 400
    ),
    "400 calendars": lambda: _many(b"Content-Type: text/calendar\r\n\r\nBEGIN:VEVENT\r\n" + b"A;a=b:c\r\n" * 6000, 400),
    "a calendar of folds": lambda: _mail(
        b"Content-Type: text/calendar", body=b"BEGIN:VEVENT\r\nSUMMARY:" + SECRET + b"A\r\n " * 6_000_000
    ),
    "400 winmail.dat of properties": lambda: _many(_winmail(b"\x02\x05\x90\x06\x00\0\0\0\0\0\0" * 4000), 400),
    "48 winmail.dat of HTML": lambda: _many(_winmail(_WINMAIL_HTML), 48),
    "a part of 99,999,999": lambda: _mail(b"Content-Type: message/partial; id=x; number=1; total=99999999"),
    "a part that is elsewhere": lambda: _mail(
        b'Content-Type: message/external-body; access-type=local-file; name="/etc/passwd"', body=b"\r\n" + SECRET
    ),
}
HEADERS: Mapping[str, Callable[[], bytes]] = {
    "a field of 10 MB": lambda: _mail(b"X-A: " + b"a" * 10 * _MB),
    "1,000,000 fields": lambda: _mail(b"X-A: a\r\n" * 1_000_000),
    "1,000,000 folds": lambda: _mail(b"X-A: a" + b"\r\n b" * 1_000_000),
    "1,000,000 blank folds": lambda: _mail(b"X-A: a" + b"\r\n " * 1_000_000),
    "blanks before a colon": lambda: _mail((b"X" * 190 + b" " * 200_000) + b"x"),
    "100,000 authors": lambda: b"From: " + _numbered(b"a%d@b.example", 100_000, b", ") + b"\r\n\r\n" + SECRET,
    "100,000 copies": lambda: _mail(b"Cc: " + _numbered(b"a%d@b.example", 100_000, b", ")),
    "5,000 fields of quotes": lambda: (b"From: " + b'"' * 2040 + b"\r\n") * 5000 + b"\r\n" + SECRET,
    "5,000 fields of brackets": lambda: (b"From: " + b"<" * 2040 + b"\r\n") * 5000 + b"\r\n" + SECRET,
    "5,000 fields of receivers": lambda: (
        (b"To: " + b"," * 2040 + b"\r\nDelivered-To: " + b"a@b," * 500 + b"\r\n") * 2500 + _mail()
    ),
    "1,000,000 references": lambda: _mail(b"References: " + _numbered(b"<%d@b.example>", 1_000_000, b" ")),
    "1,000,000 fields of references": lambda: _mail(b"References: <x@b.example>\r\n" * 1_000_000),
    "700,000 encoded words": lambda: b"Subject: " + b"=?utf-8?q?=41?= " * 700_000 + b"\r\n" + _mail(),
    "halves of encoded words": lambda: b"Subject: " + b"=?a?q?" * 1300 + b"\r\n" + _mail(),
    "100,000 parameters (RFC 2231)": lambda: _mail(
        b"Content-Disposition: attachment; " + _numbered(b"filename*%d*=%%41", 100_000, b"; ")
    ),
    "a date of brackets": lambda: b"Date: " + b"(" * 190 + b"\r\n" + _mail(),
    "a date of digits": lambda: b"Date: Mon, " + b"9" * 180 + b"\r\n" + _mail(),
    "the year 0": lambda: b"Date: Mon, 1 Jan 0000 00:00:00 +2359\r\n" + _mail(),
    "before the year 1": lambda: b"Date: Mon, 1 Jan 0001 00:00:00 +2359\r\n" + _mail(),
    "after the year 9999": lambda: b"Date: Fri, 31 Dec 9999 23:59:59 -2359\r\n" + _mail(),
    "a zone of years": lambda: b"Date: Mon, 1 Jan 2026 00:00:00 +99999999\r\n" + _mail(),
    "spam by the page": lambda: (
        (b"X-Forefront-Antispam-Report: " + b"; " * 1000 + b"\r\n") * 10
        + b"X-Spam-Level: "
        + b"*" * 1_000_000
        + b"\r\n"
        + _mail()
    ),
    "a name of minus signs": lambda: b"From: " + b"-" * 120 + b"@b.example\r\n\r\n" + SECRET,
    "tokens by the thousand": lambda: _mail(
        b"To: " + _numbered(b"shop+aaaaaaaaaaaaaaaaaaaaaaaa%d@b.example", 9999, b",")
    ),
    "signs of our own": lambda: _mail(
        b"Message-ID: <conversation-1.inbox-bridge@flowers.example>",
        b"In-Reply-To: <conversation-1.inbox-bridge@flowers.example>",
        b"X-Auto-Response-Suppress: None",
    ),
    "no header at all": lambda: b"\r\n" + SECRET,
    "nothing but NUL": lambda: b"\0" * 100_000,
    "every byte": lambda: _text(bytes(range(14, 256)) * 1000),
}
TEXTS: Mapping[str, Callable[[], bytes]] = {
    "a line of 25 MB": lambda: _full(b"x"),
    "an emoji and 25 MB": lambda: _text("\U0001f600".encode() + b"x" * (LARGEST - 1000)),
    "8,000,000 quoted lines": lambda: _full(b">\r\n"),
    "bytes that are no UTF-8": lambda: _full(b"\xff"),
    "bytes that are not in Windows-1252": lambda: _full(b"\x81", b"iso-8859-1"),
    "bytes that are not in Windows-1255": lambda: _full(b"\xd9", b"windows-1255"),
    "halves of UTF-16": lambda: _full(b"\xd8\x00", b"utf-16-be"),
    "broken UTF-7": lambda: _full(b"+!", b"utf-7"),
    "broken HZ": lambda: _full(b"~{", b"hz"),
    "broken ISO-2022-JP": lambda: _full(b"\x1b$B\xff", b"iso-2022-jp"),
    "broken GB18030": lambda: _full(b"\xff", b"gb18030"),
    "a charset that packs": lambda: _full(b"x", b"zlib_codec"),
    "UTF-8 with one wrong byte": lambda: _text("ä".encode() * 12 * _MB + b"\xff"),
    "quoted-printable of signs": lambda: _mail(b"Content-Transfer-Encoding: quoted-printable", body=b"=" * 24 * _MB),
    "base64 of signs": lambda: _mail(b"Content-Transfer-Encoding: base64", body=b"!=?" * 8 * _MB),
    "25 MB of base64": lambda: _mail(b"Content-Transfer-Encoding: base64", body=b"YWJj" * 6 * _MB),
    "flowed": lambda: _mail(b"Content-Type: text/plain; format=flowed; delsp=yes", body=b"x \r\n" * 6 * _MB),
    "uuencoded": lambda: _text(b"begin 644 x\r\n" + (b"M" + b"!" * 60 + b"\r\n") * 380_000 + b"end\r\n"),
    "yEnc": lambda: _text(b"=ybegin line=128 size=99999999999 name=x\r\n" + bytes(range(14, 256)) * 90_000),
    "lone surrogates": lambda: _text(b"\xed\xa0\x80" * 1000),
    "marks of direction": lambda: _text("\u202e\u2066".encode() * 100_000),
    "a letter with 4,000,000 accents": lambda: _text(("a" + "\u0301" * 4_000_000).encode()),
    "letters that are eighteen": lambda: _text((("\ufdfa" * 595 + "\n") * 440).encode()),
    "the line above which to answer": lambda: _full(b"Please answer above this line [ib-above]\r\n"),
    "almost the line above which to answer": lambda: _text((b"[" + b" " * 500) * 1000),
    "on on on": lambda: _full(b"On "),
    "attributions": lambda: _text(b"On Mon, 1 Jan 2026 at 10:00 a@b.example wrote\n" * 6000),
}
PAGES: Mapping[str, Callable[[], bytes]] = {
    "scripts that do not begin": lambda: _html("<script " * 62_000),
    "scripts that do not end": lambda: _html("<div>" * 25_000 + "<script>" + "</script " * 40_000),
    "groups that stay open": lambda: _html("<optgroup>" * 25_000 + "<hr>" * 62_000),
    "ruby that stays open": lambda: _html("<rt>" * 62_000 + "<hr>" * 62_000),
    "items in items": lambda: _html("<li><dd>" * 62_000),
    "80,000 attributes": lambda: _html("<p " + _attributes(80_000) + ">x"),
    "attributes of a body": lambda: _html(("<body " + _attributes(40_000) + ">") * 2),
    "comments that hide the ends": lambda: _html("<div><!--</div>-->" * 14_000 + "<hr>" * 60_000),
    "text in tables": lambda: _html("<table>" + "x<tr>" * 80_000),
    "tables in tables": lambda: _html("<table><tr><td>" * 33_000),
    "emphasis": lambda: _html("<b><p>x" * 70_000),
    "links": lambda: _html("<a>" * 160_000),
    "references to entities": lambda: _html("&CounterClockwiseContourIntegral;" * 15_000),
    "almost entities": lambda: _html("&" * 500_000),
    "pictures": lambda: _html("<svg>" + "</p>" * 100_000),
    "templates": lambda: _html("<template>" * 50_000),
    "styles": lambda: _html("<style>" + "a{" * 250_000),
    "quotes in quotes": lambda: _html("<blockquote type=cite>x" * 22_000),
    "25 MB of HTML": lambda: _html("<rt>" * 6 * _MB),
}
REPORTS: Mapping[str, Callable[[], bytes]] = {
    "a bounce of 10,000 receivers": lambda: _report(
        b"Reporting-MTA: dns; x\r\n\r\n" + _numbered(_RECIPIENT, 10_000) + b"--b--\r\n"
    ),
    "a report of reports": lambda: (
        _HEAD
        + b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n" * 1000
        + SECRET
    ),
    "a forged bounce": lambda: _report(
        _RECIPIENT % 1 + b"--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <x@flowers.example>\r\n\r\n--b--\r\n"
    ),
    "a server's words": lambda: (
        _HEAD.replace(b"Eve", b"MAILER-DAEMON") + b"\r\n" + b"550 5.1.1 user unknown " * 100_000
    ),
}
HOSTILE: Mapping[str, Callable[[], bytes]] = {**STRUCTURES, **HEADERS, **TEXTS, **PAGES, **REPORTS}


def bait(name: str) -> bytes:
    """One of them, as large as a server takes a mail at most."""
    return HOSTILE[name]()[:LARGEST]


def measured(item: RawItem) -> Sequence[InboundEvent]:
    """What the parser makes of it, and last what that cost: seconds of CPU time."""
    began = time.process_time()
    events = parse_mail(item)
    return [*events, Ignored(reason=f"{time.process_time() - began:.3f}")]
