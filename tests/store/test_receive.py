"""Step 1 on both engines: stored once, with the position, in one transaction, before anything is acknowledged."""

from __future__ import annotations

import asyncio
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pieces import LATER, claim, look, raw, receive, rows, together
from sqlalchemy import delete, func, select

from bridge.connector import Busy, Unavailable
from bridge.messages import RawItem
from bridge.steps.receive import Receiver
from bridge.store.store import Store, blob_folder
from bridge.store.work_tables import blobs, items, lanes
from bridge.testing import START
from bridge.work import INLINE_LIMIT

LARGE = bytes(range(256)) * 400  # 100 KB


async def test_the_same_item_twice_is_stored_once(store: Store) -> None:
    assert await receive(store, raw("1"), raw("2"), uid="2") == 2
    assert await receive(store, raw("2"), raw("3"), uid="3") == 1
    assert await receive(store, raw("1"), raw("2"), raw("3")) == 0
    assert [row[0] for row in await rows(store, items, "native_id")] == ["1", "2", "3"]
    assert await store.position("mail") == {"uid": "3"}


async def test_twice_in_one_call_is_once(store: Store) -> None:
    assert await receive(store, raw("1"), raw("1")) == 1


async def test_the_same_id_on_two_connectors_is_two(store: Store) -> None:
    assert await store.inbox.receive([("mail", raw("1")), ("chat", raw("1"))], {}) == 2


async def test_a_position_moves_key_by_key(store: Store) -> None:
    await receive(store, a="1", b="1")
    await receive(store, b="2")
    assert await store.position("mail") == {"a": "1", "b": "2"}
    assert await store.position("chat") == {}


async def test_what_cannot_be_stored_leaves_no_position(store: Store) -> None:
    bad = raw("2", facts={"x": object()})
    (failed,) = await together(receive(store, raw("1"), bad, uid="9"))
    assert isinstance(failed, Exception)
    assert await rows(store, items, "id") == []
    assert await store.position("mail") == {}


@pytest.mark.parametrize(
    ("after", "new"),
    [(timedelta(days=1), 0), (timedelta(days=5) - timedelta(seconds=1), 0), (timedelta(days=5), 1)],
)
async def test_the_same_bytes_may_come_again_one_day(store: Store, after: timedelta, new: int) -> None:
    lasting: dict[str, Any] = {"repeats_after": timedelta(days=5)}
    await receive(store, raw("hash", **lasting))
    assert await receive(store, raw("hash", received_at=START + after, **lasting)) == new
    assert len(await rows(store, items, "id")) == 1 + new


async def test_it_counts_from_the_last_time(store: Store) -> None:
    for days, new in ((0, 1), (6, 1), (10, 0), (12, 1)):
        again = raw("hash", received_at=START + timedelta(days=days), repeats_after=timedelta(days=5))
        assert await receive(store, again) == new, days


@pytest.mark.parametrize("size", [0, 1, INLINE_LIMIT, INLINE_LIMIT + 1, 300_000])
async def test_bytes_come_back_as_they_were(store: Store, size: int) -> None:
    content = (LARGE * 4)[:size]
    await receive(store, raw("1", content=content))
    (claimed,) = await claim(store)
    assert claimed.item.raw == (b"" if size > INLINE_LIMIT else content)
    assert (await store.inbox.whole(claimed)).item.raw == content
    named = [(hashlib.sha256(content).hexdigest(), size)] if size > INLINE_LIMIT else []
    assert await rows(store, blobs, "digest", "size") == named


async def test_a_large_content_is_a_file_with_sqlite_and_a_row_with_postgresql(store: Store, made_url: str) -> None:
    await receive(store, raw("1", content=LARGE), raw("2", content=LARGE))
    folder = blob_folder(made_url)
    ((digest, data),) = await rows(store, blobs, "digest", "data")
    if folder is None:
        assert data == LARGE
    else:
        assert data is None
        assert [path.read_bytes() for path in folder.rglob("*") if path.is_file()] == [LARGE]
        assert (folder / digest[:2] / digest).stat().st_mode & 0o077 == 0


async def test_bytes_that_are_gone_are_missing(store: Store, made_url: str) -> None:
    await receive(store, raw("1", content=LARGE))
    (claimed,) = await claim(store)
    await store.transactions.run("lose", lambda connection: connection.execute(delete(blobs)).rowcount)
    for path in (blob_folder(made_url) or Path("/none")).rglob("*"):
        if path.is_file():
            path.unlink()
    assert "no longer" in (await store.inbox.whole(claimed)).missing


