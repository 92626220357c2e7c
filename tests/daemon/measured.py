"""The daemon as `inbox-bridge run`, with the CPU time of each callback on its loop: `python measured.py CONFIG REPORT`.

Each callback that took more than `NOTED_SECONDS` of this thread's time is a line of REPORT: seconds, what.
"""

from __future__ import annotations

import sys
import time
from asyncio.events import Handle
from pathlib import Path
from typing import Any

NOTED_SECONDS = 0.02


def _name(handle: Any) -> str:
    """The task that it is a step of, or the function; never its arguments, which are a mail."""
    task = getattr(handle._callback, "__self__", None)
    named = getattr(task, "get_name", None)
    return named() if named else getattr(handle._callback, "__qualname__", "?")


def measure(report: Path) -> None:
    """From now on write down what takes long."""
    run = Handle._run

    def measured(handle: Handle) -> None:
        began = time.thread_time()
        run(handle)
        took = time.thread_time() - began
        if took > NOTED_SECONDS:
            with report.open("a", encoding="utf-8") as file:
                file.write(f"{took:.3f} {_name(handle)}\n")

    setattr(Handle, "_run", measured)  # noqa: B010 - mypy lets no method be replaced otherwise


if __name__ == "__main__":
    # Its callbacks never pass through Python.
    sys.modules["uvloop"] = None  # type: ignore[assignment]
    from bridge.daemon.process import run

    measure(Path(sys.argv[2]))
    run(Path(sys.argv[1]))
