"""Stanzas made of outbounds."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from bridge.connector import Choice, OutboundKind, Span, SpanKind, Text
from bridge.testing import outbound
from connectors.xmpp import compose
from connectors.xmpp.namespaces import CLIENT, CORRECT, HINTS, RECEIPTS, REPLY, RETRACT, ROOM_USER, SIDS, STYLING, tag

ANNA = "anna@example.org"


def body(message: ET.Element) -> str | None:
    return message.findtext(tag(CLIENT, "body"))


def test_the_outbounds_id_is_the_stanzas() -> None:
    message = compose.compose(outbound(address=ANNA))
    origin = message.find(tag(SIDS, "origin-id"))
    assert origin is not None
    assert message.get("id") == origin.get("id") == outbound().id
    assert message.find(tag(HINTS, "store")) is not None
    assert ET.tostring(message) == ET.tostring(compose.compose(outbound(address=ANNA)))


@pytest.mark.parametrize(
    ("kind", "asked"), [(OutboundKind.ANSWER, True), (OutboundKind.RELAY, False), (OutboundKind.NOTICE, False)]
)
def test_who_is_asked_for_receipts(kind: OutboundKind, asked: bool) -> None:
    message = compose.compose(outbound(address=ANNA, kind=kind))
    assert (message.find(tag(RECEIPTS, "request")) is not None) is asked


def test_the_answer_to_a_line_of_theirs_names_it_and_to_ours_it_does_not() -> None:
    theirs = compose.compose(outbound(address=ANNA, replies_to=("m1", "m2"))).find(tag(REPLY, "reply"))
    assert theirs is not None
    assert (theirs.get("id"), theirs.get("to")) == ("m2", ANNA)
    ours = compose.compose(outbound(address=ANNA, replies_to=("m1", compose.native_id("x"))))
    assert ours.find(tag(REPLY, "reply")) is None


def test_spans_choices_and_addresses_of_files() -> None:
    text = Text("Which one?", (Span(start=0, end=5, kind=SpanKind.BOLD),))
    asked = replace(outbound(address=ANNA), text=text, choices=(Choice(id="1", label="Red ones", word="red"),))
    assert body(compose.compose(asked, ["https://a.test/1"])) == "*Which* one?\nred - Red ones\nhttps://a.test/1"


def test_what_would_be_misread_says_so() -> None:
    assert compose.compose(outbound("2 *3* 4", address=ANNA)).find(tag(STYLING, "unstyled")) is not None


@pytest.mark.parametrize("text", ["a\x00b", "a\x1fb", "a\ufffeb", "a\ud800b", "a\x85b"])
def test_what_xml_forbids_is_replaced(text: str) -> None:
    assert body(compose.compose(outbound(text, address=ANNA))) == "a\ufffdb"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "anna@",
        "@example.org",
        "anna@example.org\nBcc: x",
        "a b@c.test",
        "a@b@c.test",
        "x" * 4000 + "@c.test",
    ],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(compose.CannotSend):
        compose.receiver(address)


def test_somebody_in_a_room_is_written_to_privately() -> None:
    message = compose.compose(outbound(address="plants@rooms.test/Anna"))
    assert message.get("to") == "plants@rooms.test/Anna"
    assert message.find(tag(ROOM_USER, "x")) is not None


def test_a_subject_opens_a_conversation_and_is_not_repeated() -> None:
    subject = tag(CLIENT, "subject")
    assert compose.compose(outbound(address=ANNA, subject="Tulips")).findtext(subject) == "Tulips"
    assert compose.compose(outbound(address=ANNA, subject="Tulips", replies_to=("m1",))).find(subject) is None


def test_nothing_is_not_sent() -> None:
    with pytest.raises(compose.CannotSend, match="nothing"):
        compose.compose(outbound("", address=ANNA))


def test_a_correction_names_what_it_corrects_and_is_the_same_each_time() -> None:
    sent = outbound("Ho", address=ANNA, kind=OutboundKind.ANSWER)
    message = compose.correction(sent, compose.native_id("m1"))
    replaced = message.find(tag(CORRECT, "replace"))
    assert replaced is not None
    assert replaced.get("id") == "m1"
    assert message.get("id") != sent.id
    assert ET.tostring(message) == ET.tostring(compose.correction(sent, compose.native_id("m1")))


def test_a_retraction_names_what_it_takes_back() -> None:
    retracted = compose.retraction(outbound(address=ANNA), compose.native_id("m1")).find(tag(RETRACT[0], "retract"))
    assert retracted is not None
    assert retracted.get("id") == "m1"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", [""]),
        ("short", ["short"]),
        ("one two three", ["one two", "three"]),
        ("one\ntwo three", ["one\ntwo", "three"]),
        ("abcdefghijklmnop", ["abcdefghij", "klmnop"]),
    ],
)
def test_splitting(text: str, parts: list[str]) -> None:
    assert [part.plain for part in compose.split(Text(text), 10)] == parts


def test_a_span_over_a_cut_goes_on_behind_it() -> None:
    text = Text("one two three", (Span(start=4, end=13, kind=SpanKind.BOLD),))
    first, second = compose.split(text, 10)
    assert [(span.start, span.end) for span in (*first.spans, *second.spans)] == [(4, 7), (0, 5)]
