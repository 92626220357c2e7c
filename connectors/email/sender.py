"""Whose mail it is that we write, and how the account's settings want it written."""

from __future__ import annotations

import re
from dataclasses import dataclass

_PLACE = re.compile(r"\{([^{}\s]*)\}")
_PLACES = ("name", "address")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """The business's address and name. `reply_to` is the template of addresses for answers (`reply_address.py`).

    `signature` may hold {name} and {address}; `language` is that of the few words which are ours; `html` adds a part
    with formatting.
    """

    address: str
    name: str = ""
    reply_to: str = ""
    signature: str = ""
    language: str = "en"
    html: bool = False

    @property
    def signed(self) -> str:
        """The signature, filled in; empty where there is none."""
        values = {"name": self.name, "address": self.address}
        return _PLACE.sub(lambda found: values.get(found[1], found[0]), self.signature).strip("\n")


def checked_signature(text: str) -> str:
    """The same signature. Raises ValueError for a place that nothing is known for."""
    for found in _PLACE.finditer(text):
        if found[1] not in _PLACES:
            raise ValueError(f"{found[0][:40]} is not known; a signature may hold {{name}} and {{address}}")
    return text
