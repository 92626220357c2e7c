"""What owners are told of an answer that was taken for some of its receivers only."""

from __future__ import annotations

import pytest
from shop import OLGA, PAUL, POLICY

from bridge.decision import OwnerLine
from bridge.language import language
from bridge.marks import shown_twice, told_of, unreached
from bridge.outbound import OutboundKind
from bridge.testing import outbound
from bridge.text import Span, SpanKind, Text
from bridge.work import Outcome, Sending

LINE = OwnerLine(connector="desk", address="olga", native_id="line-1")


def sending(kind: OutboundKind, origin: OwnerLine | None) -> Sending:
    sent = outbound(kind=kind, connector="mail", copies=("ben@there.example",))
    return Sending(outbound=sent, lane="x", attempts=1, author="Olga", origin=origin, message=None)


@pytest.mark.parametrize(
    ("kind", "origin", "told"),
    [
        (OutboundKind.ANSWER, LINE, [("notice", "olga"), ("mark", "olga"), ("notice", "paul")]),
        (OutboundKind.AUTOMATIC, None, [("notice", "olga"), ("notice", "paul")]),
        (OutboundKind.RELAY, None, []),
    ],
)
def test_every_owner_reads_whom_it_did_not_reach(
    kind: OutboundKind, origin: OwnerLine | None, told: list[tuple[str, str]]
) -> None:
    policy = type(POLICY)(business="x", owners=(OLGA, PAUL), labels={"mail": "email"})
    missed = Outcome(state="sent", reason="ben@there.example: 550 5.1.1 no such user")

    drafts = told_of(sending(kind, origin), missed, policy)

    assert [(str(draft.kind), draft.address) for draft in drafts] == told
    for draft in drafts:
        if draft.kind is OutboundKind.NOTICE:
            assert "#1 email did not reach ben@there.example: 550 5.1.1 no such user" in draft.text.plain
        else:
            assert draft.mark == "sent"


def test_what_may_have_been_shown_says_so_and_keeps_its_formatting() -> None:
    bold = Text("in red", (Span(start=3, end=6, kind=SpanKind.BOLD),))
    again = shown_twice(bold, language("en"))
    [span] = again.spans
    assert again.plain == "[maybe shown before] in red"
    assert again.plain[span.start : span.end] == "red"


def showing(kind: OutboundKind, address: str) -> Sending:
    shown = outbound(kind=kind, connector="desk", address=address)
    return Sending(outbound=shown, lane="x", attempts=1, author="", origin=None, message=None)


@pytest.mark.parametrize(
    ("kind", "state", "to", "told"),
    [
        (OutboundKind.RELAY, "dead", "Olga", ["paul"]),
        (OutboundKind.NOTICE, "dead", "paul", ["olga"]),
        (OutboundKind.RELAY, "sent", "olga", []),
        (OutboundKind.RELAY, "waiting", "olga", []),
        (OutboundKind.MARK, "dead", "olga", []),
        (OutboundKind.ANSWER, "dead", "olga", []),
    ],
)
def test_what_an_owner_is_not_shown_is_told_elsewhere(kind: OutboundKind, state: str, to: str, told: list[str]) -> None:
    policy = type(POLICY)(business="x", owners=(OLGA, PAUL), labels={"desk": "Telegram"})
    drafts = unreached(showing(kind, to), Outcome(state=state, reason="the bot was blocked"), policy)

    assert [draft.address for draft in drafts] == told
    assert all("does not see what is shown on Telegram: the bot was blocked" in draft.text.plain for draft in drafts)
    # Without another place there is nobody to tell; doctor and the figures show it.
    alone = type(POLICY)(business="x", owners=(OLGA,))
    assert unreached(showing(OutboundKind.RELAY, "olga"), Outcome(state="dead"), alone) == []
