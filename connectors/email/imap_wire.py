"""What goes over the wire in IMAP (RFC 3501): names, numbers and dates, both ways. Pure.

A server's response comes here as aioimaplib keeps it: lines as `bytes` without their "* ", literals as `bytearray`
between the lines that they stand in. The last line is what the server said about the command.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

Response = Sequence[bytes | bytearray]

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r" ?(\d{1,2})-([A-Za-z]{3})-(\d{4}) (\d\d:\d\d:\d\d [+-]\d{4})")
_FETCH = re.compile(rb"\d+ FETCH \(", re.IGNORECASE)
_UID = re.compile(rb"[( ]UID (\d+)", re.IGNORECASE)
_SIZE = re.compile(rb"[( ]RFC822\.SIZE (\d+)", re.IGNORECASE)
_ARRIVED = re.compile(rb"[( ]INTERNALDATE \"([^\"]{1,60})\"", re.IGNORECASE)
_EMPTY = re.compile(rb"BODY\[[^\]]*\](?:<\d+>)? (?:\"\"|NIL)", re.IGNORECASE)
_CODE = re.compile(rb"\[([A-Z-]+)(?: ([^\]]*))?\]", re.IGNORECASE)


def quoted(text: str) -> str:
    """A quoted string (section 4.3)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def folder_name(name: str) -> str:
    """A folder's name as it is sent: quoted, in modified UTF-7 (section 5.1.3)."""
    runs = re.split(r"([^\x20-\x7e]+)", name)
    encoded = [_shifted(run) if number % 2 else run.replace("&", "&-") for number, run in enumerate(runs)]
    return quoted("".join(encoded))


def _shifted(run: str) -> str:
    text = base64.b64encode(run.encode("utf-16-be")).decode("ascii")
    return "&" + text.rstrip("=").replace("/", ",") + "-"


def uid_set(uids: Iterable[int]) -> str:
    """Numbers as a sequence set: 1:3,7 (section 9)."""
    ranges: list[list[int]] = []
    for uid in sorted(set(uids)):
        if ranges and ranges[-1][1] == uid - 1:
            ranges[-1][1] = uid
        else:
            ranges.append([uid, uid])
    return ",".join(str(low) if low == high else f"{low}:{high}" for low, high in ranges)


def search_date(day: date) -> str:
    """A day as SEARCH takes it."""
    return f"{day.day}-{_MONTHS[day.month - 1]}-{day.year}"


def arrival(text: str) -> datetime | None:
    """An INTERNALDATE (section 2.3.3) as UTC; None where it is none."""
    found = _DATE.fullmatch(text)
    if found is None or found[2].title() not in _MONTHS:
        return None
    month = _MONTHS.index(found[2].title()) + 1
    try:
        moment = datetime.strptime(f"{found[3]}-{month:02}-{int(found[1]):02} {found[4]}", "%Y-%m-%d %H:%M:%S %z")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


@dataclass(frozen=True, kw_only=True, slots=True)
class Selected:
    """What a server says of a folder that it opened. `uidnext` is 0 where it does not say; `keywords` may be made."""

    uidvalidity: int
    uidnext: int = 0
    flags: frozenset[str] = frozenset()
    read_only: bool = False

    def permits(self, keyword: str) -> bool:
        """Whether this keyword can be set for good."""
        return not self.read_only and ("\\*" in self.flags or keyword.lower() in self.flags)


def selected(response: Response) -> Selected:
    """The answer to SELECT or EXAMINE (section 6.3.1). A `uidvalidity` of 0: the server gave none."""
    codes = {found[1].upper(): found[2] or b"" for line in response for found in [_CODE.search(line)] if found}
    flags = codes.get(b"PERMANENTFLAGS", b"").decode("ascii", "replace").strip("()").lower().split()
    return Selected(
        uidvalidity=_number(codes.get(b"UIDVALIDITY", b"")),
        uidnext=_number(codes.get(b"UIDNEXT", b"")),
        flags=frozenset(flags),
        read_only=b"READ-ONLY" in codes,
    )


def code_of(text: str) -> str:
    """The response code that a refusal begins with (RFC 5530), in capitals; empty without one."""
    found = _CODE.match(text.encode("ascii", "replace").lstrip())
    return found[1].decode("ascii").upper() if found else ""


def _number(text: bytes) -> int:
    return int(text) if text.isdigit() and len(text) < 12 else 0


def searched(response: Response) -> list[int]:
    """The numbers that SEARCH found."""
    words = [word for line in response[:-1] for word in bytes(line).split()]
    return sorted({int(word) for word in words if word.isdigit() and len(word) < 12})


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """What a server said of one mail; `body` is what was asked for of its bytes, None where there was nothing."""

    uid: int
    size: int = 0
    arrived_at: datetime | None = None
    body: bytes | None = None


def fetched(response: Response) -> list[Fetched]:
    """The mails in the answer to a UID FETCH. What has no UID was pushed by the server and was not asked for."""
    found = [_one(words, body) for words, body in _mails(response)]
    return [one for one in found if one is not None]


def _mails(response: Response) -> Iterator[tuple[bytes, bytes | None]]:
    """What stands around each mail's literal, and the literal."""
    words, body = b"", None
    for line in response[:-1]:
        if isinstance(line, bytearray):
            body = bytes(line)
        elif _FETCH.match(line):
            yield words, body
            words, body = line, None
        else:
            words += b" " + line
    yield words, body


def _one(words: bytes, body: bytes | None) -> Fetched | None:
    uid = _UID.search(words)
    if uid is None:
        return None
    size, arrived = _SIZE.search(words), _ARRIVED.search(words)
    if body is None and _EMPTY.search(words):
        body = b""
    return Fetched(
        uid=int(uid[1]),
        size=int(size[1]) if size else 0,
        arrived_at=arrival(arrived[1].decode("ascii", "replace")) if arrived else None,
        body=body,
    )
