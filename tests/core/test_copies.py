"""Others in a conversation (Cc), and third persons who are asked about one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shop import OLGA, PAUL, Shop, states

from bridge.messages import Attachment, Automatic, AutomaticKind, DeliveryReport, DeliveryStatus

ANNA, BOB, CARL = "anna@example.org", "bob@example.org", "carl@example.net"
AWAY = Automatic(kind=AutomaticKind.AUTO_REPLY, reason="it says so")
PHOTO = Attachment(name="photo.jpg", media_type="image/jpeg", content=b"photo")


@pytest.fixture
def shop() -> Shop:
    """Anna has asked, with Bob in copy; the owner has read it."""
    shop = Shop()
    shop.customer(ANNA, "Do you have tulips?", subject="Tulips", native_id="a1", copies=(BOB,))
    shop.drain()
    return shop


def last_answer(shop: Shop) -> tuple[str, str, tuple[str, ...]]:
    """Address, text and copies of the last answer."""
    sent = shop.sent("answer")[-1]
    return sent.address, sent.text, shop.outbound(sent.id).copies


def test_the_owner_reads_who_else_got_it(shop: Shop) -> None:
    assert shop.told() == f"#1 Anna (email): Tulips\nDo you have tulips?\n[also to: {BOB}]"


@pytest.mark.parametrize(
    ("answer_all", "line", "copies"),
    [
        (False, "#1 Yes.", ()),
        (True, "#1 Yes.", (BOB,)),
        (False, "#1 !all Yes.", (BOB,)),
        (True, "#1 !only Yes.", ()),
        (True, "#1 !all Yes.", (BOB,)),
    ],
)
def test_to_all_or_to_the_customer_alone(shop: Shop, answer_all: bool, line: str, copies: tuple[str, ...]) -> None:
    shop.with_policy(answer_all=answer_all).owner(line)
    assert last_answer(shop) == (ANNA, "Yes.", copies)


def test_the_echo_names_all_receivers(shop: Shop) -> None:
    shop.owner("#1 !all Yes.")
    assert shop.told() == f"-> #1 Anna, email and {BOB} (undo within 5 s)"


def test_all_without_the_sign_is_no_command(shop: Shop) -> None:
    assert shop.owner("all 1 gone").reason == "asked"
    assert shop.owner("#1 all gone").reason == "answered"
    assert last_answer(shop) == (ANNA, "all gone", ())


def test_whether_to_all_survives_a_question(shop: Shop) -> None:
    shop.with_policy(owners=(OLGA, PAUL))
    shop.owner("#1 Yes.")
    shop.owner("#1 !all Yes, too.", who="paul")
    assert "Send yours as well?" in shop.told("paul")
    shop.owner("1", who="paul")
    assert last_answer(shop) == (ANNA, "Yes, too.", (BOB,))


def test_a_colleague_in_copy_writes_to_all(shop: Shop) -> None:
    decision = shop.customer(BOB, "Ten, please.", replies_to=("a1",), copies=(ANNA, CARL))
    assert decision.reason == "relayed"
    assert shop.told() == f"#1 Bob, Anna (email): Ten, please.\n[also to: {CARL}]"
    shop.owner("#1 !all Yes.")
    assert last_answer(shop) == (ANNA, "Yes.", (BOB, CARL))


def test_a_colleague_in_copy_who_writes_to_the_shop_alone_has_a_matter_of_their_own(shop: Shop) -> None:
    """An answer to it would go to Anna."""
    shop.customer(BOB, "She must not know: ten.", replies_to=("a1",))
    assert shop.told().startswith("#2 Bob (email)")
    shop.owner("#2 Fine.")
    assert last_answer(shop) == (BOB, "Fine.", ())


def test_a_stranger_who_writes_to_all_does_not_join(shop: Shop) -> None:
    shop.customer(CARL, "Me too.", replies_to=("a1",), copies=(ANNA, BOB))
    assert shop.told().startswith("#2 Carl (email)")


def test_whom_the_customer_drops_is_out(shop: Shop) -> None:
    shop.customer(ANNA, "Without Bob.", replies_to=("a1",))
    shop.owner("#1 !all Yes.")
    assert last_answer(shop) == (ANNA, "Yes.", ())


def test_a_machine_changes_no_circle(shop: Shop) -> None:
    shop.customer(ANNA, "Away.", replies_to=("a1",), automatic=AWAY)
    shop.owner("#1 !all Yes.")
    assert last_answer(shop) == (ANNA, "Yes.", (BOB,))


def test_a_third_person_is_asked_in_a_conversation_of_its_own(shop: Shop) -> None:
    shop.owner(f"forward 1 mail:{CARL} Do we have any left?")
    address, text, copies = last_answer(shop)
    assert (address, copies) == (CARL, ())
    assert text.startswith("Do we have any left?\n\n---- Anna wrote on ")
    assert text.endswith("Do you have tulips?")
    shop.drain()
    shop.customer(CARL, "Three.", replies_to=("mail-" + str(shop.sent("answer")[-1].seq),))
    assert shop.told() == "#2 Carl (email): Three."
    shop.owner("#2 Thanks.")
    assert last_answer(shop)[0] == CARL
    shop.owner("#1 Three left.")
    assert last_answer(shop) == (ANNA, "Three left.", ())


def test_what_is_forwarded_takes_the_files_along() -> None:
    shop = Shop()
    shop.customer(ANNA, "See photo.", attachments=(PHOTO,))
    shop.owner(f"forward 1 mail:{CARL}")
    assert shop.files_of(shop.sent("answer")[-1].id) == ["photo.jpg"]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("forward 9 carl@example.net", "There is no such conversation"),
        ("forward 1 nobody:x", "No connector can write first to nobody:x"),
    ],
)
def test_what_cannot_be_forwarded(shop: Shop, line: str, told: str) -> None:
    assert shop.owner(line).reason == "command"
    assert told in shop.told()
    assert not shop.sent("answer")
    assert states(shop, [1, 2]) == ["open", "none"]


def test_spellings_of_one_address_are_one_customer_only_where_the_network_says_so() -> None:
    shop = Shop()
    shop.customer("an.na@example.org", "One", same_as=ANNA)
    shop.customer("anna+shop@example.org", "Two", same_as=ANNA)
    shop.customer("anna+other@example.org", "Three")
    with shop.read() as book:
        ids = [found.customer.id for number in (1, 2, 3) if (found := book.conversation(number))]
    assert ids[0] == ids[1] != ids[2]
    shop.owner("block 1")
    assert shop.customer("a.nna@example.org", "Four", same_as=ANNA).reason == "blocked"
    shop.owner("#2 Hello")
    assert last_answer(shop)[0] == "anna+shop@example.org"


def test_who_is_in_copy_lends_the_customer_no_name() -> None:
    shop = Shop()
    shop.customer(ANNA, "Do you have tulips?", name="", native_id="a1", copies=(BOB,))
    shop.customer(BOB, "Ten, please.", replies_to=("a1",), copies=(ANNA,))
    assert shop.told() == f"#1 Bob, {ANNA} (email): Ten, please."
    shop.owner("#1 Yes.")
    assert shop.told().startswith(f"-> #1 {ANNA}, email")


def test_what_owners_do_not_see_puts_nobody_in_copy(shop: Shop) -> None:
    """Spam in Anna's name: with the next answer to all somebody else would read along."""
    eve = "eve@example.net"
    assert shop.customer(ANNA, "x", subject="Re: Tulips", copies=(eve,), spam="X-Spam-Flag").reason == "spam"
    shop.owner("#1 !all Yes.")
    assert last_answer(shop) == (ANNA, "Yes.", (BOB,))


def test_a_copy_that_comes_back_is_no_answer_that_did(shop: Shop) -> None:
    """The customer has it: said otherwise, the owner would send it twice."""
    shop.owner("#1 !all Yes.")
    shop.drain()
    answer = shop.sent("answer")[-1].id
    gone = DeliveryReport(refers_to=answer, status=DeliveryStatus.BOUNCED, recipient=BOB, reason="no such user")
    assert shop.happens(gone, "mail").reason == "copy bounced"
    assert shop.told() == f"Sent, but not to everybody: #1 email did not reach {BOB}: no such user. The others have it."
    assert states(shop, [1]) == ["waiting"]
    assert shop.happens(replace(gone, recipient=ANNA), "mail").reason == "bounced"
    assert states(shop, [1]) == ["open"]


def test_who_is_blocked_is_not_shown_in_another_customers_conversation(shop: Shop) -> None:
    shop.customer(BOB, "Buy my bulbs", subject="Bulbs")
    shop.owner("block 2")
    before = len(shop.sent())
    assert shop.customer(BOB, "Bulbs!", replies_to=("a1",), copies=(ANNA,)).reason == "blocked"
    assert len(shop.sent()) == before
