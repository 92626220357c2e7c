"""`inbox-bridge init`: a file that is right, private, and never overwrites another."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.cli import app
from bridge.cli.config_text import quoted
from bridge.cli.init import local_timezone
from bridge.config_file import read

ALL = ["--business", 'Anna\'s "Flowers" \\ Söhne', "--owner", "Anna", "--language", "de", "--timezone", "Europe/Berlin"]
MAIL = ["--address", "shop@example.org", "--submission-host", "smtp.example.org"]


def init(path: Path, *options: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app(["init"]), ["init", "--config", str(path), *options], input=typed)


def test_options_ask_nothing(tmp_path: Path) -> None:
    path = tmp_path / "etc/config.toml"

    done = init(path, *ALL, *MAIL)

    assert done.exit_code == 0, done.output
    assert path.stat().st_mode & 0o777 == 0o600
    tables, _ = read(path)
    assert tables["business"] == {
        "name": 'Anna\'s "Flowers" \\ Söhne',
        "language": "de",
        "timezone": "Europe/Berlin",
    }
    assert "mail-password, then chmod 600" in done.output  # what is still to do
    assert "[connectors.mail.submission]" in path.read_text()


def test_questions_are_asked_for_the_rest(tmp_path: Path) -> None:
    done = init(tmp_path / "config.toml", typed="The Shop\nAnna\n\nUTC\n\n")

    assert done.exit_code == 0, done.output
    assert "The shop's name" in done.output
    assert "connectors.mail" not in (tmp_path / "config.toml").read_text()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("mine")

    done = init(tmp_path / "config.toml", *ALL, *MAIL)

    assert done.exit_code == 1
    assert (tmp_path / "config.toml").read_text() == "mine"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = init(tmp_path / "file/config.toml", *ALL, *MAIL)

    assert done.exit_code == 1
    assert "cannot be written" in done.output


@pytest.mark.parametrize("text", ['"', "\\", "a\nb", "a\tb", "\x7f", "\x00", "\ud800", "ü 🌷", "\\u0041"])
def test_any_text_can_be_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(f"x = {quoted(text)}", encoding="utf-8")

    assert isinstance(read(path)[0]["x"], str)


@pytest.mark.parametrize(
    ("target", "name"),
    [("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"), ("/usr/share/zoneinfo/UTC", "UTC"), ("/x", "UTC")],
)
def test_the_machines_time_zone(tmp_path: Path, target: str, name: str) -> None:
    (tmp_path / "localtime").symlink_to(target)

    assert local_timezone(tmp_path / "localtime") == name
