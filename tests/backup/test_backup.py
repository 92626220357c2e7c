"""`backup` and `restore`: all of it comes back, on either engine, and nothing where something is wrong."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import stat
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from running import Running
from shop import POLICY
from sqlalchemy import text
from sqlalchemy.engine import make_url

from backup.filled import Tables, connected, contents, fill, tables
from bridge.store import backup
from bridge.store.backup import BackupError
from bridge.store.restoring import restore
from bridge.store.store import open_store
from bridge.testing import FakeClock, item

NOT_KEPT = {"leases"}


def expected(before: Tables) -> Tables:
    """What a restore makes of these tables on purpose."""
    changed = {name: [dict(row) for row in rows] for name, rows in before.items()}
    changed["leases"] = []
    for row in changed["lanes"]:
        row["holder"] = ""
    highest = max(row["id"] for row in before["items"])
    changed["meta"].append({"key": "restored up to", "value": str(highest)})
    changed["meta"].sort(key=repr)
    for row in changed["outbox"]:
        if row["state"] in ("waiting", "sending"):
            row["unknown"] = 1
    return changed


def without_namespace(found: Tables) -> Tables:
    return {**found, "meta": [row for row in found["meta"] if row["key"] != "namespace"]}


async def test_every_table_has_something_to_lose(sqlite_url: str) -> None:
    """Or the tests below show nothing."""
    await fill(sqlite_url)

    empty = {name for name, rows in tables(sqlite_url).items() if not rows}
    assert empty == set()
    assert len(contents(sqlite_url)) == 3
    states = {row["state"] for row in tables(sqlite_url)["items"]}
    assert states == {"done", "dead", "ready"}
    assert {"sent", "sending", "waiting"} <= {row["state"] for row in tables(sqlite_url)["outbox"]}


async def test_it_comes_back_as_it_was(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url)
    before = tables(sqlite_url)
    again = f"sqlite:///{tmp_path / 'again' / 'bridge.db'}"

    made = backup.make(sqlite_url, tmp_path / "backup.tar")
    restored = restore(tmp_path / "backup.tar", again)

    assert without_namespace(tables(again)) == without_namespace(expected(before))
    assert tables(again)["meta"] != before["meta"]
    assert contents(again) == contents(sqlite_url)
    assert restored == made
    assert made.blobs == 3
    assert tables(sqlite_url) == before
    with sqlite3.connect(tmp_path / "again" / "bridge.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()


@pytest.mark.servers
async def test_from_sqlite_to_postgresql_and_back(sqlite_url: str, postgres_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url)
    back = f"sqlite:///{tmp_path / 'back' / 'bridge.db'}"

    backup.make(sqlite_url, tmp_path / "1.tar")
    restore(tmp_path / "1.tar", postgres_url)
    backup.make(postgres_url, tmp_path / "2.tar")
    restore(tmp_path / "2.tar", back)

    assert without_namespace(tables(postgres_url)) == without_namespace(expected(tables(sqlite_url)))
    assert without_namespace(tables(back)) == without_namespace(tables(postgres_url))
    assert contents(sqlite_url) == contents(postgres_url) == contents(back)
    await fill(postgres_url)  # numbers go on where they were: no row of the first shop is in the way


@pytest.mark.skipif(os.name != "posix", reason="modes")
async def test_only_its_owner_may_read_it_and_nothing_else_is_left(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url)
    folder = tmp_path / "backups"
    folder.mkdir()
    before = os.umask(0)
    try:
        backup.make(sqlite_url, folder / "backup.tar")
    finally:
        os.umask(before)

    assert [path.name for path in folder.iterdir()] == ["backup.tar"]
    assert stat.S_IMODE((folder / "backup.tar").stat().st_mode) == 0o600


async def test_a_backup_that_fails_leaves_nothing(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url)
    folder = tmp_path / "backups"
    folder.mkdir()
    digest = next(iter(contents(sqlite_url)))
    (tmp_path / "bridge.db.blobs" / digest[:2] / digest).unlink()

    with pytest.raises(BackupError, match="is missing"):
        backup.make(sqlite_url, folder / "backup.tar")

    assert list(folder.iterdir()) == []


def _sweep(url: str) -> None:
    """As a daemon's hourly sweep does: the raw forms are old enough, and nothing names the content any more."""
    with connected(url) as connection:
        connection.execute(text("UPDATE items SET blob = NULL"))
        gone = connection.execute(text("DELETE FROM blobs RETURNING digest")).scalars().all()
    for digest in gone:
        (Path(f"{make_url(url).database}.blobs") / digest[:2] / digest).unlink()


async def test_a_sweep_meanwhile_does_not_fail_it(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url)
    written: list[str] = []

    def wrote(name: str) -> None:
        written.append(name)
        if written.count(name) == 1 and name == "shown":
            _sweep(sqlite_url)

    made = backup.make(sqlite_url, tmp_path / "backup.tar", wrote=wrote)

    assert written.count("blobs") == 2
    assert made.blobs == 0
    restore(tmp_path / "backup.tar", f"sqlite:///{tmp_path / 'again' / 'bridge.db'}")


