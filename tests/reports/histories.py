"""Random histories of conversations, as the log has them: what the bridge writes, and what it may meet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from bridge.happened import Happened

START = datetime(2026, 3, 20, tzinfo=UTC)  # the clocks change within the first days
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
OWNERS = ("Olga", "Paul")
NOISE = ("automatic", "noted", "edited", "snoozed", "linked", "forwarded", "spam", "retried", "copy bounced", "loop")


def number(at: datetime) -> int:
    """A moment as the log's reader gives it."""
    return (at - EPOCH) // timedelta(microseconds=1)


@dataclass
class History:
    """One conversation while it is made up."""

    case: int
    random: Random
    now: datetime = START
    log: list[Happened] = field(default_factory=list)
    outbounds: list[str] = field(default_factory=list)
    later: list[tuple[datetime, str, dict[str, Any]]] = field(default_factory=list)

    def write(self, kind: str, at: datetime | None = None, **data: Any) -> None:
        """An event; now and then the same once more, as a log might have it that was put together twice."""
        event = Happened(self.case, number(at or self.now), kind, data)
        self.log.append(event)
        if self.random.random() < 0.02 and kind not in ("customer wrote", "held"):
            self.log.append(event)

    def passes(self) -> None:
        """Time goes on: seconds, hours or days; what was on its way arrives."""
        self.now += timedelta(seconds=self.random.choice((3, 40, 700, 9_000, 80_000, 400_000)) * self.random.random())
        for at, kind, data in sorted(self.later, key=lambda due: due[0]):
            if at <= self.now:
                self.write(kind, at, **data)
        self.later = [due for due in self.later if due[0] > self.now]

    def soon(self, kind: str, **data: Any) -> None:
        """An event that comes by itself, in a while."""
        wait = timedelta(seconds=self.random.choice((5, 60, 30_000, 200_000)) * self.random.random())
        self.later.append((self.now + wait, kind, data))


def _customer(history: History) -> None:
    late = history.random.choice((0, 0, 2, 5_000, 900_000))
    received = history.now - timedelta(seconds=late)
    kind = "held" if history.random.random() < 0.05 else "customer wrote"
    history.write(kind, connector=history.random.choice(("mail", "chat")), received_at=received.isoformat())


def _outbound(history: History, by: str) -> str:
    name = f"out{len(history.outbounds)}"
    history.outbounds.append(name)
    states = history.random.choice(
        (("sent",), ("sent",), ("sent",), ("maybe",), ("dead",), ("dead", "sent"), ("sent", "sent"), ())
    )
    for state in states:
        history.soon("delivery", outbound=name, state=state, by=by)
    if history.random.random() < 0.1:
        permanent = history.random.random() < 0.7
        history.soon("reported", outbound=name, status="bounced", permanent=permanent)
    if history.random.random() < 0.1:
        history.soon("reported", outbound=name, status="delivered", permanent=False)
    return name


def _owner(history: History) -> None:
    owner = history.random.choice(OWNERS)
    if history.random.random() < 0.1:
        history.write("answered", owner=owner, elsewhere=True)
        return
    name = _outbound(history, owner)
    if history.random.random() < 0.9:
        history.write("answered", owner=owner, outbound=name)
    else:
        history.write("answered", owner=owner)  # as older logs have it


def _bot(history: History) -> None:
    kind = history.random.choice(("bot answered", "bot answered", "acknowledged"))
    history.write(kind, outbound=_outbound(history, "bridge"), entry="hours")


def _undo(history: History) -> None:
    if history.outbounds:
        kind = history.random.choice(("undone", "taken back"))
        history.write(kind, owner="Olga", outbound=history.random.choice(history.outbounds[-2:]))


def _close(history: History) -> None:
    if history.random.random() < 0.7:
        history.write("closed", owner=history.random.choice(OWNERS))
    else:
        history.write("closed")


def _block(history: History) -> None:
    if history.random.random() < 0.5:
        history.write("blocked", owner="Olga")
    else:
        history.write("blocked", connector="mail", received_at=history.now.isoformat())


def _vote(history: History) -> None:
    """A customer's or an owner's word on one of the bridge's first answers; now and then one that is taken back."""
    kind = history.random.choice(("not helped", "helped", "approved", "approved", "unapproved", "refused"))
    asked = history.now - timedelta(seconds=history.random.choice((5, 900, 90_000)))
    told: dict[str, Any] = {"entry": "hours", "asked_at": asked.isoformat()}
    if history.random.random() < 0.95:
        told["match"] = f"{history.case}.{history.random.randint(1, 3)}"
    if kind in ("approved", "unapproved", "refused"):
        told |= {"owner": history.random.choice(OWNERS), "automatic": kind == "refused" and len(history.log) % 2 == 0}
    if kind == "refused" and history.random.random() < 0.3:
        told["corrected"] = True
    history.write(kind, **told)


def _move(history: History) -> None:
    what = history.random.choice(("merged", "split", "here"))
    if what == "here":
        received = history.now - timedelta(seconds=history.random.choice((60, 9_000, 900_000)))
        history.write("customer wrote", connector="mail", received_at=received.isoformat(), moved=True)
        return
    if what == "merged":
        history.write("merged", into=99, owner="Olga")
    history.write("closed", owner="Olga", **{what: 99})  # type: ignore[arg-type]


def _survey(history: History) -> None:
    """One step of a question and its answers, in any order: logs are what they are."""
    kind = history.random.choice(("asked", "asked", "", "", "solved", "ease", "reason", "refused"))
    said: dict[str, dict[str, Any]] = {
        "asked": {"owner": history.random.choice((*OWNERS, ""))},
        "": {"score": history.random.randint(1, 5), "owner": "Olga"},
        "solved": {"solved": history.random.random() < 0.7},
        "ease": {"ease": history.random.randint(1, 5)},
    }
    history.write(f"feedback {kind}".strip(), **said.get(kind, {}))


def _accept(history: History) -> None:
    history.write("accepted", owner="Olga")


def _tag(history: History) -> None:
    history.write("tagged", tags=history.random.sample(("late", "refund", "praise"), history.random.randint(0, 2)))


def _assign(history: History) -> None:
    history.write("assigned", to=history.random.choice((*OWNERS, "")), owner="Olga", by="command")


def _noise(history: History) -> None:
    history.write(history.random.choice(NOISE), owner="Olga", outbound="")


_STEPS: tuple[tuple[int, Callable[[History], None]], ...] = (
    (30, _customer),
    (22, _owner),
    (10, _bot),
    (12, _close),
    (4, _undo),
    (2, _block),
    (4, _accept),
    (5, _move),
    (8, _vote),
    (4, _tag),
    (5, _assign),
    (8, _survey),
    (12, _noise),
)


def history(case: int, random: Random) -> tuple[list[Happened], datetime]:
    """A conversation's events in the order of the log, and the moment at which it ends: some are on their way still."""
    made = History(case, random)
    weights = [weight for weight, _ in _STEPS]
    for _ in range(random.randint(1, 14)):
        made.passes()
        random.choices([step for _, step in _STEPS], weights)[0](made)
    if random.random() < 0.7:
        made.passes()
    if not made.log:
        _noise(made)
    return made.log, made.now
