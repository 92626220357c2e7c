"""A mail's header read strictly, for the question who wrote it. Pure, linear.

Forgeries live on headers that two programs read differently: a field twice, blanks before a colon, a line end that is
none. `mime.py` reads all of that somehow, since every mail is to be shown. Here it is refused: where a header can be
read in two ways, nobody vouches for it (RFC 5322 sections 2.2 and 3.6; RFC 6376 section 8.15).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.email.evidence import Doubtful
from connectors.email.mime import MAX_FIELD, MAX_LINES

# Real ones have some 10 KB, with every server's marks on them.
MAX_HEADER = 256 * 1024

_FIELD = re.compile(rb"([!-9;-~]{1,200}):(.*)\r\n", re.DOTALL)
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n|\x00")
# RFC 5322 section 3.6 and RFC 2045 section 3: these may stand once. Programs differ in which of two they believe.
_ONCE = (
    "From",
    "Sender",
    "Reply-To",
    "To",
    "Cc",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
)


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name in lower case, and its value as it came, without the last line end."""

    name: str
    value: bytes

    @property
    def unfolded(self) -> bytes:
        """The value in one line (RFC 5322 section 2.2.3)."""
        return self.value.replace(b"\r\n", b"")


@dataclass(frozen=True, kw_only=True, slots=True)
class StrictMail:
    """A mail with an unambiguous header: its fields from top to bottom, the header's bytes, and the body."""

    fields: tuple[Field, ...]
    header: bytes
    body: memoryview

    def values(self, name: str) -> list[bytes]:
        """The unfolded values of a field."""
        return [field.unfolded for field in self.fields if field.name == name]


def read_strictly(content: bytes) -> StrictMail:
    """The mail taken apart. Raises Doubtful where its header could be read in two ways."""
    end = content.find(b"\r\n\r\n", 0, MAX_HEADER)
    if end < 0:
        raise Doubtful("its header has no end, or is far too long")
    header = content[: end + 2]
    # A bare line end in the body, too: for some programs the header would begin or end elsewhere.
    if _BARE.search(header) or not content.count(b"\n") == content.count(b"\r\n") == content.count(b"\r"):
        raise Doubtful("it has line ends that no mail program makes")
    fields = tuple(_field(raw) for raw in _raw_fields(header))
    for name in _ONCE:
        if sum(field.name == name.lower() for field in fields) > 1:
            raise Doubtful(f"it has two {name} fields")
    return StrictMail(fields=fields, header=header, body=memoryview(content)[end + 4 :])


def _raw_fields(header: bytes) -> list[bytes]:
    lines = header.splitlines(keepends=True) if header.count(b"\n") <= MAX_LINES else []
    if not lines or lines[0][:1] in (b" ", b"\t"):
        raise Doubtful("its header is not one of a mail")
    starts = [number for number, line in enumerate(lines) if line[:1] not in (b" ", b"\t")]
    ends = [*starts[1:], len(lines)]
    return [b"".join(lines[start:end]) for start, end in zip(starts, ends, strict=True)]


def _field(raw: bytes) -> Field:
    found = _FIELD.fullmatch(raw)
    if found is None or len(raw) > MAX_FIELD:
        raise Doubtful("its header holds lines that are no fields")
    return Field(found[1].decode("ascii").lower(), found[2])
