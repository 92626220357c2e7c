"""The programs that fit and measure the matcher: what is split, left out, wrapped, misspelt and counted."""

from __future__ import annotations

import json
import math
import random
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.faq.confidence import read as read_confidence
from bridge.faq.evidence import NAMES
from bridge.faq.sentences import sentences

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))

from matching import rehearse, spoil
from matching.fit_confidence import COUNTS, without
from matching.frames import FAMILIES, Data, Query, entries, left_over, read
from matching.letters import VOICES, letter
from matching.logistic import fitted
from matching.measure import asked, models
from matching.result import Result, pooled
from matching.tables import Table

SHOP = Data(
    name="clinc150",
    phrasings={label: [f"{label} way {number} to ask" for number in range(12)] for label in "abcdefghij"},
    valid=[Query(text="an a", entry="a"), Query(text="no one", entry=None)],
    test=[Query(text="a b", entry="b")],
)


def result(*rows: tuple[float, bool, bool]) -> Result:
    """How sure, right, inside."""
    sure, right, inside = zip(*rows, strict=True)
    return Result(sure=np.array(sure), right=np.array(right), inside=np.array(inside))


RESULT = result(
    (0.9, True, True),
    (0.8, True, True),
    (0.7, False, False),
    (0.7, True, True),
    (0.6, True, True),
    (0.2, False, True),
)


def test_a_set_is_read_by_its_parts(tmp_path: Path) -> None:
    rows = [
        {"split": "train", "text": "b one", "label": "b"},
        {"split": "train", "text": "a one", "label": "a"},
        {"split": "train", "text": "a one", "label": "a"},
        {"split": "train", "text": "nobody's", "label": None},
        {"split": "valid", "text": "a?", "label": "a"},
        {"split": "test", "text": "what?", "label": None},
    ]
    (tmp_path / "some.jsonl").write_text("\n".join(map(json.dumps, rows)))

    data = read(tmp_path, "some")

    assert data.phrasings == {"a": ["a one"], "b": ["b one"]}
    assert (data.valid, data.test) == ([Query(text="a?", entry="a")], [Query(text="what?", entry=None)])


def test_an_entry_has_as_many_phrasings_and_the_rest_is_left_over() -> None:
    known = entries(SHOP.phrasings, 5)

    assert {len(one.phrasings) for one in known} == {5}
    assert known == entries(SHOP.phrasings, 5) != entries(SHOP.phrasings, 5, seed=1)
    rest = left_over(SHOP, known[:2])
    assert Counter(query.entry for query in rest) == {"a": 7, "b": 7}
    assert not {query.text for query in rest} & {text for one in known for text in one.phrasings}


def test_what_is_asked_is_the_split_and_has_an_answer_somewhere() -> None:
    known = entries(SHOP.phrasings, 5)
    hopeless = replace(SHOP, valid=[Query(text="no one", entry=None)])

    assert asked(SHOP, "valid", known) == SHOP.valid
    assert asked(SHOP, "test", known) == SHOP.test
    assert Counter(query.entry is None for query in asked(hopeless, "valid", known)) == {False: 70, True: 1}


def test_models_are_named_for_all_sets_or_for_one() -> None:
    assert models(["/m", "xsid_de=/e5"]) == {"": Path("/m"), "xsid_de": Path("/e5")}


def table(family: str, seed: int) -> Table:
    chance = np.random.default_rng(seed)
    inputs = chance.normal(size=(200, len(NAMES))).astype(np.float32)
    right = inputs[:, 0] + chance.normal(size=200) > 0
    inside = right | (inputs[:, 1] > 0)
    return Table(family=family, name=family, inputs=inputs, right=right, inside=inside, kinds=["in"] * 200)


def test_who_is_measured_was_not_learnt_from() -> None:
    taught = {"dense": [table("clinc", 1), table("hwu", 2), table("clinc", 3)]}

    without_hwu = without("hwu", taught)["dense"]

    assert without_hwu == without("hwu", {"dense": [*taught["dense"][::2], table("hwu", 9)]})["dense"]
    assert without_hwu != without("clinc", taught)["dense"]
    assert without_hwu == without("none", {"dense": taught["dense"][::2]})["dense"]


def test_every_set_that_is_learnt_from_is_of_a_family() -> None:
    assert set(COUNTS) <= set(FAMILIES)
    assert FAMILIES["xsid_en"] == FAMILIES["xsid_de"]
    assert len({FAMILIES[name] for name in FAMILIES if name.startswith("clinc")}) == 1


