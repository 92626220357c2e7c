"""Cases that are merged and split: whatever named them leads to the right one, and nobody gets another's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from examples import examples
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from shop import OLGA, PAUL, POLICY, Shop, states
from sqlalchemy import select

from bridge.conversation import Conversation
from bridge.policy import Owner, SurfaceAddress
from bridge.store.book_tables import messages, shown
from bridge.store.work_tables import outbox
from bridge.tokens import made

ANNA, BOB = "anna@example.org", "bob@example.org"
KEY = b"k" * 32


@pytest.fixture
def twice(shop: Shop) -> Shop:
    """Anna has written two mails (#1, #2) about one matter; both were answered."""
    shop.customer(ANNA, "Where is my parcel?", subject="Parcel", native_id="first")
    shop.customer(ANNA, "It has not come", subject="Still nothing", native_id="second")
    shop.drain()
    return shop


@pytest.fixture
def two(shop: Shop) -> Shop:
    """Anna by mail (#1), and by chat (#2) somebody who is Anna, too."""
    shop.customer(ANNA, "Where is my parcel?", subject="Parcel", native_id="first")
    shop.customer("anna@jabber.example", "Hello? The parcel?", connector="chat", native_id="chat-1")
    shop.drain()
    return shop


def case(shop: Shop, number: int) -> Conversation:
    with shop.read() as book:
        found = book.conversation(number)
    assert found is not None
    return found


def answers(shop: Shop) -> list[tuple[str, str, str]]:
    return [(one.connector, one.address, one.text) for one in shop.live("answer")]


def shown_as(shop: Shop, words: str) -> str:
    """The native id of the relay that showed these words."""
    (relay,) = [one for one in shop.sent("relay", to="olga") if words in one.text.splitlines()[-1]]
    return f"desk-{relay.seq}"


# -- merging ---------------------------------------------------------------------------------------------------------


def test_one_customers_cases_are_one_at_once(twice: Shop) -> None:
    twice.owner("merge 2 into 1")
    assert twice.told() == "Merged: #2 is a part of #1 Anna, email"
    twice.owner("show 2")
    assert [line.rpartition(": ")[2] for line in twice.told().splitlines()[1:]] == [
        "Where is my parcel?",
        "It has not come",
    ]
    twice.owner("list")
    assert len(twice.told().splitlines()) == 1
    assert "merged" in twice.log()


@pytest.mark.parametrize("line", ["#2 Tomorrow.", "#1 Tomorrow.", "to 2 Tomorrow."])
def test_either_number_names_it(twice: Shop, line: str) -> None:
    twice.owner("merge 2 into 1")
    twice.owner(line)
    assert answers(twice) == [("mail", ANNA, "Tomorrow.")]
    assert case(twice, 1).number == case(twice, 2).number == 1
    assert twice.live("answer")[0].conversation == 1


@pytest.mark.parametrize("words", ["Where is", "It has not"])
def test_quoting_a_line_of_either_names_it_and_so_does_a_number_with_it(twice: Shop, words: str) -> None:
    twice.owner("merge 2 into 1")
    quoted = shown_as(twice, words)
    twice.owner("Tomorrow.", replies_to=(quoted,))
    twice.owner("#1 In the morning.", replies_to=(quoted,))
    twice.owner("#2 Or at noon.", replies_to=(quoted,))
    assert [text for _, _, text in answers(twice)] == ["Tomorrow.", "In the morning.", "Or at noon."]


@pytest.mark.parametrize("reference", ["first", "second"])
def test_a_later_mail_that_refers_to_either_lands_in_the_kept_one(twice: Shop, reference: str) -> None:
    twice.owner("merge 2 into 1")
    twice.owner("close 1")
    twice.customer(ANNA, "Is it lost?", subject="Re: something", replies_to=(reference,))
    assert twice.told().startswith("#1 Anna (email): Is it lost?")
    assert case(twice, 1).state == "open"


def test_a_merged_one_is_merged_again(twice: Shop) -> None:
    twice.customer(ANNA, "A third one", subject="Third", native_id="third")
    twice.owner("merge 2 into 1")
    twice.owner("merge 1 into 3")
    assert [case(twice, n).number for n in (1, 2, 3)] == [3, 3, 3]
    twice.owner("merge 2 into 1")
    assert twice.told().startswith("They are one already: #3")


def test_two_customers_are_one_only_after_a_word(two: Shop) -> None:
    two.owner("merge 2 into 1")
    assert "are two customers" in two.told()
    assert two.owner("yes").reason == "asked"
    assert case(two, 2).number == 2
    two.owner("merge 2 into 1")
    two.owner("0")
    assert two.told() == 'Not sent: "merge 2 into 1"'
    assert case(two, 2).number == 2
    two.owner("merge 2 into 1")
    two.owner("1")
    assert case(two, 2).number == 1


def test_answers_go_where_the_last_message_came_from(two: Shop) -> None:
    two.owner("merge 2 into 1")
    two.owner("1")
    two.owner("#1 Tomorrow.")
    two.customer(ANNA, "Which day?", subject="Re: Parcel", replies_to=("first",))
    two.owner("#1 Friday.")
    two.customer("anna@jabber.example", "Good!? And when", connector="chat")
    two.owner("#2 At noon.")
    assert answers(two) == [
        ("chat", "anna@jabber.example", "Tomorrow."),
        ("mail", ANNA, "Friday."),
        ("chat", "anna@jabber.example", "At noon."),
    ]
    assert {one.conversation for one in two.sent("relay")[3:]} <= {1}


def test_a_machine_moves_no_answer(two: Shop) -> None:
    from bridge.messages import Automatic, AutomaticKind  # noqa: PLC0415 - used here only

    two.owner("merge 2 into 1")
    two.owner("1")
    machine = Automatic(kind=AutomaticKind.AUTO_REPLY, reason="Auto-Submitted")
    two.customer(ANNA, "I am on holiday", subject="Re: Parcel", replies_to=("first",), automatic=machine)
    two.owner("#1 Tomorrow.")
    assert answers(two) == [("chat", "anna@jabber.example", "Tomorrow.")]


def test_an_answer_has_the_subject_of_what_it_answers(twice: Shop) -> None:
    twice.customer("anna@home.example", "From home", subject="My parcel", native_id="home")
    twice.owner("link 1 3")
    twice.owner("merge 1 into 3")
    twice.customer(ANNA, "Hello", subject="Re: Parcel", replies_to=("first",))
    twice.owner("#3 Tomorrow.")
    sent = twice.outbound(twice.live("answer")[-1].id)
    assert (sent.address, sent.subject) == (ANNA, "Re: Parcel")


def test_a_third_person_is_never_put_into_the_customers_case(shop: Shop) -> None:
    shop.customer(ANNA, "Do you have tulips?")
    shop.owner("forward 1 mail:carl@example.net Do we?")
    shop.owner("merge 2 into 1")
    assert shop.told() == "Not merged: in one of them a third person was asked about a customer."
    assert case(shop, 2).number == 2


def test_a_blocked_customer_is_let_in_by_no_merge(two: Shop) -> None:
    two.owner("block 2")
    two.owner("merge 2 into 1")
    assert two.told() == "Not merged: one of the customers is blocked."


def test_what_is_asked_is_looked_at_again_when_it_is_answered(two: Shop) -> None:
    two.with_policy(owners=(OLGA, PAUL))
    two.owner("merge 2 into 1")
    two.owner("block 2", who="paul")
    two.owner("1")
    assert two.told() == "Not merged: one of the customers is blocked."


@pytest.mark.parametrize(
    ("before", "then"),
    [
        (("close 1", "#2 Yes."), "waiting"),
        (("#1 Yes.", "close 2"), "waiting"),
        (("close 1",), "open"),
        (("#1 Yes.",), "open"),
        (("close 1", "close 2"), "closed"),
        (("snooze 1 tomorrow", "close 2"), "snoozed"),
        (("close 1", "snooze 2 tomorrow"), "snoozed"),
    ],
)
def test_the_state_of_both(twice: Shop, before: tuple[str, ...], then: str) -> None:
    for line in before:
        twice.owner(line)
    twice.owner("merge 2 into 1")
    assert states(twice, [1]) == [then]
    if then == "snoozed":
        twice.clock.advance(days=1)
        twice.ring()
        assert states(twice, [1]) == ["open"]


def test_labels_and_what_was_answered_are_kept(twice: Shop) -> None:
    twice.with_policy(owners=(OLGA, PAUL))
    for line in ("tag 1 parcel", "tag 2 late", "priority 2 high", "#2 I am sorry."):
        twice.owner(line)
    twice.owner("merge 2 into 1")
    kept = case(twice, 1)
    assert (kept.tags, kept.priority, kept.assigned_to) == (("parcel", "late"), 1, "Olga")
    assert kept.person_answered_at is not None


def test_an_answer_that_waits_is_sent_where_it_was_meant_to_go(two: Shop) -> None:
    two.owner("#2 Tomorrow.")
    two.customer(ANNA, "Hello?", subject="Re: Parcel", replies_to=("first",))
    two.owner("merge 2 into 1")
    two.owner("1")
    assert answers(two) == [("chat", "anna@jabber.example", "Tomorrow.")]
    two.owner("undo")
    assert answers(two) == []


def test_a_token_of_the_merged_one_leads_to_the_kept_one(twice: Shop) -> None:
    twice.with_policy(token_key=KEY, tokens=frozenset(["mail"]))
    token = made(KEY, "customer mail", 2, twice.clock().replace(year=2027))
    twice.owner("merge 2 into 1")
    twice.customer(ANNA, "Any news?", subject="News", token=token)
    assert twice.told().startswith("#1 Anna (email): Any news?")
    # In a stranger's hand it opens a case of their own, as ever.
    twice.customer("eve@example.org", "Any news?", subject="News", token=token)
    assert twice.told().startswith("#3 Eve (email): [about #1 Anna]")


def test_the_room_of_the_merged_one_leads_to_the_kept_ones_customer() -> None:
    rooms = Owner(name="Olga", surfaces=(SurfaceAddress(connector="desk", address="olga", rooms=True),))
    shop = Shop(replace(POLICY, owners=(rooms,)))
    shop.customer(ANNA, "Where is my parcel?", subject="Parcel")
    shop.customer(ANNA, "It has not come", subject="Still nothing")
    from bridge.store.book_tables import rooms as table  # noqa: PLC0415 - beside a policy of the same name

    with shop.engine.begin() as connection:
        for number in (1, 2):
            place = {"connector": "desk", "address": "olga", "conversation": number, "room": f"room {number}"}
            connection.execute(table.insert().values(place))
    shop.owner("!merge into 1", room="room 2")
    shop.owner("Tomorrow.", room="room 2")
    shop.owner("In the morning.", room="room 1")
    assert [(one.conversation, one.text) for one in shop.live("answer")] == [(1, "Tomorrow."), (1, "In the morning.")]
    assert [one.conversation for one in shop.live("close room")] == [2]


# -- splitting -------------------------------------------------------------------------------------------------------


@pytest.fixture
def long(shop: Shop) -> Shop:
    """Anna writes twice in one mail thread (#1), with an answer between and one after."""
    shop.customer(ANNA, "Where is my parcel?", subject="Parcel", native_id="first")
    shop.owner("#1 On its way.")
    names = shop.drain()
    (answer,) = shop.live("answer")
    shop.clock.advance(hours=1)
    shop.customer(ANNA, "I need an invoice", subject="Re: Parcel", native_id="second", replies_to=(names[answer.id],))
    shop.owner("#1 Which address?")
    shop.drain()
    return shop


def test_a_quoted_message_begins_a_new_case(long: Shop) -> None:
    long.owner("!split", replies_to=(shown_as(long, "invoice"),))
    assert long.told() == 'Split: #2 Anna, email begins with "I need an invoice"'
    with long.read() as book:
        parts = [[line.text.plain for line in book.history(number, 10)] for number in (1, 2)]
    assert parts == [["Where is my parcel?", "On its way."], ["I need an invoice", "Which address?"]]
    assert states(long, [1, 2]) == ["waiting", "waiting"]
    assert "split" in long.log()


def test_without_a_quote_the_last_message_does(long: Shop) -> None:
    long.owner("split 1")
    assert long.told() == 'Split: #2 Anna, email begins with "I need an invoice"'


def test_all_that_was_shown_and_sent_follows(long: Shop) -> None:
    invoice, parcel = shown_as(long, "invoice"), shown_as(long, "parcel?")
    second = long.live("answer")[-1]
    long.owner("split 1")
    long.clock.advance(minutes=5)
    long.owner("About the invoice", replies_to=(invoice,))
    long.owner("About the parcel", replies_to=(parcel,))
    assert [(one.conversation, one.text) for one in long.live("answer")[2:]] == [
        (2, "About the invoice"),
        (1, "About the parcel"),
    ]
    # What the customer answers belongs to where the answered line is now.
    long.customer(ANNA, "Market Square 5", subject="Re: Parcel", replies_to=(second.id,))
    assert long.told().startswith("#2 Anna (email): Market Square 5")
    long.customer(ANNA, "It has come", subject="Re: Parcel", replies_to=("first",))
    assert long.told().startswith("#1 Anna (email): It has come")


def test_an_answer_that_bears_the_number_of_before_the_split(long: Shop) -> None:
    long.with_policy(token_key=KEY, tokens=frozenset(["mail"]))
    token = made(KEY, "customer mail", 1, long.clock().replace(year=2027))
    second = long.live("answer")[-1]
    long.owner("split 1")
    long.customer(ANNA, "Market Square 5", subject="Re: Parcel", replies_to=(second.id, "first"), token=token)
    assert long.told().startswith("#2 Anna (email): Market Square 5")
    long.customer(ANNA, "It has come", subject="Re: Parcel", replies_to=("first", second.id), token=token)
    assert long.told().startswith("#1 Anna (email): It has come")


@pytest.mark.parametrize(
    ("line", "quotes", "told"),
    [
        ("!split", "parcel?", "Not split: it would leave nothing behind."),
        ("!split", "-> #1", "Not split: answer the customer's message"),
        ("split 9", "", "There is no such conversation."),
    ],
)
def test_what_cannot_be_split(long: Shop, line: str, quotes: str, told: str) -> None:
    found = [one for one in long.sent("relay", "notice", to="olga") if quotes and quotes in one.text]
    long.owner(line, replies_to=(f"desk-{found[0].seq}",) if found else ())
    assert long.told().startswith(told)
    assert len(states(long, [1])) == 1


def test_a_wrong_merge_is_undone_by_a_split() -> None:
    shop = Shop()
    shop.customer(ANNA, "Where is my parcel?", subject="Parcel", native_id="a1")
    shop.customer(BOB, "Where are my roses?", subject="Roses", native_id="b1")
    shop.owner("merge 2 into 1")
    shop.owner("1")
    shop.drain()
    shop.owner("!split", replies_to=(shown_as(shop, "roses"),))
    assert (case(shop, 3).address, case(shop, 1).address) == (BOB, ANNA)
    shop.owner("unlink 1")
    assert case(shop, 3).customer.id != case(shop, 1).customer.id
    shop.owner("#1 Tomorrow.")
    shop.owner("#3 On Friday.")
    assert answers(shop) == [("mail", ANNA, "Tomorrow."), ("mail", BOB, "On Friday.")]
    shop.customer(BOB, "Friday is fine, when?", subject="Re: Roses", replies_to=("b1",))
    assert shop.told().startswith("#3 Bob")


def test_copies_do_not_go_along_where_nobody_knows_whose_they_were(long: Shop) -> None:
    long.with_policy(answer_all=True)
    long.customer(ANNA, "And a receipt", subject="Re: Parcel", replies_to=("first",), copies=("carl@example.net",))
    long.owner("split 1")
    long.owner("#1 Yes.")
    long.owner("#2 Yes.")
    assert [long.outbound(one.id).copies for one in long.live("answer")[-2:]] == [(), ()]


# -- invariant 5, whatever happens -----------------------------------------------------------------------------------

UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Making the example smaller takes minutes."""
PEOPLE = ("anna@example.org", "bob@example.org", "carla@example.org")
STEP = st.one_of(
    st.tuples(st.just("mail"), st.sampled_from(PEOPLE), st.integers(0, 4)),
    st.tuples(st.just("chat"), st.sampled_from(PEOPLE), st.just(0)),
    st.tuples(st.just("merge"), st.integers(1, 4), st.integers(1, 4)),
    st.tuples(st.just("split"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("answer"), st.integers(0, 9), st.just(0)),
    st.tuples(st.just("number"), st.integers(1, 4), st.just(0)),
)


def _where(shop: Shop) -> Mapping[int, tuple[int, str, str]]:
    """Each message of a customer's: its conversation, and where it came from."""
    with shop.engine.connect() as connection:
        rows = connection.execute(select(messages).where(messages.c.direction == "in").order_by(messages.c.id)).all()
    return {row.id: (row.conversation, row.connector, row.address) for row in rows}


def _last_place(shop: Shop, number: int) -> tuple[str, str]:
    """Where the last message of what is now this conversation came from; of one that was never merged, its own place,
    wherever else its customer wrote from.
    """
    kept = case(shop, number)
    if not kept.places:
        return (kept.connector, kept.address)
    return [(connector, address) for found, connector, address in _where(shop).values() if found == kept.number][-1]


@settings(max_examples=examples(50), deadline=None, phases=UNSHRUNK)
@given(st.lists(STEP, min_size=6, max_size=18))
def test_no_answer_goes_astray(steps: list[tuple[str, object, int]]) -> None:
    """Each goes to where the last message of its conversation came from, and that is the quoted customer's, or of one
    whom the owner has said to be the same.
    """
    shop = Shop().with_policy(history_lines=0)
    together: dict[str, set[str]] = {one: {one} for one in PEOPLE}
    shop.customer(PEOPLE[0], "Words 0", subject="Subject 0", native_id="n0")
    shop.customer(PEOPLE[1], "Words -1", subject="Subject 1", connector="chat")
    shop.owner("merge 2 into 1")
    shop.owner("1")
    together |= {one: set(PEOPLE[:2]) for one in PEOPLE[:2]}
    for step, (what, first, second) in enumerate(steps, start=1):
        shop.clock.advance(minutes=2)
        shop.drain()
        relays = shop.sent("relay", to="olga")
        before = len(shop.live("answer"))
        if what in ("mail", "chat"):
            reference = (f"n{second - 1}",) if what == "mail" and second else ()
            shop.customer(
                str(first),
                f"Words {step}",
                connector=what,
                subject=f"S {step}",
                native_id=f"n{step}",
                replies_to=reference,
            )
        elif what == "merge":
            gone, kept = (shop_case(shop, int(str(first))), shop_case(shop, second))
            shop.owner(f"merge {first} into {second}")
            if "are two customers" in shop.told() and gone and kept:
                shop.owner("1")
                people = together[_person(gone)] | together[_person(kept)]
                for one in people:
                    together[one] = people
        elif what in ("split", "answer") and relays:
            relay = relays[int(str(first)) % len(relays)]
            line = "!split" if what == "split" else f"Answer {step}"
            shop.owner(line, replies_to=(f"desk-{relay.seq}",))
            sent = shop.live("answer")[before:]
            if what == "answer":
                (answer,) = sent
                with shop.engine.connect() as connection:
                    message = connection.execute(select(outbox.c.shows).where(outbox.c.seq == relay.seq)).scalar_one()
                number, _, address = _where(shop)[message]
                assert (answer.connector, answer.address) == _last_place(shop, number)
                assert answer.address in together[address]
        elif what == "number" and shop_case(shop, int(str(first))):
            shop.owner(f"#{first} Answer {step}")
            (answer,) = shop.live("answer")[before:]
            assert (answer.connector, answer.address) == _last_place(shop, int(str(first)))
        _nothing_is_left_behind(shop)


def shop_case(shop: Shop, number: int) -> Conversation | None:
    with shop.read() as book:
        return book.conversation(number)


def _person(conversation: Conversation) -> str:
    return conversation.address


def _nothing_is_left_behind(shop: Shop) -> None:
    """Nothing names a conversation by a number that leads elsewhere, but for notices and what is about rooms."""
    with shop.engine.connect() as connection:
        numbers = {row.conversation for row in connection.execute(select(messages.c.conversation))}
        kinds = ("answer", "relay", "automatic")
        numbers |= {row.conversation for row in connection.execute(select(outbox).where(outbox.c.kind.in_(kinds)))}
        of_relays = select(shown).join(outbox, outbox.c.id == shown.c.outbound).where(outbox.c.kind.in_(kinds))
        numbers |= {row.conversation for row in connection.execute(of_relays)}
    assert all(case(shop, number).number == number for number in numbers)
