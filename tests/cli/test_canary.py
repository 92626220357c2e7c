"""`inbox-bridge doctor --canary`: what is said of a canary that flies, is lost, or cannot leave."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, insert

from bridge.cli.canary import canaries
from bridge.configuration.config import load
from bridge.connector import ConnectorType, FindingLevel, OutcomeUnknown, PermanentFailure, Settings, TemporaryFailure
from bridge.plugins import GROUP, Plugins
from bridge.store.store import open_store
from bridge.store.work_tables import items

CONFIG = """\
[business]
name = "x"
[[owners]]
name = "a"
surfaces = [{{connector = "bird", address = "a"}}]
[connectors.bird]
type = "bird"
how = "{how}"
[connectors.stone]
type = "stone"
"""


class BirdSettings(Settings):
    how: str = ""


@dataclass
class Bird:
    """A connector of which only the canary is looked at: what comes in goes straight into the store's file."""

    how: str
    database: str = ""

    async def canary(self, token: str) -> str:
        if self.how in FAILURES:
            raise FAILURES[self.how]
        if self.how != "lost":
            complaint = ": clocks differ" if self.how == "skewed" else ""
            _take_in(f"ignored: canary {token}{complaint}")
        if self.how == "unknown":
            raise OutcomeUnknown("the connection broke")
        return "nest@bird.example"


FAILURES = {"refused": PermanentFailure("550 no such user"), "busy": TemporaryFailure("451 later")}
DATABASE: list[str] = []


def _take_in(outcome: str) -> None:
    engine = create_engine(f"sqlite:///{DATABASE[0]}")
    now = datetime.now(UTC)
    row = {"connector": "bird", "native_id": outcome, "lane": "x", "facts": {}, "received_at": now, "due_at": now}
    with engine.begin() as connection:
        connection.execute(insert(items).values(**row, state="done", outcome=outcome))
    engine.dispose()


def _stone(name: str, settings: BirdSettings) -> Any:
    return object()


TYPE = ConnectorType(settings=BirdSettings, create=lambda name, settings: Bird(settings.how))  # type: ignore[arg-type,return-value]
STONE = ConnectorType(settings=BirdSettings, create=_stone)
PLUGINS = Plugins([EntryPoint("bird", f"{__name__}:TYPE", GROUP), EntryPoint("stone", f"{__name__}:STONE", GROUP)])


@pytest.fixture
def prepared(tmp_path: Path) -> Callable[[str], Path]:
    def prepare(how: str) -> Path:
        path = tmp_path / "c.toml"
        path.write_text(CONFIG.format(how=how))
        DATABASE[:] = [str(tmp_path / "inbox-bridge.db")]
        return path

    return prepare


@pytest.mark.parametrize(
    ("how", "level", "words"),
    [
        ("well", FindingLevel.OK, "went out and came in again within"),
        ("unknown", FindingLevel.OK, "came in again"),
        ("skewed", FindingLevel.WARNING, "clocks differ"),
        ("lost", FindingLevel.FAILURE, "left for nest@bird.example but did not come in within 0.3 seconds"),
        ("refused", FindingLevel.FAILURE, "no canary could be sent: 550 no such user"),
        ("busy", FindingLevel.FAILURE, "451 later"),
    ],
)
async def test_what_became_of_it(prepared: Callable[[str], Path], how: str, level: FindingLevel, words: str) -> None:
    config = load(prepared(how), environ={}, plugins=PLUGINS)
    daemon = await open_store(config.store_url, lambda _: None)
    try:
        [(subject, finding)] = await canaries(config, PLUGINS, seconds=0.3)
    finally:
        await daemon.close()
    assert (subject, finding.level) == ("connector bird", level)
    assert words in finding.what
    assert bool(finding.todo) == (level is not FindingLevel.OK)


async def test_without_a_daemon_it_stays(prepared: Callable[[str], Path]) -> None:
    config = load(prepared("refused"), environ={}, plugins=PLUGINS)
    no_store = await canaries(config, PLUGINS)
    await (await open_store(config.store_url, lambda _: None)).close()
    no_daemon = await canaries(config, PLUGINS)
    assert [finding.level for _, finding in (*no_store, *no_daemon)] == [FindingLevel.WARNING] * 2
    assert "no daemon is running" in no_daemon[0][1].what
