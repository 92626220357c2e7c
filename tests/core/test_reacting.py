"""An owner's sign on a customer's message: it reaches that customer, or the owner reads that it does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from shop import POLICY, Shop
from sqlalchemy import update

from bridge.decision import Decision, Draft, Log, Send
from bridge.marks import told_of
from bridge.messages import Reaction
from bridge.outbound import OutboundKind
from bridge.store.work_tables import outbox
from bridge.work import Outcome, Sending


@pytest.fixture
def shop() -> Shop:
    made = Shop(POLICY).with_policy(reacts=("chat",))
    made.customer("anna@example.org", "Hello", native_id="a1")
    made.customer("bob@example.org", "Hi", connector="chat", native_id="b1")
    made.drain()
    return made


def relay(shop: Shop, text: str) -> str:
    [found] = [sent.id for sent in shop.sent("relay") if text in sent.text]
    return found


def sign(shop: Shop, named: str, signs: str = "👍", *, authenticated: bool = True) -> Decision:
    return shop.happens(Reaction(address="olga", native_id=named, sign=signs, authenticated=authenticated), "desk")


def drafts(decision: Decision) -> list[Draft]:
    return [effect.draft for effect in decision.effects if isinstance(effect, Send)]


@pytest.mark.parametrize("signs", ["👍", "👍 ❤", ""])
def test_a_sign_goes_to_the_customer_whose_message_it_is_on(shop: Shop, signs: str) -> None:
    [draft] = drafts(sign(shop, relay(shop, "Hi"), signs))
    assert (draft.kind, draft.connector, draft.address) == (OutboundKind.REACTION, "chat", "bob@example.org")
    assert (draft.text.plain, draft.replies_to, draft.conversation) == (signs, ("b1",), 2)
    with shop.read() as book:
        conversation = book.conversation(2)
    assert conversation is not None
    assert conversation.state == "open", "a sign is no answer"


def test_where_there_are_no_signs_the_owner_reads_so_once_a_day(shop: Shop) -> None:
    mail = relay(shop, "Hello")
    [told] = drafts(sign(shop, mail))
    assert (told.kind, told.address) == (OutboundKind.NOTICE, "olga")
    assert told.text.plain == "Your 👍 goes nowhere: email has no signs. Only words reach #1 Anna, email."
    assert drafts(sign(shop, mail, "❤")) == []
    assert drafts(sign(shop, mail, "")) == []
    shop.clock.moment += timedelta(days=2)
    assert len(drafts(sign(shop, mail, "❤"))) == 1


def test_a_sign_on_anything_else_is_the_owners_own(shop: Shop) -> None:
    shop.owner("#2 Yes.", native_id="mine")
    shop.drain()
    answer = shop.sent("answer")[0].id
    for named in ("mine", answer, "nothing", "b1"):
        assert sign(shop, named).effects == ()
    assert sign(shop, relay(shop, "Hi"), authenticated=False).effects == ()


def test_a_sign_on_several_customers_at_once_is_nobodys(shop: Shop) -> None:
    first = relay(shop, "Hello")
    with shop.engine.begin() as connection:
        connection.execute(update(outbox).where(outbox.c.kind == "relay").values(merged_into=first))
    [told] = drafts(sign(shop, shop.line_about(1)))
    assert told.text.plain == "Your 👍 goes nowhere: several customers stand in that message."


def test_a_sign_on_several_messages_of_one_customer_is_on_none(shop: Shop) -> None:
    shop.customer("bob@example.org", "And roses?", connector="chat", native_id="b2")
    first = relay(shop, "Hi")
    with shop.engine.begin() as connection:
        bobs = (outbox.c.kind == "relay", outbox.c.conversation == 2)
        connection.execute(update(outbox).where(*bobs).values(merged_into=first))
    [told] = drafts(sign(shop, first))
    assert told.text.plain == "Your 👍 goes nowhere: several messages of #2 Bob, XMPP stand in that one."
    assert drafts(sign(shop, first, "")) == []


@pytest.mark.parametrize(("state", "told"), [("sent", None), ("waiting", None), ("dead", "no such sign")])
def test_what_did_not_arrive_is_told(shop: Shop, state: str, told: str | None) -> None:
    decision = sign(shop, relay(shop, "Hi"))
    [draft] = drafts(decision)
    assert [effect.kind for effect in decision.effects if isinstance(effect, Log)] == ["signed"]
    [sent] = shop.sent("reaction")
    outbound = shop.outbound(sent.id)
    sending = Sending(outbound=outbound, lane="", attempts=1, author="Olga", origin=draft.origin, message=None)
    found = [one.text.plain for one in told_of(sending, Outcome(state=state, reason="no such sign"), shop.policy)]
    assert found == ([f"Your sign is not shown: #2 XMPP: 👍: {told}"] if told else [])
