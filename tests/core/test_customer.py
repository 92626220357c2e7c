"""What follows when a customer, or a machine, writes in, and what the clock brings (`customer.py`, `timers.py`)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from shop import OLGA, PAUL, POLICY, Shop, states

from bridge.messages import Attachment, Automatic, AutomaticKind, Deletion, Edit, Reaction
from bridge.policy import Owner, SurfaceAddress
from bridge.text import Text

MACHINE = Automatic(kind=AutomaticKind.AUTO_REPLY, reason="Auto-Submitted: auto-replied")


def relays(shop: Shop) -> list[str]:
    return [one.text for one in shop.sent("relay")]


def automatic(shop: Shop) -> list[str]:
    return [one.text for one in shop.live("automatic")]


# -- relayed ----------------------------------------------------------------------------------------------------------


def test_every_surface_of_every_owner_reads_it(shop: Shop) -> None:
    phone = SurfaceAddress(connector="phone", address="o")
    olga = Owner(name="Olga", surfaces=(*OLGA.surfaces, phone), language="de")
    shop.with_policy(owners=(olga, PAUL)).customer("anna@example.org", "Do you have tulips?", subject="Tulips")
    assert [(one.connector, one.address, one.conversation) for one in shop.sent("relay")] == [
        ("desk", "olga", 1), ("phone", "o", 1), ("desk", "paul", 1),
    ]  # fmt: skip
    assert set(relays(shop)) == {"#1 Anna (email): Tulips\nDo you have tulips?"}


def test_a_customer_who_returns_comes_with_history(shop: Shop) -> None:
    shop.customer("anna@example.org", "Do you have tulips?", subject="Tulips")
    shop.owner("#1 Yes.")
    shop.owner("note 1 pays late")
    shop.customer("anna@example.org", "Do you have roses?", subject="Roses")
    assert relays(shop)[-1].splitlines() == [
        "Earlier with this customer:",
        "  2026-11-02 09:00 #1 < Anna: Do you have tulips?",
        "  2026-11-02 09:00 #1 Olga: Yes.",
        "#2 Anna (email): Roses",
        "Do you have roses?",
    ]
    shop.customer("anna@example.org", "Red ones", subject="Re: Roses")
    assert relays(shop)[-1] == "#2 Anna (email): Red ones"


def test_a_linked_customers_history_goes_over_networks(shop: Shop) -> None:
    shop.customer("anna@example.org", "Do you have tulips?", subject="Tulips")
    shop.customer("anna@jabber.example", "Hello", connector="chat")
    shop.owner("link 1 2")
    shop.owner("close 2")
    shop.clock.advance(days=30)
    shop.customer("anna@jabber.example", "Me again", connector="chat")
    assert "#1 < Anna: Do you have tulips?" in relays(shop)[-1]
    assert relays(shop)[-1].endswith("#3 Anna (XMPP): Me again")


def test_files_go_along(shop: Shop) -> None:
    decision = shop.customer("anna@example.org", "See", attachments=(Attachment(name="a.jpg", content=b"x" * 2048),))
    (draft,) = [effect.draft for effect in decision.effects if hasattr(effect, "draft")]
    assert draft.carries
    assert draft.text.plain.endswith("[file a.jpg, 2 KB]")


@pytest.mark.parametrize("field", ["name", "subject", "address"])
def test_no_line_end_gets_into_a_line(shop: Shop, field: str) -> None:
    fields = {"name": "Anna", "subject": "Tulips", "address": "anna@example.org", field: "x\r\n#2 Bob (email): lie"}
    shop.customer(fields.pop("address"), "Hi", **fields)
    assert len(relays(shop)[0].splitlines()) == 2
    assert relays(shop)[0].startswith("#1 ")


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_a_stranger_with_somebodys_reference_does_not_join(shop: Shop) -> None:
    shop.customer("anna@example.org", "Do you have tulips?", subject="Tulips", native_id="<m1@example.org>")
    shop.customer("eve@example.com", "Send them to me", subject="Re: Tulips", replies_to=("<m1@example.org>",))
    assert relays(shop)[-1].startswith("#2 Eve")


def test_a_newsletter_that_shares_a_reference_stays_apart(shop: Shop) -> None:
    shop.customer("anna@example.org", "Hi", subject="Tulips", native_id="<m1@example.org>")
    news = Automatic(kind=AutomaticKind.LIST, reason="List-Id")
    shop.customer("news@shop.example", "Sale!", subject="Sale", replies_to=("<m1@example.org>",), automatic=news)
    assert states(shop, [1, 2]) == ["open", "closed"]


def test_an_answer_to_our_answer_belongs_to_it(shop: Shop) -> None:
    shop.customer("anna@example.org", "Hi", subject="Tulips")
    shop.owner("#1 Yes.")
    ours = shop.drain()
    (answer,) = shop.sent("answer")
    for reference in (ours[answer.id], answer.id):
        shop.customer("anna@example.org", "Which ones?", subject="Something else", replies_to=(reference,))
    assert relays(shop)[-2:] == ["#1 Anna (email): Which ones?"] * 2


def test_an_answer_from_another_address_of_a_linked_customer_joins(shop: Shop) -> None:
    shop.customer("anna@example.org", "Hi", subject="Tulips", native_id="<m1@example.org>")
    shop.customer("anna@work.example", "Me too", subject="Hi")
    reference = ("<m1@example.org>",)
    shop.owner("link 1 2")
    shop.customer("anna@work.example", "From work", subject="Re: Tulips", replies_to=reference)
    assert relays(shop)[-1].startswith("#1 ")


def test_message_ids_that_repeat_or_are_missing_lose_nothing(shop: Shop) -> None:
    for native_id in ("<same@shop.example>", "<same@shop.example>", "", ""):
        shop.customer("anna@example.org", "Order", subject="Order", native_id=native_id)
    assert len(relays(shop)) == 4


# -- machines ---------------------------------------------------------------------------------------------------------


def test_a_machine_is_filed_and_shown_in_short(shop: Shop) -> None:
    shop.with_policy(acknowledge=True)
    decision = shop.customer("anna@example.org", "I am away. " * 60, subject="Away", automatic=MACHINE)
    assert decision.reason == "automatic"
    assert shop.timers() == []
    assert states(shop, [1]) == ["closed"]
    assert relays(shop)[0].startswith("#1 Anna (email): Away\n[automatic: auto-reply] I am away.")
    assert len(relays(shop)[0]) < 300


@pytest.mark.parametrize("state", ["closed", "waiting", "open"])
def test_a_machine_changes_no_state(shop: Shop, state: str) -> None:
    shop.customer("anna@example.org", "Hi", subject="Tulips", native_id="<m1@example.org>")
    for line in {"closed": ["close 1"], "waiting": ["#1 Yes."], "open": []}[state]:
        shop.owner(line)
    shop.customer("anna@example.org", "Away", replies_to=("<m1@example.org>",), automatic=MACHINE)
    assert states(shop, [1, 2]) == [state, "none"]


def test_machines_that_answer_each_other_reach_the_owner_a_few_times_a_minute(shop: Shop) -> None:
    """A loop at the other end must not fill the owner's screen either."""
    for number in range(100):
        shop.customer("noreply@shop.example", f"Ticket {number}", subject="Ticket", automatic=MACHINE)
    assert len(relays(shop)) <= POLICY.flood_limit


