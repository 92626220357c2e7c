"""Rooms as decisions see them: what stands where, whose a line in a room is, and what closes with a conversation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shop import OLGA, POLICY, Shop
from sqlalchemy import insert, select

from bridge.decision import Decision, Draft, Send
from bridge.messages import Automatic, AutomaticKind, Edit, Message
from bridge.outbound import Outbound, OutboundKind
from bridge.policy import Owner, SurfaceAddress
from bridge.rooming import said
from bridge.store.book_tables import rooms
from bridge.store.work_tables import outbox
from bridge.testing import START
from bridge.text import Text
from bridge.work import Outcome, Sending

ROOMY = Owner(name="Olga", surfaces=(SurfaceAddress(connector="desk", address="olga", rooms=True),))
PHONE = Owner(name="Paul", surfaces=(SurfaceAddress(connector="phone", address="paul"),))


@pytest.fixture
def shop() -> Shop:
    made = Shop(POLICY).with_policy(owners=(ROOMY, PHONE))
    made.customer("anna@example.org", "Hello", subject="Tulips")
    made.customer("bob@example.org", "Hi", connector="chat")
    with made.engine.begin() as connection:
        for number in (1, 2):
            row = {"connector": "desk", "address": "olga", "conversation": number, "room": f"r{number}"}
            connection.execute(insert(rooms).values(row))
    return made


def sends(decision: Decision, *kinds: OutboundKind) -> list[Draft]:
    found = [effect.draft for effect in decision.effects if isinstance(effect, Send)]
    return [draft for draft in found if not kinds or draft.kind in kinds]


def test_a_relay_stands_in_its_room_without_its_number(shop: Shop) -> None:
    decision = shop.customer("anna@example.org", "And roses?", subject="Roses")
    desk, phone = sends(decision, OutboundKind.RELAY)
    assert (desk.in_room, desk.head, desk.title) == (True, "#3 Anna (email): ", "Anna - email #3")
    assert desk.text.plain.endswith("Roses\nAnd roses?")
    assert "#3" not in desk.text.plain
    assert (phone.in_room, phone.head) == (False, "")
    assert "#3 Anna (email): Roses" in phone.text.plain


def test_whatever_stands_in_a_room_calls_it_the_same(shop: Shop) -> None:
    relay = sends(shop.customer("anna@example.org", "And roses?", subject="Tulips"), OutboundKind.RELAY)[0]
    notices = sends(shop.owner("!show", room="r1"), OutboundKind.NOTICE)
    assert {draft.title.rpartition(" ")[0] for draft in notices} == {relay.title.rpartition(" ")[0]}
    assert all(draft.room == "r1" for draft in notices)


@pytest.mark.parametrize(
    ("room", "text", "echo"),
    [("r1", "Good morning", ""), ("", "#2 Good morning", "-> #2 Bob"), ("r1", "!to #2 Good morning", "-> #2 Bob")],
)
def test_a_room_spares_the_echo_of_what_is_for_its_own_customer_only(
    shop: Shop, room: str, text: str, echo: str
) -> None:
    quiet = replace(ROOMY, surfaces=(replace(ROOMY.surfaces[0], quiet=True),))
    decision = shop.with_policy(owners=(quiet, PHONE)).owner(text, room=room)
    (answer,) = sends(decision, OutboundKind.ANSWER)
    told = [one.text.plain for one in sends(decision, OutboundKind.NOTICE) if one.connector == "desk"]
    assert answer.text.plain == "Good morning"
    assert [words[: len(echo)] for words in told] == ([echo] if echo else [])


def test_who_is_in_copy_is_named_in_the_room(shop: Shop) -> None:
    shop.customer("anna@example.org", "With Carl", subject="Lilies", copies=("carl@example.org",), native_id="m1")
    others = ("anna@example.org",)
    decision = shop.customer("carl@example.org", "Yes!", subject="Re: Lilies", replies_to=("m1",), copies=others)
    assert sends(decision, OutboundKind.RELAY)[0].text.plain.startswith("Carl: ")


def test_a_machines_first_mail_is_worth_no_room(shop: Shop) -> None:
    news = Automatic(kind=AutomaticKind.LIST, reason="List-Id")
    decision = shop.customer("news@example.org", "Buy", subject="News", automatic=news)
    desk = sends(decision, OutboundKind.RELAY)[0]
    assert (desk.in_room, desk.head) == (False, "")
    assert desk.text.plain.startswith("#3 News (email): ")


def test_an_edit_is_shown_in_the_room(shop: Shop) -> None:
    shop.customer("bob@example.org", "Rses?", connector="chat", native_id="typo")
    edit = Edit(address="bob@example.org", native_id="typo", text=Text("Roses?"))
    desk = sends(shop.happens(edit, "chat"))[0]
    assert (desk.in_room, desk.head, desk.text.plain) == (True, "#2 ", "Bob (XMPP) changed it to: Roses?")


ROUTES = [
    # room, text, reason, conversation that the customer's words go to
    ("r1", "Yes.", "answered", 1),
    ("r2", "list", "answered", 2),
    ("r2", "5", "answered", 2),
    ("r2", "#2 Yes.", "answered", 2),
    ("r2", "#1 Yes.", "asked", None),
    ("r1", "!list", "command", None),
    ("r1", "!close", "command", None),
    ("r1", "// quiet", "noted", None),
    ("nowhere", "Yes.", "asked", None),
    ("nowhere", "#1 Yes.", "answered", 1),
    ("", "Yes.", "asked", None),
    ("", "#1 Yes.", "answered", 1),
    ("", "list", "command", None),
]


@pytest.mark.parametrize(("room", "text", "reason", "number"), ROUTES)
def test_whose_a_line_is(shop: Shop, room: str, text: str, reason: str, number: int | None) -> None:
    decision = shop.owner(text, room=room)
    assert decision.reason == reason
    answers = [draft.conversation for draft in sends(decision, OutboundKind.ANSWER)]
    assert answers == ([number] if number else [])
    here = [draft for draft in sends(decision, OutboundKind.NOTICE) if draft.connector == "desk"]
    assert {draft.room for draft in here if not draft.in_room} <= {room}


def test_another_owners_room_says_nothing(shop: Shop) -> None:
    others = Owner(name="Paula", surfaces=(SurfaceAddress(connector="desk", address="paula", rooms=True),))
    shop.with_policy(owners=(ROOMY, others))
    assert shop.owner("Yes.", who="paula", room="r1").reason == "asked"


def test_a_question_is_answered_where_it_was_asked(shop: Shop) -> None:
    assert shop.owner("#1 Yes.", room="r2").reason == "asked"
    shop.owner("1", room="r1")
    assert [(one.conversation, one.text) for one in shop.sent("answer")] == [(1, "1")]
    shop.owner("1", room="r2")
    assert [(one.conversation, one.text) for one in shop.sent("answer")] == [(1, "1"), (1, "Yes.")]


def test_the_others_read_in_their_rooms(shop: Shop) -> None:
    shop.with_policy(owners=(ROOMY, PHONE))
    decision = shop.happens(_line("#1 Yes."), "phone")
    (told,) = [draft for draft in sends(decision, OutboundKind.NOTICE) if draft.connector == "desk"]
    assert (told.in_room, told.conversation) == (True, 1)


def _line(text: str) -> Message:
    return Message(address="paul", text=Text(text), native_id="p1", authenticated=True)


def test_rooms_close_and_open_with_their_conversation(shop: Shop) -> None:
    close = sends(shop.owner("!close", room="r2"), OutboundKind.CLOSE_ROOM)
    assert [(draft.connector, draft.conversation, draft.in_room) for draft in close] == [("desk", 2, True)]
    decision = shop.customer("bob@example.org", "Still there?", connector="chat")
    kinds = [draft.kind for draft in sends(decision) if draft.connector == "desk"]
    assert kinds == [OutboundKind.REOPEN_ROOM, OutboundKind.RELAY]
    shop.owner("!close", room="r2")
    assert sends(shop.owner("#2 One more thing."), OutboundKind.REOPEN_ROOM)
    assert not sends(shop.owner("#2 And another."), OutboundKind.REOPEN_ROOM)


def test_who_is_written_to_first_has_a_room(shop: Shop) -> None:
    decision = shop.owner("to mail:carla@example.org Your bouquet is ready.")
    (told,) = [draft for draft in sends(decision, OutboundKind.NOTICE) if draft.in_room]
    assert (told.conversation, told.text.plain, told.room) == (3, "Olga wrote: Your bouquet is ready.", "")


@pytest.mark.parametrize(("line", "numbers"), [("link 1 2", [1, 2]), ("unlink 1", [1])])
def test_links_are_told_in_the_rooms(shop: Shop, line: str, numbers: list[int]) -> None:
    told = [draft for draft in sends(shop.owner(line), OutboundKind.NOTICE) if draft.in_room]
    assert [draft.conversation for draft in told] == numbers


def test_a_group_that_owners_share_is_shown_everything_once(shop: Shop) -> None:
    shop.with_policy(owners=(ROOMY, replace(ROOMY, name="Paul")))
    decision = shop.customer("anna@example.org", "And lilies?", subject="Lilies")
    assert len(sends(decision, OutboundKind.RELAY)) == 1


def sending(*, again: bool = False, in_room: bool = False) -> Sending:
    given = {"connector": "desk", "address": "olga", "text": Text("x"), "created_at": START, "title": "#1 Anna"}
    outbound = Outbound(id="1", kind=OutboundKind.RELAY, conversation=1, **given)  # type: ignore[arg-type]
    state = {"again": again, "in_room": in_room}
    return Sending(outbound=outbound, lane="x", attempts=1, author="", origin=None, message=None, **state)  # type: ignore[arg-type]


SAID = [
    (sending(), Outcome(state="opened", room="r"), None),
    (sending(again=True), Outcome(state="opened", room="r"), (True, "Opening the room of #1 Anna was interrupted")),
    (sending(), Outcome(state="refused", reason="no right"), (False, "No room could be opened for #1 Anna: no right")),
    (sending(in_room=True), Outcome(state="gone"), (True, "The room of #1 Anna was gone")),
    (sending(), Outcome(state="gone"), None),
]


@pytest.mark.parametrize(("attempt", "outcome", "expected"), SAID)
def test_what_is_said_of_a_room(attempt: Sending, outcome: Outcome, expected: tuple[bool, str] | None) -> None:
    told = said(attempt, outcome, replace(POLICY, owners=(ROOMY,)))
    assert len(told) == (expected is not None)
    for draft in told:
        assert expected is not None
        assert (draft.in_room, draft.text.plain[: len(expected[1])]) == expected


def test_a_shop_without_rooms_is_as_it_was() -> None:
    shop = Shop(POLICY).with_policy(owners=(OLGA,))
    shop.customer("anna@example.org", "Hello")
    shop.owner("close 1")
    with shop.engine.connect() as connection:
        assert not [row for row in connection.execute(select(outbox)) if "room" in row.kind or row.payload.get("head")]
