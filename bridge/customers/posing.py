"""Whether somebody's address or name could be taken for an owner's. Pure.

    the owner's                somebody else's
    olga@shop.example          olga@shop.example with a Cyrillic o, o1ga@shop.example, olga@shop.example.evil.org,
                               or any address with the name "olga@shop.example"

What looks alike is folded to one spelling: compatibility forms (Unicode Standard Annex 15), case, the letters of other
alphabets that look like Latin ones (the few of Unicode Technical Standard 39 that matter in names), and digits. An
owner's name alone reserves nothing: two people may well be called Olga.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from bridge.messages import Message
from bridge.policy import Owner, Policy

# By alphabet: Cyrillic, Greek, the rest of Latin, digits and signs.
_ALIKE = {
    ord(theirs): ours
    for alike, latin in (
        ("\u0430\u0432\u0433\u0434\u0435\u043a\u043c\u043d\u043e\u0440\u0441\u0442", "abrdekmhopct"),
        ("\u0443\u0445\u0456\u0457\u0458\u0455\u0501\u04bb\u04cf\u0475\u051d\u051b", "yxlljsdhlvwq"),
        (
            "\u03b1\u03b2\u03b3\u03b5\u03b9\u03ba\u03b7\u03bd\u03bf\u03c1\u03c4\u03c5\u03c7\u03c9\u03f2",
            "abyelknvoptuxwc",
        ),
        ("\u0131\u0251\u0261\u0269\u029f\u0142\u00f8\u0111\u0127\u0167", "laglllodht"),
        ("01|!ij", "ollllj"),
    )
    for theirs, ours in zip(alike, latin, strict=True)
}


def imitated(message: Message, policy: Policy) -> Owner | None:
    """The owner whose address the sender's address, or name, looks like without being it."""
    for owner in policy.owners:
        for surface in owner.surfaces:
            if "@" in surface.address and _poses(message, surface.address.casefold()):
                return owner
    return None


def _poses(message: Message, reserved: str) -> bool:
    address, name = message.address.casefold(), message.name.casefold().strip()
    return (address != reserved and _like(address, reserved)) or ("@" in name and _like(name, reserved))


def _like(claimed: str, reserved: str) -> bool:
    shape, theirs = _shape(claimed), _shape(reserved)
    # A longer domain that begins with theirs: all that a narrow window shows.
    return shape == theirs or shape.startswith((f"{theirs}.", f"{theirs}-", f"{theirs}/"))


@lru_cache(maxsize=1024)
def _shape(text: str) -> str:
    folded = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in folded if not unicodedata.combining(letter) and letter.isprintable())
    return bare.translate(_ALIKE).replace("rn", "m").replace("vv", "w")