async def test_it_gives_up_where_contents_go_away_each_time(sqlite_url: str, tmp_path: Path) -> None:
    await fill(sqlite_url)
    folder, digests = tmp_path / "bridge.db.blobs", iter(contents(sqlite_url))

    def wrote(name: str) -> None:
        if name == "shown":
            digest = next(digests)
            with connected(sqlite_url) as connection:
                connection.execute(text("DELETE FROM blobs WHERE digest = :digest"), {"digest": digest})
            (folder / digest[:2] / digest).unlink()

    with pytest.raises(BackupError, match="quieter time"):
        backup.make(sqlite_url, tmp_path / "backup.tar", wrote=wrote)

    assert not [path for path in tmp_path.iterdir() if ".tar" in path.name]  # noqa: ASYNC240 - a moment


def test_what_cannot_be_kept(sqlite_url: str, tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="no database"):
        backup.make(sqlite_url, tmp_path / "backup.tar")
    Path(sqlite_url.removeprefix("sqlite:///")).touch()
    with pytest.raises(BackupError, match="empty"):
        backup.make(sqlite_url, tmp_path / "backup.tar")
    (tmp_path / "there.tar").write_text("mine")
    with pytest.raises(BackupError, match="exists"):
        backup.make(sqlite_url, tmp_path / "there.tar")
    assert (tmp_path / "there.tar").read_text() == "mine"


# -- restore refuses ---------------------------------------------------------------------------------------------


async def test_it_never_overwrites(engine_url: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    await fill(other)
    backup.make(other, tmp_path / "backup.tar")
    await fill(engine_url)
    before, files = tables(engine_url), contents(engine_url)

    with pytest.raises(BackupError, match="never overwrites"):
        restore(tmp_path / "backup.tar", engine_url)

    assert tables(engine_url) == before
    assert contents(engine_url) == files


async def test_it_leaves_another_programs_tables_alone(engine_url: str, tmp_path: Path) -> None:
    other = f"sqlite:///{tmp_path / 'other.db'}"
    await fill(other)
    backup.make(other, tmp_path / "backup.tar")
    with connected(engine_url) as connection:
        connection.execute(text("CREATE TABLE customers (name TEXT)"))

    with pytest.raises(BackupError, match="never overwrites"):
        restore(tmp_path / "backup.tar", engine_url)

    assert tables(engine_url) == {"customers": []}


Parts = dict[str, bytes]


def _manifest(parts: Parts, **changes: object) -> None:
    manifest = json.loads(parts["manifest.json"])
    parts["manifest.json"] = json.dumps({**manifest, **changes}).encode()


def _blob_of(parts: Parts) -> str:
    return next(name for name in parts if name.startswith("blobs/"))


def _a_manifest_that_is_none(parts: Parts) -> None:
    parts["manifest.json"] = b"[1, 2"


def _another_format(parts: Parts) -> None:
    _manifest(parts, format=2)


def _a_newer_version(parts: Parts) -> None:
    _manifest(parts, version="9999")


def _no_manifest(parts: Parts) -> None:
    del parts["manifest.json"]


def _a_table_less(parts: Parts) -> None:
    del parts["tables/outbox.jsonl"]


def _a_table_less_in_the_manifest(parts: Parts) -> None:
    rows = json.loads(parts["manifest.json"])["rows"]
    _manifest(parts, rows={name: count for name, count in rows.items() if name != "outbox"})


def _a_table_more(parts: Parts) -> None:
    _manifest(parts, rows=json.loads(parts["manifest.json"])["rows"] | {"sqlite_master": 0})


def _a_row_less(parts: Parts) -> None:
    parts["tables/items.jsonl"] = parts["tables/items.jsonl"].split(b"\n", 1)[1]


def _a_torn_row(parts: Parts) -> None:
    parts["tables/items.jsonl"] = parts["tables/items.jsonl"][:-20]


def _another_column(parts: Parts) -> None:
    parts["tables/meta.jsonl"] = parts["tables/meta.jsonl"].replace(b'"value"', b'"worth"')


def _a_row_that_is_none(parts: Parts) -> None:
    parts["tables/meta.jsonl"] = b'["key", "value"]\n'


def _other_bytes(parts: Parts) -> None:
    parts[_blob_of(parts)] += b"!"


def _a_content_less(parts: Parts) -> None:
    del parts[_blob_of(parts)]


def _a_way_out(parts: Parts) -> None:
    name = _blob_of(parts)
    digest = name.removeprefix("blobs/")
    way_out = b"../../../escaped"
    parts["blobs/../../../escaped"] = parts.pop(name)
    parts["tables/blobs.jsonl"] = parts["tables/blobs.jsonl"].replace(digest.encode(), way_out)


def _nothing_of_ours(parts: Parts) -> None:
    parts.clear()
    parts["holiday/photo.jpg"] = b"not yours"


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A backup, made once."""
    import asyncio  # noqa: PLC0415 - a fixture of the module has no loop

    folder = tmp_path_factory.mktemp("whole")
    asyncio.run(fill(f"sqlite:///{folder / 'bridge.db'}"))
    backup.make(f"sqlite:///{folder / 'bridge.db'}", folder / "backup.tar")
    return (folder / "backup.tar").read_bytes()


def _rebuilt(whole: bytes, change: Callable[[Parts], None]) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        parts = {entry.name: tar.extractfile(entry).read() for entry in tar.getmembers()}  # type: ignore[union-attr]
    change(parts)
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, content in parts.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return made.getvalue()


CHANGES = (
    _a_manifest_that_is_none,
    _another_format,
    _a_newer_version,
    _no_manifest,
    _a_table_less,
    _a_table_less_in_the_manifest,
    _a_table_more,
    _a_row_less,
    _a_torn_row,
    _another_column,
    _a_row_that_is_none,
    _other_bytes,
    _a_content_less,
    _a_way_out,
    _nothing_of_ours,
)


@pytest.mark.parametrize("change", CHANGES)
def test_a_damaged_one_leaves_nothing_behind(whole: bytes, change: Callable[[Parts], None], tmp_path: Path) -> None:
    refused(_rebuilt(whole, change), tmp_path)


@pytest.mark.parametrize("part", [0.0, 0.1, 0.5, 0.9, 0.99])
def test_a_truncated_one_leaves_nothing_behind(whole: bytes, part: float, tmp_path: Path) -> None:
    refused(whole[: int(len(whole.rstrip(b"\x00")) * part)], tmp_path)


def test_what_is_no_tar_leaves_nothing_behind(tmp_path: Path) -> None:
    refused(b"PK\x03\x04 this is something else" * 1000, tmp_path)


def refused(content: bytes, tmp_path: Path) -> None:
    source, folder = tmp_path / "backup.tar", tmp_path / "shop" / "deep"
    source.write_bytes(content)

    with pytest.raises(BackupError) as refusal:
        restore(source, f"sqlite:///{folder / 'bridge.db'}")

    assert len(str(refusal.value)) > 20
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == [source]
    assert not folder.exists() or list(folder.iterdir()) == []


@pytest.mark.servers
@pytest.mark.parametrize("change", [_a_torn_row, _a_content_less, _a_newer_version])
def test_on_postgresql_it_leaves_nothing_behind(
    whole: bytes, change: Callable[[Parts], None], tmp_path: Path, postgres_url: str
) -> None:
    (tmp_path / "backup.tar").write_bytes(_rebuilt(whole, change))

    with pytest.raises(BackupError):
        restore(tmp_path / "backup.tar", postgres_url)

    assert tables(postgres_url) == {}


def test_files_that_were_there_before_stay(whole: bytes, tmp_path: Path) -> None:
    """A store's own folder of contents, left by an earlier database: nothing of it is removed."""
    digest = next(iter(_names(whole, "blobs/")))
    kept = tmp_path / "bridge.db.blobs" / digest[:2] / digest
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"an older content under the same name")
    (tmp_path / "backup.tar").write_bytes(_rebuilt(whole, _a_torn_row))

    with pytest.raises(BackupError):
        restore(tmp_path / "backup.tar", f"sqlite:///{tmp_path / 'bridge.db'}")

    assert kept.exists()
    assert {path for path in tmp_path.rglob("*") if path.is_file()} == {kept, tmp_path / "backup.tar"}


