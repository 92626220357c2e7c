"""Relays in one message on Telegram: when, how many, and in which form."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.connector import Choice, Outbound, OutboundKind, Span, SpanKind, Text
from bridge.testing import outbound
from bridge.testing_abilities import merge_conforms
from connectors.telegram import TYPE
from connectors.telegram.entities import units
from connectors.telegram.merging import BACKLOG_OF_A_CHAT, BACKLOG_OF_A_GROUP, KEPT_FREE, merge
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.splitting import TEXT_UNITS


def relays(*texts: str, address: str = "-1001", room: str = "", one: bool = False) -> list[Outbound]:
    made = outbound(kind=OutboundKind.RELAY, address=address, room=room)
    return [
        replace(made, id=f"relay-{number}", text=Text(text), conversation=1 if one else number)
        for number, text in enumerate(texts, start=1)
    ]


def test_it_conforms() -> None:
    connector = TYPE.create("telegram", TelegramSettings(token="1:" + "x" * 35))
    for address in ("-1001", "4711"):
        merge_conforms(connector, address, lambda text: units(text.plain) <= TEXT_UNITS)


@pytest.mark.parametrize(("address", "backlog"), [("-1001", BACKLOG_OF_A_GROUP), ("4711", BACKLOG_OF_A_CHAT)])
def test_a_few_are_no_backlog(address: str, backlog: int) -> None:
    waiting = relays(*"abcdefghijklmno", address=address)
    assert merge(waiting, backlog - 1)[1] == 1
    assert merge(waiting, backlog)[1] == len(waiting)
    assert merge(waiting[:2], backlog)[1] == 2  # of a topic's own few, where the whole group has a backlog


def test_what_stands_below_each_other() -> None:
    shown, count = merge(relays("#1 Anna: a", "#2 Bob: b", "#3 Carla: c"), 9)
    assert (shown.text.plain, count) == ("#1 Anna: a\n\n#2 Bob: b\n\n#3 Carla: c", 3)
    in_a_topic, _ = merge(relays("a", "b", room="77", one=True), 9)
    assert (in_a_topic.text.plain, in_a_topic.room) == ("a\nb", "77")


def test_formatting_moves_along() -> None:
    plain, bold = relays("#1 Anna: a", "#2 Bob: bold")
    bold = replace(bold, text=Text(bold.text.plain, (Span(start=8, end=12, kind=SpanKind.BOLD),)))
    shown, _ = merge([plain, bold], 9)
    [span] = shown.text.spans
    assert shown.text.plain[span.start : span.end] == "bold"


def test_buttons_only_of_one_conversation() -> None:
    close = (Choice(id="close", label="Close", word="close"),)
    several = [replace(relay, choices=close) for relay in relays("a", "b")]
    assert merge(several, 9)[0].choices == ()
    assert merge([replace(relay, conversation=1) for relay in several], 9)[0].choices == close


def test_the_limit_is_in_utf_16_units_and_held_exactly() -> None:
    most = TEXT_UNITS - KEPT_FREE
    first, second = "x" * (most - 12), "🌷" * 5  # with the empty line between them: one unit for each, and ten
    shown, count = merge(relays(first, second, "z"), 9)
    assert (count, units(shown.text.plain)) == (2, most)
    assert merge(relays(first + "x", second), 9)[1] == 1
