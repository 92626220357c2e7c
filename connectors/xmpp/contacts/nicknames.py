"""What people are called in a room: the resource of a JID, which every server has to take as it is. Pure.

Resourceprep (RFC 6122 appendix B) with what it leaves open decided: characters that Unicode 3.2 does not have (signs,
mostly) are left out, since servers differ in them. So a name may lose something; the whole one stands beside it as a
nickname (XEP-0172) and in the subject.
"""

from __future__ import annotations

import stringprep
import unicodedata

LONGEST = 60
"""Characters; a resource may have 1,023 bytes."""

_SPACE = stringprep.in_table_c12
_FORBIDDEN = (
    stringprep.in_table_a1,
    stringprep.in_table_b1,
    stringprep.in_table_c21_c22,
    stringprep.in_table_c3,
    stringprep.in_table_c4,
    stringprep.in_table_c5,
    stringprep.in_table_c6,
    stringprep.in_table_c7,
    stringprep.in_table_c8,
    stringprep.in_table_c9,
)


def prepared(name: str) -> str:
    """The name as a resource; "" where nothing is left that could be one."""
    spaced = "".join(" " if _SPACE(sign) or sign.isspace() else sign for sign in name[: LONGEST * 4])
    normal = unicodedata.normalize("NFKC", spaced)
    kept = "".join(sign for sign in normal if not any(forbidden(sign) for forbidden in _FORBIDDEN))
    short = " ".join(kept.split())[:LONGEST].strip()
    return short if _one_way(short) else ""


def _one_way(name: str) -> bool:
    """Whether it runs in one direction (RFC 3454 section 6), as it has to."""
    if not any(stringprep.in_table_d1(sign) for sign in name):
        return True
    ends = stringprep.in_table_d1(name[0]) and stringprep.in_table_d1(name[-1])
    return ends and not any(stringprep.in_table_d2(sign) for sign in name)


def plain(name: str) -> str:
    """Of a name that cannot be a resource, what can: its ASCII letters and digits, or ""."""
    spelt = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return " ".join("".join(sign if sign.isalnum() else " " for sign in spelt).split())[:LONGEST].strip()
