"""The values that cross every boundary are valid from birth (`bridge/valid.py`, `text.py`, `messages.py`)."""

from __future__ import annotations

import dataclasses
import unicodedata
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bridge.messages import (
    Attachment,
    Automatic,
    AutomaticKind,
    Chosen,
    Deletion,
    DeliveryReport,
    DeliveryStatus,
    Edit,
    Ignored,
    Message,
    RawItem,
    Reaction,
)
from bridge.outbound import Outbound, OutboundKind, Receipt
from bridge.text import Span, SpanKind, Text
from bridge.valid import REPLACEMENT, clean, one_line

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
NAIVE = datetime(2026, 11, 2, 9, 0)  # noqa: DTZ001 - what must be refused

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=60)
"""Any string that Python can hold, lone surrogates included."""

BREAKS = "\r\n\t\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"


def travels(text: str) -> bool:
    """PostgreSQL, XML and UTF-8 all take it."""
    text.encode()
    return not any(unicodedata.category(one) in ("Cc", "Cs") and one not in "\t\n\r" for one in text)


@given(ANY)
def test_nothing_forbidden_survives_and_offsets_stay(text: str) -> None:
    cleaned = clean(text)
    assert travels(cleaned)
    assert len(cleaned) == len(text)
    assert all(after in (before, REPLACEMENT) for before, after in zip(text, cleaned, strict=True))
    assert clean(cleaned) == cleaned


@given(ANY, st.integers(0, 50))
@example("a b", 2)
def test_one_line_is_one_line(text: str, limit: int) -> None:
    line = one_line(text, limit)
    assert len(line) <= limit
    assert travels(line)
    assert not set(line) & set(BREAKS)
    assert line.splitlines() in ([line], [])
    assert one_line(line, limit) == line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Tulips\r\nBcc: everyone@example.org", "Tulips Bcc: everyone@example.org"),
        ("a\x00b", "a\ufffdb"),
        ("a\ud800b", "a\ufffdb"),
        ("invoice\u202efdp.exe", "invoice fdp.exe"),
        ("a\u2028b\u0085c", "a b c"),
        ("  a  ", "a"),
        ("\r\n", ""),
        ("\x7f\x9f", "\ufffd\ufffd"),
        ("Ä 😀", "Ä 😀"),
    ],
)
def test_one_line_of(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\evil.exe", "evil.exe"),
        ("..", "unnamed"),
        ("", "unnamed"),
        ("a/", "unnamed"),
        (" .hidden. ", "hidden"),
        ("bill\r\nContent-Type: text/html.pdf", "html.pdf"),
        ("gpj.\u202ecod.exe", "gpj. cod.exe"),
        ("x" * 400, "x" * 255),
        ("Rechnung Nº 5.pdf", "Rechnung Nº 5.pdf"),
    ],
)
def test_a_file_name_is_a_name(name: str, kept: str) -> None:
    assert Attachment(name=name).name == kept


def test_an_attachment_knows_its_size() -> None:
    assert Attachment(name="a", content=b"1234").size == 4


MESSAGE: dict[str, Any] = {"address": "a", "text": Text("x")}
OUTBOUND: dict[str, Any] = {
    "id": "1",
    "kind": OutboundKind.ANSWER,
    "connector": "mail",
    "address": "a",
    "text": Text("x"),
    "created_at": NOW,
}
VALUES: list[tuple[type, dict[str, Any]]] = [
    (RawItem, {"native_id": "1", "raw": b"", "lane": "a", "received_at": NOW}),
    (Message, MESSAGE),
    (Edit, {"address": "a", "native_id": "1", "text": Text("x")}),
    (Deletion, {"address": "a", "native_id": "1"}),
    (DeliveryReport, {"refers_to": "1", "status": DeliveryStatus.READ}),
    (Reaction, {"address": "a", "native_id": "1", "sign": "x"}),
    (Chosen, {"address": "a", "outbound_id": "1", "choice_id": "1"}),
    (Ignored, {"reason": "typing"}),
    (Automatic, {"kind": AutomaticKind.LIST, "reason": "List-Id"}),
    (Outbound, OUTBOUND),
    (Receipt, {}),
    (Span, {"start": 0, "end": 1, "kind": SpanKind.LINK}),
]
HOSTILE = "a\x00b\ud800c\r\nBcc: d"
_WORDS = {"str": HOSTILE, "tuple[str, ...]": (HOSTILE,)}
FIELDS = [
    (value, given, field)
    for value, given in VALUES
    for field in dataclasses.fields(value)
    if field.type in _WORDS and (value, field.name) != (Outbound, "id") and field.name not in ("connector", "mark")
]


@pytest.mark.parametrize(("value", "given", "field"), FIELDS, ids=[f"{v.__name__}.{f.name}" for v, _, f in FIELDS])
def test_every_word_of_every_value_is_one_line(value: type, given: dict[str, Any], field: Any) -> None:
    """Whatever a network or a plug-in says: ids, names, reasons can be stored, logged and put into a header."""
    made = getattr(value(**{**given, field.name: _WORDS[field.type]}), field.name)
    for word in made if isinstance(made, tuple) else (made,):
        assert travels(word)
        assert "\n" not in word
        assert "\r" not in word


@pytest.mark.parametrize(
    ("value", "given"),
    [
        (RawItem, {"native_id": "1", "raw": b"", "lane": "a", "received_at": NAIVE}),
        (Message, {**MESSAGE, "sent_at": NAIVE}),
        (Outbound, {**OUTBOUND, "created_at": NAIVE}),
        (Outbound, {**OUTBOUND, "expires_at": NAIVE}),
        (RawItem, {"native_id": "", "raw": b"", "lane": "a", "received_at": NOW}),
        (RawItem, {"native_id": "\r\n", "raw": b"", "lane": "a", "received_at": NOW}),
        (Span, {"start": 3, "end": 3, "kind": SpanKind.BOLD}),
        (Span, {"start": -1, "end": 3, "kind": SpanKind.BOLD}),
    ],
)
def test_what_cannot_be_is_refused(value: type, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"covers nothing|time zone|native id"):
        value(**given)


def test_a_span_stays_within_its_text() -> None:
    with pytest.raises(ValueError, match="past the end"):
        Text("abc", (Span(start=0, end=4, kind=SpanKind.BOLD),))


@pytest.mark.parametrize(("plain", "something"), [("", False), (" \n\t", False), ("x", True), ("\x00", True)])
def test_a_text_of_nothing_is_false(plain: str, something: bool) -> None:
    assert bool(Text(plain)) is something


@given(st.lists(st.text(min_size=1, max_size=8), min_size=2, max_size=2, unique=True), st.integers(990, 5000))
def test_two_long_ids_stay_two(tails: list[str], length: int) -> None:
    """A mail whose id differs from another's only at the far end must not count as one that is known."""
    ids = {
        RawItem(native_id="x" * length + tail.strip() + ".", raw=b"", lane="a", received_at=NOW).native_id
        for tail in tails
        if clean(tail) == tail and one_line(tail) == tail
    }
    wanted = {tail for tail in tails if clean(tail) == tail and one_line(tail) == tail}
    assert len(ids) == len(wanted)
