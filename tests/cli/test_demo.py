"""`inbox-bridge demo`: its own folder, its own file, and nobody else's."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.cli import app
from bridge.cli.config_text import write_private
from bridge.cli.demo import MARK, _config, _make_faq, _write_command
from bridge.cli.demo_folder import FAQ
from bridge.configuration.config import load
from bridge.steps.faq_folder import read_folder


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_demos_configuration_is_right(tmp_path: Path, language: str) -> None:
    write_private(tmp_path / "config.toml", _config(2600, language))

    config = load(tmp_path / "config.toml", environ={})

    assert config.state_dir == tmp_path
    assert {connector.type for connector in config.connectors.values()} == {"console", "email"}
    assert (tmp_path / "config.toml").read_text().startswith(MARK)  # or the next demo would not touch it


def test_its_faq_is_right_and_what_was_changed_in_it_is_kept(tmp_path: Path) -> None:
    _make_faq(tmp_path / FAQ)
    faq = read_folder(tmp_path / FAQ)
    assert len(faq.entries) == 3
    assert not faq.faults
    (file,) = (tmp_path / FAQ).iterdir()
    file.write_text("mine")

    _make_faq(tmp_path / FAQ)

    assert file.read_text() == "mine"


def test_a_file_of_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("mine")

    done = CliRunner().invoke(app(["demo"]), ["demo", "--folder", str(tmp_path)])

    assert done.exit_code == 1
    assert "name another folder" in done.output
    assert (tmp_path / "config.toml").read_text() == "mine"


def test_an_unknown_language_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(app(["demo"]), ["demo", "--folder", str(tmp_path), "--language", "Klingon!"])

    assert done.exit_code == 2
    assert "There are de, en," in " ".join(done.output.replace("│", " ").split())


@pytest.mark.parametrize(
    ("folder", "port", "options"),
    [("demo", 2525, ""), ("my demo", 2525, " --folder 'my demo'"), ("demo", 2600, " --port 2600")],
)
def test_the_customers_command_fits_the_demo(folder: str, port: int, options: str) -> None:
    assert _write_command(Path(folder), port).partition(" write")[2] == options
