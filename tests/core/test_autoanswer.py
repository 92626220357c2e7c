"""When the bridge answers by itself: trust that is earned and lost, and all that keeps it silent."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from shop import POLICY, Shop, states

from bridge.faq.entry import Entry, Mode
from bridge.faq.match import Candidate, Match
from bridge.faq.rules import Rules
from bridge.hours import Hours, Timetable
from bridge.messages import Attachment, Automatic, AutomaticKind, Chosen, DeliveryReport, DeliveryStatus, Edit
from bridge.policy import SurfaceAddress
from bridge.text import Text

OPENING = Entry(id="opening", question="When are you open?", answer="From 9 to 6.", also=("What are your hours?",))
RETURNS = Entry(id="returns", question="How do I return something?", answer="Send it **back** within 30 days, {name}.")
ENTRIES = {entry.id: entry for entry in (OPENING, RETURNS)}
FOUND = {"open": "opening", "hours": "opening", "return": "returns"}
BURST = POLICY.burst.total_seconds()


def find(text: str) -> Match:
    """Sure of what holds one of the words, unsure of everything else."""
    sure = next((entry for word, entry in FOUND.items() if word in text.casefold()), "")
    other = next(entry for entry in ENTRIES if entry != sure)
    candidates = (Candidate(entry=sure or "opening", confidence=0.97 if sure else 0.3),)
    return Match(
        candidates=(*candidates, *((Candidate(entry=other, confidence=0.01),) if sure else ())),
        asked=text,
        language="en",
    )


def open_shop(*, at_once: bool = False, **rules: object) -> Shop:
    given = Rules(entries=ENTRIES, at_once=at_once)
    return Shop(faq=replace(given, **rules), find=find)  # type: ignore[arg-type]


def asks(shop: Shop, text: str = "When are you open?", who: str = "anna@example.org", **fields: object) -> None:
    fields.setdefault("connector", "chat")
    shop.customer(who, text, **fields)  # type: ignore[arg-type]


def later(shop: Shop, seconds: float = BURST) -> None:
    shop.clock.advance(seconds=seconds)
    shop.ring()


def automatic(shop: Shop) -> list[str]:
    return [one.text for one in shop.live("automatic")]


def test_a_new_entry_is_suggested_and_sent_with_ok() -> None:
    shop = open_shop()
    asks(shop)
    (relay,) = shop.sent("relay")
    assert "[would have answered with #opening, 97 % sure: `ok 1` sends it" in relay.text
    later(shop)
    assert automatic(shop) == []
    shop.owner("ok 1")
    assert [one.text for one in shop.live("answer")] == ["From 9 to 6."]
    assert states(shop, [1]) == ["waiting"]


def test_an_owner_sees_what_ok_would_send() -> None:
    shop = open_shop(
        entries={**ENTRIES, "opening": replace(OPENING, answer="Hello {name},\n\n**nine** to " + "six " * 90)}
    )
    asks(shop)
    (relay,) = shop.sent("relay")
    shown = relay.text.rpartition("\n")[2]
    assert shown.startswith("[Hello Anna, nine to six six")
    assert shown.endswith("six …]")
    assert len(shown) < 210


def test_an_answer_with_a_hole_is_neither_given_nor_suggested() -> None:
    asked = replace(OPENING, answer="We are open {opening_hours}.")
    for at_once in (True, False):
        shop = open_shop(at_once=at_once, entries={**ENTRIES, "opening": asked})
        asks(shop)
        later(shop)
        assert "would have answered" not in shop.sent("relay")[0].text
        assert automatic(shop) == []
        with shop.read() as book:
            assert [match.reason for match in book.matches(1)] == ["a value is missing"]


@pytest.mark.parametrize("at_once", [True, False])
def test_nor_is_one_that_has_a_hole_by_now(*, at_once: bool) -> None:
    """The hours were known as it was found: their calendar cannot be read any more."""
    spoken = replace(OPENING, answer="We are open {opening_hours}.")
    shop = open_shop(at_once=at_once, entries={**ENTRIES, "opening": spoken})
    shop.hours = Hours(timetable=Timetable(zone=ZoneInfo("Europe/Berlin")))
    asks(shop)
    shop.hours = None
    later(shop)
    shop.owner("ok 1")
    assert automatic(shop) == []
    assert shop.live("answer") == []
    if not at_once:
        assert shop.told() == "Not sent: #opening has a hole now, since the opening hours are not known."
    assert states(shop, [1]) == ["open"]


@pytest.mark.parametrize("line", ["ok", "!ok", "OK ", "ok 1", "ok #1"])
def test_ok_under_a_suggestion_is_no_word_for_the_customer(line: str) -> None:
    shop = open_shop()
    asks(shop)
    shop.drain()
    shop.owner(line, replies_to=(shop.line_about(1),))
    assert [one.text for one in shop.live("answer")] == ["From 9 to 6."]


@pytest.mark.parametrize("line", ["ok", "no", "ok 7"])
def test_without_a_suggestion_it_is(line: str) -> None:
    shop = open_shop()
    asks(shop, "Can I come at five?")
    shop.drain()
    shop.owner(line, replies_to=(shop.line_about(1),))
    assert [one.text for one in shop.live("answer")] == [line]


def approve(shop: Shop, times: int) -> None:
    for count in range(times):
        asks(shop, who=f"c{count}@example.org")
        shop.owner(f"ok {count + 1}")


def test_five_ok_then_by_itself_one_no_then_back() -> None:
    shop = open_shop()
    approve(shop, 5)
    assert "was right 5 times: from now on it answers by itself" in shop.told()
    asks(shop)
    assert "would have answered" not in shop.sent("relay")[-1].text
    later(shop)
    assert len(automatic(shop)) == 1
    assert "From 9 to 6." in automatic(shop)[0]
    assert "This answer is automatic" in automatic(shop)[0]
    assert states(shop, [6]) == ["waiting"]
    shop.owner("no 6")
    asks(shop, who="last@example.org")
    later(shop)
    assert len(automatic(shop)) == 1


def test_four_ok_are_not_enough_and_a_no_begins_anew() -> None:
    shop = open_shop()
    approve(shop, 4)
    asks(shop, who="x@example.org")
    shop.owner("no 5")
    asks(shop, who="y@example.org")
    assert "would have answered" not in shop.sent("relay")[-1].text, "it has to be surer now: 97 % no longer suffices"


def test_one_refusal_and_it_suggests_again_where_it_is_surer() -> None:
    shop = open_shop()
    approve(shop, 5)
    asks(shop)
    later(shop)
    assert len(automatic(shop)) == 1
    shop.owner("no 6")
    shop.find = surer
    asks(shop, who="last@example.org")
    assert "[would have answered with #opening, 99 % sure" in shop.sent("relay")[-1].text
    later(shop)
    assert len(automatic(shop)) == 1
    shop.owner("ok 7")
    assert [one.text for one in shop.live("answer")][-1] == "From 9 to 6."


def surer(text: str) -> Match:
    found = find(text)
    return replace(found, candidates=tuple(replace(one, confidence=one.confidence + 0.02) for one in found.candidates))


def test_an_ok_that_is_taken_back_counts_for_nothing() -> None:
    shop = open_shop()
    for count in range(5):
        asks(shop, who=f"c{count}@example.org")
        shop.owner(f"ok {count + 1}")
        shop.owner("undo")
    with shop.read() as book:
        assert book.trust("opening", OPENING.answer_hash).approvals == 0
    shop.owner("ok 5")
    assert [one.text for one in shop.live("answer")] == ["From 9 to 6."]


def test_a_third_person_is_not_answered() -> None:
    shop = open_shop(at_once=True)
    asks(shop, "Do you have wreaths", connector="mail", subject="Wreaths")
    shop.owner("forward 1 mail:carl@example.org Can you help?")
    shop.customer("carl@example.org", "When are you open?", subject="Re: Wreaths", threaded=False)
    later(shop)
    assert [one.address for one in shop.live("automatic")] == []


def test_an_owners_own_words_after_an_automatic_answer_put_it_right() -> None:
    shop = open_shop(at_once=True)
    asks(shop)
    later(shop)
    shop.owner("#1 Not today, we are closed!")
    assert any("you put it right" in one.text for one in shop.sent("notice"))
    with shop.read() as book:
        assert book.trust("opening", OPENING.answer_hash).refusals == 1


def test_a_suggestion_does_not_count_for_another_answer_of_the_entry() -> None:
    shop = open_shop()
    approve(shop, 5)
    changed = {**ENTRIES, "opening": replace(OPENING, answer="Never.")}
    shop.faq = replace(shop.faq or Rules(), entries=changed)
    asks(shop)
    later(shop)
    assert automatic(shop) == []


@pytest.mark.parametrize(
    ("before", "then", "why"),
    [
        ("", "I want to speak to a human, when are you open?", "a person is wanted"),
        ("", "Why, thanks", "nothing was asked"),
        ("My order never came, what now", "When are you open?", "something else stands there"),
        ("When are you open?", "and my parcel is broken, what now", "went on writing"),
        ("When are you open?", "And how do I return it?", "half an answer is a wrong one"),
    ],
)
def test_silent_at(before: str, then: str, why: str) -> None:
    shop = open_shop(at_once=True)
    if before:
        asks(shop, before)
    asks(shop, then)
    later(shop)
    assert [text for text in automatic(shop) if "This answer is automatic" in text] == [], why


def test_a_greeting_first_does_no_harm() -> None:
    shop = open_shop(at_once=True)
    asks(shop, "Hello")
    asks(shop, "When are you open?")
    asks(shop, "thanks")
    later(shop)
    assert len(automatic(shop)) == 1


@pytest.mark.parametrize("first", ["Hello", "Do you have tulips, what colours"])
def test_silent_once_a_person_has_answered(first: str) -> None:
    shop = open_shop(at_once=True)
    asks(shop, first)
    shop.owner("#1 Yes.")
    asks(shop)
    assert "would have answered" not in shop.sent("relay")[-1].text
    later(shop)
    assert automatic(shop) == []
    with shop.read() as book:
        assert book.matches(1)[-1].reason == "too late, or a person has answered"
    shop.owner("close 1")
    asks(shop)
    later(shop)
    assert len(automatic(shop)) == 1, "until it is closed"


def test_an_owner_who_is_quicker_wins() -> None:
    shop = open_shop(at_once=True)
    asks(shop)
    shop.owner("#1 From 9.")
    later(shop)
    assert automatic(shop) == []


def test_never_twice_the_same() -> None:
    shop = open_shop(at_once=True)
    asks(shop)
    later(shop)
    asks(shop, "But what are your hours?")
    later(shop)
    assert len(automatic(shop)) == 1


def test_never_to_a_machine_nor_about_what_is_old() -> None:
    shop = open_shop(at_once=True)
    asks(shop, automatic=Automatic(kind=AutomaticKind.LIST, reason="List-Id"))
    asks(shop, who="b@example.org", age=timedelta(hours=2))
    later(shop)
    assert automatic(shop) == []


def test_a_file_is_for_a_person() -> None:
    shop = open_shop(at_once=True)
    asks(shop, attachments=(Attachment(name="broken.jpg", content=b"x"),))
    later(shop)
    assert automatic(shop) == []


@pytest.mark.parametrize("mode", [Mode.SUGGEST, Mode.OFF])
def test_the_files_ceiling_holds(mode: Mode) -> None:
    shop = open_shop(at_once=True, entries={**ENTRIES, "opening": replace(OPENING, mode=mode)})
    asks(shop)
    later(shop)
    assert automatic(shop) == []


def test_not_too_many_a_day() -> None:
    shop = open_shop(at_once=True, per_day=2)
    for count in range(4):
        asks(shop, f"When are you open on day {'abcd'[count]}?", connector="mail", subject=f"Day {'abcd'[count]}")
        later(shop, 3600)
    assert len(automatic(shop)) == 2


# -- did it help? ----------------------------------------------------------------------------------------------------


def answered() -> Shop:
    shop = open_shop(at_once=True)
    asks(shop)
    later(shop)
    return shop


def test_the_customer_is_asked_in_the_networks_own_form() -> None:
    shop = answered()
    outbound = shop.outbound(shop.live("automatic")[0].id)
    assert [(choice.id, choice.word) for choice in outbound.choices] == [("yes", "yes"), ("no", "no")]


@pytest.mark.parametrize("word", ["yes", "Yes!", "👍", "ja"])
def test_yes_closes_it(word: str) -> None:
    shop = answered()
    relays = len(shop.sent("relay"))
    assert shop.customer("anna@example.org", word, connector="chat").reason == "helped"
    assert states(shop, [1]) == ["closed"]
    assert len(shop.sent("relay")) == relays


@pytest.mark.parametrize("word", ["no", "No.", "nein"])
def test_no_hands_it_over_with_what_was_tried(word: str) -> None:
    shop = answered()
    assert shop.customer("anna@example.org", word, connector="chat").reason == "not helped"
    assert states(shop, [1]) == ["open"]
    assert "the automatic answer #opening did not help" in shop.told()
    assert automatic(shop)[-1] == "Somebody will answer you personally."
    asks(shop, "How do I return it?")
    later(shop)
    assert len(automatic(shop)) == 2, "the bot is silent from then on"
    with shop.read() as book:
        assert book.trust("opening", OPENING.answer_hash).refusals == 0, "the owner has not said that it was wrong"


def test_a_button_does_the_same() -> None:
    shop = answered()
    sent = shop.live("automatic")[0]
    other = Chosen(address="eve@example.org", outbound_id=sent.id, choice_id="no")
    assert shop.happens(other, "chat").reason == "chosen, but nothing was asked"
    event = Chosen(address="anna@example.org", outbound_id=sent.id, choice_id="no")
    assert shop.happens(event, "chat").reason == "not helped"
    assert shop.happens(event, "chat").reason == "chosen, but nothing was asked"


def test_other_words_are_a_message_and_the_question_stays() -> None:
    shop = answered()
    assert shop.customer("anna@example.org", "no idea, and the roses?", connector="chat").reason == "relayed"
    assert shop.customer("anna@example.org", "no", connector="chat").reason == "not helped"


def test_an_answer_that_never_arrives_leaves_the_customer_waiting() -> None:
    from bridge.messages import DeliveryReport, DeliveryStatus  # noqa: PLC0415 - only here

    shop = answered()
    names = shop.drain()
    sent = shop.live("automatic")[0]
    shop.happens(DeliveryReport(refers_to=names[sent.id], status=DeliveryStatus.BOUNCED, reason="550"), "chat")
    assert states(shop, [1]) == ["open"]


# -- learning --------------------------------------------------------------------------------------------------------


def test_what_an_entry_is_to_learn_is_a_job_of_its_own() -> None:
    shop = open_shop()
    asks(shop, "Do you open on Sundays?")
    shop.owner("faq also 1 opening")
    (job,) = [timer for timer in shop.timers() if timer["timer"] == "faq change"]
    assert (job["what"], job["entry"], job["question"]) == ("also", "opening", "Do you open on Sundays?")
    shop.ring()
    assert shop.told() == 'The FAQ has learned it: #opening is for "Do you open on Sundays?".'


def test_an_unknown_entry_is_named() -> None:
    shop = open_shop()
    asks(shop)
    shop.owner("faq not 1 openning")
    assert shop.told() == "There is no entry openning. There are: opening"


def test_a_new_entry_needs_an_answer() -> None:
    shop = open_shop()
    asks(shop, "Do you sell pots")
    shop.owner("faq add 1")
    assert shop.told() == ("#1 has no answer yet to learn: answer first (`#1 your words`), then `faq add 1`.")
    shop.owner("#1 Yes, of clay.")
    shop.owner("faq add 1")
    assert learned(shop) == {"what": "add", "entry": "do-you-sell-pots", "question": "Do you sell pots"}
    assert shop.timers()[-1]["answer"] == "Yes, of clay."


def learned(shop: Shop) -> dict[str, object]:
    (job,) = [timer for timer in shop.timers() if timer["timer"] == "faq change"]
    return {name: job[name] for name in ("what", "entry", "question")}


def test_a_new_entry_is_of_what_was_answered_not_of_the_thanks_for_it() -> None:
    shop = open_shop()
    asks(shop, "Do you sell pots")
    shop.owner("#1 Yes, of clay.")
    asks(shop, "Thank you!")
    asks(shop, "And are they heavy?")
    shop.owner("faq add 1 pots")
    assert learned(shop) == {"what": "add", "entry": "pots", "question": "Do you sell pots"}


def test_a_letter_teaches_its_question_alone() -> None:
    shop = open_shop()
    letter = "Hello,\n\ndo you open on Sundays, too?\n\nKind regards\nAnna Keller\n\n-- \nTel. 030 1234567\n"
    asks(shop, letter)
    shop.owner("faq also 1 opening")
    assert learned(shop)["question"] == "do you open on Sundays, too?"


def test_thanks_teach_nothing() -> None:
    shop = open_shop()
    asks(shop, "Thank you so much!")
    for line in ("faq also 1 opening", "faq add 1"):
        shop.owner(line)
        assert shop.told() == "In #1 nobody has asked anything that could be learned."


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("faq also 1", "Of which entry? `faq also 1 ID`. There are: opening, returns"),
        ("faq not 1 openning", "There is no entry openning. There are: opening"),
        ("faq not 1 zzz", "There is no entry zzz. There are: opening, returns"),
        ("faq add 1 opening", "There is an entry opening already; give the new one another name."),
        ("faq not 1 opening", "That is the very question of #opening: change it in the FAQ's file."),
        ("faq also 1 returns", "That is the very question of #opening: change it in the FAQ's file."),
    ],
)
def test_what_cannot_be_learned_says_what_to_do(line: str, said: str) -> None:
    shop = open_shop()
    asks(shop)
    shop.owner(line)
    assert shop.told() == said
    assert not [timer for timer in shop.timers() if timer["timer"] == "faq change"]


def test_what_another_entry_is_asked_by_has_to_be_taken_out_there_first() -> None:
    hours = replace(OPENING, also=("what are your hours",))
    shop = open_shop(entries={**ENTRIES, "opening": hours})
    asks(shop, "What are your hours?")
    shop.owner("faq also 1 returns")
    assert shop.told() == (
        'Customers already reach #opening by "What are your hours?", and it cannot mean two: `faq not 1 opening` '
        "takes it out there."
    )
    shop.owner("faq add 1")
    assert "has no answer yet" in shop.told()
    apart = replace(RETURNS, channels=("mail",))
    shop.faq = replace(shop.faq or Rules(), entries={"opening": replace(hours, channels=("chat",)), "returns": apart})
    shop.owner("faq also 1 returns")
    assert learned(shop)["entry"] == "returns", "no message can be for both"


@pytest.mark.parametrize(
    ("entry", "line", "said"),
    [
        (replace(OPENING, not_this=("what are your prices",)), "faq also 1 opening", "is for"),
        (replace(OPENING, also=("What are your prices",)), "faq not 1 opening", "is not for"),
    ],
)
def test_the_last_word_counts_and_says_so(entry: Entry, line: str, said: str) -> None:
    shop = open_shop(entries={**ENTRIES, "opening": entry})
    asks(shop, "What are your prices?")
    shop.owner(line)
    shop.ring()
    assert shop.told() == (
        f'The FAQ has learned it: #opening {said} "What are your prices?". '
        "It stood there the other way round; your last word counts."
    )


@pytest.mark.parametrize("word", ["yes", "no"])
@pytest.mark.parametrize("between", ["", "Do you have black tulips?"])
def test_a_yes_to_an_owners_own_question_is_the_owners(word: str, between: str) -> None:
    shop = open_shop(at_once=True)
    asks(shop)
    later(shop)
    if between:
        asks(shop, between)
    shop.owner("#1 Not today. Shall I keep one for you?")
    asks(shop, word)
    assert shop.sent("relay")[-1].text.endswith(word)
    assert states(shop, [1]) == ["open"]


@pytest.mark.parametrize("by_button", [True, False])
def test_what_was_asked_since_stays_open_where_the_answer_before_it_helped(by_button: bool) -> None:
    shop = open_shop(at_once=True)
    asks(shop)
    later(shop)
    (answer,) = shop.live("automatic")
    asks(shop, "Do you have black tulips?")
    if by_button:
        pressed = Chosen(outbound_id=answer.id, choice_id="yes", address="anna@example.org")
        assert shop.happens(pressed, "chat").reason == "helped"
    else:
        asks(shop, "yes")
    assert states(shop, [1]) == ["open"]


def test_a_blocked_customers_button_does_nothing() -> None:
    shop = open_shop(at_once=True)
    asks(shop)
    later(shop)
    (answer,) = shop.live("automatic")
    shop.owner("block 1")
    before = len(shop.sent())
    shop.happens(Chosen(outbound_id=answer.id, choice_id="no", address="anna@example.org"), "chat")
    assert len(shop.sent()) == before


@pytest.mark.parametrize("question", ["Can I come at five?", "Do you take cards?"])
def test_ok_after_a_persons_own_answer_is_a_word_for_the_customer(question: str) -> None:
    shop = open_shop()
    asks(shop)
    shop.clock.advance(seconds=20)
    shop.owner("#1 Today from 10 only.")
    shop.clock.advance(seconds=20)
    asks(shop, question)
    shop.drain()
    shop.owner("ok", replies_to=(shop.line_about(1),))
    assert [one.text for one in shop.live("answer")] == ["Today from 10 only.", "ok"]
    shop.owner("ok 1")
    assert shop.told() == "Nothing is suggested for that customer."


def test_ok_to_what_was_asked_after_the_suggestion_is_a_word_for_the_customer() -> None:
    shop = open_shop()
    asks(shop)
    asks(shop, "Can I come at five?")
    shop.drain()
    shop.owner("ok", replies_to=(shop.line_about(1),))
    assert [one.text for one in shop.live("answer")] == ["ok"]


def test_a_button_is_about_what_it_stands_under_and_counts_once() -> None:
    shop = open_shop()
    olga = replace(shop.policy.owners[0], surfaces=(SurfaceAddress(connector="desk", address="olga", buttons=True),))
    shop.with_policy(owners=(olga,))
    asks(shop)
    asks(shop, "How do I return something?")
    first, second = shop.sent("relay")
    for relay in (first, first, second, second):
        verb = shop.outbound(relay.id).choices[0].id
        shop.happens(Chosen(outbound_id=relay.id, choice_id=verb, address="olga", authenticated=True), "desk")
    assert [one.text for one in shop.live("answer")] == ["From 9 to 6.", "Send it back within 30 days, Anna."]
    with shop.read() as book:
        assert [book.trust(entry.id, entry.answer_hash).approvals for entry in ENTRIES.values()] == [1, 1]


@pytest.mark.parametrize("what", ["expired", "another asked", "merged"])
def test_a_button_that_says_no_hands_over_at_any_time(what: str) -> None:
    shop = open_shop(at_once=True)
    if what == "merged":
        asks(shop, "Do you have black tulips?", connector="mail")
    asks(shop)
    later(shop)
    answer = shop.live("automatic")[0]
    if what == "expired":
        shop.clock.advance(seconds=4 * 86_400)
    elif what == "another asked":
        asks(shop, "How do I return something?")
        later(shop)
    else:
        shop.owner("merge 2 1")
        shop.owner("1")
    pressed = Chosen(outbound_id=answer.id, choice_id="no", address="anna@example.org")
    assert shop.happens(pressed, "chat").reason == "not helped"
    assert "did not help" in shop.told()
    assert states(shop, [1]) == ["open"]


def test_words_changed_meanwhile_are_not_answered_as_they_were() -> None:
    shop = open_shop(at_once=True)
    asks(shop, native_id="first")
    shop.happens(Edit(address="anna@example.org", native_id="first", text=Text("Cancel my order!")), "chat")
    later(shop)
    assert automatic(shop) == []
    assert states(shop, [1]) == ["open"]


def test_what_was_never_looked_up_is_not_passed_over() -> None:
    shop = open_shop(at_once=True)
    asks(shop)
    shop.clock.advance(seconds=5)
    rules, shop.faq = shop.faq, None
    asks(shop, "And my order is broken!")
    shop.faq = rules
    later(shop)
    assert automatic(shop) == []
    assert states(shop, [1]) == ["open"]


def test_an_answer_that_is_due_does_not_answer_what_is_merged() -> None:
    shop = open_shop(at_once=True)
    asks(shop, "Do you have black tulips?", connector="mail")
    asks(shop)
    shop.owner("merge 1 2")
    shop.owner("1")
    later(shop)
    assert automatic(shop) == []
    assert states(shop, [2]) == ["open"]


def test_who_is_in_copy_gets_no_answer_in_the_customers_name() -> None:
    shop = open_shop(at_once=True)
    asks(shop, "My parcel?", connector="mail", subject="Parcel", native_id="m", copies=("bob@example.org",))
    fields: dict[str, Any] = {"subject": "Re: Parcel", "replies_to": ("m",), "copies": ("anna@example.org",)}
    shop.owner("close 1")
    asks(shop, who="bob@example.org", connector="mail", **fields)
    asks(shop, "I want to speak to a person", who="bob@example.org", connector="mail", **fields)
    later(shop)
    assert automatic(shop) == []
    assert states(shop, [1]) == ["open"]


def test_who_asks_for_a_person_again_and_again_may_be_a_machine() -> None:
    shop = open_shop()
    for _ in range(8):
        asks(shop, "I want to speak to a real person please")
        shop.clock.advance(seconds=120)
    assert len(automatic(shop)) <= POLICY.automatic_per_day + 1


def test_owners_read_that_an_automatic_answer_came_back() -> None:
    shop = open_shop(at_once=True)
    asks(shop)
    later(shop)
    shop.drain()
    (answer,) = shop.live("automatic")
    came_back = DeliveryReport(
        refers_to=answer.id, status=DeliveryStatus.BOUNCED, permanent=True, reason="no such user"
    )
    shop.happens(came_back, "chat")
    assert states(shop, [1]) == ["open"]
    assert "it did not arrive: no such user" in shop.told()
