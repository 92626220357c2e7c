"""A notice of non-delivery in a server's own words, without RFC 3464: whose, why, and whether for good. Pure, linear.

Only the notice itself is read, up to where the returned mail begins, in bounded lines. A code that the other side gave
(RFC 3463, RFC 5321 section 4.2) is worth more than words, and an enhanced one more than a plain one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.email import bounce_phrases as table
from connectors.email.folding import fold
from connectors.email.lines import ADDRESS
from connectors.email.phrases import any_of, pattern

_MOST_LINES = 150
_LONGEST = 400
_FIRST_LINES = 14

_ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,2})\.(\d{1,3})(?![\d])(?!\.\d)")
_REPLY = re.compile(r"(?:^|[\s:;,(<\"'\[>])([45][0-7]\d)(?=[\s:\-](?!\d))")
# Where a plain number is the other server's answer and no port, size or year.
_ANSWER = re.compile(
    r"said|respon|repl|returned|smtp|<<<|>>>|error|status|code|reason|diagnos|remote|session|rejected|refused|"
    r"^\W{0,3}[45]\d\d[ -]"
)
_PLAIN_CODE = re.compile(
    r"[\W_]{0,8}[45][0-7]\d[ -]|.{0,200}(?:said|smtp|responded|error|reason).{0,20}[ :(][45][0-7]\d "
)
_NOTICE, _RETURNED = any_of(table.NOTICES), any_of(table.RETURNED_FROM)
_REASONS = tuple((status, any_of(words)) for status, words in table.REASONS)
_FIRST_PERSON = pattern(fold(word) for word in table.FIRST_PERSON)
_TEMPORARY, _PERMANENT = any_of(table.TEMPORARY), any_of(table.PERMANENT)
_HEADER = re.compile(
    r"(?:received|return-path|message-id|mime-version|content-type|x-[\w-]{1,40}|date|subject|from|to)\s?:"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """What a notice says: a status of RFC 3463, "" for none; the line that says it; the address that it speaks of."""

    status: str
    words: str
    recipient: str


def notice_lines(text: str) -> list[str]:
    """The lines of the notice, up to the returned mail."""
    kept: list[str] = []
    headers, begun = 0, False
    for line in text[: _MOST_LINES * 2000].split("\n"):
        # A notice that somebody passed on comes as a quote.
        words = line.lstrip("> \t").rstrip()[:_LONGEST]
        if not words:
            continue
        folded = fold(words)
        headers = headers + 1 if _HEADER.match(folded) else 0
        begun = begun or _NOTICE.search(folded) is not None or _ENHANCED.search(folded) is not None
        if len(kept) >= _MOST_LINES or (begun and headers >= 4) or (kept and _RETURNED.match(folded)):
            break
        kept.append(words)
    return kept


def is_notice(lines: Sequence[str]) -> bool:
    """Whether the first lines are those of a mail server that could not deliver."""
    return any(_NOTICE.search(fold(line)) for line in lines[:_FIRST_LINES])


def begins_as_notice(lines: Sequence[str], *, returned: bool) -> bool:
    """Whether one of the first lines begins as only a server's do, below no greeting, and a code or a mail follows."""
    folded = [fold(line) for line in lines]
    greeted = bool(folded) and len(folded[0]) < 40 and folded[0].endswith((",", "!"))
    if greeted or any(_FIRST_PERSON.search(line) or line.endswith("?") for line in folded[:_FIRST_LINES]):
        return False
    coded = returned or any(
        _ENHANCED.search(line) or _PLAIN_CODE.match(line) or ADDRESS.fullmatch(line.strip("<>:;.,*- "))
        for line in folded
    )
    return coded and any(_NOTICE.match(line.lstrip("-=*#+ ")) for line in folded[:4])


def read_notice(lines: Sequence[str], not_these: Iterable[str]) -> Notice:
    """What the lines say; `not_these` are addresses of the notice's own From and To."""
    folded = [fold(line) for line in lines]
    status, at = _status(folded)
    recipient = next(_recipients(lines, frozenset(not_these)), "")
    return Notice(status=status, words=lines[at] if at >= 0 else "", recipient=recipient)


def _status(lines: Sequence[str]) -> tuple[str, int]:
    """The status, and the number of the line that it comes from; -1 for none."""
    reply, reply_at = "", -1
    vague, vague_at = "", -1
    for number, line in enumerate(lines):
        for found in _ENHANCED.finditer(line):
            if found[2] + found[3] != "00" and found[1] != "2":
                return found[0], number
            vague, vague_at = (vague, vague_at) if vague or found[1] == "2" else (found[0], number)
        plain = _REPLY.search(line)
        if plain and not reply and _ANSWER.search(line):
            reply, reply_at = plain[1], number
    words, words_at = _by_words(lines)
    for code, at in ((vague[:1], vague_at), (reply[:1], reply_at)):
        if code:
            # The class is the server's, the rest what its words say.
            return (f"{code}{words[1:]}" if words else f"{code}.0.0"), at
    return words, words_at


def _by_words(lines: Sequence[str]) -> tuple[str, int]:
    for status, reason in _REASONS:
        for number, line in enumerate(lines):
            if reason.search(line):
                return _tempered(status, lines), number
    return "", -1


def _tempered(status: str, lines: Sequence[str]) -> str:
    """The status with class 4 where the notice says that the failure is for now."""
    for_now = any(_TEMPORARY.search(line) for line in lines)
    for_good = any(_PERMANENT.search(line) for line in lines)
    return f"4{status[1:]}" if for_now and not for_good else status


def _recipients(lines: Sequence[str], not_these: frozenset[str]) -> Iterator[str]:
    """Addresses of the notice: first those that a line begins with, then any."""
    for beginning in (True, False):
        for line in lines:
            found = ADDRESS.search(line)
            at_front = found is not None and line[: found.start()].strip(" <\"'([*-:") == ""
            if found is not None and (at_front or not beginning):
                address = found[0].lower().rstrip(".")
                if address not in not_these and not address.startswith(("postmaster@", "mailer-daemon@")):
                    yield address
