"""From a customer's message to a phrasing: the words of it that an entry can learn from. Pure.

A phrasing is what one sentence is compared with, so a mail's greeting, quote and signature are no part of it, and of a
long story only what asks.
"""

from __future__ import annotations

from bridge.faq.light import asks_nothing
from bridge.faq.questions import questions_in
from bridge.faq.sentences import sentences

LONGEST = 500
"""Characters of a phrasing that is learned."""

_SHORT = 200
"""Characters of a message that is learned whole."""


def phrasing_of(text: str) -> str:
    """What the message says that may be asked again, on one line; "" where it asks nothing ("Thank you!")."""
    if asks_nothing(text):
        return ""
    said = [one for one in sentences(text) if not asks_nothing(one)]
    whole = " ".join(" ".join(said).split())
    if len(whole) <= _SHORT:
        return whole
    asking = [one for one in said if any(questions_in(one))]
    return " ".join(" ".join(asking or said).split())[:LONGEST].rstrip()
