"""A customer's XMPP client to the owner's through the bridge, undo 0, the bot silent: p50 and p99, messages a second.

Beside it, in turns and between the same two clients on the same Prosody, the direct path: what no bridge can beat.
Through the bridge a message makes the direct path twice, and is committed twice on its way: as it came, and with what
was decided. What else is in the way: seven to nine milliseconds of Python, shared by slixmpp, reading, deciding and the
store (so that a machine with other work to do adds to it), and, for a burst to one owner, that a line leaves only when
the server has taken the one before it. Prosody's own waiting for full packets (up to 40 ms) is switched off here.
Then a burst: how many messages a second reach the owner. In one chat, and with a contact for each conversation.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measuring.results import keep, quantile

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from daemon.process import Running
from daemon.town import Town
from servers import prosody
from servers.person import Person

MESSAGES = 300
BURST = 500


class Ear:
    """When a person's client heard each text."""

    def __init__(self, person: Person) -> None:
        self.heard: dict[str, float] = {}
        self._changed = asyncio.Event()
        person.client.add_event_handler("message", self._hear)

    def _hear(self, message: Any) -> None:
        self.heard[str(message["body"]).rpartition("): ")[2]] = time.perf_counter()
        self._changed.set()

    async def until(self, there: Callable[[], bool]) -> None:
        """Until it holds."""
        async with asyncio.timeout(60):
            while not there():
                self._changed.clear()
                await self._changed.wait()


async def one_by_one(customer: Person, to: str, ear: Ear, stem: str) -> float:
    """Seconds from saying a text to hearing it."""
    began = time.perf_counter()
    customer.say(to, stem)
    await ear.until(lambda: stem in ear.heard)
    return ear.heard[stem] - began


async def burst(customer: Person, to: str, ear: Ear) -> float:
    """Messages a second, all said at once."""
    texts = [f"burst {number}." for number in range(BURST)]
    began = time.perf_counter()
    for text in texts:
        customer.say(to, text)
    await ear.until(lambda: all(text in ear.heard for text in texts))
    return BURST / (max(ear.heard[text] for text in texts) - began)


async def measured(folder: Path, daemon: Running, town: Town) -> dict[str, object]:
    """The figures of one way to answer."""
    await asyncio.to_thread(town.ready, daemon)
    through, direct = [], []
    async with town.person(town.anna) as anna, town.person(town.olga) as olga:
        ear = Ear(olga)
        # The first one makes the conversation, and a contact: it is not counted.
        await one_by_one(anna, town.jid, ear, f"first {folder.name}.")
        for number in range(MESSAGES):
            direct.append(await one_by_one(anna, town.olga, ear, f"direct {number}."))
            through.append(await one_by_one(anna, town.jid, ear, f"through {number}."))
        rate = await burst(anna, town.jid, ear)
    return {
        "p50_ms": round(quantile(through, 0.5) * 1000, 1),
        "p99_ms": round(quantile(through, 0.99) * 1000, 1),
        "direct_p50_ms": round(quantile(direct, 0.5) * 1000, 1),
        "direct_p99_ms": round(quantile(direct, 0.99) * 1000, 1),
        "burst_per_second": round(rate),
    }


def run(folder: Path, *, contacts: bool) -> dict[str, object]:
    """A town of its own for each way to answer."""
    server = prosody.start()
    try:
        town = Town(server, folder)
        town.shop.flood, town.shop.terminal = 10_000, False
        if contacts:
            town.owned_by_olga_with_contacts()
        else:
            town.owned_by_olga()
        with town.shop.running() as daemon:
            return asyncio.run(measured(folder, daemon, town))
    finally:
        server.stop()


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        one_chat = run(Path(folder) / "one", contacts=False)
        contacts = run(Path(folder) / "contacts", contacts=True)
    keep("xmpp_latency", messages=MESSAGES, burst=BURST, one_chat=one_chat, contacts=contacts)


if __name__ == "__main__":
    main()
