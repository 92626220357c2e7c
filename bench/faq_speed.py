"""How fast the FAQ's matcher is, and how much memory it takes.

Ratios are against the bare embedding of the same text, in the same run, in turns. The FAQ is put together from words:
300 entries of five phrasings.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from measuring.results import keep, pss_mb

from bridge.faq.entry import Entry

LINE = "Do you ship to Switzerland, and what does it cost?"
LONG = (
    "I bought a blue jacket in your shop in March and wore it only twice before the zip broke on the left side. "
    "My wife says that it can be repaired, but the tailor around the corner wants more than the jacket was. "
    "I still have the receipt and the box, and I would prefer a new one in the same size and colour. "
    "Can I send it back to you without paying for the parcel, or must I bring it to one of your shops? "
    "We are on holiday from the tenth to the twentieth and nobody is at home then to open the door. "
    "Please also tell me how long it takes until the money is back on my account if you have none left. "
)
_THINGS = (
    "jacket",
    "shoes",
    "invoice",
    "parcel",
    "voucher",
    "table",
    "lamp",
    "bike",
    "ticket",
    "course",
    "room",
    "cake",
)
_DEEDS = ("return", "exchange", "pay for", "track", "cancel", "repair", "gift wrap", "reserve", "insure", "rent")
_WAYS = (
    "How can I {} my {}",
    "I want to {} the {}",
    "is it possible to {} a {}",
    "where do I {} the {}",
    "{} {} please",
)
_WHERE = ("at home", "abroad", "in the shop")


def faq(count: int) -> list[Entry]:
    chance = random.Random(5)
    kinds = [(deed, thing, where) for deed in _DEEDS for thing in _THINGS for where in _WHERE]
    chance.shuffle(kinds)
    return [_entry(number, kind) for number, kind in enumerate(kinds[:count])]


def _entry(number: int, kind: tuple[str, str, str]) -> Entry:
    ways = [f"{way.format(*kind)} {kind[2]}" for way in _WAYS]
    return Entry(id=f"e{number}", question=ways[0], also=tuple(ways[1:]), answer="x")


def measured() -> dict[str, float]:
    """In a fresh process: loading, memory, an FAQ made ready, again from the cache, and messages of two lengths."""
    import bridge.configuration.config  # noqa: F401, PLC0415 - what the daemon has loaded anyway is not the matcher's

    before = pss_mb(os.getpid())
    start = time.perf_counter()
    from bridge.faq.embed import SHIPPED, Embedder  # noqa: PLC0415 - loading is what is measured
    from bridge.faq.matcher import Matcher  # noqa: PLC0415

    Matcher(())
    figures = {"load_s": time.perf_counter() - start}
    with tempfile.TemporaryDirectory() as folder:
        for name in ("ready_s", "cached_s"):
            start, used = time.perf_counter(), time.process_time()
            matcher = Matcher(faq(300), cache=Path(folder))
            figures |= {name: time.perf_counter() - start, name.replace("_s", "_cpu_s"): time.process_time() - used}
            matcher.match(LINE)
            figures.setdefault("pss_mb", pss_mb(os.getpid()) - before)
    embedder = Embedder(SHIPPED)
    for name, text in (("line", LINE), ("long", LONG)):
        bare, whole = in_turns(lambda text=text: embedder([text]), lambda text=text: matcher.match(text))  # type: ignore[misc]
        figures |= {f"{name}_bare_ms": bare, f"{name}_ms": whole, f"{name}_ratio": whole / bare}
    return figures


def in_turns(first: Callable[[], object], second: Callable[[], object], rounds: int = 60) -> tuple[float, float]:
    """The medians of both, milliseconds of processor time, so that others on the machine count less."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for call, taken in zip((first, second), times, strict=True):
            start = time.process_time()
            call()
            taken.append(1000 * (time.process_time() - start))
    return statistics.median(times[0]), statistics.median(times[1])


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--inside", action="store_true", help="measure in this process, print JSON")
    if options.parse_args().inside:
        print(json.dumps(measured()))
        return
    done = subprocess.run([sys.executable, __file__, "--inside"], check=True, capture_output=True, text=True)
    keep("faq_speed", **{name: round(value, 3) for name, value in json.loads(done.stdout).items()})


if __name__ == "__main__":
    main()
