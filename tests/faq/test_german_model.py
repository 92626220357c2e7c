"""The option for shops whose customers do not write English: a model of a hundred languages, named by its folder.

    tests/german_model.sh

makes the folder. FAQ_MODEL names another one.
"""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from bridge.faq.entry import Entry
from bridge.faq.matcher import Matcher

HERE = Path(__file__).parent
FOLDER = Path(os.environ.get("FAQ_MODEL") or HERE.parents[1] / ".model-e5")

pytestmark = pytest.mark.skipif(
    not (FOLDER / "model.onnx").is_file(), reason="tests/german_model.sh makes the model of many languages"
)

ENGLISH = {
    "hours": ["What are your opening hours?", "when are you open", "are you open on sundays", "when do you close"],
    "pay": ["Which payment methods do you take?", "can I pay with paypal", "do you accept credit cards"],
    "track": ["Where is my order?", "my parcel has not arrived", "track my order", "delivery is late"],
}

GERMAN = {
    "hours": ["Wann haben Sie geöffnet?", "Öffnungszeiten", "haben Sie sonntags auf", "bis wann sind Sie da"],
    "pay": ["Wie kann ich bezahlen?", "kann ich mit PayPal zahlen", "nehmen Sie Kreditkarten"],
    "track": [
        "Wo ist meine Bestellung?",
        "mein Paket ist nicht angekommen",
        "Sendung verfolgen",
        "Lieferung verspätet",
    ],
}

ASKED = {
    "hours": [("when do you open", "wann machen Sie auf"), ("are you open today?", "Haben Sie heute offen?")],
    "pay": [("do you take visa", "nehmt ihr Visa"), ("how can i pay", "wie kann man bei euch zahlen")],
    "track": [("where's my parcel", "wo bleibt mein Päckchen"), ("my order didn't come", "meine Bestellung kam nicht")],
}


@pytest.fixture(scope="module")
def shops() -> dict[str, Matcher]:
    return {"en": made(ENGLISH), "de": made(GERMAN)}


def made(entries: dict[str, list[str]], model: Path | None = FOLDER) -> Matcher:
    return Matcher(
        [Entry(id=name, question=said[0], also=tuple(said[1:]), answer="x") for name, said in entries.items()],
        model=model,
    )


def sure(matcher: Matcher, text: str) -> tuple[str, float]:
    best = matcher.match(text).best
    assert best is not None
    return best.entry, best.confidence


def test_german_is_heard_nearly_as_surely_as_english(shops: dict[str, Matcher]) -> None:
    english, german = list[float](), list[float]()
    for entry, pairs in ASKED.items():
        for in_english, in_german in pairs:
            (nearest, level), (other, as_well) = sure(shops["en"], in_english), sure(shops["de"], in_german)
            assert (nearest, other) == (entry, entry), (in_english, in_german)
            english.append(level)
            german.append(as_well)
    assert sum(german) >= 0.75 * sum(english)


@pytest.mark.parametrize(("text", "entry"), [(pair[1], entry) for entry, pairs in ASKED.items() for pair in pairs])
def test_a_german_question_finds_its_english_entry(shops: dict[str, Matcher], text: str, entry: str) -> None:
    assert sure(shops["en"], text)[0] == entry


def test_a_german_shop_is_answered_rightly_and_no_less_than_without() -> None:
    shop = tomllib.loads((HERE / "stress.toml").read_text(encoding="utf-8"))["bakery"]
    right = dict[str, int]()
    for name, model in (("shipped", None), ("option", FOLDER)):
        matcher = made(shop["entries"], model)
        found = {text: sure(matcher, text) for text in shop["asked"]}
        answered = {text: entry for text, (entry, level) in found.items() if level >= matcher.thresholds["0.95"]}
        assert not {text: entry for text, entry in answered.items() if entry != shop["asked"][text]}
        right[name] = len(answered)
    assert right["option"] >= right["shipped"] > 0
