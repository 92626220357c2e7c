"""The sentences of a message that may be a question: without quotes, greeting, closing words, signature.

A whole mail as one vector is a blur: its greeting, its story and its signature outweigh the one sentence that asks.
So what a mail is made of is taken off, and what remains is looked at sentence by sentence. A chat line passes as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bridge.faq.letter_parts import closing, greeting, opens_quote, pleasantry, signature

LONGEST = 6_000
"""Characters looked at; what a customer asks stands before that."""

MOST = 12
"""Sentences looked at."""

_CONTROL = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffd\ufeff\u200b-\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ENDS = re.compile(r"(?<=[.?!…])[\"'”»)]*\s+|(?<=[\u3002\uff1f\uff01\u061f\u0964])\s*|\n+")
_UNFINISHED = re.compile(
    r"(?:\b(?:no|nr|mr|mrs|ms|dr|st|e\.g|i\.e|z\.b|d\.h|ca|approx|tel|inkl|usw|etc|bzw|art|str)|\b\w|\d)\.$",
    re.IGNORECASE,
)
_WRAPPED = 55
_HALF_WRAPPED = 30


def sentences(text: str) -> tuple[str, ...]:
    """What `text` says, at most `MOST` sentences in their order, those that ask first of all. () for mere noise."""
    lines = body(text[:LONGEST])
    found = [piece for piece in _split("\n".join(_joined(lines))) if any(mark.isalnum() for mark in piece)]
    said = [piece for piece in (greeting.sub("", piece).strip(" ,;-\u2013") for piece in found) if _counts(piece)]
    return tuple(_fewer(said or found))


def body(text: str) -> list[str]:
    """The lines above the quote and the signature, without the quoted ones."""
    lines = _CONTROL.sub(" ", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    kept: list[str] = []
    for place, line in enumerate(lines):
        if opens_quote.match(line) and any(kept):
            break
        if line.lstrip().startswith(">"):
            continue
        if signature.match(line) and any(part.strip() for part in kept):
            break
        if closing.match(line) and any(part.strip() for part in kept) and len(lines) - place <= 12:
            break
        kept.append(line)
    return kept


def _joined(lines: Iterable[str]) -> list[str]:
    """Lines that a mail program broke, whole again."""
    whole: list[str] = []
    length = 0
    for line in lines:
        plain = " ".join(line.split())
        if plain and (length >= _WRAPPED or (length >= _HALF_WRAPPED and plain[0].islower())):
            whole[-1] += " " + plain
        else:
            whole.append(plain)
        length = 0 if plain[-1:] in (".", "?", "!", ":") else len(plain)
    return whole


def _split(text: str) -> list[str]:
    pieces: list[str] = []
    for piece in _ENDS.split(text):
        if pieces and _UNFINISHED.search(pieces[-1]) and piece and not piece[0].isupper():
            pieces[-1] += " " + piece
        elif piece and piece.strip():
            pieces.append(piece.strip())
    return pieces


def _counts(piece: str) -> bool:
    return any(mark.isalnum() for mark in piece) and not pleasantry.match(piece)


def _fewer(pieces: list[str]) -> list[str]:
    if len(pieces) <= MOST:
        return pieces
    asking = [place for place, piece in enumerate(pieces) if piece.rstrip()[-1:] in ("?", "\uff1f", "\u061f")]
    kept = sorted([*asking, *(place for place in range(len(pieces)) if place not in asking)][:MOST])
    return [pieces[place] for place in kept]
