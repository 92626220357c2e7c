"""What follows when an owner writes: answered, asked, undone, changed (`bridge/owners/`)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from shop import OLGA, PAUL, Shop, states

from bridge.messages import Attachment, Edit
from bridge.text import Text


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Anna by mail (#1) and Bob by chat (#2) have written; the owner has read it."""
    shop.customer("anna@example.org", "Do you have tulips?", subject="Tulips", native_id="<m1@example.org>")
    shop.customer("bob@example.net", "And roses?", connector="chat")
    shop.drain()
    return shop


def answers(shop: Shop) -> list[tuple[str, str]]:
    return [(one.address, one.text) for one in shop.live("answer")]


# -- where it goes ----------------------------------------------------------------------------------------------------


def test_an_answer_goes_where_the_quoted_line_came_from(busy: Shop) -> None:
    assert busy.owner("Yes.", replies_to=(busy.line_about(2),)).reason == "answered"
    assert answers(busy) == [("bob@example.net", "Yes.")]
    assert busy.told() == "-> #2 Bob, XMPP (undo within 5 s)"
    assert states(busy, [1, 2]) == ["open", "waiting"]


def test_quoting_the_echo_of_an_answer_goes_on_with_it(busy: Shop) -> None:
    busy.owner("#2 Yes.")
    busy.drain()
    busy.owner("And lilies.", replies_to=(busy.line_about(2),))
    assert answers(busy)[-1] == ("bob@example.net", "And lilies.")


def test_quoting_an_own_line_goes_on_with_it(busy: Shop) -> None:
    busy.owner("#2 Yes.", native_id="mine-1")
    busy.owner("And lilies.", replies_to=("mine-1",))
    assert answers(busy)[-1] == ("bob@example.net", "And lilies.")


@pytest.mark.parametrize(
    ("line", "fields"),
    [
        ("Yes.", {}),
        ("#9 Yes.", {}),
        ("Yes.", {"replies_to": ("from-somewhere-else",)}),
        ("Yes.", {"room": "a room that nobody knows"}),
        ("// note to whom?", {}),
        ("close the door, please", {}),
    ],
)
def test_what_names_nobody_is_asked_about(busy: Shop, line: str, fields: dict[str, Any]) -> None:
    assert busy.owner(line, **fields).reason == "asked"
    assert not answers(busy)
    asked = busy.told().removeprefix("There is no #9. Nothing was changed or sent.\n").splitlines()
    assert asked[0].startswith('About whom is the note "' if line.startswith("//") else 'To whom shall "')
    assert [line[:2] for line in asked[1:]] == ["1 ", "2 ", "0 "]


def test_two_that_differ_are_asked_about(busy: Shop) -> None:
    busy.owner("#1 Yes.", replies_to=(busy.line_about(2),))
    assert not answers(busy)
    assert "#1 Anna, email" in busy.told()
    assert "#2 Bob, XMPP" in busy.told()


def test_with_nobody_there_nothing_is_asked(shop: Shop) -> None:
    shop.owner("Yes.")
    assert shop.told().startswith("Not sent: nobody waits.")


def test_nothing_to_send(busy: Shop) -> None:
    busy.owner("#1  ")
    assert busy.told() == "There was nothing to send."
    assert not answers(busy)


def test_an_answer_stands_in_the_thread(busy: Shop) -> None:
    decision = busy.owner("#1 Yes.")
    (draft,) = [effect.draft for effect in decision.effects if hasattr(effect, "draft") and effect.draft.author]
    assert (draft.subject, draft.replies_to) == ("Tulips", ("<m1@example.org>",))


# -- the question -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("1", [("bob@example.net", "Yes.")]),  # the latest changed first
        ("2", [("anna@example.org", "Yes.")]),
        (" 2\n", [("anna@example.org", "Yes.")]),
        ("0", []),
        ("3", []),
        ("2.", []),
        ("\u0662", []),  # ARABIC-INDIC DIGIT TWO
        ("2 please", []),
        ("thanks", []),
    ],
)
def test_only_the_bare_number_sends_what_is_held(busy: Shop, choice: str, sent: list[tuple[str, str]]) -> None:
    busy.clock.advance(seconds=1)
    busy.customer("bob@example.net", "?", connector="chat")
    busy.owner("Yes.")
    busy.owner(choice)
    assert answers(busy) == sent


@pytest.mark.parametrize("line", ["list", "#1 No.", "thanks"])
def test_any_other_line_drops_what_is_held(busy: Shop, line: str) -> None:
    busy.owner("Yes.")
    busy.owner(line)
    assert 'Not sent: "Yes."' in [one.text for one in busy.sent("notice")]
    busy.owner("1" if line != "thanks" else "0")
    assert "Yes." not in [text for _, text in answers(busy)]


