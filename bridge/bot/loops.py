"""Whether an automatic word would answer a machine that hides that it is one (RFC 3834 section 2). Pure.

Machines that say what they are get no answer anyway (invariant 7). Some strip every sign, write from a new address each
time, or answer our own automatic words. What gives them away:

    enough for today       the same address has had as many automatic words in a day as one may get
    our own words          it quotes the very words that we send automatically
    an answer to a machine it answers, by its subject, a conversation that got an automatic word today
    the same words again   others have written the same today, but for figures and addresses

A person of whom one of these is true waits for a person, without a confirmation. That is the cheaper error.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta

from bridge.book import BEGINNING, Line
from bridge.conversation import Conversation
from bridge.customers.threads import bare_subject
from bridge.letterbox import Letterbox

SHORTEST = 30
"""Shorter words are no sign: people write "Hello" alike."""

OTHERS = 2
"""So many others who wrote the same make a machine."""

HEARD = 500
"""So many of a day's messages are compared."""

_DAY = timedelta(days=1)
_ADDRESS = re.compile(r"\S{1,100}@\S{1,100}")
_FIGURES = re.compile(r"\d+")
_LIMIT = 2_000


def bare(text: str) -> str:
    """The words without what a machine changes from mail to mail: figures, addresses, white space, case."""
    cut = _FIGURES.sub("0", _ADDRESS.sub("@", text[:BEGINNING].casefold()))
    return " ".join(cut.split())[:_LIMIT]


def sign_of_a_loop(last: Line, own_words: str, today: Sequence[Line], answered_today: Sequence[str]) -> str:
    """Why no automatic word should answer the message `last`, in one stable word or two; "" for no reason.

    `own_words` are those about to be sent, `today` what others wrote within a day, `answered_today` the subjects of
    other conversations that got an automatic word within a day.
    """
    words, ours = bare(last.text.plain), bare(own_words)
    if len(ours) >= SHORTEST and ours[:200] in words:
        return "our own words"
    subject = bare_subject(last.subject)
    known = {bare_subject(other).casefold() for other in answered_today} - {""}
    if subject != last.subject.strip() and subject.casefold() in known:
        return "an answer to a machine"
    if len(words) < SHORTEST:
        return ""
    others = (line for line in today if line.conversation != last.conversation)
    same = {line.conversation for line in others if bare(line.text.plain) == words}
    return "the same words again" if len(same) >= OTHERS else ""


def sign(conversation: Conversation, words: str, most: int, box: Letterbox) -> str:
    """Why these automatic words might be said to a machine; "" where nothing says so. `most`: so many a day go to one
    address.
    """
    book, connector, since = box.book, conversation.connector, box.now - _DAY
    if book.automatic_since(connector, conversation.address, since) >= most:
        return "enough for today"
    last = book.last_heard(conversation.number)
    if last is None:
        return ""
    today = book.heard_since(connector, since, HEARD)
    return sign_of_a_loop(last, words, today, book.automatic_subjects(connector, since, conversation.number))
