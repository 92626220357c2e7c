"""Reading answers from a Maildir as they arrive: what the demo's customer would do with a mail program."""

from __future__ import annotations

import time
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import getaddresses
from pathlib import Path

LOOK_EVERY_SECONDS = 0.1


def answers(maildir: Path, address: str) -> list[EmailMessage]:
    """Every mail to this address, the oldest first."""
    files = [file for folder in ("new", "cur") for file in (maildir / folder).glob("*")]
    mails = [_read(file) for file in sorted(files, key=lambda file: (file.stat().st_mtime_ns, file.name))]
    return [mail for mail in mails if address.lower() in _recipients(mail)]


def thread_of(mail: EmailMessage) -> list[str]:
    """The Message-IDs that an answer to this mail names in References (RFC 5322 section 3.6.4)."""
    return [*str(mail["References"] or "").split(), str(mail["Message-ID"])]


def wait_for_answer(maildir: Path, address: str, message_id: str, seconds: float) -> Iterator[EmailMessage]:
    """Each mail to this address that refers to `message_id`, as it arrives, until the time is up."""
    end = time.monotonic() + seconds
    seen: set[str] = set()
    while time.monotonic() < end:
        for mail in answers(maildir, address):
            if message_id in thread_of(mail)[:-1] and str(mail["Message-ID"]) not in seen:
                seen.add(str(mail["Message-ID"]))
                yield mail
        time.sleep(LOOK_EVERY_SECONDS)


def _read(file: Path) -> EmailMessage:
    return message_from_bytes(file.read_bytes(), policy=policy.default)


def _recipients(mail: EmailMessage) -> set[str]:
    return {address.lower() for _, address in getaddresses([str(mail["To"] or "")])}
