"""Whether a line asks nothing: a greeting, a thank you, a yes. Pure."""

from __future__ import annotations

from bridge.faq.phrases import words_in
from bridge.faq.short_reply import MOST_WORDS, Said, short_reply
from bridge.faq.words_of import words_of


def asks_nothing(text: str) -> bool:
    """Whether nothing in it needs an answer. "Hello", "thanks a lot" and "ok" do not; a no, and any question, may."""
    if len(text) > 200 or "?" in text:
        return False
    said = short_reply(text)
    if said is not Said.OTHER:
        return said is not Said.NO
    words = words_of(text)
    return 0 < len(words) <= MOST_WORDS and all(word in words_in("greeting") for word in words)
