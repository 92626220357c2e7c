"""Pieces of work for a worker, good and bad. In a module of their own: a worker imports it by name."""

from __future__ import annotations

import itertools
import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from typing import cast


def number() -> bytes:
    """Which process does it."""
    return str(os.getpid()).encode()


def same(given: bytes) -> bytes:
    """What it was given."""
    return given


class SlowToLoad:
    """Takes its time where it is unpacked, as the module of a parser does."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __reduce__(self) -> tuple[Callable[[float], bytes], tuple[float]]:
        return load_slowly, (self._seconds,)


def load_slowly(seconds: float) -> bytes:
    """What becomes of it."""
    time.sleep(seconds)
    return b"loaded"


def hang() -> bytes:
    """No end of it."""
    while True:
        pass


def tell_and_hang() -> bytes:
    """Which process it is, on the standard error; then no end of it."""
    sys.stderr.write(f"{os.getpid()}\n")
    sys.stderr.flush()
    return hang()


def stand_still() -> bytes:
    """Stopped, as a process of a frozen machine."""
    os.kill(os.getpid(), signal.SIGSTOP)
    return b""


def die() -> bytes:
    """As by the kernel's hand."""
    os.kill(os.getpid(), signal.SIGKILL)
    return b""


_uses = itertools.count()


def die_if_used() -> bytes:
    """What those before have broken shows now. Which process does it, where there were none."""
    return die() if next(_uses) else number()


def eat_if_used() -> bytes:
    """The same of memory that they kept."""
    return bytes(2**40) if next(_uses) else number()


def signalled(number: int) -> bytes:
    """Its process gets this signal."""
    os.kill(os.getpid(), number)
    return b"lives"


def memory() -> bytes:
    """How much it may have."""
    return str(resource.getrlimit(resource.RLIMIT_AS)[0]).encode()


def shut_down() -> bytes:
    """Without a word."""
    os._exit(0)


def fail() -> bytes:
    """What parsers do."""
    raise ValueError("with the text of a message")


def leave() -> bytes:
    """What parsers must not do."""
    sys.exit(3)


def no_bytes() -> bytes:
    """Not what was promised."""
    return cast("bytes", object())


def talkative() -> bytes:
    """Prints where answers stand, and reads where work stands."""
    print("\0" * 100, flush=True)
    return b"read " + (sys.stdin.read().encode() or b"nothing")


def sleep(seconds: float) -> bytes:
    """Which process did it, later."""
    time.sleep(seconds)
    return number()
