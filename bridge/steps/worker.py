"""The process in which hostile input is read: it does one piece of work after the other, within its limits.

Runs as a program of its own, so it imports nothing but what a piece of work names: no event loop, no network library.
On its standard input and output stand frames, eight bytes of length before each. To it: a pickled function and what it
is given. From it: one empty frame once it is there; then for each piece an empty one when it has loaded what the piece
needs (no time of the work's own), and `+` with the bytes that the function made, or `-` with the name of what was
raised. Never the exception itself: one that cannot be put together again would break whoever asked.
"""

from __future__ import annotations

import gc
import os
import pickle
import resource
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import IO

HEAD = 8
"""Bytes of length before each frame."""

DONE, RAISED = b"+", b"-"

_CHUNK = 64 * 1024

_AFTER_SECONDS = 5
"""Whoever asked ends it when its time is up. If they are gone, it ends itself so much later."""

# Made beforehand: there may be no memory left for a word.
OUT_OF_MEMORY = RAISED + MemoryError.__name__.encode()


def named(error: BaseException) -> str:
    """What was raised and where, without what it says: that may hold the item's text."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def main() -> None:
    """Work until nobody asks any more. Arguments: megabytes of memory, and seconds for each piece."""
    megabytes, seconds = int(sys.argv[1]), float(sys.argv[2])
    asked, answers = _own_streams()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the daemon, which ends us
    for ends in (signal.SIGTERM, signal.SIGHUP):  # whoever started the daemon may have had them ignored (nohup)
        signal.signal(ends, signal.SIG_DFL)
    _limit_memory(megabytes)
    _put(answers, b"")

    def begin() -> None:
        signal.alarm(int(seconds) + _AFTER_SECONDS)
        _put(answers, b"")

    while (piece := _next(asked)) is not None:
        answer = _done(piece, begin)
        signal.alarm(0)
        _put(answers, answer)


def _own_streams() -> tuple[IO[bytes], IO[bytes]]:
    """What frames come by. Whatever a parser reads or prints must not be among them."""
    streams = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return streams


def _limit_memory(megabytes: int) -> None:
    size, hard = megabytes * 1024 * 1024, resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard != resource.RLIM_INFINITY:
        size = min(size, hard)  # a limit that was set from outside cannot be raised
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _next(asked: IO[bytes]) -> bytes | None:
    """A piece of work; b"" for one that there is no memory for; None where nobody asks any more."""
    head = asked.read(HEAD)
    if len(head) < HEAD:
        return None
    size = int.from_bytes(head)
    try:
        return asked.read(size)
    except MemoryError:  # room is made before anything is read: all of it is there yet, and in the way
        while size:
            size -= len(asked.read(min(size, _CHUNK))) or size
        return b""


def _put(answers: IO[bytes], frame: bytes) -> None:
    answers.write(len(frame).to_bytes(HEAD))
    answers.write(frame)
    answers.flush()


def _done(piece: bytes, begin: Callable[[], None]) -> bytes:
    try:
        if not piece:
            raise MemoryError  # noqa: TRY301 - what follows is the same
        work, given = pickle.loads(piece)  # noqa: S301 - whoever started us wrote it
        begin()
        return DONE + bytes(work(*given))
    except MemoryError:
        pass
    except BaseException as error:  # noqa: BLE001 - a parser may raise anything, an exit included
        return RAISED + named(error).encode(errors="replace")
    # A tree whose nodes know their parents is not gone before it is collected.
    gc.collect()
    return OUT_OF_MEMORY
