"""`inbox-bridge explain`: a line for each file, in order, whatever the files are."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from bridge.cli import explain as command
from bridge.cli.explain import records

# Mails are read in worker processes, and the command is a process of its own.
pytestmark = pytest.mark.servers

MAIL = b"From: Anna <Anna@There.Example>\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\n\nTwo, please.\n\n-- \nAnna\n"
BOUNCE = (
    b"From: MAILER-DAEMON@there.example\nSubject: failure notice\n\nHi. This is the qmail-send program.\n\n"
    b"<bob@there.example>:\nno such user (#5.1.1)\n"
)


def run(*arguments: str | bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bridge", "explain", *arguments], capture_output=True, timeout=60, check=False
    )


@pytest.fixture
def mails(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("mail.eml", "bounce.eml", "empty.eml")]
    for path, content in zip(paths, (MAIL, BOUNCE, b""), strict=True):
        path.write_bytes(content)
    return paths


def test_a_line_for_each_file_in_order(mails: list[Path]) -> None:
    names = [str(mails[0]), "/nowhere.eml", str(mails[1]), str(mails[0].parent), str(mails[2])]
    done = run("--json", *names)

    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [line["file"] for line in lines] == names
    assert done.returncode == 1
    assert lines[0] == {
        "file": names[0],
        "from": "Anna@There.Example",
        "from_name": "Anna",
        "answer_to": "anna@there.example",
        "subject": "Grüße",
        "text": "Two, please.\n\n-- \nAnna",
        "visible": "Two, please.",
        "attachments": [],
        "automatic": None,
        "bounce": None,
        "error": None,
    }
    assert lines[1]["error"] == "it cannot be read: No such file or directory"
    assert lines[2]["automatic"]["kind"] == "bounce"
    assert (lines[2]["bounce"]["status"], lines[2]["bounce"]["permanent"]) == ("5.1.1", True)
    assert lines[3]["error"] == "it cannot be read: Is a directory"
    assert lines[4]["error"] is None


def test_a_page_for_people(mails: list[Path]) -> None:
    done = run(str(mails[0]), str(mails[1]))

    page = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Anna <Anna@There.Example>" in page
    assert "a person: no sign of a machine" in page
    assert "-- the writer's own words\nTwo, please.\n-- all of the text\n" in page
    assert "a machine, bounce: From: MAILER-DAEMON@there.example" in page
    assert "bob@there.example, for good (5.1.1)" in page


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.eml"
    with open(name, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(MAIL)
    done = run("--json", name)

    assert done.returncode == 0
    assert json.loads(done.stdout.decode("utf-8", "surrogateescape"))["file"] == os.fsdecode(name)


def test_a_type_that_has_nothing_to_explain() -> None:
    assert b"nothing to explain" in run("--type", "console", "x").stderr
    assert b"the installed types are" in run("--type", "pigeon", "x").stderr
    assert run().returncode == 2


def misbehave(raw: bytes) -> Mapping[str, object]:
    """An explainer that does as the file says."""
    if raw == b"hang":
        time.sleep(600)
    if raw == b"die":
        os._exit(3)
    if raw == b"eat":
        return {"text": " " * 2_000_000_000}
    if raw == b"raise":
        raise KeyError("secret words")
    return {"text": raw.decode()}


def test_a_file_that_hangs_dies_or_eats_costs_itself_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "SECONDS", 2)
    wishes = ["fine", "hang", "die", "raise", "eat", "fine"]
    for number, wish in enumerate(wishes):
        (tmp_path / str(number)).write_text(wish)
    found = list(records(misbehave, [str(tmp_path / str(number)) for number in range(len(wishes))]))

    assert [one["error"] for one in found] == [
        None,
        "reading it took more than 2 s",
        "reading it ended the process that read it",
        "KeyError while reading it",
        "reading it took more than 512 MB of memory",
        None,
    ]
    assert [one["text"] for one in found] == ["fine", "", "", "", "", "fine"]
