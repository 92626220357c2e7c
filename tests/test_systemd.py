"""The unit file is one that systemd understands, and lets the daemon do little."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "systemd"
UNIT = FOLDER / "inbox-bridge.service"

needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False)


@needs_systemd
def test_the_daemon_is_exposed_to_little() -> None:
    done = analyze("security", "--offline=true", str(UNIT))

    found = re.search(r"Overall exposure level for inbox-bridge\.service: ([\d.]+)", done.stdout)
    assert found, done.stderr
    assert float(found[1]) <= 1.5


@needs_systemd
def test_systemd_knows_every_line(tmp_path: Path) -> None:
    text = re.sub(r"(?m)^ExecStart=\S+", "ExecStart=/bin/true", UNIT.read_text())  # ours is not installed here
    unit = tmp_path / UNIT.name
    unit.write_text(text)

    done = analyze("verify", "--man=no", str(unit))

    # It also speaks of the machine's other units, in lines that do not name ours.
    assert [line for line in done.stderr.splitlines() if UNIT.name in line] == []


def test_unit_and_user_fit_together() -> None:
    unit = UNIT.read_text()
    sysusers = (FOLDER / "inbox-bridge.sysusers").read_text()

    assert "\nUser=inbox-bridge\n" in unit
    assert re.search(r"(?m)^u inbox-bridge ", sysusers)
    assert "\nRestartPreventExitStatus=2\n" in unit  # a wrong configuration, see bridge/cli
