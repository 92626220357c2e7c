"""Edits and deletions of an owner's line after its answer has left: what follows, by what the network can do."""

from __future__ import annotations

import pytest
from shop import POLICY, Shop
from sqlalchemy import insert, select, update

from bridge.decision import Decision, Draft, Send
from bridge.messages import Deletion, Edit
from bridge.outbound import OutboundKind
from bridge.store.work_tables import outbox
from bridge.text import Text


@pytest.fixture
def shop() -> Shop:
    made = Shop(POLICY).with_policy(edits=("chat",))
    made.customer("anna@example.org", "Hello")
    made.customer("bob@example.org", "Hi", connector="chat")
    made.owner("#1 Yes.", native_id="to anna")
    made.owner("#2 Yes.", native_id="to bob")
    made.drain()
    return made


def edit(shop: Shop, line: str, text: str) -> Decision:
    return shop.happens(Edit(address="olga", native_id=line, text=Text(text), authenticated=True), "desk")


def delete(shop: Shop, line: str) -> Decision:
    return shop.happens(Deletion(address="olga", native_id=line, authenticated=True), "desk")


def sends(decision: Decision, *kinds: OutboundKind) -> list[Draft]:
    drafts = [effect.draft for effect in decision.effects if isinstance(effect, Send)]
    return [draft for draft in drafts if draft.kind in kinds]


def becomes(shop: Shop, state: str, part_of: str = "") -> None:
    with shop.engine.begin() as connection:
        answers = outbox.c.kind == "answer"
        connection.execute(update(outbox).where(answers).values(state=state))
        if part_of:
            connection.execute(update(outbox).where(answers).values(part_of=outbox.c.id))


def test_where_the_network_can_the_customers_copy_changes(shop: Shop) -> None:
    decision = edit(shop, "to bob", "#2 No.")
    (changing,) = sends(decision, OutboundKind.EDIT)
    assert (changing.connector, changing.address, changing.text.plain) == ("chat", "bob@example.org", "No.")
    assert changing.changes == next(one.id for one in shop.sent("answer") if one.connector == "chat")
    assert not sends(decision, OutboundKind.ANSWER, OutboundKind.NOTICE)


def test_where_it_cannot_a_correction_follows(shop: Shop) -> None:
    decision = edit(shop, "to anna", "#1 No.")
    (answer,) = sends(decision, OutboundKind.ANSWER)
    assert (answer.text.plain, answer.connector) == ("Correction: No.", "mail")
    assert "as a correction" in sends(decision, OutboundKind.NOTICE)[0].text.plain
    assert edit(shop, "to anna", "#1 Maybe.").reason == "reworded"
    assert shop.sent("answer")[-1].text == "Correction: Maybe."


def test_a_correction_is_corrected_in_its_turn(shop: Shop) -> None:
    edit(shop, "to anna", "#1 No.")
    shop.drain()
    (answer,) = sends(edit(shop, "to anna", "#1 Maybe."), OutboundKind.ANSWER)
    assert answer.text.plain == "Correction: Maybe."


def test_what_left_in_parts_is_corrected(shop: Shop) -> None:
    becomes(shop, "sent", part_of="itself")
    assert edit(shop, "to bob", "#2 No.").reason == "corrected"


@pytest.mark.parametrize("state", ["dead", "maybe", "bounced"])
def test_what_failed_or_may_have_is_not_changed(shop: Shop, state: str) -> None:
    becomes(shop, state)
    assert edit(shop, "to bob", "#2 No.").reason == "edited too late"
    assert delete(shop, "to bob").reason == "deleted too late"


@pytest.mark.parametrize("text", ["#1 No.", "!list", "list", "", "// quiet"])
def test_an_edit_that_is_no_answer_to_that_customer_changes_nothing(shop: Shop, text: str) -> None:
    decision = edit(shop, "to bob", text)
    assert decision.reason == "edited too late"
    assert not sends(decision, OutboundKind.EDIT, OutboundKind.ANSWER)


def test_the_same_words_are_no_edit(shop: Shop) -> None:
    assert edit(shop, "to bob", "#2 Yes.").reason == "edit of nothing"


def test_a_deletion_takes_all_parts_back(shop: Shop) -> None:
    with shop.engine.begin() as connection:
        first = connection.execute(select(outbox).where(outbox.c.kind == "answer", outbox.c.connector == "chat")).one()
        connection.execute(update(outbox).where(outbox.c.seq == first.seq).values(part_of=first.id))
        second = {**first._asdict(), "id": "second", "part_of": first.id}
        connection.execute(insert(outbox).values({key: value for key, value in second.items() if key != "seq"}))
    taken = sends(delete(shop, "to bob"), OutboundKind.DELETION)
    assert [draft.changes for draft in taken] == [first.id, "second"]
    with shop.read() as book:
        found = book.conversation(2)
    assert found is not None
    assert (str(found.state), found.person_answered_at) == ("open", None)


def test_where_it_cannot_it_is_too_late(shop: Shop) -> None:
    decision = delete(shop, "to anna")
    assert decision.reason == "deleted too late"
    assert not sends(decision, OutboundKind.DELETION)


def test_undo_takes_back_an_answer_and_nothing_else(shop: Shop) -> None:
    """What takes an answer back, or changes it, waits for its network: it is no answer that `undo` could mean."""
    delete(shop, "to bob")
    shop.owner("undo")
    assert shop.told().startswith("Nothing to undo")
    assert [sent.state for sent in shop.sent("deletion")] == ["waiting"]
