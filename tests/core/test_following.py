"""Files that came by reference: who is shown what, and when a file is asked for at all."""

from __future__ import annotations

import pytest
from shop import OLGA, PAUL, POLICY, Shop

from bridge.customers.following import followed, wanted
from bridge.messages import Attachment
from bridge.outbound import Outbound, OutboundKind
from bridge.policy import SurfaceAddress
from bridge.testing import START
from bridge.text import Text
from bridge.work import Outcome, Sending

AWAY = Attachment(name="photo.jpg", source="away", size=120 * 1024)
EVERYWHERE = [(owner, surface) for owner in (OLGA, PAUL) for surface in owner.surfaces]


def sending(author: str = "") -> Sending:
    text = Text("photo.jpg")
    fields = {
        "connector": "mail",
        "address": "anna",
        "text": text,
        "created_at": START,
        "conversation": 1,
        "from_name": "Anna (email)",
    }
    outbound = Outbound(id="1", kind=OutboundKind.FETCH, **fields)  # type: ignore[arg-type]
    return Sending(outbound=outbound, lane="x", attempts=1, author=author, origin=None, message=7, file=3)


def test_once_there_it_goes_to_every_surface() -> None:
    told = followed(sending(), Outcome(state="sent"), EVERYWHERE)
    assert [(draft.kind, draft.address, draft.text.plain) for draft in told] == [
        (OutboundKind.RELAY, "olga", "#1 Anna (email): photo.jpg"),
        (OutboundKind.RELAY, "paul", "#1 Anna (email): photo.jpg"),
    ]
    assert {(draft.carries_of, draft.file, draft.conversation) for draft in told} == {(7, 3, 1)}


def test_one_that_cannot_be_had_is_told_by_its_name() -> None:
    first, _ = followed(sending(), Outcome(state="dead", reason="it is too large"), EVERYWHERE)
    assert first.kind is OutboundKind.NOTICE
    assert first.text.plain.startswith("#1 Anna (email): photo.jpg could not be fetched: it is too large.")
    assert first.carries_of == 0


@pytest.mark.parametrize("state", ["waiting", "unknown"])
def test_nothing_is_told_while_it_is_tried(state: str) -> None:
    assert followed(sending(), Outcome(state=state), EVERYWHERE) == ()


def test_of_an_owners_own_file_its_answer_tells() -> None:
    assert followed(sending("Olga"), Outcome(state="dead", reason="gone"), EVERYWHERE) == ()


def test_what_is_there_need_not_be_fetched() -> None:
    there = (Attachment(name="a", content=b"x"), Attachment(name="b", source="x", blob="digest"))
    assert wanted(there, "mail", "anna", conversation=1) == []
    assert len(wanted((*there, AWAY), "mail", "anna", conversation=1)) == 1


def fetches(shop: Shop) -> int:
    return len(shop.sent("fetch"))


def test_what_is_relayed_is_fetched_once_for_each_file() -> None:
    shop = Shop(POLICY)
    shop.customer("anna@example.org", "Hello", attachments=(AWAY, Attachment(name="a", content=b"x"), AWAY))
    assert fetches(shop) == 2
    assert {one.connector for one in shop.sent("fetch")} == {"mail"}


def test_what_nobody_is_shown_is_not_fetched() -> None:
    shop = Shop(POLICY).with_policy(flood_limit=1)
    for _ in range(3):
        shop.customer("eve@example.org", "Buy!", attachments=(AWAY,))
    assert fetches(shop) == 1
    shop.owner("block 1")
    shop.customer("eve@example.org", "Buy!", attachments=(AWAY,))
    assert fetches(shop) == 1


def test_an_owners_file_is_fetched_from_where_the_owner_wrote() -> None:
    shop = Shop(POLICY)
    shop.customer("anna@example.org", "Hello")
    shop.owner("#1 This one", attachments=(AWAY,))
    assert [one.connector for one in shop.sent("fetch")] == ["desk"]


def test_in_a_room_it_needs_no_number_but_keeps_it_ready() -> None:
    here = SurfaceAddress(connector="desk", address="olga", rooms=True)
    (draft,) = followed(sending(), Outcome(state="sent"), [(OLGA, here)])
    assert (draft.text.plain, draft.head, draft.in_room) == ("photo.jpg", "#1 Anna (email): ", True)
