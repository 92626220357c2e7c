"""A start with a hundred thousand items waiting: time to ready, PSS, and how soon a new message is shown meanwhile.

The backlog is of mails from as many senders, put into the store directly. While it drains, a mail of a new sender is
delivered by SMTP twice a second, and its way to the owner is timed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from measuring.bridge import Bridge
from measuring.results import keep, pss_mb, quantile
from measuring.smtp_load import deliver, mail

from bridge.connector import RawItem
from bridge.store.store import open_store

ITEMS = 100_000
NEW = 60


async def fill(folder: Path, count: int) -> None:
    """Put the backlog into the store."""
    store = await open_store(f"sqlite:///{folder / 'inbox-bridge.db'}", lambda _: None)
    now = datetime.now(UTC)
    facts = {"via": "smtp", "account": "shop@example.org", "rcpt_tos": ["shop@example.org"]}
    for start in range(0, count, 1000):
        rows = [
            (
                "mail",
                RawItem(
                    native_id=f"old{number}",
                    raw=mail(f"old{number}").removesuffix(b".\r\n"),
                    lane=f"old{number}@example.org",
                    facts={**facts, "mail_from": f"old{number}@example.org"},
                    received_at=now,
                ),
            )
            for number in range(start, start + 1000)
        ]
        await store.inbox.receive(rows, {})
    await store.close()


def main(count: int = ITEMS) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        asyncio.run(fill(Path(folder), count))
        bridge = Bridge(Path(folder))
        ready = bridge.start()
        assert bridge.process is not None
        taken, highest, shown = [], 0.0, 0
        for number in range(NEW):
            began = time.monotonic()
            asyncio.run(deliver(bridge.port, [f"new{number}"]))
            until = began + 30
            while True:
                moment, line = bridge.shown.get(timeout=until - time.monotonic())
                shown += "number old" in line
                if f"number new{number}" in line:
                    taken.append(moment - began)
                    break
            highest = max(highest, pss_mb(bridge.process.pid))
            time.sleep(max(0.0, began + 0.5 - time.monotonic()))
        bridge.process.kill()
        bridge.process.wait()
    keep(
        "backlog",
        items=count,
        ready_seconds=round(ready, 2),
        pss_mb=highest,
        new_p50_seconds=round(quantile(taken, 0.5), 3),
        new_p99_seconds=round(quantile(taken, 0.99), 3),
        old_shown_meanwhile=shown,
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