async def test_a_file_may_be_handed_over(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "mail"
    path.write_bytes(LARGE)
    await receive(store, raw("1", content=path))  # type: ignore[arg-type]
    path.unlink()
    (claimed,) = await claim(store)
    assert (await store.inbox.whole(claimed)).item.raw == LARGE


async def test_blobs_that_nothing_names_are_swept_but_not_at_once(store: Store) -> None:
    await receive(store, raw("1", content=LARGE))
    lost = await store.blobs.keep(b"named by nothing")
    now = (await rows(store, blobs, "created_at"))[0][0]
    assert await store.blobs.sweep(now + timedelta(minutes=59)) == 0
    assert await store.blobs.sweep(now + timedelta(hours=2)) == 1
    assert lost not in [row[0] for row in await rows(store, blobs, "digest")]
    (claimed,) = await claim(store)
    assert (await store.inbox.whole(claimed)).item.raw == LARGE


HOSTILE = "a\x00b\ud800c\r\nBcc: d\u202e\x9f"


async def test_what_databases_choke_on_is_kept(store: Store) -> None:
    """NULs, lone surrogates, controls: in ids and lanes as U+FFFD, in facts and bytes as they are."""
    facts: dict[str, Any] = {HOSTILE: [HOSTILE, {"deep": HOSTILE}], "number": 1.5, "none": None}
    await receive(store, raw(HOSTILE, HOSTILE, b"\x00\xff", facts=facts))
    (claimed,) = await claim(store)
    assert claimed.item.facts == facts
    assert claimed.item.raw == b"\x00\xff"
    assert claimed.item.native_id == claimed.item.lane == "a\ufffdb\ufffdc Bcc: d \ufffd"


async def test_a_hostile_position_is_kept(store: Store) -> None:
    receiver = Receiver(store.inbox)
    await receiver.receive_for("mail")([raw("1")], {"a\x00\ud800": "b\x00\ud800"})
    assert len(await store.position("mail")) == 1


@pytest.mark.parametrize("sign", ["x", "ä", "字", "😀"])
async def test_the_longest_ids_fit_every_index(store: Store, sign: str) -> None:
    """PostgreSQL's index rows end at 2,704 bytes: an id that did not fit would be offered for ever."""
    long = "".join(chr(ord(sign) + number % 40) for number in range(5_000))
    assert await receive(store, raw(long, long)) == 1
    assert await receive(store, raw(long, long)) == 0
    assert len(await claim(store)) == 1


# -- the receiver: groups, failures -----------------------------------------------------------------------------------


async def test_those_who_wait_share_a_commit(store: Store) -> None:
    receiver = Receiver(store.inbox)
    await asyncio.gather(*(receiver.receive_for("mail")([raw(str(n), f"lane {n}")], {"seen": "1"}) for n in range(50)))
    assert len(await rows(store, items, "id")) == 50


async def test_one_who_hands_over_what_cannot_be_stored_does_not_fail_the_others(store: Store) -> None:
    receiver = Receiver(store.inbox)
    bad = receiver.receive_for("bad")([raw("b", facts={"x": object()})], None)
    good = [receiver.receive_for("mail")([raw(str(n))], None) for n in range(5)]
    failed, *stored = await together(bad, *good)
    assert isinstance(failed, Unavailable)
    assert stored == [None] * 5


async def test_a_caller_who_leaves_has_handed_over_all_the_same(store: Store) -> None:
    receiver = Receiver(store.inbox)
    call = asyncio.ensure_future(receiver.receive_for("mail")([raw("1")], None))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.wait({call})
    await receiver.close()
    assert len(await rows(store, items, "id")) == 1


async def test_after_closing_nothing_more_is_taken(store: Store) -> None:
    receiver = Receiver(store.inbox)
    await receiver.close()
    with pytest.raises(Busy):
        await receiver.receive_for("mail")([raw("1")], None)


async def test_a_group_is_bounded(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []

    class Counting:
        async def receive(self, received: list[tuple[str, RawItem]], positions: object) -> int:
            sizes.append(sum(len(item.raw) for _, item in received if isinstance(item.raw, bytes)))
            await asyncio.sleep(0)
            return len(received)

    monkeypatch.setattr("bridge.steps.receive.GROUP_BYTES", 1000)
    receiver = Receiver(Counting())  # type: ignore[arg-type]
    await asyncio.gather(*(receiver.receive_for("m")([raw(str(n), content=b"x" * 300)], None) for n in range(20)))
    assert sum(sizes) == 6000
    assert max(sizes) <= 1000


async def test_an_empty_lane_row_is_never_left(store: Store) -> None:
    await receive(store, raw("1"))
    await receive(store, raw("1"))
    held = await look(store, lambda connection: connection.execute(select(func.count()).select_from(lanes)).scalar())
    assert held == 1
    assert len(await claim(store, now=LATER)) == 1
