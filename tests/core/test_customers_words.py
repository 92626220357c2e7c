"""What the bridge itself says to customers is in their language, and what it asks them to write is understood."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from shop import Shop

from bridge.bot import words
from bridge.faq.short_reply import Said, short_reply
from bridge.faq.signals import signals
from bridge.hours import Hours, Timetable
from bridge.hours.times import spans
from bridge.language import language
from bridge.messages import Edit
from bridge.text import Text

LANGUAGES = ("en", "de", "es", "fr", "it", "nl", "pl", "pt")
QUOTED = re.compile(r'["«„“]\s?(\w+)\s?["»”“]')
HOURS = Hours(timetable=Timetable(zone=ZoneInfo("UTC"), week=(*(spans(["09:00-17:00"]) for _ in range(5)), (), ())))
NIGHT = datetime(2026, 11, 23, 23, 10, tzinfo=UTC)


def acknowledged(shop: Shop, *texts: str) -> str:
    """The one automatic word after these lines of a customer's, of a night."""
    shop.clock.moment = NIGHT
    for text in texts:
        shop.customer("anna@example.org", text, connector="chat")
    shop.clock.advance(minutes=1)
    shop.ring()
    (said,) = shop.live("automatic")
    return said.text


@pytest.mark.parametrize(
    ("texts", "beginning"),
    [
        (["Do you have tulips in red, or do I have to come by?"], "Your message has arrived."),
        (["Haben Sie noch rote Tulpen, oder muss ich morgen kommen?"], "Ihre Nachricht ist angekommen"),
        (["¿Tienen ustedes tulipanes rojos para el martes?"], "Su mensaje ha llegado."),
        (["Est-ce que vous avez des tulipes rouges pour la fête de ma mère ?"], "Votre message est bien arrivé."),
        (["¿Tienen ustedes tulipanes rojos para el martes?", "ok?"], "Su mensaje ha llegado."),
    ],
    ids=["English", "German", "Spanish", "French", "a word that may be any language's"],
)
def test_a_customer_is_spoken_to_in_their_language(texts: list[str], beginning: str) -> None:
    assert acknowledged(Shop(hours=HOURS), *texts).startswith(beginning)


@pytest.mark.parametrize("text", ["Hol tartok most nyitva?", "tulips", "赤いチューリップはありますか"])
def test_otherwise_in_the_shops(text: str) -> None:
    shop = Shop(hours=HOURS).with_policy(language="de")
    assert acknowledged(shop, text).startswith("Ihre Nachricht ist angekommen")


def test_the_latest_language_counts() -> None:
    shop = Shop(hours=HOURS)
    german, english = "Haben Sie noch rote Tulpen für mich?", "Sorry, do you have any of the red ones left for me?"
    assert acknowledged(shop, german, english).startswith("Your message has arrived.")


def test_a_correction_is_called_so_in_their_language() -> None:
    shop = Shop()
    shop.customer("anna@example.org", "¿Tienen ustedes tulipanes rojos para el martes?")
    shop.owner("#1 No", native_id="answer")
    shop.clock.advance(minutes=1)
    shop.drain()
    shop.happens(Edit(address="olga", native_id="answer", text=Text("#1 Si"), authenticated=True), "desk")
    assert shop.live("answer")[-1].text == "Corrección: Si"


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_words_that_are_asked_for_are_understood(code: str) -> None:
    speech = language(code)
    named = QUOTED.search(words.below_an_answer(speech, asks_helped=False))
    assert named is not None
    assert signals(named[1]).person
    assert short_reply(words.it_helped(speech)[1]) is Said.YES
    assert short_reply(words.it_did_not_help(speech)[1]) is Said.NO