def test_a_threshold_is_where_the_share_is_reached() -> None:
    model = fitted([table("clinc", 1), table("hwu", 2)])
    known = read_confidence(without("none", {"dense": [table("clinc", 1), table("hwu", 2)]})["dense"])  # type: ignore[arg-type]

    assert list(model.thresholds) == ["0.9", "0.95", "0.96", "0.97", "0.98", "0.99"]
    assert sorted(model.thresholds.values()) == list(model.thresholds.values())
    assert known(table("clinc", 1).inputs)[:5] == pytest.approx(model(table("clinc", 1).inputs)[:5], abs=1e-3)


def test_precision_and_coverage_at_a_threshold() -> None:
    assert (RESULT.precision(0.7), RESULT.coverage(0.7)) == (0.75, 0.6)
    assert RESULT.at(0.7) == "precision 0.750 coverage 0.600 unanswerable answered 1.000"
    assert math.isnan(RESULT.precision(0.95))
    assert RESULT.coverage(0.95) == 0


@pytest.mark.parametrize(
    ("precision", "threshold", "coverage"), [(1.0, 0.8, 0.4), (0.8, 0.6, 0.8), (0.76, 0.6, 0.8), (0.5, 0.2, 0.8)]
)
def test_the_threshold_for_a_precision_covers_most(precision: float, threshold: float, coverage: float) -> None:
    # Those of 0.7 are answered together: one of them right is no way to a precision of 1.
    assert RESULT.threshold_for(precision) == threshold
    assert RESULT.coverage(threshold) == coverage


def test_no_threshold_is_precise_where_the_surest_is_wrong() -> None:
    assert result((0.9, False, True), (0.8, False, True)).threshold_for(0.5) == 1.0


def test_the_interval_holds_the_precision_and_narrows() -> None:
    few, many = RESULT.interval(0.6), pooled([RESULT] * 50).interval(0.6)

    assert few[0] <= 0.8 <= few[1]
    assert many[0] <= 0.8 <= many[1]
    assert many[1] - many[0] < (few[1] - few[0]) / 2
    assert RESULT.interval(0.6) == few
    assert all(map(math.isnan, RESULT.interval(0.95)))


@pytest.mark.parametrize("voice", range(len(VOICES)))
def test_a_letter_says_the_question_between_other_words(voice: int) -> None:
    letters = [letter("where is my parcel", random.Random(seed)) for seed in range(50)]
    mine = [one for one in letters if one.startswith(VOICES[voice].greetings)]

    assert mine
    for one in mine:
        assert "Where is my parcel" in one
        assert len(one.split()) > 6
        assert any("Where is my parcel" in sentence for sentence in sentences(one))


def test_every_eighth_word_is_misspelt() -> None:
    text = " ".join(["delivery"] * 4_000)

    spelt = spoil.misspelt(text, random.Random(1)).split()

    assert len(spelt) == 4_000
    assert sum(word != "delivery" for word in spelt) == pytest.approx(500, rel=0.2)
    assert spoil.misspelt("an ox is at it", random.Random(1), share=1) == "an ox is at it"


def test_a_tongue_changes_letters_for_others_one_to_one() -> None:
    for seed in range(5):
        told = spoil.tongue(random.Random(seed))
        alphabet = "abcdefghijklmnopqrstuvwxyz"
        assert len(set(told(alphabet))) == 26
        assert told("A b 12?") == f"{told('a')} {told('b')} 12?"


def test_a_rehearsal_asks_for_what_was_taken_away_in_vain() -> None:
    for one in rehearse.rehearsals(SHOP, ["far away"] * 40, 6, seed=3):
        kept = {entry.id for entry in one.entries}
        phrasings = {text for entry in one.entries for text in entry.phrasings}
        asked_for = {query.entry for query in one.queries}
        assert asked_for <= kept | {None}
        assert None in asked_for
        assert all(
            (query.entry is not None) == (kind == "in") for query, kind in zip(one.queries, one.kinds, strict=True)
        )
        assert not phrasings & {query.text for query in one.queries}


def test_a_corner_is_alike_and_loses_one_of_the_nearest_pairs() -> None:
    places = np.arange(10, dtype=np.float32)
    alike = 1 - np.abs(places[:, None] - places) / 10
    for one in rehearse.corners(SHOP, alike, ["far away"] * 40, 6, seed=3):
        kept = sorted("abcdefghij".index(entry.id) for entry in one.entries)
        assert 2 <= len(kept) < 10
