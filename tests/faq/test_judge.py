"""The first rule that speaks against an answer wins, and its reason is kept; the entry's own words speak for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bridge.faq.entry import Entry, Mode
from bridge.faq.judge import OtherLanguage, Reason, Rules, Verdict, judge
from bridge.faq.match import Candidate, Match
from bridge.faq.signals import signals

SHIPPING = Entry(
    id="shipping",
    question="How much is shipping?",
    also=("Is shipping free from 50 euros on?", "What does delivery cost?"),
    answer="Shipping is 4.90 euros, free from 50 euros on. Abroad it costs 12 euros.",
)
BROKEN = Entry(id="broken", question="My parcel came damaged, what now?", answer="Send us a photo.")
STOP = Entry(id="stop", question="I don't want the newsletter", answer="Press the link below it.")
HUMAN = Entry(id="human", question="Can I speak to a human?", answer="Call us: 0800 123456.", not_this=("human hair?",))
GERMAN = Entry(id="versand", question="Was kostet der Versand?", answer="4,90 Euro.", languages=("de-AT", "de"))
MAIL_ONLY = Entry(id="mail", question="How do I sign up?", answer="Press the link.", channels=("mail",))
HINT = Entry(id="hint", question="Do you repair vases?", answer="Perhaps.", mode=Mode.SUGGEST)
OFF = Entry(id="off", question="Do you sell trees?", answer="No.", mode=Mode.OFF)
RULES = Rules()
ENTRIES = {one.id: one for one in (SHIPPING, BROKEN, STOP, HUMAN, GERMAN, MAIL_ONLY, HINT, OFF)}


def found(*candidates: tuple[str, float], asked: str = "", rival: str = "", language: str = "") -> Match:
    made = tuple(Candidate(entry=entry, confidence=sure) for entry, sure in candidates)
    return Match(candidates=made, asked=asked, rival=rival, language=language)


def verdict(text: str, match: Match, rules: Rules = RULES, *, attachments: int = 0, channel: str = "") -> Verdict:
    match = match if match.asked else replace(match, asked=text)
    return judge(match, signals(text, attachments=attachments), ENTRIES, rules=rules, channel=channel)


# What is written, the entries found, why it is handed over (SURE: it is answered), what was seen.
TABLE = [
    ("how much is shipping", [("shipping", 0.97)], Reason.SURE, ""),
    ("how much is shipping", [("shipping", 0.94)], Reason.UNSURE, ""),
    ("how much is shipping", [], Reason.NOTHING_ALIKE, ""),
    ("how much is shipping", [("gone", 0.99)], Reason.NOTHING_ALIKE, ""),
    ("do you sell trees", [("off", 0.99)], Reason.NOTHING_ALIKE, ""),
    ("is shipping free from 50 EUR on?", [("shipping", 0.97)], Reason.SURE, ""),
    ("is it 4,90 € for shipping?", [("shipping", 0.97)], Reason.SURE, ""),
    ("is it 7 € for shipping?", [("shipping", 0.97)], Reason.MONEY, "7"),
    ("you charged me for shipping", [("shipping", 0.97)], Reason.MONEY, "charged me"),
    ("what is shipping for order 4711", [("shipping", 0.97)], Reason.NUMBER, "4711"),
    ("how much is shipping, this is a scam", [("shipping", 0.97)], Reason.COMPLAINT, "scam"),
    ("how much is shipping for an allergy pillow", [("shipping", 0.97)], Reason.HEALTH, "allergy"),
    ("how much is shipping, mine came broken", [("shipping", 0.97)], Reason.COMPLAINT, "broken"),
    ("my vase is broken", [("broken", 0.97)], Reason.SURE, ""),
    ("my vase is broken, you thieves", [("broken", 0.97)], Reason.COMPLAINT, "thieves"),
    ("I don't want shipping", [("shipping", 0.97)], Reason.UNWANTED, "don't want"),
    ("I don't want your newsletter", [("stop", 0.97)], Reason.SURE, ""),
    ("how much is shipping? a human please", [("shipping", 0.97)], Reason.PERSON, "human please"),
    ("can I talk to a real person", [("human", 0.97)], Reason.SURE, ""),
    ("Human hair?", [("human", 0.99)], Reason.NOT_THIS, "human hair?"),
    ("is your number 0800 123456?", [("human", 0.97)], Reason.SURE, ""),
    ("do you repair vases", [("hint", 0.97)], Reason.SUGGEST, ""),
    ("how much is shipping", [("shipping", 0.97), ("broken", 0.8)], Reason.CLOSE, "broken"),
    ("how much is shipping", [("shipping", 0.97), ("broken", 0.7)], Reason.SURE, ""),
    ("how much is shipping", [("shipping", 0.97), ("off", 0.96)], Reason.SURE, ""),
    ("How much is shipping? Do you repair vases?", [("shipping", 0.97)], Reason.QUESTIONS, "Do you repair vases"),
    ("How much is shipping? And is it free from 50 on?", [("shipping", 0.97)], Reason.SURE, ""),
    ("How much is shipping? What does delivery abroad cost?", [("shipping", 0.97)], Reason.SURE, ""),
    ("How much is shipping? Can you help me?", [("shipping", 0.97)], Reason.SURE, ""),
    ("how much is shipping and do you have roses", [("shipping", 0.97)], Reason.QUESTIONS, "do you have roses"),
]


@pytest.mark.parametrize(("text", "candidates", "reason", "seen"), TABLE)
def test_a_verdict(text: str, candidates: list[tuple[str, float]], reason: Reason, seen: str) -> None:
    asked = text.partition("?")[0] + "?" if "?" in text else text
    given = verdict(text, found(*candidates, asked=asked))

    assert (given.reason, given.seen) == (reason, seen)
    assert given.answered is (reason is Reason.SURE)
    known = [(entry, sure) for entry, sure in candidates if entry not in ("gone", "off")]
    assert (given.entry, given.confidence) == (known[0] if known else ("", 0.0))


def test_a_file_is_looked_at_by_a_person() -> None:
    assert verdict("how much is shipping", found(("shipping", 0.97)), attachments=1).reason is Reason.ATTACHMENT


def test_another_sentence_that_asks_for_another_entry() -> None:
    given = verdict("how much is shipping", found(("shipping", 0.97), rival="broken"))

    assert (given.reason, given.seen) == (Reason.RIVAL, "broken")
    assert verdict("how much is shipping", found(("shipping", 0.97), rival="shipping")).answered


def test_an_entry_may_have_a_threshold_of_its_own() -> None:
    rules = Rules(threshold=0.9, thresholds={"broken": 0.99})

    assert verdict("how much is shipping", found(("shipping", 0.91)), rules).answered
    assert verdict("my vase is broken", found(("broken", 0.97)), rules).reason is Reason.UNSURE


@pytest.mark.parametrize(
    ("language", "candidates", "rules", "reason", "entry"),
    [
        ("de", [("versand", 0.97)], Rules(), Reason.SURE, "versand"),
        ("de-CH", [("versand", 0.97)], Rules(), Reason.SURE, "versand"),
        ("", [("versand", 0.97)], Rules(), Reason.SURE, "versand"),
        ("fr", [("versand", 0.97)], Rules(), Reason.LANGUAGE, "versand"),
        ("fr", [("versand", 0.97)], Rules(other_language=OtherLanguage.ANSWER), Reason.SURE, "versand"),
        # Entries without languages go for all, unless it is known what their answers are written in.
        ("fr", [("shipping", 0.97)], Rules(), Reason.SURE, "shipping"),
        ("fr", [("shipping", 0.97)], Rules(understood={"shipping": ("en",)}), Reason.LANGUAGE, "shipping"),
        ("en", [("shipping", 0.97)], Rules(understood={"shipping": ("en",)}), Reason.SURE, "shipping"),
        ("fr", [("shipping", 0.97)], Rules(understood={"shipping": ("en", "fr")}), Reason.SURE, "shipping"),
        # The same question in the customer's own language comes before the other one, and does not compete with it.
        ("en", [("versand", 0.99), ("shipping", 0.98)], Rules(), Reason.SURE, "shipping"),
        (
            "de",
            [("versand", 0.97), ("shipping", 0.96)],
            Rules(understood={"shipping": ("en",)}),
            Reason.SURE,
            "versand",
        ),
        ("en", [("versand", 0.99), ("shipping", 0.4)], Rules(), Reason.UNSURE, "shipping"),
    ],
)
def test_the_customers_language(
    language: str, candidates: list[tuple[str, float]], rules: Rules, reason: Reason, entry: str
) -> None:
    given = verdict("Versand?", found(*candidates, language=language), rules)

    assert (given.reason, given.entry) == (reason, entry)


@pytest.mark.parametrize(("channel", "reason"), [("mail", Reason.SURE), ("xmpp", Reason.CHANNEL), ("", Reason.SURE)])
def test_an_entry_for_one_channel(channel: str, reason: Reason) -> None:
    assert verdict("how do I sign up", found(("mail", 0.97)), channel=channel).reason is reason


def test_without_the_sentence_that_was_matched_the_first_question_counts_as_it() -> None:
    text = "How much is shipping? Do you repair vases?"
    match = replace(found(("shipping", 0.97)), asked="")

    assert judge(match, signals(text), ENTRIES, rules=Rules()).reason is Reason.QUESTIONS


def test_what_is_stored_stays_what_it_is() -> None:
    assert [str(reason) for reason in Reason] == [
        "sure",
        "nothing alike",
        "unsure",
        "not this",
        "asks for a person",
        "attachment",
        "order number",
        "complaint",
        "health",
        "money",
        "negation",
        "two entries",
        "close second",
        "two questions",
        "other channel",
        "other language",
        "suggest only",
    ]
