"""The few words in mails of ours that nobody typed, language by language. Data.

A date is written in figures where everybody of that language reads them in the same order. What stands above a quote
is written as mail programs write it, so that other programs, and `attribution.py`, find the quote.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

LanguageCode = Literal["en", "de", "fr", "es", "it", "pt", "nl"]
LANGUAGES: tuple[str, ...] = get_args(LanguageCode)


class Words(NamedTuple):
    """`wrote` stands above a quote, `shortened` below one that was cut, the other two around what owners are shown."""

    wrote: str
    shortened: str
    above: str
    end: str


WORDS: dict[str, Words] = {
    "en": Words(
        "On {day} {month} {year} at {time}, {author} wrote:",
        "[The rest of this message is left out.]",
        "Please answer above this line",
        "End of the message",
    ),
    "de": Words(
        "Am {day:02}.{number:02}.{year} um {time} schrieb {author}:",
        "[Der Rest dieser Nachricht ist weggelassen.]",
        "Bitte über dieser Zeile antworten",
        "Ende der Nachricht",
    ),
    "fr": Words(
        "Le {day:02}/{number:02}/{year} à {time}, {author} a écrit :",
        "[La suite de ce message est omise.]",
        "Répondez au-dessus de cette ligne",
        "Fin du message",
    ),
    "es": Words(
        "El {day:02}/{number:02}/{year} a las {time}, {author} escribió:",
        "[El resto de este mensaje se ha omitido.]",
        "Responda por encima de esta línea",
        "Fin del mensaje",
    ),
    "it": Words(
        "Il {day:02}/{number:02}/{year} alle {time}, {author} ha scritto:",
        "[Il resto di questo messaggio è omesso.]",
        "Risponda sopra questa riga",
        "Fine del messaggio",
    ),
    "pt": Words(
        "Em {day:02}/{number:02}/{year} às {time}, {author} escreveu:",
        "[O resto desta mensagem foi omitido.]",
        "Responda acima desta linha",
        "Fim da mensagem",
    ),
    "nl": Words(
        "Op {day:02}-{number:02}-{year} om {time} schreef {author}:",
        "[De rest van dit bericht is weggelaten.]",
        "Antwoord boven deze regel",
        "Einde van het bericht",
    ),
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
"""For English, where figures would be read in two orders."""
