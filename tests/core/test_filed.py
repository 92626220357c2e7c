"""What is filed apart: spam, held strangers; the digest; and how one gets in."""

from __future__ import annotations

import pytest
from shop import Shop, states

from bridge.messages import Attachment, Deletion, Edit, Reaction
from bridge.text import Text

ANNA, EVE = "anna@example.org", "eve@example.net"
SPAM = "X-Spam-Flag: YES"


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_spam_is_filed_without_a_word_until_the_digest(shop: Shop) -> None:
    assert shop.customer(EVE, "Buy now", subject="Offer", spam=SPAM).reason == "spam"
    assert shop.customer("fay@example.net", "Buy more", spam=SPAM).reason == "spam"
    assert not shop.sent()
    assert states(shop, [1, 2]) == ["closed", "closed"]
    shop.clock.advance(days=1)
    assert [decision.reason for decision in shop.ring()] == ["digest"]
    assert shop.told() == (
        "Filed apart, spam or held senders: 2 conversations. `show N` shows one, `accept N` lets its sender in.\n"
        "#1 Eve: Offer\n#2 Fay: Buy more"
    )
    shop.clock.advance(days=1)
    assert shop.ring() == []


def test_each_digest_lists_what_is_new(shop: Shop) -> None:
    shop.customer(EVE, "One", spam=SPAM)
    shop.clock.advance(days=1)
    shop.ring()
    shop.customer("fay@example.net", "Two", spam=SPAM)
    shop.clock.advance(days=1)
    shop.ring()
    assert "#2 Fay" in shop.told()
    assert "#1" not in shop.told()


def test_a_customer_who_was_answered_is_shown_and_marked(shop: Shop) -> None:
    """A filter that errs must not cost a customer."""
    shop.customer(ANNA, "Hello", native_id="a1")
    shop.owner("#1 Hello Anna.")
    assert shop.customer(ANNA, "Buy?", replies_to=("a1",), spam=SPAM).reason == "relayed"
    assert shop.told() == "#1 Anna (email): [held for spam by your mail server] Buy?"


def test_a_customer_who_was_not_answered_yet_is_no_known_one(shop: Shop) -> None:
    shop.customer(ANNA, "Hello", native_id="a1")
    assert shop.customer(ANNA, "Buy", replies_to=("a1",), spam=SPAM).reason == "spam"
    assert states(shop, [1]) == ["open"]


def test_strangers_are_held_where_the_owner_wants_it(shop: Shop) -> None:
    shop.with_policy(hold_strangers=("mail",))
    assert shop.customer(EVE, "Hello", connector="chat").reason == "relayed"
    assert shop.customer(ANNA, "Hello").reason == "held"
    assert shop.customer(ANNA, "Are you there?").reason == "held"
    shop.clock.advance(days=1)
    shop.ring()
    assert "Anna" in shop.told()


@pytest.mark.parametrize("line", ["accept 1", "#1 Hello Anna."])
def test_a_held_stranger_gets_in(shop: Shop, line: str) -> None:
    shop.with_policy(hold_strangers=("mail",))
    shop.customer(ANNA, "Hello", native_id="a1")
    shop.owner(line)
    assert states(shop, [1]) != ["closed"]
    assert shop.customer(ANNA, "And roses?", replies_to=("a1",)).reason == "relayed"


def test_accept_shows_what_was_written(shop: Shop) -> None:
    shop.with_policy(hold_strangers=("mail",))
    shop.customer(ANNA, "Do you have tulips?")
    shop.owner("accept 1")
    assert "Do you have tulips?" in shop.told()
    assert states(shop, [1]) == ["open"]


def test_a_held_stranger_gets_no_automatic_word(shop: Shop) -> None:
    shop.with_policy(hold_strangers=("mail",), acknowledge=True)
    shop.customer(ANNA, "Hello")
    shop.customer(EVE, "Buy", spam=SPAM)
    assert [timer["timer"] for timer in shop.timers()] == ["digest"]


def test_a_held_stranger_is_not_shown_by_an_edit_or_a_sign(shop: Shop) -> None:
    shop.with_policy(hold_strangers=("chat",))
    shop.customer(EVE, "Hi", connector="chat", native_id="e1")
    assert shop.happens(Edit(address=EVE, native_id="e1", text=Text("Buy")), "chat").reason == "held"
    shop.happens(Reaction(address=EVE, native_id="e1", sign="!"), "chat")
    shop.happens(Deletion(address=EVE, native_id="e1"), "chat")
    assert not shop.sent()


def test_who_was_accepted_is_shown_from_then_on(shop: Shop) -> None:
    """Whatever the filter goes on to say; also in another matter, and once that one is closed."""
    shop.customer(EVE, "Hello", subject="Order", spam=SPAM)
    shop.owner("accept 1")
    shop.owner("close 1")
    assert shop.customer(EVE, "And lilies?", subject="Lilies", spam=SPAM).reason == "relayed"
    assert shop.customer("fay@example.net", "Buy", spam=SPAM).reason == "spam"


def test_accept_shows_the_files_too(shop: Shop) -> None:
    photo = Attachment(name="photo.jpg", media_type="image/jpeg", content=b"photo")
    shop.customer(EVE, "Like this?", spam=SPAM, attachments=(photo,))
    shop.owner("accept 1")
    assert [shop.files_of(sent.id) for sent in shop.sent("notice")] == [[], ["photo.jpg"]]


def test_the_digest_says_how_many_there_are_not_how_many_it_lists(shop: Shop) -> None:
    for number in range(60):
        shop.customer(f"eve{number}@example.net", "Buy now", spam=SPAM)
    shop.clock.advance(days=1)
    shop.ring()
    head, more, *listed = shop.told().splitlines()
    assert "60 conversations" in head
    assert (more, len(listed)) == ("…", 50)
    assert listed[-1] == "#60 Eve59: Buy now"


def test_spam_in_a_customers_name_is_neither_quoted_nor_sent_on(shop: Shop) -> None:
    shop.with_policy(quotes=("mail",))
    shop.customer(ANNA, "Do you have tulips?", subject="Tulips", native_id="a1")
    assert shop.customer(ANNA, "Buy now", subject="Re: Tulips", native_id="e1", spam=SPAM).reason == "spam"
    shop.owner("forward 1 mail:carl@example.org Do we?")
    assert "Do you have tulips?" in shop.sent("answer")[-1].text
    shop.owner("#1 Yes.")
    answer = shop.outbound(shop.sent("answer")[-1].id)
    assert answer.quoted is not None
    assert (answer.quoted.text, answer.replies_to) == ("Do you have tulips?", ("a1",))
    shop.owner("accept 2")
    assert "Buy now" in shop.told()
    assert states(shop, [1, 2]) == ["waiting", "open"]
