"""The shop's own words from another client of its account: an answer that is there already."""

from __future__ import annotations

import pytest
from shop import OLGA, PAUL, Shop, states

from bridge.decision import Send
from bridge.messages import Spoke
from bridge.policy import Owner, SurfaceAddress
from bridge.text import Text

ANNA = "anna@example.org"


@pytest.fixture
def shop() -> Shop:
    """Anna has asked by chat."""
    shop = Shop().with_policy(owners=(OLGA, PAUL), acknowledge=True)
    shop.customer(ANNA, "Do you have tulips?", connector="chat")
    shop.drain()
    return shop


def spoke(shop: Shop, text: str = "Yes, ten.", address: str = ANNA, native_id: str = "s1") -> str:
    return shop.happens(Spoke(address=address, text=Text(text), native_id=native_id), "chat").reason


def test_it_answers_silences_the_bot_and_every_owner_reads_it(shop: Shop) -> None:
    assert spoke(shop) == "spoke"
    assert states(shop, [1]) == ["waiting"]
    assert shop.told("olga") == "#1 Anna (XMPP): answered from another client of the shop's: Yes, ten."
    assert shop.told("paul") == shop.told("olga")
    assert not shop.sent("answer")
    shop.clock.advance(seconds=60)
    shop.ring()
    assert not shop.sent("automatic")
    with shop.read() as book:
        assert [(line.direction, line.author) for line in book.history(1, 10)] == [
            ("in", "Anna"),
            ("out", "Tulips & Co"),
        ]


def test_it_stands_in_the_conversations_room(shop: Shop) -> None:
    in_rooms = Owner(name="Rita", surfaces=(SurfaceAddress(connector="desk", address="rita", rooms=True),))
    shop.with_policy(owners=(in_rooms,))
    decision = shop.happens(Spoke(address=ANNA, text=Text("Yes."), native_id="s2"), "chat")
    drafts = [effect.draft for effect in decision.effects if isinstance(effect, Send)]
    assert [(draft.address, draft.in_room, draft.conversation) for draft in drafts] == [("rita", True, 1)]


def test_a_customer_goes_on_in_the_same_conversation(shop: Shop) -> None:
    spoke(shop)
    shop.customer(ANNA, "Three, please.", connector="chat")
    assert shop.told().startswith("#1 Anna (XMPP): Three")


def test_an_owner_is_asked_before_answering_at_the_same_time(shop: Shop) -> None:
    spoke(shop)
    shop.owner("#1 No.")
    assert "has just answered" in shop.told()


def test_who_never_wrote_is_a_conversation_too(shop: Shop) -> None:
    assert spoke(shop, address="bob@example.net") == "spoke"
    assert states(shop, [2]) == ["waiting"]
    shop.customer("bob@example.net", "Thanks!", connector="chat")
    assert shop.told().startswith("#2 ")


def test_what_the_bridge_itself_has_sent_is_not_said_twice(shop: Shop) -> None:
    shop.owner("#1 Yes.")
    sent = shop.drain()[shop.sent("answer")[-1].id]
    assert spoke(shop, "Yes.", native_id=sent) == "said by the bridge itself"


def test_what_is_said_to_an_owner_is_no_answer() -> None:
    shop = Shop()
    assert shop.happens(Spoke(address="olga", text=Text("Hello"), native_id="s1"), "desk").reason == "said to an owner"
    assert not shop.sent()
