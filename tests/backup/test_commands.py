"""The commands beside a running daemon: reading its book, trying again, a backup under load, a restored shop."""

from __future__ import annotations

import base64
import contextlib
import json
import smtplib
import sqlite3
import tarfile
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from daemon.process import call
from daemon.shop import Shop

pytestmark = pytest.mark.servers


def test_the_book_beside_a_daemon(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with shop.running() as running:
        assert shop.send("Do you have tulips?") == 250
        running.out.wait_for("^#1 carla")
        running.type("#1 Yes, five euros")
        running.out.wait_for("^sent: #1")

        with ThreadPoolExecutor(2) as pool:
            listed, shown, found, none, dead = pool.map(
                lambda words: shop.json(*words),
                [("list",), ("show", "1"), ("find", "five", "euros"), ("find", "roses"), ("dead",)],
            )
        assert [(one["number"], one["address"], one["connector"]) for one in listed] == [
            (1, "carla@example.org", "mail")
        ]
        assert [message["text"] for message in shown["messages"]] == ["Do you have tulips?", "Yes, five euros"]
        assert [line["text"] for line in found] == ["Yes, five euros"]
        assert none == []
        assert dead == []

        missing = shop.call("show", "99")
        assert (missing.returncode, "no conversation 99" in missing.stderr) == (1, True)
        wrong = shop.call("retry", "i99")
        assert (wrong.returncode, "no dead letter i99" in wrong.stderr) == (1, True)
        assert running.stop() == 0, running.log.text


def test_a_dead_letter_is_tried_again(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with shop.running() as running:
        assert shop.send("Hello") == 250
        running.out.wait_for("^#1 carla")
        # A mail that could not be read, as three tries would leave it: none does that to our parser.
        with contextlib.closing(sqlite3.connect(shop.database, timeout=10)) as connection, connection:
            connection.execute(
                "INSERT INTO items (connector, native_id, lane, raw, facts, received_at, due_at, state, outcome) "
                "SELECT connector, 'another', lane, CAST(replace(raw, 'Hello', 'Again') AS BLOB), facts, received_at, "
                "due_at, 'dead', 'ValueError while reading it' FROM items WHERE connector != 'timer'"
            )

        (letter,) = shop.json("dead")
        assert letter["reason"] == "ValueError while reading it"
        assert shop.call("retry", letter["id"]).returncode == 0
        running.out.wait_for("^Again")
        assert shop.json("dead") == []
        assert running.stop() == 0, running.log.text


def test_a_backup_under_load_is_whole(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    stop, enough = threading.Event(), threading.Event()
    taken: list[str] = []

    def write(sender: int) -> None:
        number = 0
        while not stop.is_set():
            large = number % 3 == 0
            body = f"mail {sender}-{number}.\n" + (f"{sender}-{number} ".ljust(60) + "\n") * (1500 if large else 1)
            with contextlib.suppress(OSError, smtplib.SMTPException):
                if shop.send(body, sender=f"c{sender}@example.org") == 250:
                    taken.append(f"mail {sender}-{number}.")
            number += 1
            if len(taken) > 15:
                enough.set()

    with shop.running() as running, ThreadPoolExecutor(3) as pool:
        try:
            for sender in range(3):
                pool.submit(write, sender)
            assert enough.wait(30)
            before = []
            for number in range(2):
                before.append(list(taken))
                done = shop.call("backup", str(tmp_path / f"{number}.tar"))
                assert done.returncode == 0, done.stderr
        finally:
            stop.set()
        assert running.stop() == 0, running.log.text

    for number, earlier in enumerate(before):
        _whole(tmp_path / f"{number}.tar", earlier)
    assert call("restore", "--config", str(shop.config), str(tmp_path / "1.tar"), cwd=tmp_path).returncode == 1


def _whole(path: Path, earlier: list[str]) -> None:
    with tarfile.open(path) as tar:
        names = set(tar.getnames())
        items = list(_rows(tar, "items"))
        messages, attachments = list(_rows(tar, "messages")), list(_rows(tar, "attachments"))
        raws = "".join(_raw(tar, row) for row in items)
    blobs = {row["blob"] for row in (*items, *attachments) if row["blob"]}
    assert blobs
    assert {f"blobs/{digest}" for digest in blobs} <= names
    known = {row["id"] for row in items}
    assert {message["item"] for message in messages if message["item"] is not None} <= known
    assert {attachment["message"] for attachment in attachments} <= {message["id"] for message in messages}
    # What had its 250 when the backup began is in it.
    assert [text for text in earlier if text not in raws] == []


def _rows(tar: tarfile.TarFile, name: str) -> Iterator[dict[str, object]]:
    file = tar.extractfile(f"tables/{name}.jsonl")
    assert file is not None
    yield from map(json.loads, file)


def _raw(tar: tarfile.TarFile, row: dict[str, object]) -> str:
    if row["blob"]:
        file = tar.extractfile(f"blobs/{row['blob']}")
        assert file is not None
        return file.read().decode()
    raw = row["raw"]
    return base64.b64decode(raw["b64"]).decode() if isinstance(raw, dict) else ""


def test_a_restored_shop_goes_on_and_repeats_nothing_unmarked(tmp_path: Path) -> None:
    """An answer waits while the backup is made, and is sent after it: the restored shop sends it under the same id."""
    shop, backup = Shop(tmp_path / "shop", undo=4), tmp_path / "backup.tar"
    with shop.running() as running:
        assert shop.send("Do you have tulips?") == 250
        running.out.wait_for("^#1 carla")
        running.type("#1 Yes, five euros")
        running.out.wait_for("^-> #1")
        assert shop.call("backup", str(backup)).returncode == 0
        (sent,) = shop.wait_for_answers(1)
        running.out.wait_for("^sent: #1")
        assert running.stop() == 0, running.log.text

    other = Shop(tmp_path / "other")
    restored = other.call("restore", str(backup))
    assert restored.returncode == 0, restored.stderr
    with other.running() as running:
        (again,) = other.wait_for_answers(1)
        running.out.wait_for("^sent: #1")
        assert other.send("And roses?", sender="bob@example.net") == 250
        running.out.wait_for("^#2 bob")
        running.type("#2 Roses as well")
        new = other.wait_for_answers(2)
        assert running.stop() == 0, running.log.text
        said = running.out.wait_for_end()

    assert again["Message-ID"] == sent["Message-ID"]  # a receiver knows it
    assert len({mail["Message-ID"] for mail in new}) == 2
    assert "Do you have tulips?" not in said.replace("Earlier with", "")
