"""What in a customer's words speaks against an automatic answer: a value, from the text alone. Pure.

A signal is no verdict: `judge` weighs it against the entry that was found. "My parcel came damaged" asks for a person,
unless it is the very question of an entry. So each signal holds the words that it was seen in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.faq.figures import numbers_in, sums_in
from bridge.faq.phrases import clauses_of, phrases, words_in
from bridge.faq.questions import questions_in
from bridge.faq.sentences import body
from bridge.faq.words_of import words_of

_WORDS = ("money", "complaint", "defect", "health", "unwanted", "person")

LONGEST = 20_000
"""Characters that are looked at. Nobody asks a common question in more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Signals:
    """What was seen, in the words of the text, small letters.

    `numbers` look like an order's, an invoice's or a parcel's; `sums` are amounts of money ("50 eur"), as bare numbers;
    `money` are words about money of the writer's own; `complaint` is anger or a threat, `defect` goods that came wrong;
    `health` is about somebody's health, where a wrong answer may do harm;
    `unwanted` says what is not wanted; `person` asks for one. `questions` are the sentences that ask something.
    """

    numbers: tuple[str, ...] = ()
    sums: tuple[str, ...] = ()
    money: tuple[str, ...] = ()
    complaint: tuple[str, ...] = ()
    defect: tuple[str, ...] = ()
    health: tuple[str, ...] = ()
    unwanted: tuple[str, ...] = ()
    person: tuple[str, ...] = ()
    questions: tuple[str, ...] = ()
    attachments: int = 0


def signals(text: str, *, subject: str = "", attachments: int = 0) -> Signals:
    """The signals in what a customer wrote, the subject of a mail included."""
    # The numbers of a signature, and what is quoted, are no words of this message.
    text, subject = "\n".join(body(text[:LONGEST])), subject[:LONGEST]
    whole = f"{subject}\n{text}"
    clauses = clauses_of(whole)
    found = {name: tuple(phrases(name).in_clauses(clauses)) for name in _WORDS}
    found["person"] = found["person"] or tuple(_person_alone(text, subject))
    return Signals(
        numbers=numbers_in(whole),
        sums=sums_in(whole),
        questions=tuple(questions_in(text)) or tuple(questions_in(subject)),
        attachments=attachments,
        **found,
    )


def _person_alone(text: str, subject: str) -> Iterator[str]:
    """The bare word: "Human!", "Mitarbeiter bitte"."""
    for part in (text, subject):
        words = [word for word in words_of(part) if word not in words_in("filler")]
        if phrases("person_alone").is_all_of(words):
            yield " ".join(words)
