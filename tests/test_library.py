"""The FAQ in the running daemon: what is wrong with it is told, also where the store does not answer at that moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bridge.connector import Unavailable
from bridge.steps.library import Library, Shelf

pytestmark = pytest.mark.usefixtures("faq_model")

ENTRY = '[[entry]]\nid = "opening"\nquestion = "When are you open?"\nanswer = "From 9 to 6."\n'
BROKEN = ENTRY + "[[entry]\n"


class Owners:
    """Hears what is told; the first `deaf` times the store does not answer."""

    def __init__(self, deaf: int = 0) -> None:
        self.told: asyncio.Queue[str | None] = asyncio.Queue()
        self._deaf = deaf

    async def hear(self, trouble: str | None) -> None:
        if self._deaf:
            self._deaf -= 1
            raise Unavailable("the server closed the connection")
        await self.told.put(trouble)

    async def next(self) -> str | None:
        async with asyncio.timeout(20):
            return await self.told.get()


@asynccontextmanager
async def running(library: Library, shelf: Shelf) -> AsyncIterator[Library]:
    library.adopt(shelf)
    task = asyncio.create_task(library.run())
    try:
        yield library
        assert not task.done(), "it ended by itself"
    finally:
        task.cancel()
        await asyncio.wait({task})


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    (tmp_path / "faq.toml").write_text(ENTRY)
    return Shelf(path=tmp_path, cache=tmp_path / "cache", connectors=frozenset(["mail"]), has_hours=False)


async def test_a_mistake_is_told_and_that_it_is_gone(shelf: Shelf) -> None:
    owners = Owners()
    async with running(Library(owners.hear, look_seconds=0.02), shelf) as library:
        assert await owners.next() is None
        assert library.rules is not None
        assert list(library.rules.entries) == ["opening"]
        (shelf.path / "more.toml").write_text(BROKEN)
        assert "; what has no mistake is used" in str(await owners.next())
        assert list(library.rules.entries) == ["opening"]
        (shelf.path / "more.toml").unlink()
        assert await owners.next() is None


async def test_what_the_shop_has_nothing_for_is_told_and_answers_nobody(shelf: Shelf) -> None:
    (shelf.path / "hours.toml").write_text(
        '[[entry]]\nid = "hours"\nquestion = "Your hours?"\nanswer = "{opening_hours}"\n'
    )
    owners = Owners()
    async with running(Library(owners.hear, look_seconds=0.02), shelf) as library:
        assert "nothing can stand for {opening_hours}" in str(await owners.next())
        assert library.rules is not None
        assert list(library.rules.entries) == ["opening"]
        library.adopt(replace(shelf, has_hours=True))
        assert await owners.next() is None
        assert set(library.rules.entries) == {"hours", "opening"}


async def test_a_connector_has_entries_of_its_own(shelf: Shelf) -> None:
    pytest.importorskip("onnxruntime")
    more = ENTRY.replace('"opening"', '"by-chat"') + 'channels = ["chat"]\n'
    (shelf.path / "faq.toml").write_text(ENTRY + 'channels = ["mail"]\n' + more)
    async with running(Library(Owners().hear), replace(shelf, connectors=frozenset(["mail", "chat"]))) as library:
        for channel, entry in (("mail", "opening"), ("chat", "by-chat")):
            found = await library.match("When are you open?", channel)
            assert found is not None
            assert [one.entry for one in found.candidates] == [entry]


async def test_it_is_told_later_where_the_store_does_not_answer(shelf: Shelf) -> None:
    (shelf.path / "more.toml").write_text(BROKEN)
    owners = Owners(deaf=3)
    async with running(Library(owners.hear, look_seconds=0.02), shelf):
        assert "; what has no mistake is used" in str(await owners.next())
        assert owners.told.empty()


async def test_each_look_up_is_timed(shelf: Shelf) -> None:
    took: list[float] = []
    owners = Owners()
    async with running(Library(owners.hear, took.append), shelf) as library:
        found = await library.match("When are you open?")
    assert found is not None
    assert found.candidates[0].entry == "opening"
    assert len(took) == 1


async def test_what_cannot_be_written_is_said(shelf: Shelf) -> None:
    library = Library(Owners().hear)
    change = {"what": "also", "entry": "opening", "question": "Open?"}
    assert await library.change(change) == "there is no FAQ"
    async with running(library, shelf):
        assert await library.change(change) == ""
        assert '"Open?"' in (shelf.path / "faq.toml").read_text()
        assert "nowhere" in await library.change({**change, "entry": "nowhere"})
