"""Why a message was handed over, in words for the owner. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bridge.faq.judge import Reason, Verdict
from bridge.language import Language, message

_WORDS: Mapping[Reason, str] = {
    Reason.SURE: message("sure enough"),
    Reason.NOTHING_ALIKE: message("nothing in the FAQ is like it"),
    Reason.UNSURE: message("not sure enough"),
    Reason.NOT_THIS: message("you have said that this is something else"),
    Reason.PERSON: message("the customer asks for a person"),
    Reason.ATTACHMENT: message("a file came with it"),
    Reason.NUMBER: message("it has the number of an order or the like: {seen}"),
    Reason.COMPLAINT: message("it complains, and the entry is not about that: {seen}"),
    Reason.HEALTH: message("it is about somebody's health, and the entry is not: {seen}"),
    Reason.MONEY: message("it is about money of theirs, and the entry is not: {seen}"),
    Reason.UNWANTED: message("it says what is not wanted, and the entry does not: {seen}"),
    Reason.RIVAL: message("another sentence asks for another entry: {seen}"),
    Reason.CLOSE: message("another entry fits nearly as well: {seen}"),
    Reason.QUESTIONS: message("it asks something else, too: {seen}"),
    Reason.CHANNEL: message("the entry is not for this connector"),
    Reason.LANGUAGE: message("there is no answer in this language: {seen}"),
    Reason.SUGGEST: message("the entry is only ever suggested"),
}


def in_words(verdict: Verdict, speech: Language) -> str:
    """Why, in this language."""
    return speech.say(_WORDS[verdict.reason], seen=verdict.seen)