def test_what_is_held_is_forgotten_in_time(busy: Shop) -> None:
    busy.owner("Yes.")
    busy.clock.advance(minutes=11)
    assert busy.owner("1").reason == "asked"
    assert not answers(busy)


def test_a_number_that_answers_a_line_is_a_word_for_the_customer(busy: Shop) -> None:
    busy.owner("How many?")
    busy.owner("1", replies_to=(busy.line_about(1),))
    assert answers(busy) == [("anna@example.org", "1")]


def test_one_owners_number_does_not_choose_for_another(busy: Shop) -> None:
    busy.with_policy(owners=(OLGA, PAUL))
    busy.owner("Yes.")
    busy.owner("1", "paul")
    assert not answers(busy)
    busy.owner("1")
    assert [text for _, text in answers(busy)] == ["Yes."]


@pytest.mark.parametrize(("line", "how"), [("// rude man", {}), ("#1 // rude man", {"replies_to": 2})])
def test_a_held_note_stays_a_note(busy: Shop, line: str, how: dict[str, int]) -> None:
    """The shop's own talk never reaches a customer by way of the question to whom it goes."""
    fields: dict[str, Any] = {"replies_to": (busy.line_about(how["replies_to"]),)} if how else {}
    assert busy.owner(line, **fields).reason == "asked"
    assert busy.owner("1").reason == "noted"
    assert not answers(busy)
    assert busy.told().startswith("Noted: ")


def test_a_held_command_stays_a_command(busy: Shop) -> None:
    busy.owner("#1 !close", replies_to=(busy.line_about(2),))
    busy.owner("1")
    assert not answers(busy)
    assert "closed" in states(busy, [1, 2])


PHOTO = Attachment(name="tulip.jpg", content=b"jpeg")


def test_a_file_goes_along(busy: Shop) -> None:
    decision = busy.owner("#1 This one.", attachments=(PHOTO,))
    (draft,) = [effect.draft for effect in decision.effects if hasattr(effect, "draft") and effect.draft.author]
    assert draft.carries


def test_a_file_alone_is_an_answer(busy: Shop) -> None:
    assert busy.owner("", attachments=(PHOTO,), replies_to=(busy.line_about(1),)).reason == "answered"


@pytest.mark.parametrize("text", ["", "This one."])
def test_a_file_that_names_nobody_is_not_lost_unsaid(busy: Shop, text: str) -> None:
    """A file cannot be held; the owner reads so, and no empty answer leaves in its place."""
    busy.owner(text, attachments=(PHOTO,))
    assert "tulip.jpg" in busy.told()
    assert "Not sent" in busy.told()
    busy.owner("1")
    assert not answers(busy)


def test_a_file_is_not_dropped_when_another_owner_has_answered(busy: Shop) -> None:
    busy.with_policy(owners=(OLGA, PAUL))
    busy.owner("#1 Yes.")
    busy.owner("#1 This one.", "paul", attachments=(PHOTO,))
    assert "tulip.jpg" in busy.told("paul")
    busy.owner("1", "paul")
    assert [text for _, text in answers(busy)] == ["Yes."]


# -- undo and edit ----------------------------------------------------------------------------------------------------


def test_undo_takes_the_last_one_back(busy: Shop) -> None:
    busy.owner("#1 Yes.")
    busy.owner("#2 No.")
    busy.owner("undo")
    assert answers(busy) == [("anna@example.org", "Yes.")]
    assert busy.told() == "Taken back, not sent: #2 Bob, XMPP"
    assert states(busy, [1, 2]) == ["waiting", "open"]
    busy.owner("undo")
    assert answers(busy) == []
    busy.owner("undo")
    assert busy.told().startswith("Nothing to undo")


def test_undo_of_a_second_answer_leaves_it_answered(busy: Shop) -> None:
    busy.owner("#1 Yes.")
    busy.owner("#1 And roses.")
    busy.owner("undo")
    assert states(busy, [1]) == ["waiting"]


def test_what_is_sent_cannot_be_undone(busy: Shop) -> None:
    busy.owner("#1 Yes.")
    busy.drain()
    busy.owner("undo")
    assert busy.told().startswith("Nothing to undo")


def test_undo_takes_back_ones_own_only(busy: Shop) -> None:
    busy.with_policy(owners=(OLGA, PAUL))
    busy.owner("#1 Yes.")
    busy.owner("undo", "paul")
    assert answers(busy) == [("anna@example.org", "Yes.")]


