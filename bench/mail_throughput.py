"""Mails a second from the store through parsing and deciding to the owner's screen, daemon and worker on one core.

The mails are of the kinds that a shop gets: plain ones, answers with a quoted original in text and HTML, and one in ten
with a picture of 100 KB. They lie in the store before the daemon starts.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

from measuring.bridge import Bridge
from measuring.results import keep

from bridge.connector import RawItem
from bridge.store.store import open_store

MAILS = 2_000
PICTURE = bytes(range(256)) * 400
ORIGINAL = "\n".join(
    f"> Line {number} of what the shop had written before, as people leave it." for number in range(20)
)
HTML = (
    "<html><body><p>{words}</p><div class='gmail_quote'>On Sunday the shop wrote:<blockquote>"
    + "<p>What was written before.</p>" * 20
    + "</blockquote></div></body></html>"
)


def plain(mail: EmailMessage, words: str) -> None:
    """A few lines and a signature."""
    mail.set_content(f"Hello,\n\n{words}\n\nKind regards\nAnna\n-- \nAnna Example, Example Street 1\n")


def answer(mail: EmailMessage, words: str) -> None:
    """Text and HTML, with the original below."""
    mail.set_content(f"{words}\n\nOn Sunday, 22 November 2026, the shop wrote:\n{ORIGINAL}\n")
    mail.add_alternative(HTML.format(words=words), subtype="html")


def with_picture(mail: EmailMessage, words: str) -> None:
    """A plain one with a picture."""
    plain(mail, words)
    mail.add_attachment(PICTURE, maintype="image", subtype="jpeg", filename="photo.jpg")


KINDS: tuple[Callable[[EmailMessage, str], None], ...] = (*(plain, answer) * 4, plain, with_picture)


def written(number: int) -> bytes:
    """One mail; its words say its number."""
    mail = EmailMessage()
    mail["From"] = f"Anna <anna{number}@example.org>"
    mail["To"] = "shop@example.org"
    mail["Subject"] = f"Question {number}"
    mail["Message-ID"] = f"<{number}@example.org>"
    KINDS[number % len(KINDS)](mail, f"do you have number {number}?")
    return mail.as_bytes()


async def fill(folder: Path, count: int) -> None:
    """Put the mails into the store."""
    store = await open_store(f"sqlite:///{folder / 'inbox-bridge.db'}", lambda _: None)
    facts = {"via": "smtp", "account": "shop@example.org", "rcpt_tos": ["shop@example.org"]}
    for start in range(0, count, 500):
        rows = [
            (
                "mail",
                RawItem(
                    native_id=f"m{number}",
                    raw=written(number),
                    lane=f"anna{number}@example.org",
                    facts={**facts, "mail_from": f"anna{number}@example.org"},
                    received_at=datetime.now(UTC),
                ),
            )
            for number in range(start, min(start + 500, count))
        ]
        await store.inbox.receive(rows, {})
    await store.close()


def main(count: int = MAILS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        asyncio.run(fill(Path(folder), count))
        here = os.sched_getaffinity(0)
        # Whatever is started from now on stays on this one core, too.
        os.sched_setaffinity(0, {min(here)})
        bridge = Bridge(Path(folder))
        bridge.start()
        assert bridge.process is not None
        first, last, shown = 0.0, 0.0, 0
        while shown < count:
            moment, line = bridge.shown.get(timeout=60)
            if "do you have number" in line:
                first, last, shown = first or moment, moment, shown + 1
        began = time.monotonic()
        bridge.process.kill()
        bridge.process.wait()
        os.sched_setaffinity(0, here)
        assert began >= last
    keep("mail_throughput", mails=count, cores=1, per_second=round((count - 1) / (last - first), 1))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
