"""What a mail of ours says, before it is bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """`references` are message ids, the thread's first one first, the one answered last. `fields` are whole header
    lines. `html` is empty where there is only plain text.
    """

    from_name: str
    subject: str
    references: Sequence[str]
    plain: str
    html: str = ""
    fields: bytes = b""
