"""What is wrong with a machine: a file that is no configuration, a database that is taken, locked, newer or full."""

from __future__ import annotations

import contextlib
import os
import shutil
import smtplib
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from daemon.process import INBOX_BRIDGE, call
from daemon.shop import Shop

pytestmark = pytest.mark.servers

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount, or run something as nobody")


def test_a_configuration_of_a_gigabyte(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    with config.open("wb") as file:
        file.truncate(1024**3)

    # With too little memory to read it whole. What it used cannot be asked: a child begins as large as its parent was.
    limited = ["bash", "-c", 'ulimit -v 700000; exec "$0" "$@"', INBOX_BRIDGE, "run", "--config", str(config)]
    done = subprocess.run(limited, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert "larger than" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_daemons_on_one_file(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with shop.running() as running:
        second = call("run", "--config", str(shop.config), cwd=tmp_path)
        assert second.returncode == 3
        assert "another inbox-bridge runs on" in second.stderr
        assert "Traceback" not in second.stderr
        assert shop.send("Hello") == 250
        assert running.stop() == 0


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    shop = Shop(tmp_path)
    with shop.running() as running:
        assert running.stop() == 0
    with contextlib.closing(sqlite3.connect(shop.database)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    for command in ("run", "list"):
        done = shop.call(command)
        assert done.returncode == 3
        assert "install the newer inbox-bridge" in done.stderr
        assert "Traceback" not in done.stderr
    done = shop.call("upgrade")
    assert done.returncode == 1
    assert "install the newer inbox-bridge" in done.stderr


@pytest.mark.parametrize("content", [b"this is no database at all" * 100, b""], ids=["other content", "nothing"])
def test_a_database_that_is_none(tmp_path: Path, content: bytes) -> None:
    shop = Shop(tmp_path)
    shop.database.write_bytes(content)

    if content:
        done = shop.call("run")
        assert done.returncode == 3
        assert "Traceback" not in done.stderr
    else:  # an empty file is an empty database
        with shop.running() as running:
            assert running.stop() == 0


@needs_root
@pytest.mark.parametrize("made", [False, True], ids=["before its first start", "with a database"])
def test_a_folder_that_may_not_be_written(tmp_path: Path, made: bool) -> None:
    shop = Shop(tmp_path / "shop")
    if made:
        with shop.running() as running:
            assert running.stop() == 0
    with _mounted(tmp_path / "shop-ro", "bind,ro", shop.folder) as folder:
        for command in ("run", "list", "backup"):
            done = call(command, "--config", str(folder / "config.toml"), cwd=tmp_path)
            assert done.returncode in (1, 3), done.stderr
            assert "Traceback" not in done.stderr, done.stderr
            assert done.stderr.strip()


def test_a_state_folder_that_cannot_be_made(tmp_path: Path) -> None:
    shop = Shop(tmp_path, top='state_dir = "/proc/not-yours"')

    done = shop.call("run")

    assert done.returncode == 3
    assert "/proc/not-yours" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_locked_database_takes_nothing_and_goes_on(tmp_path: Path) -> None:
    """Another program holds it for longer than a writer waits: each mail gets a 451, or its 250 afterwards."""
    shop = Shop(tmp_path)
    texts = [f"while it is locked {number}" for number in range(3)]
    with shop.running() as running:
        assert shop.send("before") == 250
        running.out.wait_for("^before")
        with contextlib.closing(sqlite3.connect(shop.database, isolation_level=None)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with ThreadPoolExecutor(len(texts)) as pool:
                sent = [pool.submit(shop.send, text) for text in texts]
                running.type("#1 typed while it is locked")
                futures.wait(sent, timeout=8, return_when=futures.FIRST_COMPLETED)
                assert not [one for one in sent if one.done() and one.result() != 451]
                other.execute("ROLLBACK")
                codes = [one.result(30) for one in sent]
        until_taken(shop, "after", seconds=10)
        running.out.wait_for("^after", seconds=15)
        running.out.wait_for("^sent: #1", seconds=15)
        assert running.stop() == 0, running.log.text

    assert set(codes) <= {250, 451}
    (answer,) = shop.answers()
    words = answer.get_body(("plain",))
    assert words is not None
    assert words.get_content().splitlines()[0] == "typed while it is locked"
    with contextlib.closing(sqlite3.connect(shop.database)) as connection:
        raws = "".join(bytes(raw).decode() for (raw,) in connection.execute("SELECT raw FROM items WHERE raw NOTNULL"))
    assert [raws.count(text) for text in texts] == [int(code == 250) for code in codes]


def until_taken(shop: Shop, text: str, seconds: float) -> None:
    """The moment in which it goes on is nobody's event: ask as a mail server does, only sooner."""
    end = time.monotonic() + seconds
    while shop.send(text) != 250:
        assert time.monotonic() < end, "it does not go on"
        time.sleep(0.1)


@needs_root
@pytest.mark.parametrize("size", [300, 100_000], ids=["in a row", "in a file"])
def test_a_full_disk_answers_452_and_goes_on(tmp_path: Path, size: int) -> None:
    with _mounted(tmp_path / "disk", "size=4m") as disk:
        shop = Shop(disk / "shop")
        with shop.running() as running:
            assert shop.send("before") == 250
            running.out.wait_for("^before")
            filler = disk / "filler"
            _fill(filler)
            codes, taken = set(), []
            for number in range(40):
                text = f"number {number}\n" + "x" * 70 * (size // 70)
                try:
                    code = shop.send(text, sender=f"full{number}@example.org")
                except (OSError, smtplib.SMTPException) as error:
                    code = getattr(error, "smtp_code", 0)
                codes.add(code)
                if code == 250:
                    taken.append(number)
                    _fill(filler)
            assert 452 in codes, codes
            assert codes <= {250, 452}
            filler.unlink()
            until_taken(shop, "after\n", seconds=15)
            running.out.wait_for("^after", seconds=20)
            for number in taken:
                running.out.wait_for(f"^number {number}$", seconds=20)
            assert running.stop() == 0, running.log.text
        assert "Traceback" not in running.log.wait_for_end()
        with contextlib.closing(sqlite3.connect(shop.database)) as connection:
            kept = connection.execute("SELECT count(*) FROM items WHERE lane LIKE 'mail full%'").fetchone()[0]
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert kept == len(taken)


def _fill(filler: Path) -> None:
    with filler.open("ab") as file, contextlib.suppress(OSError):
        while True:
            os.write(file.fileno(), b"x" * 4096)


@contextlib.contextmanager
def _mounted(target: Path, options: str, source: Path | str = "tmpfs") -> Iterator[Path]:
    target.mkdir()
    kind = ["-t", "tmpfs"] if source == "tmpfs" else []
    mount = ["mount", *kind, "-o", options, str(source), str(target)]
    if shutil.which("mount") is None or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    try:
        yield target
    finally:
        subprocess.run(["umount", "-l", str(target)], check=True)
