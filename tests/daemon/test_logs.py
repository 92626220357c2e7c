"""The log: no values of a traceback's variables in it, and whoever stops reading it stops nothing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from bridge import logs


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    before = structlog.get_config()
    yield
    structlog.configure(**before)


SECRET = " ".join(["hunter2"] * 2)


def fail_with(secret: str) -> None:
    words = [secret, "what a customer wrote"]
    raise ValueError(f"{len(words)} words")


@pytest.mark.parametrize("style", ["json", "text"])
def test_a_traceback_shows_no_values(style: Literal["json", "text"], capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("info", style)

    try:
        fail_with(SECRET)
    except ValueError:
        structlog.get_logger().exception("queue.fault", item=7)

    said = capsys.readouterr().err
    assert "queue.fault" in said
    assert "fail_with" in said
    assert "hunter2" not in said
    assert "customer wrote" not in said
    if style == "json":
        assert json.loads(said)["item"] == 7


def test_a_log_that_nobody_reads_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone:
        def write(self, text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None:
            raise BrokenPipeError

    logs.configure("info", "json")
    monkeypatch.setattr(sys, "stderr", Gone())

    structlog.get_logger().error("connector.down", connector="mail")


def test_libraries_say_only_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("debug", "text")
    structlog.get_logger().debug("a.word")

    assert "a.word" in capsys.readouterr().err