def edit(shop: Shop, text: str, native_id: str = "mine", who: str = "olga") -> str:
    return shop.happens(Edit(address=who, native_id=native_id, text=Text(text), authenticated=True), "desk").reason


@pytest.mark.parametrize(
    ("first", "second", "sent"),
    [
        ("#1 Yes.", "#1 No.", "No."),
        ("#1 Yes.", "No.", "No."),
        # a command is not what the customer is to read
        ("to 1 Yes.", "to 1 No.", "Yes."),
        ("!to 1 Yes.", "!to 1 No.", "Yes."),
        ("reply 1 hours", "reply 1 price", "We are open from 9 to 6."),
        # nothing that was not named
        ("#1 Yes.", "#2 Yes.", "Yes."),
        ("#1 Yes.", "#1 // no", "Yes."),
        ("#1 Yes.", "#1 ", "Yes."),
        ("#1 Yes.", "", "Yes."),
    ],
)
def test_an_edit_while_it_waits(busy: Shop, first: str, second: str, sent: str) -> None:
    busy.owner(first, native_id="mine")
    changed = edit(busy, second) == "reworded"
    assert answers(busy) == [("anna@example.org", sent)]
    assert busy.told().startswith("Changed before it was sent: #1 Anna" if changed else "Not changed: ")


def test_an_edit_when_it_is_gone_follows_as_a_correction(busy: Shop) -> None:
    busy.owner("#1 Yes.", native_id="mine")
    busy.drain()
    assert edit(busy, "#1 No.") == "corrected"
    assert answers(busy) == [("anna@example.org", "Yes."), ("anna@example.org", "Correction: No.")]


def test_an_edit_of_something_else_does_nothing(busy: Shop) -> None:
    busy.owner("#1 Yes.", native_id="mine")
    assert edit(busy, "No.", "another") == "edit of nothing known"
    assert edit(busy, "No.", who="paul") == "edit of nothing known"


def test_an_edited_answer_reads_so_in_the_history(busy: Shop) -> None:
    busy.owner("#1 Yes.", native_id="mine")
    edit(busy, "#1 No.")
    busy.owner("show 1")
    assert busy.told().endswith("> Olga: No.")


# -- two owners -------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(busy: Shop) -> Shop:
    return busy.with_policy(owners=(OLGA, PAUL))


def test_the_other_owner_reads_who_answered(two: Shop) -> None:
    two.owner("#1 Yes.")
    assert two.told("paul") == "#1 Anna, email: answered by Olga"


@pytest.mark.parametrize(("choice", "sent"), [("1", ["Yes.", "No."]), ("0", ["Yes."]), ("No!", ["Yes."])])
def test_a_second_owners_answer_asks_first(two: Shop, choice: str, sent: list[str]) -> None:
    two.owner("#1 Yes.")
    two.clock.advance(seconds=59)
    two.owner("#1 No.", "paul")
    assert two.told("paul").startswith("Olga has just answered #1 Anna, email.")
    two.owner(choice, "paul")
    assert [text for _, text in answers(two)] == sent


@pytest.mark.parametrize("line", ["to 1 No.", "reply 1 hours"])
def test_a_command_that_answers_asks_first_too(two: Shop, line: str) -> None:
    two.owner("#1 Yes.")
    two.owner(line, "paul")
    assert [text for _, text in answers(two)] == ["Yes."]


def test_the_question_to_whom_does_not_skip_that_question(two: Shop) -> None:
    two.owner("No.", "paul")
    place = next(line[0] for line in two.told("paul").splitlines() if "Anna" in line)
    two.owner("#1 Yes.")
    two.owner(place, "paul")
    assert [text for _, text in answers(two)] == ["Yes."]
    two.owner("1", "paul")
    assert [text for _, text in answers(two)] == ["Yes.", "No."]


def test_later_it_asks_no_more(two: Shop) -> None:
    two.owner("#1 Yes.")
    two.clock.advance(minutes=1)
    two.owner("#1 No.", "paul")
    assert [text for _, text in answers(two)] == ["Yes.", "No."]


def test_an_answer_that_was_undone_is_none(two: Shop) -> None:
    two.owner("#1 Yes.")
    two.owner("undo")
    two.owner("#1 No.", "paul")
    assert [text for _, text in answers(two)] == ["No."]


def test_without_a_window_the_answer_is_due_at_once(busy: Shop) -> None:
    decision = busy.with_policy(undo=timedelta(0)).owner("#1 Yes.")
    (draft,) = [effect.draft for effect in decision.effects if hasattr(effect, "draft") and effect.draft.author]
    assert draft.due_at == busy.clock()
