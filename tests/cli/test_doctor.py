"""`inbox-bridge doctor`: what it looks at, and what it says."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from bridge.cli import app, machine, stored
from bridge.cli.doctor import connector_findings
from bridge.configuration.config import load
from bridge.connector import ConnectorType, Finding, FindingLevel, Settings
from bridge.decision import Draft
from bridge.outbound import OutboundKind
from bridge.plugins import GROUP, Plugins
from bridge.store.store import open_store
from bridge.testing import START
from bridge.text import Text
from bridge.work import Outcome

OK = Finding(level=FindingLevel.OK, what="the server answers")


class SickSettings(Settings):
    how: str = ""


@dataclass
class Sick:
    """A connector of which only the check is looked at."""

    how: str
    asked: list[str] = field(default_factory=list)

    async def check(self) -> Sequence[Finding]:
        if self.how == "fault":
            raise RuntimeError("secret")
        if self.how == "slow":
            raise TimeoutError
        return [OK]


def _create(name: str, settings: SickSettings) -> Any:
    if settings.how == "library":
        raise ImportError from ModuleNotFoundError("no x", name="x")
    return object() if settings.how == "cannot" else Sick(settings.how)


TYPE = ConnectorType(settings=SickSettings, create=_create)
PLUGINS = Plugins([EntryPoint("sick", f"{__name__}:TYPE", GROUP)])


async def test_each_connector_is_asked_and_none_hides_another(tmp_path: Path) -> None:
    hows = ["well", "fault", "slow", "cannot", "library"]
    text = '[business]\nname = "x"\n[[owners]]\nname = "a"\nsurfaces = [{connector = "well", address = "a"}]\n'
    (tmp_path / "c.toml").write_text(text + "".join(f'[connectors.{how}]\ntype="sick"\nhow="{how}"\n' for how in hows))

    found = await connector_findings(load(tmp_path / "c.toml", environ={}, plugins=PLUGINS), PLUGINS)

    said = dict(found)
    assert said["connector well"] == OK
    assert said["connector fault"].what == "its check failed: RuntimeError"
    assert "gave no answer" in said["connector slow"].what
    assert said["connector cannot"].level is FindingLevel.OK
    assert "needs x" in said["connector library"].what


@pytest.mark.parametrize(
    ("prepare", "level", "what"),
    [
        (lambda folder: None, FindingLevel.OK, "not there yet"),
        (lambda folder: folder.touch(), FindingLevel.FAILURE, "not a folder"),
        (lambda folder: folder.mkdir(mode=0o700), FindingLevel.OK, "this user only"),
        (lambda folder: folder.mkdir(mode=0o755), FindingLevel.WARNING, "other users may look"),
    ],
)
def test_the_state_folder(tmp_path: Path, prepare: object, level: FindingLevel, what: str) -> None:
    assert callable(prepare)
    prepare(tmp_path / "state")

    (finding,) = machine.state_folder(tmp_path / "state")

    assert (finding.level, what in finding.what) == (level, True)


@pytest.mark.parametrize(
    ("now", "synchronised", "level"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), True, FindingLevel.FAILURE),
        (datetime(2099, 1, 1, tzinfo=UTC), True, FindingLevel.FAILURE),
        (datetime(2027, 1, 1, tzinfo=UTC), False, FindingLevel.WARNING),
        (datetime(2027, 1, 1, tzinfo=UTC), None, FindingLevel.OK),
        (datetime(2027, 1, 1, tzinfo=UTC), True, FindingLevel.OK),
    ],
)
def test_the_clock(now: datetime, synchronised: bool | None, level: FindingLevel) -> None:
    assert machine.clock_finding(now, synchronised=synchronised).level is level


def test_a_full_disk(tmp_path: Path) -> None:
    (finding,) = machine.disk(tmp_path / "not/there", 10**18)

    assert finding.level is FindingLevel.FAILURE


def test_the_report_for_a_script(tmp_path: Path) -> None:
    text = (
        '[business]\nname = "x"\n[[owners]]\nname = "a"\nsurfaces = [{connector = "mail", address = "a@b.example"}]\n'
    )
    mail = '[connectors.mail]\ntype = "email"\naddress = "shop@example.org"\nmaildir = "out"\n'
    mail += 'reply_to = "shop+{token}@example.org"\n'
    path = tmp_path / "config.toml"
    path.write_text(text + mail)

    done = CliRunner().invoke(app(["doctor"]), ["doctor", "--json", "--config", str(path)])

    subjects = {finding["subject"] for finding in json.loads(done.stdout)}
    assert {"state folder", "disk", "clock", "versions", "connector mail"} <= subjects
    failures = [finding for finding in json.loads(done.stdout) if finding["level"] == "failure"]
    assert done.exit_code == bool(failures)


async def _a_relay_that_died(url: str) -> None:
    store = await open_store(url, lambda work: None)
    relay = Draft(kind=OutboundKind.RELAY, connector="desk", address="olga", text=Text("Hi"))
    await store.outbox.put([relay], "", START)
    (sending,) = await store.outbox.claim({"desk": 0}, 1, START)
    await store.outbox.finish(sending, Outcome(state="dead", reason="blocked"), 0, START)
    await store.close()


def test_what_an_owner_was_not_shown(tmp_path: Path) -> None:
    text = '[business]\nname = "x"\n[[owners]]\nname = "a"\nsurfaces = [{connector = "console", address = "owner"}]\n'
    (tmp_path / "config.toml").write_text(text + '[connectors.console]\ntype = "console"\n')
    config = load(tmp_path / "config.toml")
    asyncio.run(_a_relay_that_died(config.store_url))

    found = [finding.what for finding in stored.store(config) if finding.level is FindingLevel.WARNING]

    assert "1 dead letter" in found
    assert "waiting: 0 items, 0 outbounds, 0 customers" in [one.what for one in stored.store(config)]
    assert any(what.startswith("1 of them were to be shown to an owner") for what in found)
