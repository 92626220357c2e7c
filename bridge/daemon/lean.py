"""What a process of ours does without, so that it starts sooner and stays smaller."""

from __future__ import annotations

import contextlib
import gc
import sys
from collections.abc import Iterator


def without_rich() -> None:
    """Import structlog as where there is no Rich, with which it would draw tracebacks in frames: 4 MB for nothing, as
    ours are plain. Whoever imports Rich later has it.
    """
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    # The import system's own way to say that there is none.
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401, PLC0415 - see above
    finally:
        del sys.modules["rich"]


@contextlib.contextmanager
def imported_for_good() -> Iterator[None]:
    """What is imported and made within stays. Looking for garbage in it, again and again while it grows, takes a tenth
    of the start; here nobody looks, and later not at this part.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
