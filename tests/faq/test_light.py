"""Words that ask for nothing (`bridge/faq/light.py`): known to be so, or taken for a message like any other."""

from __future__ import annotations

import pytest

from bridge.faq.light import Light, asks_nothing, light

THANKS = [
    "thanks", "Thanks!", "THANK YOU", "Thank you so much!\n\nBest regards\nAnna", "ok thanks", "thanks a lot :)", "thx",
    "Thank you\n-- \nAnna Smith, 5 Market Square", "\N{PERSON WITH FOLDED HANDS}", "\N{HEAVY BLACK HEART}\ufe0f",
    "Danke", "danke schön!", "Vielen Dank, liebe Grüße Anna", "Danke, alles klar",
    "Herzlichen Dank für die schnelle Antwort",
    "Ich bedanke mich", "Merci beaucoup, bonne journée", "Je vous remercie", "d'accord, merci", "muchas gracias",
    "Gracias, saludos", "grazie mille", "Grazie, buona giornata", "dank je wel", "Bedankt!",
    "hartelijk dank", "dziękuję bardzo", "dzieki", "muito obrigada", "Obrigado pela ajuda",
]  # fmt: skip
AGREES = ["ok", "OK.", "Okay!", "\N{THUMBS UP SIGN}", "\N{THUMBS UP SIGN}\U0001f3fd", "great", "Alles klar", "Passt",
          "d'accord", "vale", "perfetto", "akkoord", "dobrze", "perfeito"]  # fmt: skip
NEITHER = [
    "", " ", "no thanks", "nein danke", "non merci", "no gracias", "thanks, but it is broken", "thanks?", "ok?",
    "thanks for nothing", "ok thanks 5", "yes", "no", "hello", "Best regards", ":-)", "is that all thanks",
    "noch einen, danke", "das auch, danke", "encore, merci", "todo, gracias", "Thanks. When will it arrive",
    "thanks, please cancel", "danke, bitte stornieren", "\N{ANGRY FACE}", "thanks \N{ANGRY FACE}", "ok " * 200,
]  # fmt: skip


@pytest.mark.parametrize("text", THANKS)
def test_thanks(text: str) -> None:
    assert light(text, "Anna Smith") is Light.THANKS


@pytest.mark.parametrize("text", AGREES)
def test_agrees(text: str) -> None:
    assert light(text, "Anna") is Light.AGREES


@pytest.mark.parametrize("text", NEITHER)
def test_anything_else_is_a_message(text: str) -> None:
    assert light(text, "Anna") is None


NOTHING = [
    "thanks",
    "ok",
    "yes it did, thanks :)",
    "hello",
    "Good morning!",
    "Guten Tag",
    "bye",
    "tschüss",
    "bis bald",
    "Thanks, Anna",
    "thanks for the info",
    "\N{THUMBS UP SIGN}",
    "ja, danke",
    "thank you, have a nice weekend",
]
SOMETHING = ["", "no", "no thanks", "please help", "help", "quick answer please", "noch einen, danke", "Best regards",
             "ok?", "hello?", "thanks, 5", "support team", "I need help, thanks", "thanks \N{ANGRY FACE}"]  # fmt: skip
ROWS = [*((text, True) for text in NOTHING), *((text, False) for text in SOMETHING)]


@pytest.mark.parametrize(("text", "nothing"), ROWS)
def test_asks_nothing(text: str, nothing: bool) -> None:
    assert asks_nothing(text, "Anna") is nothing


def test_a_name_counts_only_if_it_is_the_writers() -> None:
    assert light("Thanks, Anna", "Anna") is Light.THANKS
    assert light("Thanks, Bob", "Anna") is None
