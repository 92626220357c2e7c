"""Whether a mail is a notice of non-delivery: by who sent it, by its subject, by its words. Pure.

What a daemon's name or subject says is enough. Words are not: people write of parcels that were not delivered, and put
a server's words into their own mails. So they count where nobody is named as the sender, or where a server speaks from
the first line on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from email.message import Message as Header

from connectors.email import machine_phrases as table
from connectors.email.author import addresses, fields
from connectors.email.bounce import is_server_speaking, speaks_of_failure
from connectors.email.charsets import decode_field
from connectors.email.contents import first_text
from connectors.email.folding import fold
from connectors.email.mime import Part
from connectors.email.phrases import any_of
from connectors.email.subject import is_forwarded

DAEMON = re.compile(
    r"(?:mailer[-_. ]?daemon|mail[-_.]?daemon|postmaster|mail[-_.]?delivery[-_.]?(?:(?:sub)?system|service)?|mdaemon|"
    r"mmdf|delivery[-_.]?(?:subsystem|failure|notification|daemon|status)|undeliver(?:ed|able)|mail[-_.]?returned|"
    r"maildelivery|mailerror|mail[-_.]?system)"
)
# As an author's address only: what people write may go through a service whose envelopes bear such a name.
_BOUNCING = re.compile(r"bounces?|ndr|dsn|autoresponder[-_.]?bounce")
_DAEMON_NAME = re.compile(
    r"\W{0,3}(?:mail ?delivery ?(?:sub)?(?:system|service)|mailer[- ]daemon|mail delivery|delivery subsystem|"
    r"mail system|mail administrator|internet mail delivery|e-?mail delivery (?:system|service)|undelivered mail|"
    r"postmaster|mail router|mail delivery agent|zustellsystem)\W{0,3}"
)
_BOUNCE, _LIKELY_BOUNCE = any_of(table.BOUNCE_SUBJECTS), any_of(table.LIKELY_BOUNCE_SUBJECTS)
_DAEMON_FIELD = re.compile(
    r"(?:from|von|de|da|van|fran|fra|od|от|від)\s?:.{0,80}(?:mailer-daemon|postmaster|mail delivery (?:sub)?system)"
)
# As much as "FYI" or "Forwarding this".
_NO_WORDS = 30


def bounce_sign(header: Header, leaves: Sequence[Part], mail_from: str, *, nobody: bool) -> str:
    """How we know; "" where we do not. `nobody` says that the envelope has no sender."""
    failed = next(iter(fields(header, "x-failed-recipients")), None)
    if failed is not None:
        return f"X-Failed-Recipients: {decode_field(failed)}"
    return _by_sender(header, mail_from) or _by_words(header, leaves, nobody=nobody)


def _by_sender(header: Header, mail_from: str) -> str:
    name, address = next(iter(addresses(fields(header, "from")[:1])), ("", ""))
    own = _local(address)
    if DAEMON.fullmatch(own) or _BOUNCING.fullmatch(own):
        return f"From: {address}"
    if _DAEMON_NAME.fullmatch(fold(name)[:100]):
        return f"From: {name}"
    return f"sent by {mail_from}" if DAEMON.fullmatch(_local(mail_from)) else ""


def _local(address: str) -> str:
    """What stands before the @; all of it where there is none, as daemons have it."""
    return (address.rpartition("@")[0] or address).lower()[:128]


def _by_words(header: Header, leaves: Sequence[Part], *, nobody: bool) -> str:
    subject = fold(decode_field(next(iter(fields(header, "subject")), ""))[:300])
    if _BOUNCE.match(subject):
        return f"Subject: {subject[:80]}"
    if is_forwarded(subject) and _BOUNCE.match(subject.partition(":")[2].strip()) and _is_passed_on(leaves):
        return "a mail server's notice, passed on without a word"
    likely = not subject or _LIKELY_BOUNCE.search(subject) is not None
    if speaks_of_failure(leaves) if nobody else likely and is_server_speaking(leaves):
        return "its text is a mail server's that could not deliver"
    return ""


def _is_passed_on(leaves: Sequence[Part]) -> bool:
    """Whether the text is a notice of a mail server's that somebody, or a rule, forwarded with next to no word."""
    lines = [fold(line.lstrip("> \t")[:300]) for line in first_text(leaves).split("\n", 60)[:60]]
    from_daemon = next((number for number, line in enumerate(lines) if _DAEMON_FIELD.match(line)), -1)
    said = sum(len(line) for line in _own(lines[: max(0, from_daemon)]))
    return from_daemon >= 0 and said <= _NO_WORDS and speaks_of_failure(leaves)


def _own(lines: Sequence[str]) -> Iterator[str]:
    """Lines that are neither a program's announcement nor a header field."""
    return (line for line in lines if not line.endswith(":") and ":" not in line[:12] and not line.startswith("-"))