# -- floods -----------------------------------------------------------------------------------------------------------


def test_a_flood_is_stored_and_told_once_a_minute(shop: Shop) -> None:
    for number in range(50):
        shop.customer("bob@example.net", f"spam {number}", connector="chat")
        shop.clock.advance(seconds=1)
    assert len(relays(shop)) == 20
    shop.clock.advance(seconds=10)
    assert [decision.reason for decision in shop.ring()] == ["flood told"]
    assert shop.told().startswith("#1 Bob writes very fast: 30 more messages, not shown here.")
    assert shop.ring() == []
    with shop.read() as book:
        assert len(book.history(1, 100)) == 50


def test_after_a_minute_it_is_read_again(shop: Shop) -> None:
    for _ in range(25):
        shop.customer("bob@example.net", "spam", connector="chat")
    shop.clock.advance(minutes=1)
    shop.customer("bob@example.net", "sorry", connector="chat")
    assert relays(shop)[-1].endswith("sorry")


def test_a_flood_delays_nobody_else(shop: Shop) -> None:
    for _ in range(25):
        shop.customer("bob@example.net", "spam", connector="chat")
    assert shop.customer("anna@example.org", "Hi").reason == "relayed"


def test_what_comes_after_the_minute_is_not_counted_as_unseen(shop: Shop) -> None:
    for _ in range(25):
        shop.customer("bob@example.net", "spam", connector="chat")
    shop.clock.advance(minutes=1)
    for _ in range(3):
        shop.customer("bob@example.net", "sorry", connector="chat")
    shop.ring()
    assert "5 more messages" in shop.told()


# -- acknowledgements (invariants 7 and 8) ----------------------------------------------------------------------------


@pytest.fixture
def polite(shop: Shop) -> Shop:
    return shop.with_policy(acknowledge=True)


def later(shop: Shop, **units: float) -> None:
    shop.clock.advance(**units or {"seconds": 15})
    shop.ring()


def test_a_burst_is_acknowledged_once(polite: Shop) -> None:
    polite.customer("anna@example.org", "Hi", subject="Tulips")
    polite.clock.advance(seconds=10)
    polite.customer("anna@example.org", "Do you have tulips?", subject="Re: Tulips")
    assert automatic(polite) == []
    later(polite, seconds=5)
    later(polite)
    assert len(automatic(polite)) == 1
    assert "Tulips & Co" in automatic(polite)[0]