def _names(whole: bytes, begin: str) -> list[str]:
    with tarfile.open(fileobj=io.BytesIO(whole)) as tar:
        return [name.removeprefix(begin) for name in tar.getnames() if name.startswith(begin)]


async def test_what_waited_in_the_backup_may_have_been_shown_since(
    whole: bytes, sqlite_url: str, tmp_path: Path
) -> None:
    (tmp_path / "backup.tar").write_bytes(whole)
    restore(tmp_path / "backup.tar", sqlite_url)
    clock = FakeClock(datetime.now(UTC) + timedelta(minutes=1))
    async with Running(sqlite_url, POLICY, ("mail", "desk"), clock) as bridge:
        await bridge.hand_over("mail", item("something new", "m10", lane="yuri"))
        await bridge.quiet()
        shown = [sent.text.plain for sent in bridge.connectors["desk"].sent]

    (old,) = [line for line in shown if "not yet worked on" in line]
    (new,) = [line for line in shown if "something new" in line]
    assert old.startswith("[maybe shown before] ")
    assert not new.startswith("[maybe shown before] ")


async def test_a_restored_store_opens_and_its_ids_are_new(whole: bytes, sqlite_url: str, tmp_path: Path) -> None:
    (tmp_path / "backup.tar").write_bytes(whole)
    restore(tmp_path / "backup.tar", sqlite_url)

    first = await open_store(sqlite_url, lambda _: None)
    namespace = first.namespace
    await first.close()
    second = f"sqlite:///{tmp_path / 'second.db'}"
    restore(tmp_path / "backup.tar", second)
    other = await open_store(second, lambda _: None)
    await other.close()

    assert namespace != other.namespace
