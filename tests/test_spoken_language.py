"""The language of a message is known where it is sure, and nothing is said where it is not."""

from __future__ import annotations

import pytest

from bridge.tongues.spoken_language import spoken_language

pytest.importorskip("fasttext")

SURE = [
    ("How long does delivery take?", "en"),
    ("when will it be back in stock", "en"),
    ("Wie lange dauert der Versand nach Österreich?", "de"),
    ("wo ist mein paket", "de"),
    ("wie lange dauert der versand", "de"),
    ("Quels sont les délais de livraison ?", "fr"),
    ("où est mon colis", "fr"),
    ("cuánto tarda el envío", "es"),
    ("quanto ci mette la consegna", "it"),
    ("waar is mijn pakket", "nl"),
    ("gdzie jest moja paczka", "pl"),
    ("onde está a minha encomenda", "pt"),
    ("hur lång är leveranstiden", "sv"),
    ("сколько стоит доставка", "ru"),
    ("送料はいくらですか", "ja"),
]
UNSURE = [
    "",
    " ",
    "ok",
    "Garantie",
    "1234",
    "DHL?",
    "https://flowers.example/wie-lange-dauert",
    "anna@flowers.example",
    "\0\x1b",
    "\ud800",
]


@pytest.mark.parametrize(("text", "language"), SURE)
def test_a_sentence(text: str, language: str) -> None:
    assert spoken_language(text) == language
    assert spoken_language(text, [language, "sv"]) == language
    assert spoken_language(text, ["en-GB", "de"]) in (language, "")


@pytest.mark.parametrize("text", UNSURE)
def test_what_could_be_anything(text: str) -> None:
    assert spoken_language(text) == ""


def test_an_expected_language_may_be_meant() -> None:
    assert spoken_language("cancelar mi pedido por favor") == "es"
    assert spoken_language("cancelar mi pedido por favor", ["pt"]) == ""


def test_the_smallest_words_have_a_veto() -> None:
    # The model alone is sure that this is Italian.
    assert spoken_language("quanto tempo demora a entrega") == ""


def test_a_long_text_costs_little() -> None:
    assert spoken_language("Wie lange dauert der Versand? " * 100_000) == "de"
