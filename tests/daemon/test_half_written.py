"""A configuration that is read while somebody writes it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bridge.configuration.config import ConfigError
from bridge.daemon.reloading import STILL_SECONDS, reread, watch

WHOLE = """\
[business]
name = "Olga's Shop"
[[owners]]
name = "Olga"
[[owners.surfaces]]
connector = "console"
address = "owner"
[connectors.console]
type = "console"
"""


def write(config: Path, text: str) -> None:
    """At once."""
    config.write_text(text)


def rename(old: Path, new: Path) -> Path:
    """At once."""
    return old.rename(new)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    file = tmp_path / "config.toml"
    file.write_text(WHOLE)
    file.chmod(0o600)
    return file


@pytest.mark.parametrize("half", ["", "[business]\n", WHOLE[: len(WHOLE) // 2], WHOLE + "[policy\n"])
async def test_what_is_only_half_written_is_read_when_it_is_whole(config: Path, half: str) -> None:
    write(config, half)
    reading = asyncio.create_task(reread(config))
    await asyncio.sleep(STILL_SECONDS / 2)
    write(config, WHOLE.replace("Olga's Shop", "Blumen Olga"))

    assert (await reading).business.name == "Blumen Olga"


async def test_a_file_that_is_away_while_it_is_replaced_is_waited_for(config: Path) -> None:
    aside = rename(config, config.with_suffix(".new"))
    reading = asyncio.create_task(reread(config))
    await asyncio.sleep(STILL_SECONDS / 2)
    rename(aside, config)

    assert (await reading).business.name == "Olga's Shop"


@pytest.mark.parametrize("wrong", ["", "[busines]\n"])
async def test_what_stays_wrong_is_refused(config: Path, wrong: str) -> None:
    write(config, wrong)

    with pytest.raises(ConfigError, match="busines"):
        await reread(config)


async def test_a_fault_of_whoever_is_told_is_no_fault_of_the_watching(config: Path) -> None:
    async def changed() -> None:
        raise OSError("the store's disk is gone")

    watching = asyncio.create_task(watch(config, changed, asyncio.Event()))
    async with asyncio.timeout(10):
        while not watching.done():
            write(config, WHOLE)
            await asyncio.sleep(STILL_SECONDS)
    with pytest.raises(OSError, match="disk is gone"):
        await watching
