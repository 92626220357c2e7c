"""From version to version and back, with a made-up second one: all of it or nothing."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest
from daemon.process import call
from daemon.shop import Shop
from sqlalchemy import inspect, text

from backup.filled import connected, fill, tables
from bridge.store.migrating import MIGRATIONS, VERSION, WrongVersion, upgrade_store, version_at

SECOND = '''\
"""A made-up second version."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("customers", sa.Column("nickname", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE customers SET nickname = 'dear ' || name")
    {then}


def downgrade() -> None:
    op.drop_column("customers", "nickname")
'''


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """Our migrations, and room for more."""
    folder = tmp_path / "100% migrations"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def _second(scripts: Path, then: str = "") -> str:
    newest = f"{int(VERSION) + 1:04}"
    (scripts / "versions" / f"{newest}_second.py").write_text(SECOND.format(revision=newest, before=VERSION, then=then))
    return newest


def _columns(url: str) -> set[str]:
    with connected(url) as connection:
        return {column["name"] for column in inspect(connection).get_columns("customers")}


async def test_there_and_back_again(engine_url: str, scripts: Path) -> None:
    await fill(engine_url)
    newest, before = _second(scripts), tables(engine_url)

    upgrade_store(engine_url, newest, scripts)
    assert version_at(engine_url) == newest
    with connected(engine_url) as connection:
        assert connection.execute(text("SELECT nickname FROM customers ORDER BY 1")).scalars().first()
    upgrade_store(engine_url, VERSION, scripts)

    assert tables(engine_url) == before


async def test_one_that_fails_half_way_changes_nothing(engine_url: str, scripts: Path) -> None:
    await fill(engine_url)
    newest, before = _second(scripts, then='op.execute("SELECT nonsense")'), tables(engine_url)

    with pytest.raises(Exception, match="nonsense"):
        upgrade_store(engine_url, newest, scripts)

    assert tables(engine_url) == before
    assert "nickname" not in _columns(engine_url)
    assert version_at(engine_url) == VERSION


async def test_what_this_program_does_not_know(sqlite_url: str, scripts: Path) -> None:
    await fill(sqlite_url)
    newest = _second(scripts)
    upgrade_store(sqlite_url, newest, scripts)

    with pytest.raises(WrongVersion, match="install the newer"):
        upgrade_store(sqlite_url, VERSION)
    with pytest.raises(WrongVersion, match="no version 4711"):
        upgrade_store(sqlite_url, "4711", scripts)

    assert version_at(sqlite_url) == newest


def test_to_ask_for_a_version_makes_nothing(sqlite_url: str) -> None:
    assert version_at(sqlite_url) is None
    assert not Path(sqlite_url.removeprefix("sqlite:///")).exists()


@pytest.mark.servers
def test_the_command(tmp_path: Path) -> None:
    shop = Shop(tmp_path / "shop")
    before = shop.call("upgrade")
    assert (before.returncode, "no database yet" in before.stderr) == (1, True)
    with shop.running() as running:
        beside = shop.call("upgrade")
        assert (beside.returncode, "another inbox-bridge runs" in beside.stderr) == (1, True)
        assert running.stop() == 0

    same = shop.call("upgrade")
    assert (same.returncode, f"of version {VERSION} already" in same.stdout) == (0, True)
    unknown = shop.call("upgrade", "--to", "4711")
    assert (unknown.returncode, "no version 4711" in unknown.stderr) == (1, True)
    assert "Traceback" not in before.stderr + beside.stderr + unknown.stderr


@pytest.mark.servers
def test_the_command_beside_a_daemon_on_postgresql(tmp_path: Path, postgres_url: str) -> None:
    shop = Shop(tmp_path, store=postgres_url)
    with shop.running() as running:
        end = time.monotonic() + 10
        while not tables(postgres_url).get("leases"):  # its first sign of life
            assert time.monotonic() < end
            time.sleep(0.05)
        done = call("upgrade", "--config", str(shop.config), "--to", "0000", cwd=tmp_path)
        assert done.returncode == 1
        assert "1 daemons work on it" in done.stderr
        assert running.stop() == 0
