"""Whether the waits of a case kept their targets, which may have changed while they went on. Pure.

A wait is late from the moment on at which it has lasted longer than the target that holds then. So a tag that asks for
an answer sooner counts from when it was put on, and one that leaves more time makes nothing kept that was late before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from bridge.clocks.turns import Case
from bridge.targets import Kind, Subject, Targets

Measure = Callable[[int, int], int]
"""How much business time lies between two moments; all in microseconds."""

_MICROSECOND = timedelta(microseconds=1)
_NEVER = 1 << 62

_Step = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Limits:
    """The targets of one case, whose customer is in these groups; moments and lengths are microseconds."""

    case: Case
    targets: Targets
    measure: Measure
    groups: Sequence[str] = ()
    _steps: dict[Kind, Sequence[_Step]] = field(default_factory=dict)

    def kept(self, kind: Kind, began: int, ended: int, business: int, *, over: bool) -> bool | None:
        """Whether a wait from `began` to `ended`, `business` long, kept its target; `over`: what was waited for has
        come. None where there is none, or where it is not known.
        """
        if not self.targets.said(kind):
            return None
        limit = None
        for until, limit in self._held(kind):
            if until < began:
                continue
            lasted = business if until >= ended else self.measure(began, until)
            if limit is not None and lasted > limit:
                return False
            if until >= ended:
                break
        return True if over and limit is not None else None

    def _held(self, kind: Kind) -> Sequence[_Step]:
        if kind not in self._steps:
            self._steps[kind] = list(self._changes(kind))
        return self._steps[kind]

    def _changes(self, kind: Kind) -> Iterator[_Step]:
        """Until when each limit held, in order; the last one holds for ever."""
        tags: Sequence[str] = ()
        for at, following in self.case.tagged:
            yield at, self._limit(kind, tags)
            tags = following
        yield _NEVER, self._limit(kind, tags)

    def _limit(self, kind: Kind, tags: Sequence[str]) -> int | None:
        within = self.targets.within(kind, Subject(channel=self.case.channel, tags=tags, groups=self.groups))
        return None if within is None else within // _MICROSECOND
