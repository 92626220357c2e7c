"""Messages are looked up among the entries that their writer can read."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bridge.faq.entry import Entry, Mode
from bridge.faq.finder import Finder, languages_of, opened, spoken
from bridge.faq.judge import OtherLanguage, Reason
from bridge.faq.match import Candidate, Match

ENGLISH = Entry(id="shipping", question="How much is shipping?", answer="Shipping costs five euros within the country.")
GERMAN = Entry(id="versand", question="Was kostet der Versand?", answer="Der Versand kostet 5 Euro.", languages=("de",))
PICTURE = Entry(id="logo", question="Logo?", answer="https://flowers.example/logo.png")
OFF = Entry(id="off", question="Combien ?", answer="Cinq euros, comme toujours.", languages=("fr",), mode=Mode.OFF)


class Scripted:
    """A matcher that finds what it is told, and keeps what it was asked."""

    def __init__(self, *found: str) -> None:
        self.thresholds = {"0.97": 0.9, "0.98": 0.95}
        self.lexical = ""
        self.found = found
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def match(self, text: str, *, languages: Sequence[str] = ()) -> Match:
        self.asked.append((text, tuple(languages)))
        return Match(candidates=tuple(Candidate(entry=one, confidence=0.92) for one in self.found), asked=text)


@pytest.mark.parametrize(
    ("text", "other", "language", "restricted"),
    [
        ("Wie teuer ist der Versand?", OtherLanguage.NEVER, "de", ("de",)),
        ("How expensive is the shipping?", OtherLanguage.NEVER, "en", ("en",)),
        # Nobody answers in it: all entries are looked at, and the judge has the last word.
        ("Quels sont les frais de livraison ?", OtherLanguage.NEVER, "fr", ()),
        ("Wie teuer ist der Versand?", OtherLanguage.ANSWER, "de", ()),
        ("Versand?", OtherLanguage.NEVER, "", ()),
    ],
)
def test_the_language_of_a_message(text: str, other: OtherLanguage, language: str, restricted: tuple[str, ...]) -> None:
    matcher = Scripted("versand")
    finder = Finder([ENGLISH, GERMAN, PICTURE, OFF], matcher)

    found = finder.find(text, other_language=other)

    assert found.language == language
    assert matcher.asked == [(text, restricted)]


def test_whom_entries_are_for() -> None:
    both = Entry(
        id="both", question="How do I return it?", also=("Wie schicke ich das zurück?",), answer=ENGLISH.answer
    )
    short = Entry(id="short", question="Logo?", answer=ENGLISH.answer)
    entries = [ENGLISH, GERMAN, PICTURE, both, short]

    understood = languages_of(entries)

    # What names its languages, and what could be anything, is left alone.
    assert understood == {"shipping": ("en",), "both": ("de", "en"), "short": ("en",)}
    assert [entry.languages for entry in spoken(entries, understood)] == [("en",), ("de",), (), ("de", "en"), ("en",)]


def test_an_answer_in_another_language_than_its_questions_goes_to_those_who_ask_them() -> None:
    questions = ["Wo finde ich die Rechnung?", "Gutschein?", "Wie kann ich meine Bestellung ändern?"]
    entries = [Entry(id=str(at), question=one, answer=ENGLISH.answer) for at, one in enumerate(questions)]

    assert languages_of(entries) == {"0": ("de", "en"), "1": ("de", "en"), "2": ("de", "en")}


def test_a_message_is_judged() -> None:
    finder = Finder([ENGLISH, GERMAN], Scripted("shipping"))

    assert finder.judge("How much is shipping?", finder.rules())[1].answered
    assert finder.judge("How much is shipping?", finder.rules(98))[1].reason is Reason.UNSURE
    assert finder.judge("Combien coûte la livraison ?", finder.rules())[1].reason is Reason.LANGUAGE
    rules = finder.rules(other_language=OtherLanguage.ANSWER)
    assert finder.judge("Combien coûte la livraison ?", rules)[1].answered


@pytest.mark.usefixtures("faq_model")
def test_with_the_matcher_itself() -> None:
    pytest.importorskip("onnxruntime")
    also = ("What does delivery cost?", "shipping costs", "What do I pay for delivery?", "delivery fee")
    entries = [
        Entry(id="shipping", question="How much is shipping?", also=also, answer="Shipping costs five euros."),
        Entry(
            id="hours", question="When are you open?", also=("opening hours", "open on Sunday?"), answer="Nine to six."
        ),
        Entry(
            id="return",
            question="How do I send it back?",
            also=("returns", "return an item"),
            answer="Print the label.",
        ),
    ]
    finder = opened(entries)

    match, verdict = finder.judge("Hi, how much does shipping cost?", finder.rules())

    assert match.best is not None
    assert match.best.entry == "shipping"
    assert verdict.answered
    assert not finder.judge("May I bring my dog?", finder.rules())[1].answered
    assert finder.judge("How much is shipping for order 4711?", finder.rules())[1].reason in (
        Reason.NUMBER,
        Reason.UNSURE,
    )
