"""English chat shorthand written out: the model in the package hears "ship to me" better than "ship 2 me".

Never a word that the FAQ itself has: in a shop that sells the R 2, "r" is no "are". A 2 or a 4 is a word only where a
number of things cannot be meant.
"""

from __future__ import annotations

import re
from collections.abc import Container, Mapping

_WRITTEN_OUT: Mapping[str, str] = {
    "u": "you",
    "ur": "your",
    "r": "are",
    "pls": "please",
    "plz": "please",
    "thx": "thanks",
    "hv": "have",
    "wat": "what",
    "wht": "what",
    "whn": "when",
    "hw": "how",
    "mch": "much",
    "abt": "about",
    "bcz": "because",
    "cuz": "because",
    "coz": "because",
    "wanna": "want to",
    "gonna": "going to",
    "gimme": "give me",
    "dunno": "do not know",
}
_SHORT = re.compile(rf"(?<![\w'\u2019.$-])(?:{'|'.join(_WRITTEN_OUT)})(?![\w'\u2019.$-])", re.IGNORECASE)
_TO = re.compile(
    r"(?<=[a-z] )2(?= (?:the|my|me|us|u|you|a|an"
    r"|get|buy|pay|order|return|be|do|have|know|see|send|use|cancel|change)\b)"
)
_FOR = re.compile(r"(?<=[a-z] )4(?= (?:the|my|me|us|u|you|him|her|them|free)\b)")


def written_out(text: str, known: Container[str]) -> str:
    """`text` with such short forms replaced that are not among `known`, the folded words of the FAQ."""
    for number, word, place in (("2", "to", _TO), ("4", "for", _FOR)):
        if number not in known:
            text = place.sub(word, text)
    return _SHORT.sub(lambda found: _of(found[0], known), text)


def _of(word: str, known: Container[str]) -> str:
    plain = word.lower()
    return word if plain in known else _WRITTEN_OUT[plain]
