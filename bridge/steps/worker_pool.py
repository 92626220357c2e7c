"""Worker processes with a limit on time and memory, for what may hang, eat all memory or die.

A thread waits for each worker that is busy; a piece of work that oversteps costs its worker, and the next piece gets a
new one. Where a used worker died of a piece, or had no memory left for it, the pieces before may be the cause: it is
tried once more, in a new one. Why not a library: docs/decisions/0024.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import IO, TypeVar

from bridge.steps.worker import DONE, HEAD, OUT_OF_MEMORY

WORKER_LIFE = 5_000
"""Pieces of work after which a worker is replaced: whatever a parser leaked is gone."""

_START_SECONDS = 30.0
_CHUNK = 1024 * 1024
_FROM_OUTSIDE = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""What ends all processes of a service or a terminal, whatever they do."""


_Got = TypeVar("_Got")


class TooSlow(Exception):
    """The work took longer than it may, and was ended."""


class Ended(Exception):
    """The work ended its worker."""


class Raised(Exception):
    """The work raised something: its name and place."""


class OutOfMemory(Raised):
    """The work needed more memory than there is for it."""


class NotStarted(Exception):
    """No worker could be had, or it was ended from outside. The work is as good as not begun."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowed:
    """What one piece of work may cost, and how many workers there are."""

    seconds: float
    memory_mb: int
    workers: int


class _Worker:
    """One process, as it is seen from here. Raises NotStarted."""

    def __init__(self, allowed: Allowed) -> None:
        self.asked = 0
        self._seconds = allowed.seconds
        # Without its own folder or ours in the path (-P): there may lie anything. With all that we can import.
        program = f"import sys; sys.path[:] = {sys.path!r}; from bridge.steps.worker import main; main()"
        command = [sys.executable, "-P", "-c", program, str(allowed.memory_mb), str(allowed.seconds)]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - this program, with arguments of our own
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
            )
        except (OSError, subprocess.SubprocessError) as error:
            raise NotStarted(str(error)) from error
        for stream in self._streams():
            os.set_blocking(stream.fileno(), False)

    def begin(self) -> None:
        """Return when it is there. Raises NotStarted."""
        self._in_time(self._read_frame)

    def ask(self, piece: bytes) -> bytes:
        """What it makes of a piece of work. Raises NotStarted, TooSlow, Ended, Raised; but for the last, unless that is
        OutOfMemory, it is of no use then.
        """
        self.asked += 1
        self._in_time(partial(self._write, len(piece).to_bytes(HEAD) + piece))
        answer = self._in_time(self._read_frame) or self._read_frame(time.monotonic() + self._seconds)
        if answer == OUT_OF_MEMORY:
            raise OutOfMemory(answer[1:].decode())
        if answer[:1] != DONE:
            raise Raised(answer[1:].decode())
        return bytes(memoryview(answer)[1:])

    def _in_time(self, do: Callable[[float], _Got]) -> _Got:
        """What is not the work's own time. Raises NotStarted."""
        try:
            return do(time.monotonic() + _START_SECONDS)
        except (Ended, TooSlow) as error:
            raise NotStarted("it ended before it had begun") from error

    def end(self) -> None:
        """Kill it."""
        self._process.kill()
        self._process.wait()
        for stream in self._streams():
            stream.close()

    def was_ended(self) -> bool:
        """Of one that has ended: whether it was by a signal from outside."""
        self._process.kill()  # it may be alive, and have closed its output
        return -self._process.wait() in _FROM_OUTSIDE

    def kill(self) -> None:
        """Kill it, from another thread than the one that waits for it."""
        self._process.kill()

    def _streams(self) -> tuple[IO[bytes], IO[bytes]]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        return self._process.stdin, self._process.stdout

    def _write(self, data: bytes, until: float) -> None:
        number, left = self._streams()[0].fileno(), memoryview(data)
        while left:
            _wait(number, select.POLLOUT, until)
            try:
                left = left[os.write(number, left[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                raise Ended from error

    def _read_frame(self, until: float) -> bytearray:
        return self._read(int.from_bytes(self._read(HEAD, until)), until)

    def _read(self, size: int, until: float) -> bytearray:
        number, read = self._streams()[1].fileno(), bytearray()
        while len(read) < size:
            _wait(number, select.POLLIN, until)
            some = os.read(number, min(_CHUNK, size - len(read)))
            if not some:
                raise Ended
            read += some
        return read


def _wait(number: int, for_what: int, until: float) -> None:
    """Until something can be read or written, or the other end is gone. Raises TooSlow."""
    poll = select.poll()
    poll.register(number, for_what)
    if not poll.poll(max(0.0, until - time.monotonic()) * 1000):
        raise TooSlow


class WorkerPool:
    """Runs pieces of work, as many at a time as there may be workers. They are started when there is work."""

    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self._threads = ThreadPoolExecutor(allowed.workers, "worker")
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._all: set[_Worker] = set()
        self._closed = False

    def submit(self, work: Callable[..., bytes], *given: object) -> Future[bytes]:
        """Have it done: a module's function, which its worker imports by name. Raises NotStarted; the future raises
        that too, and TooSlow, Ended, Raised.
        """
        try:
            return self._threads.submit(self._do, pickle.dumps((work, given)))
        except RuntimeError as error:  # there is no thread to be had, or this is closed
            raise NotStarted(str(error)) from error

    def close(self) -> None:
        """Kill the workers, and with them what they do."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.kill()
        self._threads.shutdown(cancel_futures=True)
        for worker in list(self._all):
            self._end(worker)

    def _do(self, piece: bytes) -> bytes:
        worker = self._take()
        if worker.asked:
            # What it dies of, or has no memory for, may come of pieces before this one, or of the time between.
            with contextlib.suppress(NotStarted, Ended, OutOfMemory):
                return self._done(worker, piece)
            worker = self._new()
        return self._done(worker, piece)

    def _done(self, worker: _Worker, piece: bytes) -> bytes:
        fit = False
        try:
            answer = worker.ask(piece)
            fit = True
        except Raised as error:
            fit = not isinstance(error, OutOfMemory)
            raise
        except Ended as error:
            if self._closed or worker.was_ended():
                raise NotStarted("it was ended") from error
            raise
        finally:
            self._give_back(worker) if fit and worker.asked < WORKER_LIFE else self._end(worker)
        return answer

    def _take(self) -> _Worker:
        with self._lock:
            if self._idle and not self._closed:
                return self._idle.pop()
        return self._new()

    def _new(self) -> _Worker:
        with self._lock:
            if self._closed:
                raise NotStarted("it is being stopped")
            worker = _Worker(self._allowed)
            self._all.add(worker)
        try:
            worker.begin()
        except NotStarted:
            self._end(worker)
            raise
        return worker

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            self._idle.append(worker)

    def _end(self, worker: _Worker) -> None:
        with self._lock, contextlib.suppress(KeyError):
            self._all.remove(worker)
        worker.end()
