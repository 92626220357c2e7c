"""The shop's FAQ in the running daemon: read, made ready, looked up in, written to.

All of it happens in one thread beside the event loop, one thing after the other. Where anything goes wrong nothing is
found, so that the bridge is silent and the owner has the message: what is wrong is told once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import structlog

from bridge.extras import remedy
from bridge.failures import Unavailable
from bridge.faq.entry import Entry
from bridge.faq.faq_file import Faq
from bridge.faq.faq_writing import Unwritable
from bridge.faq.finder import Finder, opened
from bridge.faq.fitted import fitted
from bridge.faq.match import Match
from bridge.faq.rules import Rules
from bridge.steps.faq_folder import add_entries, add_phrasing, read_folder, signature

log = structlog.get_logger()

LOOK_SECONDS = 2.0
"""A file that was changed counts so soon."""

READY_SECONDS = 15.0
"""A message waits so long for an FAQ that is being made ready; after that it goes to the owner without."""

T = TypeVar("T")
Seconds = Callable[[float], None]


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """Where the FAQ lies, and how it is to be used. `precision`: the share of answers that is to be right ("0.97").

    `connectors` are the names of the shop's, `has_hours` whether it has told its opening hours: an entry that asks for
    what is not there is left out.
    """

    path: Path
    connectors: frozenset[str]
    has_hours: bool
    model: Path | None = None
    cache: Path | None = None
    precision: str = "0.97"
    rules: Rules = field(default_factory=Rules)


class Library:
    """The FAQ that is on the shelf at the moment. `tell` gets what is wrong with it, None once nothing is; `took` how
    many seconds each look-up took.
    """

    def __init__(
        self,
        tell: Callable[[str | None], Awaitable[None]],
        took: Seconds = lambda _: None,
        *,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._tell = tell
        self._took = took
        self._look_seconds = look_seconds
        self._shelf: Shelf | None = None
        self._finder: Finder | None = None
        self._rules: Rules | None = None
        self._ready = asyncio.Event()
        self._renew = asyncio.Event()
        self._making = asyncio.Lock()
        self._thread: ThreadPoolExecutor | None = None
        self._untold: list[str | None] = []

    @property
    def rules(self) -> Rules | None:
        """The entries, and the rules of answering with them; None while there are none."""
        return self._rules

    def adopt(self, shelf: Shelf | None) -> None:
        """Take the FAQ from this shelf from now on."""
        if shelf == self._shelf:
            return
        self._shelf = shelf
        self._ready.clear()
        if shelf is None:
            self._finder, self._rules = None, None
        self._renew.set()

    async def run(self) -> None:
        """Make the FAQ ready, and again after each change, until cancelled."""
        try:
            while True:
                self._renew.clear()
                seen = await self._made_ready(self._shelf) if self._shelf else ()
                await self._until_changed(seen)
        finally:
            if self._thread is not None:
                self._thread.shutdown(wait=False, cancel_futures=True)

    async def match(self, text: str, channel: str = "") -> Match | None:
        """The entries that this text asks for, which came by the connector `channel`; None where that cannot be said
        now.
        """
        if self._shelf is None or not await self._is_ready() or self._finder is None or self._rules is None:
            return None
        other_language, finder = self._rules.judging.other_language, self._finder
        began = time.monotonic()
        try:
            return await self._in_thread(lambda: finder.find(text, other_language=other_language, channel=channel))
        except Exception:  # a fault of ours must not keep the message from the owner
            log.exception("faq.fault")
            return None
        finally:
            self._took(time.monotonic() - began)

    async def change(self, change: Mapping[str, object]) -> str:
        """Write into the FAQ what it is to learn (`bot/learning.py`); why that failed, or "". Harmless twice."""
        shelf = self._shelf
        if shelf is None:
            return "there is no FAQ"
        try:
            await self._in_thread(lambda: _write(shelf.path, change))
        except (Unwritable, OSError) as error:
            return str(error)
        await self._made_ready(shelf)  # who asks next finds it
        return ""

    async def _is_ready(self) -> bool:
        try:
            async with asyncio.timeout(READY_SECONDS):
                await self._ready.wait()
        except TimeoutError:
            return False
        return True

    async def _made_ready(self, shelf: Shelf) -> object:
        """Read it and take it into use; what it looked like before it was read, so that no change is missed."""
        async with self._making:
            return await self._read(shelf)

    async def _read(self, shelf: Shelf) -> object:
        seen = await self._signature(shelf.path)
        try:
            faq = await self._in_thread(lambda: _read_for(shelf))
            finder, rules, trouble = await self._in_thread(lambda: _opened(faq, shelf))
        except ImportError as error:  # NumPy, without which not even words are compared
            log.warning("faq.library_missing", library=error.name)
            await self._say(f"{error.name} is missing; {remedy('faq')}")
            self._finder, self._rules = None, None
        except Exception as error:  # whatever the model's libraries may raise: without an FAQ the bridge works as ever
            log.exception("faq.fault")
            await self._say(f"it cannot be used ({type(error).__name__})")
            self._finder, self._rules = None, None
        else:
            self._finder, self._rules = finder, rules
            log.info("faq.ready", entries=len(rules.entries), faults=len(faq.errors), lexical=bool(trouble))
            await self._say(_troubles(faq, trouble) or None)
        self._ready.set()
        return seen

    async def _say(self, trouble: str | None) -> None:
        """Tell the owners; where the store does not answer now, they are told later."""
        self._untold.clear()
        try:
            await self._tell(trouble)
        except Unavailable as error:
            log.warning("faq.untold", reason=str(error))
            self._untold.append(trouble)

    async def _until_changed(self, seen: object) -> None:
        while not self._renew.is_set():
            try:
                async with asyncio.timeout(self._look_seconds):
                    await self._renew.wait()
            except TimeoutError:
                for trouble in list(self._untold):
                    await self._say(trouble)
                if self._shelf is not None and await self._signature(self._shelf.path) != seen:
                    return

    async def _signature(self, path: Path) -> object:
        return await self._in_thread(lambda: signature(path))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="faq")
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _read_for(shelf: Shelf) -> Faq:
    return fitted(read_folder(shelf.path), connectors=shelf.connectors, has_hours=shelf.has_hours)


def _opened(faq: Faq, shelf: Shelf) -> tuple[Finder, Rules, str]:
    """The entries ready to be looked up, the rules, and why only words are compared, if they are."""
    finder = opened(faq.entries, channels=shelf.connectors, model=shelf.model, cache=shelf.cache)
    measured = finder.rules(round(100 * float(shelf.precision)))
    judging = replace(shelf.rules.judging, threshold=measured.threshold, understood=measured.understood)
    rules = replace(shelf.rules, entries={entry.id: entry for entry in faq.entries}, judging=judging)
    return finder, rules, finder.lexical


def _troubles(faq: Faq, lexical: str) -> str:
    told = []
    if faq.errors:
        first = str(faq.errors[0]).partition("\n")[0]
        others = f", and {len(faq.errors) - 1} more" if len(faq.errors) > 1 else ""
        told.append(f"{first}{others}; what has no mistake is used")
    if lexical:
        told.append(f"only words are compared, not meaning: {lexical}")
    return "; ".join(told)


def _write(path: Path, change: Mapping[str, object]) -> None:
    entry, question = str(change["entry"]), str(change["question"])
    if change["what"] == "add":
        known = {one.id: one for one in read_folder(path).entries}
        if entry not in known:
            # Braces of the owner's own are no placeholders.
            answer = str(change["answer"]).replace("{", "{{").replace("}", "}}")
            add_entries(path, [Entry(id=entry, question=question, answer=answer)])
        return
    add_phrasing(path, entry, question, as_not_this=change["what"] == "not")
