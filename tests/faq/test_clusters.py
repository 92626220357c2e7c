"""What many people asked, and nobody had an answer for, is found; each is one draft to finish."""

from __future__ import annotations

import math
import random
import time
import tomllib
from dataclasses import replace

import numpy as np

from bridge.faq.clusters import MOST, Asked, clusters
from bridge.faq.faq_file import read_faq
from bridge.faq.likeness import NEAR_MEANING, by_meaning, groups

REPAIR = [
    "Do you repair vases?",
    "can you repair a broken vase",
    "Hi, is it possible to have a vase repaired?",
    "do you repair vases",
    "repair of a vase?",
]
GIFT = ["Can you wrap it as a gift?", "gift wrapping?", "do you do gift wrapping"]
ALONE = ["Do you know Anna?", "May dogs come in?", "Who built your house?"]


def asked(texts: list[str]) -> list[Asked]:
    return [Asked(id=str(number), text=text) for number, text in enumerate(texts)]


def test_questions_that_are_alike_are_found_by_their_words() -> None:
    mixed = [*ALONE, *GIFT, *REPAIR]

    repair, gift = clusters(asked(mixed))

    assert {one.text for one in repair.asked} == set(REPAIR)
    assert {one.text for one in gift.asked} == set(GIFT)
    assert repair.representative in REPAIR


def test_the_order_in_which_they_came_does_not_matter_much() -> None:
    for seed in range(5):
        mixed = [*ALONE, *GIFT, *REPAIR]
        random.Random(seed).shuffle(mixed)
        assert [len(cluster.asked) for cluster in clusters(asked(mixed))] == [5, 3]


def test_vectors_count_where_there_are_some() -> None:
    near, far = (0.8, 0.6), (1.0, 0.0)
    texts = [("a", near), ("b", near), ("c", far), ("d", (0.0, -1.0)), ("e", (-0.6, 0.8)), ("f", (-0.6, 0.8))]
    found = clusters([Asked(id=text, text=text, vector=vector) for text, vector in texts], smallest=2)

    assert [{one.id for one in cluster.asked} for cluster in found] == [{"a", "b", "c"}, {"e", "f"}]


def test_the_draft_is_an_entry_to_finish() -> None:
    (cluster,) = clusters(asked([*REPAIR, 'Do you "repair"\nvases?!']), smallest=4)

    draft = cluster.draft_toml()

    assert tomllib.loads(draft)["entry"][0]["question"] == cluster.representative
    faq = read_faq({"draft.toml": draft.encode()})
    assert faq.entries == (), "no customer gets an answer that nobody has written"
    assert [fault.what for fault in faq.errors] == ["has no answer"]
    (entry,) = read_faq({"draft.toml": draft.replace('answer = ""', 'answer = "Yes."').encode()}).entries
    # What differs in case and punctuation only stands there once.
    assert len(entry.phrasings) == 4


def test_what_one_customer_asks_again_and_again_is_not_common() -> None:
    again = [Asked(id=str(number), text=text, who="anna") for number, text in enumerate(REPAIR)]
    assert clusters(again) == []

    others = [replace(one, who=who) for one, who in zip(again[:2], ("bob", "carla"), strict=True)]
    (cluster,) = clusters([*again[2:], *others])

    assert (cluster.people, len(cluster.asked)) == (3, 5)


def test_a_chain_of_small_steps_makes_no_group() -> None:
    """Each is near the next; the first and the last have nothing in common."""
    likeness = [[math.cos((one - other) * 0.5) for other in range(12)] for one in range(12)]
    found = groups(np.array(likeness, dtype=np.float32), 0.6)

    assert len(found) > 3
    assert all(max(group) - min(group) <= 3 for group in found), found
    assert sorted(place for group in found for place in group) == list(range(12))


def test_the_businesss_own_likeness_groups_nothing() -> None:
    """All texts of a crowded model are alike; only those that are alike beyond that belong together."""
    chance = np.random.default_rng(1)
    spread = chance.normal(size=(40, 64)).astype(np.float32)
    spread[3], spread[7] = spread[0] + 0.1, spread[0] - 0.1
    crowded = spread + 30 * np.eye(64, dtype=np.float32)[0]
    crowded /= np.linalg.norm(crowded, axis=1, keepdims=True)
    assert float((crowded @ crowded.T).min()) > 0.8

    found = [sorted(group) for group in groups(by_meaning(crowded.tolist()), NEAR_MEANING) if len(group) > 2]

    assert found == [[0, 3, 7]]


def test_nothing_comes_of_nothing() -> None:
    assert clusters([]) == []
    assert clusters(asked(["", "?!", " "])) == []
    assert clusters(asked(ALONE)) == []


def test_a_flood_costs_little() -> None:
    began = time.process_time()
    same = asked([f"where is my parcel number {number}" for number in range(2 * MOST)])

    (cluster,) = clusters(same)

    assert len(cluster.asked) == MOST
    assert cluster.draft().also
    assert time.process_time() - began < 20
