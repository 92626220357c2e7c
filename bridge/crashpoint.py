"""Named moments at which a test can kill the daemon, as a power cut would.

In production `reach` is one comparison. With INBOX_BRIDGE_CRASH_AT=name or name:3 in the environment the process kills
itself (SIGKILL: no handler runs, nothing is flushed) when it reaches that point for the first or the third time.
"""

from __future__ import annotations

import os
import signal

_name, _, _count = os.environ.get("INBOX_BRIDGE_CRASH_AT", "").partition(":")
_left = int(_count or 1)


def reach(name: str) -> None:
    """Die here if this point was asked for."""
    global _left  # noqa: PLW0603 - the count-down belongs to the process, not to any object in it
    if name != _name:
        return
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
