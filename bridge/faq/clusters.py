"""Questions that nobody has answered yet, brought together: "9 people asked something like ...". Pure.

What is near is decided by meaning where each question has a vector, else by words (`likeness.py`). What is far from all
stays out: one question asked once is not common, and neither is one that a single customer asks again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bridge.faq.entry import Entry
from bridge.faq.fields import LONGEST_PHRASING, id_from, one_space
from bridge.faq.toml_writing import toml_of
from bridge.faq.words_of import plain_words

MOST = 1_000
"""Questions that are compared; of more the last ones."""

MOST_PHRASINGS = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A question that was handed over. `who` asked it, themselves where that is not known; `vector` is the model's, of
    length 1, () where there is none. `answered`: a person has answered in its conversation.
    """

    id: str
    text: str
    who: str = ""
    answered: bool = False
    vector: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Questions that are alike: the first is in the middle of them, the others follow by nearness to it."""

    asked: tuple[Asked, ...]

    @property
    def representative(self) -> str:
        """The question that speaks for all of them."""
        return one_space(self.asked[0].text)

    @property
    def people(self) -> int:
        """How many asked."""
        return len({one.who or one.id for one in self.asked})

    def draft(self) -> Entry:
        """An entry to begin with: its phrasings are what was asked, its answer is empty, for the owner to write."""
        texts = {plain_words(one.text): one_space(one.text)[:LONGEST_PHRASING] for one in reversed(self.asked)}
        phrasings = list(reversed(texts.values()))[: MOST_PHRASINGS + 1]
        question, *also = phrasings
        return Entry(id=id_from(question), question=question, also=tuple(also), answer="")

    def draft_toml(self) -> str:
        """The draft as a table for the FAQ file. Until it has an answer the file's check asks for one, and no customer
        gets any.
        """
        return toml_of(self.draft())


def clusters(asked: Sequence[Asked], *, smallest: int = 3) -> list[Cluster]:
    """What at least `smallest` people have asked, the most frequent first. Each question is in one at most."""
    from bridge.faq import likeness  # noqa: PLC0415 - NumPy: commands that bring nothing together need it not

    kept = [one for one in asked if plain_words(one.text)][-MOST:]
    if not kept:
        return []
    if all(one.vector for one in kept):
        found = likeness.groups(likeness.by_meaning([one.vector for one in kept]), likeness.NEAR_MEANING)
    else:
        found = likeness.groups(likeness.by_words([one.text for one in kept]), likeness.NEAR_WORDS)
    made = [Cluster(asked=tuple(kept[place] for place in group)) for group in found]
    return sorted((one for one in made if one.people >= smallest), key=lambda one: (-one.people, -len(one.asked)))
