"""What strace saw of a daemon: how much of the log was on the disk, at the least, when each 250 left.

The lines stand in the order of what happened: a thread goes on only when strace has written its line, so a call whose
line (or whose "resumed" line) stands above another's beginning had returned before that one was made.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from crash.post import STORED

OPTIONS = (
    *("-f", "-ttt", "-yy", "-s", "32", "--seccomp-bpf"),
    *("-e", "trace=pwrite64,fdatasync,fsync,write,writev,sendto,sendmsg", "-e", "signal=none"),
)

_CALL = re.compile(r"(?P<pid>\d+) +[\d.]+ (?P<name>\w+)\(\d+<(?P<file>(?:[^>]|(?<=-)>)*)>(?P<rest>.*)")
_RESUMED = re.compile(r"(?P<pid>\d+) +[\d.]+ <\.\.\. (?P<name>\w+) resumed>.*= (?P<result>-?\d+)")
_WRITTEN = re.compile(r", (?P<length>\d+), (?P<offset>\d+)(?:\) += (?P<result>-?\d+)| <unfinished)")
_CLIENT = re.compile(r"TCP(?:v6)?:\[.*->.*:(?P<port>\d+)\]")


@dataclass(eq=False)
class Trace:
    """`acknowledged` holds, by the client's port, the length of the log that was surely on the disk at each 250."""

    log_name: str
    acknowledged: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    syncs: int = 0
    rewrites: int = 0
    _written: int = 0
    _durable: int = 0
    _writing: dict[str, tuple[int, int]] = field(default_factory=dict)
    _syncing: dict[str, int] = field(default_factory=dict)

    def read(self, lines: Iterable[str]) -> Mapping[int, list[int]]:
        """Go through a trace; `acknowledged`."""
        for line in lines:
            if call := _CALL.match(line):
                self._called(call["pid"], call["name"], call["file"], call["rest"])
            elif resumed := _RESUMED.match(line):
                self._returned(resumed["pid"], int(resumed["result"]))
        return self.acknowledged

    def _called(self, pid: str, name: str, file: str, rest: str) -> None:
        if file.endswith(self.log_name):
            if name == "pwrite64" and (written := _WRITTEN.search(rest)):
                offset = int(written["offset"])
                self.rewrites += offset < self._written
                self._writing[pid] = (offset, int(written["length"]))
            elif name in ("fdatasync", "fsync"):
                self._syncing[pid] = self._written
            if "<unfinished" not in rest:
                self._returned(pid, int(rest.rpartition("= ")[2].split()[0]))
        elif STORED in rest and (client := _CLIENT.match(file)):
            self.acknowledged[int(client["port"])].append(self._durable)

    def _returned(self, pid: str, result: int) -> None:
        if (writing := self._writing.pop(pid, None)) is not None:
            if result == writing[1]:
                self._written = max(self._written, sum(writing))
        elif (length := self._syncing.pop(pid, None)) is not None and result == 0:
            self.syncs += 1
            self._durable = max(self._durable, length)