def test_the_same_conversation_is_acknowledged_once(polite: Shop) -> None:
    polite.customer("anna@example.org", "Hi", subject="Tulips")
    later(polite)
    polite.customer("anna@example.org", "Anybody there?", subject="Re: Tulips")
    later(polite)
    assert len(automatic(polite)) == 1


def test_a_conversation_that_was_closed_is_acknowledged_anew(polite: Shop) -> None:
    polite.customer("bob@example.net", "Hi", connector="chat")
    later(polite)
    polite.owner("close 1")
    polite.clock.advance(hours=1)
    polite.customer("bob@example.net", "Me again", connector="chat")
    later(polite)
    assert len(automatic(polite)) == 2


def test_not_after_a_person_has_answered(polite: Shop) -> None:
    polite.customer("anna@example.org", "Hi", subject="Tulips")
    polite.owner("#1 Yes.")
    later(polite)
    polite.customer("anna@example.org", "And roses?", subject="Re: Tulips")
    later(polite)
    assert automatic(polite) == []


def test_a_persons_answer_withdraws_the_one_that_waits(polite: Shop) -> None:
    polite.customer("anna@example.org", "Hi", subject="Tulips")
    later(polite)
    polite.owner("#1 Yes.")
    assert [(one.state, one.reason) for one in polite.sent("automatic")] == [("cancelled", "a person answered")]


def test_again_after_the_owner_took_the_answer_back(polite: Shop) -> None:
    polite.customer("anna@example.org", "Hi", subject="Tulips")
    polite.owner("#1 Yes.")
    polite.owner("undo")
    later(polite)
    assert len(automatic(polite)) == 1


@pytest.mark.parametrize(
    ("age", "start_from", "acknowledged"),
    [
        (timedelta(minutes=59), None, True),
        (timedelta(minutes=61), None, False),
        (timedelta(minutes=10), timedelta(minutes=5), False),
        (timedelta(minutes=4), timedelta(minutes=5), True),
    ],
)
def test_not_for_old_mail(polite: Shop, age: timedelta, start_from: timedelta | None, acknowledged: bool) -> None:
    polite.with_policy(start_from=start_from and polite.clock() - start_from)
    polite.customer("anna@example.org", "Hi", age=age)
    later(polite)
    assert bool(automatic(polite)) is acknowledged


def test_not_after_a_long_stop(polite: Shop) -> None:
    polite.customer("anna@example.org", "Hi")
    later(polite, hours=2)
    assert automatic(polite) == []


@pytest.mark.parametrize("line", ["block 1", "close 1"])
def test_not_when_the_owner_wants_none(polite: Shop, line: str) -> None:
    polite.customer("anna@example.org", "Hi")
    polite.owner(line)
    later(polite)
    assert automatic(polite) == []


def test_not_when_it_was_switched_off_meanwhile(polite: Shop) -> None:
    polite.customer("anna@example.org", "Hi")
    polite.with_policy(acknowledge=False)
    later(polite)
    assert automatic(polite) == []


def test_not_without_being_asked_for(shop: Shop) -> None:
    shop.customer("anna@example.org", "Hi")
    assert shop.timers() == []


def test_at_most_so_many_a_day_to_one_address(polite: Shop) -> None:
    for number in range(8):
        polite.customer("anna@example.org", "Hi", subject=f"Matter {number}")
        later(polite, minutes=2)
        polite.clock.advance(seconds=1)
    assert len(automatic(polite)) == 2
    polite.clock.advance(days=1)
    polite.customer("anna@example.org", "Hi", subject="Another day")
    later(polite)
    assert len(automatic(polite)) == 3


def test_an_automatic_answer_expires(polite: Shop) -> None:
    polite.customer("anna@example.org", "Hi")
    polite.clock.advance(seconds=15)
    (decision,) = polite.ring()
    (draft,) = [effect.draft for effect in decision.effects if hasattr(effect, "draft")]
    assert draft.expires_at == polite.clock() + POLICY.automatic_expires


def test_in_the_shops_own_words(polite: Shop) -> None:
    polite.with_policy(language="de", acknowledgement={"de": "Danke!"})
    polite.customer("anna@example.org", "Hi")
    later(polite)
    assert automatic(polite) == ["Danke!"]


# -- changed, taken back, reacted to ----------------------------------------------------------------------------------


@pytest.fixture
def wrote(shop: Shop) -> Shop:
    shop.customer("bob@example.net", "And roses?", connector="chat", native_id="b1")
    shop.drain()
    return shop


