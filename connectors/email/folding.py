"""Text reduced to what comparing phrases needs: one case, no accents, plain blanks and quotes, no emphasis. Pure.

People write "a ecrit" for "a écrit", programs write a no-break space before a colon, and mail that was HTML once has
`*From:*`. Phrases and lines both go through here, so that the tables of phrases can be written as a reader knows them.
"""

from __future__ import annotations

import re
import unicodedata

_SAME = str.maketrans(
    {
        "\u0131": "i",  # the Turkish i without a dot
        "\u0142": "l",
        "\u00f8": "o",
        "\u0111": "d",
        "\u2019": "'",
        "\u2018": "'",
        "\u00b4": "'",
        "`": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2013": "-",
        "\u2014": "--",
        "\u2010": "-",
        "\u2011": "-",
        "\u2500": "-",
        "\u3002": ".",
        "*": None,
        "\u00ad": None,  # soft hyphen
        "\u200b": None,  # zero width, and the marks of direction
        "\u200c": None,
        "\u200d": None,
        "\u200e": None,
        "\u200f": None,
        "\u202a": None,
        "\u202c": None,
        "\ufeff": None,
    }
)
_BLANKS = re.compile(r"\s+")


def fold(text: str) -> str:
    """The text for comparing: as short or longer than it was, its runs of blanks one blank, none at its ends."""
    if not text.isascii():
        text = without_accents(text.translate(_SAME)).translate(_SAME)
    else:
        text = text.replace("*", "").replace("`", "'")
    return _BLANKS.sub(" ", text.casefold()).strip()


def without_accents(text: str) -> str:
    """Each letter by itself (NFKD): no accents, no voicing marks in Japanese, wide forms as narrow ones."""
    return "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
