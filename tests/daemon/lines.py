"""Waiting for what another program prints."""

from __future__ import annotations

import subprocess
import threading


def until_printed(program: subprocess.Popen[str], text: str, seconds: float = 20) -> str:
    """The first line with this text in it. Fails with all that came instead."""
    assert program.stdout is not None
    late = threading.Timer(seconds, program.kill)
    late.start()
    came = []
    try:
        for line in program.stdout:
            came.append(line)
            if text in line:
                return line
    finally:
        late.cancel()
    raise AssertionError(f"no {text!r} in {came}")