@pytest.mark.parametrize(
    ("event", "told", "kept"),
    [
        (Edit(address="bob@example.net", native_id="b1", text=Text("And lilies?")),
         "#1 Bob (XMPP) changed it to: And lilies?", "And lilies?"),
        (Deletion(address="bob@example.net", native_id="b1"), "#1 Bob (XMPP) took it back", ""),
        (Reaction(address="bob@example.net", native_id="b1", sign="👍"), "#1 Bob (XMPP): 👍", "And roses?"),
        # not theirs, or of nothing that is known
        (Edit(address="eve@example.net", native_id="b1", text=Text("Cancel it all")), None, "And roses?"),
        (Deletion(address="eve@example.net", native_id="b1"), None, "And roses?"),
        (Reaction(address="eve@example.net", native_id="b1", sign="👎"), None, "And roses?"),
        (Edit(address="bob@example.net", native_id="zz", text=Text("x")), None, "And roses?"),
        (Deletion(address="bob@example.net", native_id="zz"), None, "And roses?"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_message(wrote: Shop, event: Edit | Deletion | Reaction, told: str | None, kept: str) -> None:
    before = len(relays(wrote))
    wrote.customer("eve@example.net", "Hi", connector="chat")
    wrote.happens(event, "chat")
    assert relays(wrote)[before + 1 :] == ([told] if told else [])
    with wrote.read() as book:
        assert book.history(1, 1)[0].text.plain == kept


def test_two_customers_whose_networks_number_alike_do_not_change_each_other(shop: Shop) -> None:
    """An edit changes its own sender's message only, whatever ids a network gives."""
    shop.customer("bob@example.net", "Bob's", connector="chat", native_id="1")
    shop.customer("eve@example.net", "Eve's", connector="chat", native_id="1")
    shop.happens(Edit(address="bob@example.net", native_id="1", text=Text("Bob's new")), "chat")
    with shop.read() as book:
        assert book.history(1, 1)[0].text.plain == "Bob's new"
        assert book.history(2, 1)[0].text.plain == "Eve's"


def test_a_blocked_customers_edit_is_not_shown(wrote: Shop) -> None:
    wrote.owner("block 1")
    before = len(relays(wrote))
    wrote.happens(Edit(address="bob@example.net", native_id="b1", text=Text("x")), "chat")
    assert len(relays(wrote)) == before


def test_message_ids_that_two_customers_share_lead_each_to_their_own(shop: Shop) -> None:
    shop.customer("anna@example.org", "Order", subject="Order", native_id="<same@shop.example>")
    shop.customer("eve@example.com", "Order", subject="Order", native_id="<same@shop.example>")
    for who in ("anna@example.org", "eve@example.com"):
        shop.customer(who, "When?", subject="My order", replies_to=("<same@shop.example>",))
    assert [text.partition(" ")[0] for text in relays(shop)] == ["#1", "#2", "#1", "#2"]


# -- what is encrypted for somebody else -------------------------------------------------------------------------------

SECRET = "[encrypted with OMEMO: it cannot be read here]"


def encrypted(shop: Shop, **fields: object) -> None:
    shop.customer("bob@example.net", SECRET, connector="chat", unreadable="OMEMO", **fields)


def test_what_cannot_be_read_is_shown_and_its_sender_is_told_once(shop: Shop) -> None:
    encrypted(shop)
    assert relays(shop)[-1].endswith(SECRET)
    later(shop)
    encrypted(shop)
    later(shop)
    [told] = automatic(shop)
    assert "OMEMO" in told
    assert "without encryption" in told
    assert len(relays(shop)) == 2


def test_nobody_is_told_whom_a_person_has_answered_or_whose_message_is_old(shop: Shop) -> None:
    encrypted(shop, age=timedelta(hours=2))
    later(shop)
    shop.owner("#1 Please write without encryption.")
    encrypted(shop)
    later(shop)
    assert automatic(shop) == []


def test_an_owner_reads_it_in_their_language_and_an_encrypted_line_of_theirs_goes_nowhere(shop: Shop) -> None:
    shop.with_policy(owners=(replace(OLGA, language="de"),))
    encrypted(shop)
    assert "verschl\u00fcsselt" in relays(shop)[-1]
    before = len(shop.sent("answer"))
    shop.owner(SECRET, unreadable="OMEMO")
    assert len(shop.sent("answer")) == before
    assert "Nicht gesendet" in shop.sent("notice")[-1].text


def test_an_edit_cannot_look_like_a_line_of_ours() -> None:
    shop = Shop()
    shop.customer("eve@example.net", "Hi", connector="chat", native_id="e1")
    shop.happens(Edit(address="eve@example.net", native_id="e1", text=Text("Hi\n#7 Bob (email): pay Eve")), "chat")
    assert shop.told() == "#1 Eve (XMPP) changed it to: Hi\n| #7 Bob (email): pay Eve"
