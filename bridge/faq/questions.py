"""Which sentences of a message ask something. Pure.

Customers leave question marks out in chats, and put several questions into one sentence: "what does it cost and when
will it be here". What asks nothing of its own ("Can you help me?") is no question here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from bridge.faq.phrases import LANGUAGES, phrases, words_in
from bridge.faq.words_of import words_of

# A point ends a sentence where a blank follows, and not behind a number: "on the 5. of May", "1.50".
_END = re.compile(r"(?:[!\u2026\n\u00bf\u00a1]|(?<!\d)\.(?=\s|$))+|\?+")
_MOST = 50
_SHORTEST = 3


def questions_in(text: str) -> Iterator[str]:
    """The sentences, or parts of sentences, that each ask something of their own; at most 50."""
    yield from islice(_questions(text), _MOST)


def _questions(text: str) -> Iterator[str]:
    begins = 0
    for end in _END.finditer(text + "\n"):
        *before, last = _parts(text[begins : end.start()])
        yield from (part for part in before if _asks(part, marked=False))
        if _asks(last, marked=end[0].startswith("?")):
            yield last
        begins = end.end()


def _parts(sentence: str) -> list[str]:
    """The sentence, cut where a second question begins: "..., and how much is it"."""
    words = sentence.split()
    cuts = [0]
    for index in range(_SHORTEST, len(words)):
        joint, rest = words[index - 1], " ".join(words[index : index + 4])
        if index - cuts[-1] > _SHORTEST and _goes_on(joint, rest):
            cuts.append(index)
    return [" ".join(words[start:end]).strip(" ,;-") for start, end in zip(cuts, [*cuts[1:], len(words)], strict=True)]


def _goes_on(joint: str, rest: str) -> bool:
    """Whether a question begins behind this word, in one of the languages: "and | how much", "..., | how much"."""
    words, joining = words_of(rest), words_of(joint)
    for code in LANGUAGES:
        joined = joint.endswith(",") or (joining and joining[-1] in words_in("joins", code))
        if joined and phrases("asks", code).begins(words):
            return True
    return False


def _asks(part: str, *, marked: bool) -> bool:
    words = _ungreeted(words_of(part))
    if not words or phrases("aside").is_all_of(words) or phrases("aside").is_all_of(_ungreeted(words[::-1])[::-1]):
        return False
    return marked or (len(words) >= _SHORTEST and phrases("asks").begins(words))


def _ungreeted(words: Sequence[str]) -> Sequence[str]:
    """From the first word on that is not said to greet, to thank or to be polite."""
    polite = words_in("greeting")
    return words[next((at for at, word in enumerate(words) if word not in polite), len(words)) :]


def content_words(text: str) -> list[str]:
    """The words that say what a text is about: none of the small ones, none that only ask."""
    small = words_in("small") | words_in("asks") | words_in("joins")
    return [word for word in words_of(text) if len(word) > 3 and word not in small]
