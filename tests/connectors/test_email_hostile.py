"""Hostile mails within the limits of a worker: each is read, in seconds, and what does not fit is a file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hostile_mail import HOSTILE, SECRET, bait, measured

from bridge.connector import Ignored, Message, RawItem, Traits
from bridge.steps.parsing import ParseLimits, Parsing
from bridge.testing import ScriptedConnector
from connectors.email.charsets import BROKEN_LIMIT
from connectors.email.html_bounds import is_harmless
from connectors.email.html_text import html_text
from connectors.email.parse import parse_mail

MOST_SECONDS = 4.0
FACTS = {"account": "shop@flowers.example", "own": ["shop@flowers.example"], "mail_from": "eve@bait.example"}


@pytest.fixture(scope="module")
def parsing() -> Iterator[Parsing]:
    made = Parsing(ParseLimits())
    yield made
    made.close()


def item(mail: bytes) -> RawItem:
    return RawItem(native_id="1", raw=mail, lane="eve", facts=FACTS, received_at=datetime.now(UTC))


def read(mail: bytes) -> Message:
    message = parse_mail(item(mail))[0]
    assert isinstance(message, Message)
    return message


@pytest.mark.servers
@pytest.mark.parametrize("name", HOSTILE)
async def test_a_worker_reads_it(parsing: Parsing, name: str) -> None:
    connector = ScriptedConnector(name="mail", traits=Traits(session=False, parse_in_worker=True))
    connector.parse = measured  # type: ignore[assignment]

    message, *_, cost = await parsing.read({"mail": connector}, "mail", item(bait(name)))

    assert isinstance(message, Message)
    assert isinstance(cost, Ignored)
    assert float(cost.reason) < MOST_SECONDS


def whole(mail: bytes) -> bytes:
    """A mail of one part without its header."""
    return mail.partition(b"\r\n\r\n")[2]


@pytest.mark.servers
@pytest.mark.parametrize(
    "name", ["a line of 25 MB", "bytes that are no UTF-8", "bytes that are not in Windows-1252", "halves of UTF-16"]
)
def test_what_is_not_shown_is_attached_whole(name: str) -> None:
    mail = bait(name)
    assert [file.content for file in read(mail).attachments] == [whole(mail)]


def test_of_broken_bytes_none_is_lost() -> None:
    # Eight bytes a character: fewer characters than are shown at most, though not all of it was decoded.
    body = b"\x1b$B8!\x1b(B" * (BROKEN_LIMIT // 8) + b"\xff" + SECRET
    mail = b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + body
    message = read(mail)
    assert len(message.text.plain) <= BROKEN_LIMIT // 8
    assert [file.content for file in message.attachments] == [body]


def test_an_inner_boundary_that_looks_like_the_end() -> None:
    inner = b'Content-Type: multipart/mixed; boundary="b--"\r\n\r\n--b--\r\n\r\none\r\n--b----\r\n'
    mail = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n" + inner + b"--b\r\n\r\ntwo\r\n--b--\r\n"
    # The outer end is one of the lines that could be the inner's.
    assert read(mail).text.plain.startswith("one\n\ntwo")


@pytest.mark.parametrize(
    ("html", "harmless"),
    [
        ("<ul>" + "<li>a" * 3000 + "</ul>", True),
        ("<dl>" + "<dt>a<dd>b" * 3000 + "</dl>", True),
        ("<table>" + "<tr><td>a<td><p>b" * 3000 + "</table>", True),
        ("<ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby>" * 3000, True),
        ('<img alt="a > b" src="data:image/png;base64,' + "iVBO/Rw0 " * 9000 + '">', True),
        ("<p " + " ".join(f"data-{number}='>'" for number in range(2000)) + ">", True),
        ("<li><dd>" * 20_000, False),
        ("<rt>" * 20_000, False),
        ("<p " + " ".join(f"a{number}='>'" for number in range(30_000)) + ">", False),
        ("<div a='</div>'>" * 20_000, False),
        ("<div><!--</div>-->" * 20_000, False),
        ("<script><!--</script>" + "<div>" * 20_000, False),
    ],
)
def test_what_a_parser_of_html_is_given(html: str, harmless: bool) -> None:
    assert is_harmless(html) is harmless


def test_what_it_is_not_given_keeps_its_words() -> None:
    assert html_text("one<rt>" + "<rt>" * 20_000 + "two<p>three<script>no</script>").plain == "onetwo\nthree"
