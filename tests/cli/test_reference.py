"""What is written about the configuration is what the models say."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bridge.cli.reference import BUILT_IN, COMMANDS_FILE, FILE, render, render_commands
from bridge.configuration.config import load
from bridge.configuration.errors import models_in
from bridge.configuration.models import FileSettings
from bridge.plugins import Plugins
from bridge.settings import Settings

EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_the_reference_is_current() -> None:
    """`make reference` writes it anew."""
    assert FILE.read_text(encoding="utf-8") == render(Plugins())
    assert COMMANDS_FILE.read_text(encoding="utf-8") == render_commands()


def test_the_example_is_right(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "config.toml")
    (tmp_path / "state").mkdir()
    for secret in ("mail-password", "client-secret", "refresh-token", "xmpp-password", "contacts-secret"):
        (tmp_path / "state" / secret).write_text("x")
    (tmp_path / "state/closures-address").write_text("https://calendar.example/shop.ics")
    (tmp_path / "state/telegram-token").write_text("123456789:AAExample-of-a-token-that-is-none_0")

    config = load(tmp_path / "config.toml", environ={})

    assert {connector.type for connector in config.connectors.values()} == set(BUILT_IN)
    assert config.policy().business == "The Flower Shop"


def settings_of(model: type[Settings]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield name
        for inner in models_in(field.annotation):
            assert issubclass(inner, Settings)
            yield from settings_of(inner)


@pytest.mark.parametrize("type_name", ["", *BUILT_IN])
def test_the_example_shows_every_setting(type_name: str) -> None:
    model = Plugins().get(type_name).settings if type_name else FileSettings
    text = EXAMPLE.read_text(encoding="utf-8")
    written = set(re.findall(r"(?m)^#?([a-z0-9_]+) = ", text))
    written |= {part for table in re.findall(r"(?m)^\[+([a-z0-9_.]+)\]+$", text) for part in table.split(".")}

    assert set(settings_of(model)) <= written
