"""Authentication-Results (RFC 8601): what a mail server says that it checked. Pure, linear.

Read strictly, since part of such a field is the attacker's (envelope, HELO, in comments or values), and servers differ
in how well they quote it. A comment is no blank here, although the RFC says so: a HELO name cannot hold a blank, and so
cannot close a comment and add a result of its own. A field that breaks a rule says nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.email.strict_header import StrictMail

_LONGEST = 8192
_MOST = 50
_METHOD = re.compile(r"([a-z][a-z0-9-]*)(?:/1)?=([a-z]+)", re.IGNORECASE)
_PROPERTY = re.compile(r"([a-z][a-z0-9._-]*)=(.*)", re.IGNORECASE | re.DOTALL)
_ID = re.compile(r"[^\s\"=@]{1,253}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came of one method: `properties` like ("header.d", "example.com"), names and result in lower case."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()

    def values(self, *names: str) -> list[str]:
        """The values of these properties."""
        return [value for name, value in self.properties if name in names]


def results_of(mail: StrictMail, authserv_id: str, own_received: int) -> Sequence[Result]:
    """What the server `authserv_id` says about the mail, as far as nobody else can have written it.

    Each server puts its fields on top, and its Received first of all (RFC 5321 section 4.4). So nobody but our own
    servers writes above the topmost Received. `own_received` is how many Received fields of ours come before the
    results; below the first of them only the topmost field is taken.
    """
    received = [number for number, field in enumerate(mail.fields) if field.name == "received"]
    if len(received) <= own_received:
        # Nothing says where our own servers' fields end.
        return ()
    above = mail.fields[: received[own_received]]
    read = [read_results(field.unfolded) for field in above if field.name == "authentication-results"]
    ours = [results for id_, results in read if id_.lower() == authserv_id.lower()]
    return [result for results in (ours[:1] if own_received else ours) for result in results]


def read_results(value: bytes) -> tuple[str, Sequence[Result]]:
    """The authserv-id and the results of one field; ("", ()) for one that is not well written."""
    statements = _statements(value)
    head = statements[0] if statements else []
    if not 1 <= len(head) <= 2 or not _ID.fullmatch(head[0]) or head[1:] not in ([], ["1"]):
        return "", ()
    results = [_result(words) for words in statements[1:] if words not in ([], ["none"])]
    known = [result for result in results if result is not None]
    return (head[0], known) if len(known) == len(results) else ("", ())


def _result(words: Sequence[str]) -> Result | None:
    method = _METHOD.fullmatch(words[0])
    properties = [_PROPERTY.fullmatch(word) for word in words[1:]]
    known = [found for found in properties if found is not None]
    if method is None or len(known) < len(properties):
        return None
    return Result(
        method=method[1].lower(),
        result=method[2].lower(),
        properties=tuple((found[1].lower(), _unquoted(found[2])) for found in known),
    )


def _unquoted(value: str) -> str:
    return value[1:-1] if re.fullmatch(r'"[^"\\]*"', value) else value


def _statements(value: bytes) -> list[list[str]]:
    """What stands between the semicolons, in words; empty where a comment or a string does not end."""
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return []
    bare = _without_comments(text) if len(text) <= _LONGEST and text.replace("\t", " ").isprintable() else ""
    statements = [_words(part) for part in _parts(bare, ";")]
    return statements if len(statements) <= _MOST else []


def _words(part: str) -> list[str]:
    return [word for word in _parts(part.replace("\t", " "), " ") if word]


def _without_comments(text: str) -> str:
    kept, depth, quoted, escaped = list[str](), 0, False, False
    for one in text:
        literal, escaped = escaped, False
        if not literal and one == "\\" and (quoted or depth):
            escaped = True
        elif not literal and one == '"' and not depth:
            quoted = not quoted
        elif not literal and not quoted and one in "()":
            depth += 1 if one == "(" else -1
            if depth < 0:
                return ""
            continue
        if not depth:
            kept.append(one)
    return "" if depth or quoted or escaped else "".join(kept)


def _parts(text: str, mark: str) -> list[str]:
    """The text cut at a mark that stands outside of quoted strings."""
    parts, quoted, escaped = [""], False, False
    pieces: list[str] = []
    for one in text:
        if one == mark and not quoted:
            parts[-1] = "".join(pieces)
            parts.append("")
            pieces = []
            continue
        if one == '"' and not escaped:
            quoted = not quoted
        escaped = quoted and one == "\\" and not escaped
        pieces.append(one)
    parts[-1] = "".join(pieces)
    return parts


def passed(results: Iterable[Result], method: str) -> list[Result]:
    """The results of a method that passed."""
    return [result for result in results if (result.method, result.result) == (method, "pass")]
