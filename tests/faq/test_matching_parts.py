"""The parts that the matcher is made of: words, their likeness, opposites, denials, classifier, confidence."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bridge.faq import classify, confidence, index, lexical, thinning
from bridge.faq.centring import middle, seen_from
from bridge.faq.contrary import opposed
from bridge.faq.coverage import Vocabulary
from bridge.faq.denial import denies
from bridge.faq.embed import SHIPPED, loaded
from bridge.faq.entry import Entry
from bridge.faq.evidence import NAMES
from bridge.faq.shorthand import written_out
from bridge.faq.spelling import Spelling
from bridge.faq.standing import stood
from bridge.tongues.tongue import tongue
from bridge.tongues.words import words


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rücksendung GRÖSSE groß", ("rucksendung", "grosse", "gross")),
        ("heeeelp!!! pleaaase", ("heelp", "pleaase")),
        ("don’t", ("don't",)),  # noqa: RUF001 - what phones write
        ("ＡＢＣ ﬁne", ("abc", "fine")),  # noqa: RUF001 - full width
        ("iPhoneを返品", ("iphone", "を", "返", "品")),
        ("ёлка", ("елка",)),
        ("", ()),
    ],
)
def test_spellings_of_a_word_meet(text: str, wanted: tuple[str, ...]) -> None:
    assert words(text) == wanted


def test_words_in_common_and_pieces_of_words_count() -> None:
    texts = ["how do I return an item", "opening hours", "Rücksendung einer Ware"]
    lexicon = lexical.Lexicon(lexical.counted(texts))
    table = lexicon.similarities(["return an item how do I", "zuruecksenden ruecksendung", "rucksendungen", "xyz", ""])
    assert table[0].argmax() == 0
    assert table[2].argmax() == 2
    assert table[3:].max() == 0
    assert np.allclose(np.diag(lexicon.similarities(texts)), 1, atol=1e-5)


def test_one_known_word_among_many_is_not_like_its_phrasing() -> None:
    lexicon = lexical.Lexicon(lexical.counted(["hours", "return"]))
    assert lexicon.similarities(["hours"])[0, 0] > 0.99
    assert lexicon.similarities(["the man waited for many hours in the cold rain"])[0, 0] < 0.4


@pytest.mark.parametrize(
    ("text", "said", "wanted"),
    [
        ("turn the light off", "turn the light on", True),
        ("turn the light on", "turn the light on or off", False),
        ("Konto aktivieren", "konto deaktivieren", True),
        ("where is it", "where is it", False),
    ],
)
def test_opposites_are_seen(text: str, said: str, wanted: bool) -> None:
    assert opposed(words(text), set(words(said))) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("I don't want it", True), ("Das will ich nicht", True), ("нет", True), ("I want it", False), ("note it", False)],
)
def test_denials_are_seen(text: str, wanted: bool) -> None:
    assert denies(text) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Matress price", "mattress price"),
        ("delivrey in my city", "delivery in my city"),
        ("my account was skipped", "my account was skipped"),
        ("konto abmelden", "konto abmelden"),
        ("bestellnug", "bestellung"),
        ("price", "price"),
    ],
)
def test_words_one_letter_off_are_put_right_towards_the_faq(text: str, wanted: str) -> None:
    said = ["price of a mattress", "delivery", "is it shipped", "konto anmelden", "Bestellung"]
    assert Spelling(said, {"skipped"}.__contains__)(text) == wanted


@pytest.mark.parametrize(
    ("counts", "most", "each"),
    [([], 10, 1), ([3, 4], 10, 4), ([3, 40, 2], 10, 5), ([9, 9, 9], 10, 3), ([5] * 20, 10, 1), ([0, 12], 10, 10)],
)
def test_of_too_many_phrasings_each_entry_keeps_as_many(counts: list[int], most: int, each: int) -> None:
    assert thinning.most_each(counts, most) == each


def test_what_is_kept_stands_evenly_apart_and_the_question_first() -> None:
    texts = [str(number) for number in range(10)]

    assert thinning.thinned(texts, 3) == ["0", "3", "6"]
    assert thinning.thinned(texts, 10) == texts
    many = Entry(id="many", question="0", also=tuple(map(str, range(1, thinning.MOST))), answer="So.")
    few = Entry(id="few", question="How?", also=("Why?",), answer="So.", not_this=("Who?",))
    assert np.bincount(index.rows([many, few]).owners).tolist() == [thinning.MOST - 3, 2, 1]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("can u ship 2 the netherlands", "can you ship to the netherlands"),
        ("PLS tell me wat r ur hours", "please tell me what are your hours"),
        ("a code 4 me", "a code for me"),
        ("I need 2 of size 4", "I need 2 of size 4"),
        ("2 the max", "2 the max"),
        ("a u-shaped sofa, R2, R$ 5, u.s.", "a u-shaped sofa, R2, R$ 5, u.s."),
        ("Is the hv cable there", "Is the hv cable there"),
        ("", ""),
    ],
)
def test_chat_shorthand_is_written_out(text: str, wanted: str) -> None:
    assert written_out(text, {"hv", "cable"}) == wanted


def test_what_is_not_to_be_answered_is_thinned_last() -> None:
    asked = tuple(f"way {place}" for place in range(1_000))
    denied = tuple(f"no {place}" for place in range(900))
    entries = [Entry(id=f"e{number}", question=f"Q{number}?", answer="A", also=asked) for number in range(4)]

    said = index.rows([replace(entries[0], not_this=denied), *entries[1:]])

    assert set(denied) <= set(said.texts)
    assert len(said.texts) <= thinning.MOST
    assert thinning.shares([10, 10], 5_000) == (10, thinning.MOST // 2)


def test_a_word_more_is_less_covered() -> None:
    vocabulary = Vocabulary(["ship to sweden", "opening hours"], np.array([0, 1]), 2)
    full, part = vocabulary.coverage(["ship to sweden", "ship to norway"], np.array([0, 0]))
    assert full == 1
    assert 0 < part < full


def test_words_that_no_entry_has_are_not_known() -> None:
    vocabulary = Vocabulary(["ship to sweden", "opening hours"], np.array([0, 1]), 2)
    assert vocabulary.known(["sweden hours", "quantum physics", ""]).tolist() == [1, 0, 0]


def test_what_the_phrasings_have_in_common_counts_most() -> None:
    texts = ["block my card", "please block a card", "opening hours"]
    vocabulary = Vocabulary(texts, np.array([0, 0, 1]), 2)
    common, rare, whole = vocabulary.core(["block card", "please my a", texts[0]], np.array([0, 0, 0]))
    assert rare < common < whole < 1


def test_the_classifier_learns_what_is_apart_and_leaves_one_out() -> None:
    chance = np.random.default_rng(1)
    centres = np.eye(3, 8, dtype=np.float32)
    owners = np.repeat(np.arange(3), [10, 4, 2])
    rows = (centres[owners] + 0.05 * chance.standard_normal((16, 8))).astype(np.float32)
    shares = classify.probabilities(classify.fit(rows, owners, 3), rows)
    assert (shares.argmax(axis=1) == owners).all()
    assert np.allclose(shares.sum(axis=1), 1, atol=1e-5)
    assert (classify.ridge(rows @ rows.T, owners, 3)[1].argmax(axis=1) == owners).all()


def test_a_row_left_out_scores_as_if_it_had_never_been_there() -> None:
    chance = np.random.default_rng(3)
    rows = chance.standard_normal((12, 6)).astype(np.float32)
    kernel, owners = rows @ rows.T, np.arange(12) % 4
    left_out = classify.ridge(kernel, owners, 4)[1]
    for row in range(12):
        rest = np.delete(np.arange(12), row)
        weights, _ = classify.ridge(kernel[np.ix_(rest, rest)], owners[rest], 4)
        assert np.allclose(kernel[row, rest] @ weights, left_out[row], atol=1e-3)


def test_an_entry_of_many_meanings_expects_less_of_a_text() -> None:
    """Two entries: the first says one thing in four ways, the second four things."""
    tight = np.eye(1, 8) + 0.2 * np.eye(8)[1:5]
    loose = np.eye(8)[4:] + 0.2
    rows = np.concatenate([tight, loose])
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    standing = stood(rows @ rows.T, np.repeat([0, 1], 4), 2)
    assert standing.home[0] > standing.home[1] + 0.2
    text = rows[:1] + rows[1:2]
    near, far = standing.scores(np.concatenate([text / np.linalg.norm(text), -text]).astype(np.float32) @ rows.T)
    assert near.argmax() == 0
    assert near[0] > standing.home[0]
    assert np.abs(far).max() < 0.2


@pytest.mark.parametrize("kind", ["dense", "foreign", "lexical"])
def test_the_shipped_confidence_fits_what_is_seen(kind: str) -> None:
    model = confidence.shipped(kind)
    assert model.names == NAMES
    assert 0.3 < model.thresholds["0.9"] < model.thresholds["0.95"] <= model.thresholds["0.98"] <= 1
    assert confidence.read(confidence.written(model)) == model
    low, high = model(np.array([[*model.mean], [*model.mean]], dtype=np.float32) + np.sign(model.weights) * [[-9], [9]])
    assert low < 0.01
    assert high > 0.99


def test_the_shipped_model_is_the_one_that_its_sums_name() -> None:
    for line in (SHIPPED / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((SHIPPED / name).read_bytes()).hexdigest() == digest


def test_who_needs_the_same_model_shares_it(tmp_path: Path) -> None:
    for name in ("model.onnx", "tokenizer.json"):
        (tmp_path / name).symlink_to(SHIPPED / name)
    first = loaded(tmp_path)
    assert loaded(tmp_path) is first
    (tmp_path / "tokenizer.json").unlink()
    shutil.copy(SHIPPED / "tokenizer.json", tmp_path)
    assert loaded(tmp_path) is not first


def test_vectors_do_not_depend_on_what_else_is_embedded() -> None:
    embed = loaded(SHIPPED)
    texts = ["hi", "Where is my order?", "how long does it take until the money is back", "", "x" * 5000]
    alone = np.concatenate([embed([text]) for text in texts])
    assert np.allclose(embed(texts), alone, atol=1e-4)
    assert np.allclose(np.linalg.norm(alone, axis=1), 1, atol=1e-4)
    assert alone[1] @ embed(["my parcel has not arrived"])[0] > alone[1] @ embed(["the weather is nice"])[0] + 0.2


def test_the_model_knows_which_words_it_knows() -> None:
    embed = loaded(SHIPPED)
    assert embed.pieces(["where is my order", "can I return it"]) < 1.3
    assert embed.pieces(["Где мой заказ и когда он придет", "Bestellbestätigung Rücksendung"]) > 1.7


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("where is my order", "en"), ("wo ist meine Bestellung", "de"), ("où est ma commande", "fr"), ("xyz", "")],
)  # fmt: skip
def test_languages_are_told_by_small_words(text: str, wanted: str) -> None:
    assert tongue(text) == wanted


def test_vectors_in_one_corner_are_seen_from_their_middle() -> None:
    chance = np.random.default_rng(2)
    corner = chance.standard_normal((40, 16)).astype(np.float32) * 0.1 + 1
    corner /= np.linalg.norm(corner, axis=1, keepdims=True)
    assert (corner @ corner.T).min() > 0.9
    spread = seen_from(middle(corner), corner)
    assert (spread @ spread.T).mean() < 0.6
    around = np.eye(16, dtype=np.float32)
    assert np.allclose(seen_from(middle(around), around), around)
