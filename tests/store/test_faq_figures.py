"""How entries fared, counted on both engines."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from pieces import look
from sqlalchemy import insert

from bridge.learned import Fate
from bridge.store import faq_figures
from bridge.store.book_tables import conversations, events
from bridge.store.case_tables import matches
from bridge.store.faq_figures import EntryFigures
from bridge.store.store import Store
from bridge.testing import START

DAY = timedelta(days=1)


async def matched(store: Store, number: int, fate: Fate, *, state: str = "open", **fields: Any) -> None:
    """Conversation `number`, with one message that was matched so."""
    conversation = {"number": number, "customer": "c", "connector": "mail", "address": "anna", "state": state}
    moments = {
        "version": 1,
        "opened_at": START,
        "changed_at": START,
        "person_answered_at": fields.pop("person_at", None),
    }
    match = {"id": f"{number}.1", "conversation": number, "entry": "opening", "answer_hash": "h", "confidence": 0.9}
    match |= {"reason": "sure", "language": "", "fate": str(fate), "at": START} | fields
    await look(store, lambda c: c.execute(insert(conversations).values({**conversation, **moments})))
    await look(store, lambda c: c.execute(insert(matches).values(match)))


async def answered_by_itself(store: Store, number: int) -> None:
    row = {"at": START, "kind": "bot answered", "conversation": number, "data": {"entry": "x", "match": f"{number}.1"}}
    await look(store, lambda c: c.execute(insert(events).values(row)))


async def only(store: Store) -> EntryFigures:
    found: list[EntryFigures] = await look(store, lambda c: faq_figures.entries(c, START - DAY))
    assert len(found) == 1
    return found[0]


async def test_every_suggestion_counts_whatever_became_of_it(store: Store) -> None:
    await matched(store, 1, Fate.SUGGESTED)
    await matched(store, 2, Fate.SUGGESTED, person_at=START + DAY, state="waiting")  # in an owner's own words
    await matched(store, 3, Fate.SUGGESTED, person_at=START + DAY)  # and the customer wrote again
    await matched(store, 4, Fate.SUGGESTED, state="closed")
    await matched(store, 5, Fate.APPROVED, state="waiting")
    await matched(store, 6, Fate.REFUSED)

    one = await only(store)

    assert (one.suggested, one.approved, one.refused, one.waiting) == (6, 1, 1, 1)
    assert (one.answered, one.wrong) == (0, 0)


async def test_what_is_refused_was_a_suggestion_or_an_answer(store: Store) -> None:
    for number, fate in enumerate([Fate.ANSWERED, Fate.HELPED, Fate.NOT_HELPED, Fate.REFUSED, Fate.REFUSED], start=1):
        await matched(store, number, fate)
        if number < 5:
            await answered_by_itself(store, number)
    await matched(store, 6, Fate.WITHHELD)

    one = await only(store)

    assert (one.answered, one.helped, one.not_helped, one.wrong) == (4, 1, 1, 1)
    assert (one.suggested, one.refused, one.withheld) == (1, 1, 1)


async def test_thanks_and_who_wants_a_person_are_no_matter_of_an_entrys(store: Store) -> None:
    await matched(store, 1, Fate.LIGHT)
    await matched(store, 2, Fate.PERSON_WANTED, reason="person")
    await matched(store, 3, Fate.NONE, reason="unsure")
    await matched(store, 4, Fate.NONE, reason="unsure")
    await matched(store, 5, Fate.SUGGESTED, at=START - 2 * DAY)

    assert await look(store, lambda c: faq_figures.entries(c, START - DAY)) == []
    assert await look(store, lambda c: faq_figures.reasons(c, START - DAY)) == {"unsure": 2, "person": 1}
