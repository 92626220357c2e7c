"""Parsers that do what hostile mail can make a parser do. In a module of their own: a worker imports it by name."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from bridge.connector import InboundEvent, RawItem
from bridge.messages import Attachment, Message
from bridge.testing import parse_text
from bridge.text import Text


class Needy(Exception):
    """Cannot be put together again from what pickle keeps of it."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__("needy")


def _hang() -> None:
    while True:
        pass


def _eat() -> None:
    kept = []
    while True:
        kept.append(bytearray(8 * 1024 * 1024))


def _eat_bit_by_bit() -> None:
    kept: list[object] = []
    while True:
        kept.append([kept, bytes(4000)])


def _die() -> None:
    os._exit(11)


def _leave() -> None:
    raise SystemExit


def _interrupt() -> None:
    raise KeyboardInterrupt


def _stop_iterating() -> None:
    raise StopIteration


def _raise_needy() -> None:
    raise Needy("a", "b")


def _recurse() -> None:
    _recurse()


def _run_out_of_time() -> None:
    raise TimeoutError


DEEDS = {
    b"hang": _hang,
    b"eat": _eat,
    b"eat bit by bit": _eat_bit_by_bit,
    b"die": _die,
    b"leave": _leave,
    b"interrupt": _interrupt,
    b"stop": _stop_iterating,
    b"needy": _raise_needy,
    b"recurse": _recurse,
    b"timeout": _run_out_of_time,
}


def hostile(item: RawItem) -> Sequence[InboundEvent]:
    """Do what the item says, or read it as text."""
    assert isinstance(item.raw, bytes)
    if item.raw in DEEDS:
        DEEDS[item.raw]()
    return parse_text(item)


def nonsense(item: RawItem) -> Sequence[InboundEvent]:
    """No events at all."""
    return ("hello",)  # type: ignore[return-value]


def unpicklable(item: RawItem) -> Sequence[InboundEvent]:
    """Something that cannot leave the process."""
    return (lambda: 1,)  # type: ignore[return-value]


def nested(item: RawItem) -> Sequence[InboundEvent]:
    """Something that pickle recurses into."""
    deep: object = ()
    for _ in range(50_000):
        deep = (deep,)
    return (deep,)  # type: ignore[return-value]


def large(item: RawItem) -> Sequence[InboundEvent]:
    """Four attachments of 5 MB."""
    files = tuple(Attachment(name=f"{number}.bin", content=bytes([number]) * 5_000_000) for number in range(4))
    return (Message(address="anna", text=Text("Ä 😀 \x00"), attachments=files),)


def whereabouts(item: RawItem) -> Sequence[InboundEvent]:
    """The process, its memory limit, and what it has imported."""
    import resource  # noqa: PLC0415 - the worker's
    import sys  # noqa: PLC0415 - the worker's

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pss = next(line.split()[1] for line in Path("/proc/self/smaps_rollup").read_text().splitlines() if "Pss:" in line)
    return (Message(address="anna", text=Text(f"{os.getpid()} {soft} {hard} {pss} {' '.join(sorted(sys.modules))}")),)
