"""Whether a message asks for nothing: a thank you, an "ok", a greeting. Pure.

    thanks         "Thank you so much!", "Danke dir, liebe Grüße", a folded-hands sign
    agrees         "ok", "alles klar", a thumb up: nothing of its own, but it may answer a question
    asks nothing   thanks, a yes, "Hello!", "Goodbye": no answer is owed to any of them

Every word must be known, and nothing may be asked: one word too many, a digit, a question mark, an unknown picture, and
it is a message like any other. So "thanks, but it is broken" is no thanks, nor is "no thanks", nor "one more, thanks".
The words stand in `word_lists/*.toml`; `short_reply` reads a yes and a no by the same lists.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from collections.abc import Set as AbstractSet
from enum import StrEnum

from bridge.faq import signs
from bridge.faq.phrases import covered
from bridge.faq.short_reply import Said, short_reply
from bridge.faq.words_of import words_of

LONGEST = 200
"""Characters; a longer message says something."""


class Light(StrEnum):
    """What a message that asks for nothing is."""

    THANKS = "thanks"
    AGREES = "agrees"


_POLITE = (str(Light.THANKS), str(Light.AGREES), "farewell", "courtesy")
_SIGNATURE = re.compile(r"\n-- ?\n.*", re.DOTALL)
_BETWEEN = re.compile(r"[\w\s,.;:!…\-–—()'’\"*~]*")  # noqa: RUF001 - what people type


def light(text: str, name: str = "") -> Light | None:
    """What a message is that asks for nothing; None for any other, and where that is not sure. `name` is its writer's,
    who may have signed.
    """
    said = _said(text, name, _POLITE)
    return next((one for one in (Light.THANKS, Light.AGREES) if one in said), None)


def asks_nothing(text: str, name: str = "") -> bool:
    """Whether nothing in it needs an answer. A no, and any question, may."""
    said = short_reply(text)
    if said in (Said.YES, Said.NO):
        return said is Said.YES
    return light(text, name) is Light.THANKS or bool(_said(text, name, ("greeting", "farewell")))


def _said(text: str, name: str, lists: Collection[str]) -> AbstractSet[str]:
    """The lists that its words and pictures are of; nothing where one of them is in none."""
    text = _SIGNATURE.sub("", text)
    if len(text) > LONGEST or "?" in text:
        return frozenset()
    bare = signs.SMILEY.sub(" ", signs.NOTHING.sub("", text))
    pictures = {kind for sign in bare if (kind := _KINDS.get(sign))}
    bare = "".join(" " if sign in _KINDS else sign for sign in bare)
    words = words_of(bare)
    of = covered(words, lists, others=words_of(name)) if _BETWEEN.fullmatch(bare) else None
    return frozenset() if of is None else of | pictures


_KINDS = {
    **dict.fromkeys(signs.AGREES, str(Light.AGREES)),
    **dict.fromkeys(signs.THANKS, str(Light.THANKS)),
    **dict.fromkeys(signs.SMILES, "smiles"),
}
