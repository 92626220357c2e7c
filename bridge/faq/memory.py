"""Memory that loading and fitting took, given back to the system.

glibc keeps what was freed for the next time. There is no next time soon: an FAQ is made ready once, and half of what
that takes would stay with the daemon for good.
"""

from __future__ import annotations

import ctypes


def give_back() -> None:
    """Ask the C library to return what is free; where it is none that can (musl, macOS), nothing happens."""
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError, TypeError):
        return
    trim(0)
