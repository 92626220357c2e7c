"""What customers do to a question: typing errors, short forms, no capitals, words around it."""

from __future__ import annotations

import random
from collections.abc import Callable

_SHORT = {
    "you": "u",
    "your": "ur",
    "are": "r",
    "please": "pls",
    "and": "n",
    "to": "2",
    "for": "4",
    "thanks": "thx",
    "because": "bcz",
    "what": "wat",
    "why": "y",
    "have": "hv",
    "the": "d",
    "my": "mi",
}
_BEFORE = (
    "hi", "hello", "hey there", "hi team", "hi,", "good morning", "sir", "hello sir", "hey", "quick question:",
    "I have a question", "pls tell me", "can you tell me", "i want to know", "dear team", "hallo", "bonjour", "hola",
    "ok", "so", "and", "one more thing,", "sorry to bother you but", "hi there,", "namaste", "moin", "guten tag",
)  # fmt: skip
_AFTER = (
    "thanks", "thanks in advance", "thank you", "please", "pls", "plz reply", "thx", "🙏", "??", "!!", "asap", "sir",
    "please help", "cheers", "danke", "merci", "pls help me", "waiting for your reply", "...", "😀", "bro",
)  # fmt: skip


def misspelt(text: str, chance: random.Random, share: float = 1 / 8) -> str:
    """Each word of three letters or more gets, with this chance, one slip: a letter lost, doubled, swapped, missed."""
    return " ".join(
        _slipped(word, chance) if len(word) > 2 and chance.random() < share else word for word in text.split()
    )


_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _slipped(word: str, chance: random.Random) -> str:
    place = chance.randrange(1, len(word))
    kind = chance.randrange(4)
    if kind == 0:
        return word[:place] + word[place + 1 :]
    if kind == 1:
        return word[:place] + word[place - 1] + word[place:]
    if kind == 2 and place < len(word) - 1:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    return word[:place] + _neighbour(word[place], chance) + word[place + 1 :]


def _neighbour(letter: str, chance: random.Random) -> str:
    for row in _ROWS:
        at = row.find(letter.lower())
        if at >= 0:
            return row[max(0, at - 1)] if at and chance.random() < 0.5 else row[min(len(row) - 1, at + 1)]
    return letter


def shortened(text: str, chance: random.Random) -> str:
    return " ".join(_SHORT.get(word.lower(), word) if chance.random() < 0.7 else word for word in text.split())


def surrounded(text: str, chance: random.Random) -> str:
    before = chance.choice(_BEFORE) + " " if chance.random() < 0.6 else ""
    after = " " + chance.choice(_AFTER) if chance.random() < 0.6 else ""
    return before + text + after


def lettered(text: str, chance: random.Random) -> str:
    plain = text.lower().replace("?", "").replace(",", "").replace("'", "")
    return chance.choice([plain, text.upper(), text + "?", text.capitalize()])


_DENIALS = ("I don't want to", "I do not need", "please don't", "not", "I never asked to", "no need to", "do not")


def denied(text: str, chance: random.Random) -> str:
    """The opposite of a request, as a sentence that no entry answers."""
    return f"{chance.choice(_DENIALS)} {text}"


def numbered(text: str, chance: random.Random) -> str:
    number = chance.choice(["#", "order ", "no. ", ""]) + str(chance.randrange(10_000, 99_999_999))
    return chance.choice([f"{text} {number}", f"{number} {text}"])


SPOILERS: tuple[Callable[[str, random.Random], str], ...] = (misspelt, shortened, surrounded, lettered, numbered)


_VOWELS, _CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
_CYRILLIC = "".join(chr(letter) for letter in range(0x430, 0x430 + 26))


def tongue(chance: random.Random) -> Callable[[str], str]:
    """A language that no model was taught: each letter another one, in half of them a Cyrillic one."""
    vowels, consonants, cyrillic = (list(letters) for letters in (_VOWELS, _CONSONANTS, _CYRILLIC))
    for letters in (vowels, consonants, cyrillic):
        chance.shuffle(letters)
    target = cyrillic if chance.random() < 0.5 else [*vowels, *consonants]
    table = str.maketrans(dict(zip(_VOWELS + _CONSONANTS, target, strict=True)))
    return lambda text: text.lower().translate(table)


def spoilt(text: str, chance: random.Random) -> str:
    """None, one or two of them."""
    for spoiler in chance.sample(SPOILERS, chance.choice([0, 0, 1, 1, 2])):
        text = spoiler(text, chance)
    return text
