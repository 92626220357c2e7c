"""`inbox-bridge check`: the report, for people and for scripts."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from bridge.cli import app

SHOP = """
[business]
name = "The Shop"
[[owners]]
name = "Anna"
surfaces = [{connector = "mail", address = "anna@example.org"}]
[connectors.mail]
type = "email"
address = "shop@example.org"
maildir = "out"
reply_to = "shop+{token}@example.org"
"""


def check(tmp_path: Path, text: str, *options: str) -> tuple[int, str]:
    path = tmp_path / "config.toml"
    path.write_text(text)
    done = CliRunner().invoke(app(["check"]), ["check", "--config", str(path), *options])
    return done.exit_code, done.stdout


def test_a_right_file(tmp_path: Path) -> None:
    code, printed = check(tmp_path, SHOP)

    assert code == 0
    assert "is right" in printed
    assert "mail (email)" in printed


def test_a_right_file_for_a_script(tmp_path: Path) -> None:
    code, printed = check(tmp_path, SHOP, "--json")

    assert (code, json.loads(printed)) == (0, {"file": str(tmp_path / "config.toml"), "problems": []})


def test_an_owner_by_mail_needs_an_address_for_each_conversation(tmp_path: Path) -> None:
    code, printed = check(tmp_path, SHOP.replace("reply_to", "#"))

    assert code == 2
    assert "owners #1.surfaces #1: an owner can answer by mail only where" in printed
    assert 'set reply_to = "shop+{token}@example.org"' in printed


def test_a_wrong_file(tmp_path: Path) -> None:
    code, printed = check(tmp_path, f"{SHOP}[polcy]\n[log]\nlevel = 5")

    assert code == 2
    assert "polcy: there is no such setting\n    did you mean policy?" in printed
    assert "log.level: must be" in printed


def test_a_wrong_file_for_a_script(tmp_path: Path) -> None:
    code, printed = check(tmp_path, f"{SHOP}[polcy]", "--json")

    assert code == 2
    assert json.loads(printed)["problems"] == [
        {"key": "polcy", "what": "there is no such setting", "todo": "did you mean policy?"}
    ]


def test_hours_that_end_on_the_next_day_are_named(tmp_path: Path) -> None:
    hours = '[hours]\nfriday = ["19:00-9"]\nsunday = ["08:00-24:00"]\n[hours.special]\n12-31 = ["22:00-03:00"]\n'
    code, printed = check(tmp_path, SHOP + hours)

    assert code == 0
    assert "[hours] friday: 19:00-09:00 ends on the next day." in printed
    assert "[hours] 12-31: 22:00-03:00 ends on the next day." in printed
    assert "sunday" not in printed
