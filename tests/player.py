"""Plays a scenario: a whole conversation as readable text, over a real store, queue and deliverer.

The grammar is in docs/how-to/scenarios.md. A line that nobody expected is a failure, as is one that does not come:
before each action, and at the end, everybody has read everything.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

from running import Running

from bridge.connector import OutcomeUnknown, PermanentFailure, TemporaryFailure
from bridge.outbound import Outbound
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.testing import FakeClock, item

THREADED = ("mail",)
LABELS = {"mail": "email", "chat": "XMPP", "phone": "Telegram"}
DOMAINS = {"mail": "example.org", "chat": "jabber.example", "phone": "phone.example"}
DESK = "desk"
ABILITIES: dict[str, Callable[[str], object]] = {
    "longest": int,
    "edits": lambda _: [],
    "rooms": lambda _: {},
    "files": lambda names: {f"away:{name}": b"x" * 100 for name in names.split()},
    "recalls": str.split,
}
"""What a connector of the script can be able to do, and how its option is read."""
UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400}


@dataclass(frozen=True)
class Step:
    """One line of a script: `what [options]: text`, and where it stands."""

    where: str
    what: str
    options: dict[str, str]
    text: str | None


_STEP = re.compile(r"(?P<what>[^:\[]+?)\s*(?P<options>(?:\[[^\]]*\]\s*)*)(?::\s?(?P<text>.*))?", re.DOTALL)


def read(path: Path) -> Iterator[Step]:
    """The steps of a script. Lines that are indented go on with the text before them; `#` begins a comment."""
    lines: list[tuple[int, str]] = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if line.startswith("    ") and lines:
            at, before = lines[-1]
            lines[-1] = (at, f"{before}\n{line[4:]}")
        elif line.strip() and not line.startswith("#"):
            lines.append((number, line))
    for number, line in lines:
        found = _STEP.fullmatch(line)
        assert found, f"{path.name}:{number}: cannot read {line!r}"
        parts = (part.partition(":") for part in re.findall(r"\[([^\]]*)\]", found["options"]))
        options = {name.strip(): value.strip() for name, _, value in parts}
        text = found["text"]
        yield Step(f"{path.name}:{number}", found["what"].strip(), options, None if text is None else unescaped(text))


def unescaped(text: str) -> str:
    """\\r, \\n, \\0 stand for themselves."""
    return text.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0")


def seconds(text: str) -> float:
    """`10 s`, `5 min`, `2 h`, `3 d`."""
    number, unit = text.split()
    return float(number) * UNITS[unit]


def fits(expected: str, seen: str) -> bool:
    """`(...)` stands for anything."""
    return bool(re.fullmatch(".*".join(re.escape(part) for part in expected.split("(...)")), seen, re.DOTALL))


@dataclass
class Player:
    """One scenario on one store."""

    url: str
    policy: Policy = field(
        default_factory=lambda: Policy(
            business="Tulips & Co",
            owners=(),
            labels=LABELS,
            address_patterns=dict.fromkeys(("mail", "chat"), r"[^@\s]+@[^@\s]+"),
            replies={"hours": "We are open from 9 to 6."},
        )
    )
    clock: FakeClock = field(default_factory=FakeClock)
    owners: list[str] = field(default_factory=lambda: ["Olga"])
    abilities: dict[str, dict[str, object]] = field(default_factory=dict)
    _ids: count[int] = field(default_factory=lambda: count(1))
    _unread: dict[str, deque[Outbound]] = field(default_factory=dict)
    _read: dict[str, int] = field(default_factory=dict)
    _shown: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _wrote: dict[str, str] = field(default_factory=dict)

    async def play(self, path: Path) -> None:
        """Play the script; AssertionError says where it went otherwise."""
        steps = list(read(path))
        settings = [step for step in steps if step.what == "setting"]
        for step in settings:
            self._set(step)
        owners = tuple(Owner(name=name, surfaces=(self._surface(name),)) for name in self.owners)
        edits = tuple(name for name, can in self.abilities.items() if "edits" in can)
        self.policy = replace(self.policy, owners=owners, edits=edits)
        async with Running(self.url, self.policy, (*DOMAINS, DESK), self.clock, self.abilities) as self.bridge:
            for step in steps[len(settings) :]:
                try:
                    await self._step(step)
                except (AssertionError, TimeoutError) as error:
                    raise AssertionError(f"{step.where}: {step.what}: {error}") from error
            self._nothing_unread()

    def _surface(self, name: str) -> SurfaceAddress:
        return SurfaceAddress(connector=DESK, address=name.lower(), rooms=self._has_rooms)

    @property
    def _has_rooms(self) -> bool:
        return "rooms" in self.abilities.get(DESK, {})

    @property
    def _rooms(self) -> dict[str, list[str]]:
        """The desk's rooms: their titles, and whether they are open."""
        rooms = self.abilities.get(DESK, {}).get("rooms", {})
        assert isinstance(rooms, dict)
        return rooms

    def _room(self, title: str) -> str:
        """The latest room with this in its title."""
        found = [name for name, (called, _) in self._rooms.items() if title in called]
        assert found, f"there is no room {title!r}"
        return found[-1]

    def _set(self, step: Step) -> None:
        name, _, value = (part.strip() for part in (step.text or "").partition("="))
        if name == "owners":
            self.owners = [owner.strip() for owner in value.split(",")]
            return
        if name in ABILITIES:
            connector, _, more = value.partition(" ")
            self.abilities.setdefault(connector, {})[name] = ABILITIES[name](more)
            return
        before = getattr(self.policy, name)
        made: object = value
        if isinstance(before, bool):
            made = value == "yes"
        elif isinstance(before, timedelta):
            made = timedelta(seconds=seconds(value))
        elif isinstance(before, int):
            made = int(value)
        self.policy = replace(self.policy, **{name: made})  # type: ignore[arg-type]

    async def _step(self, step: Step) -> None:
        for pattern, follow in self._actions():
            found = re.fullmatch(pattern, step.what)
            if found:
                if not step.what.endswith((" sees", " receives")):
                    self._nothing_unread()
                await follow(step, *found.groups())
                self._collect()
                return
        raise AssertionError("nobody knows what this is")

    def _actions(self) -> list[tuple[str, Callable[..., Coroutine[Any, Any, None]]]]:
        owners = "|".join(["owner", *(name.lower() for name in self.owners)])
        return [
            (r"time passes", self._time),
            (r"crash", self._crash),
            (r"crash while (\w+) sends", self._crash_while),
            (r"room fails", self._room_fails),
            (r"rooms", self._rooms_are),
            (r"room is deleted", self._deleted),
            (r"crash while a room is opened", self._crash_while_opening),
            (r"(\w+) fails", self._fails),
            (r"(\w+) fails fetching (\S+)", self._fails_fetching),
            (r"(\w+) has (\S+)", self._has),
            (r"(\w+) reports", self._reports),
            (rf"({owners}) sees", self._sees),
            (rf"({owners})( edits| deletes)?", self._owner),
            (r"(\S+)@(\w+) receives", self._receives),
            (r"(\S+)@(\w+)( edits| deletes)?", self._customer),
        ]

    # -- actions ---------------------------------------------------------------------------------------------------

    async def _time(self, step: Step) -> None:
        await self.bridge.moved(seconds(step.text or ""))

    async def _crash(self, step: Step) -> None:
        await self.bridge.crash()
        await self.bridge.quiet()

    async def _crash_while(self, step: Step, connector: str) -> None:
        """It dies between the call to the network and the word that it was sent, after so long."""
        import asyncio  # noqa: PLC0415 - here only

        scripted = self.bridge.connectors[connector]
        scripted.hold, attempted = asyncio.Event(), len(scripted.attempted)
        self.clock.advance(seconds=seconds(step.text or "0 s"))
        self.bridge.deliverer.wake()
        await self.bridge.until_attempted(connector, attempted + 1)
        await self.bridge.crash()
        await self.bridge.quiet()

    async def _room_fails(self, step: Step) -> None:
        self._desk.refusals.append(self._failure(step))

    @property
    def _desk(self) -> Any:
        return self.bridge.connectors[DESK]

    async def _rooms_are(self, step: Step) -> None:
        found = [title if state == "open" else f"{title} ({state})" for title, state in self._rooms.values()]
        assert found == (step.text or "").splitlines(), f"the rooms are {found}"

    async def _deleted(self, step: Step) -> None:
        self._rooms[self._room(step.text or "")][1] = "gone"

    async def _crash_while_opening(self, step: Step) -> None:
        """Somebody writes, and it dies between the call that opens their room and the word that it is open."""
        import asyncio  # noqa: PLC0415 - here only

        person, _, rest = (step.text or "").partition("@")
        connector, _, text = rest.partition(": ")
        self._desk.hold_opening = asyncio.Event()
        before, lane = self._desk.opening, f"{person}@{DOMAINS[connector]}"
        raw = item(text, f"in-{next(self._ids)}", lane, self.clock(), name=person.capitalize())
        await self.bridge.hand_over(connector, raw)
        async with asyncio.timeout(20):
            while self._desk.opening == before:  # noqa: ASYNC110 - the connector has no event for it
                await asyncio.sleep(0.001)
        await self.bridge.crash()
        await self.bridge.quiet()

    async def _fails_fetching(self, step: Step, connector: str, name: str) -> None:
        self._files(connector)[f"away:{name}"] = self._failure(step)

    async def _has(self, step: Step, connector: str, name: str) -> None:
        self._files(connector)[f"away:{name}"] = b"x" * 100

    def _files(self, connector: str) -> dict[str, object]:
        files = self.abilities[connector]["files"]
        assert isinstance(files, dict)
        return files

    async def _fails(self, step: Step, connector: str) -> None:
        self.bridge.connectors[connector].failures.append(self._failure(step))

    def _failure(self, step: Step) -> Any:
        kind, _, reason = (step.text or "").partition(" ")
        after = timedelta(seconds=seconds(step.options["after"])) if "after" in step.options else None
        return {
            "permanent": PermanentFailure(reason),
            "temporary": TemporaryFailure(reason, after),
            "unknown": OutcomeUnknown(reason),
            "unexpected": RuntimeError(reason),
            "nothing": None,
        }[kind]

    async def _reports(self, step: Step, connector: str) -> None:
        status, _, reason = (step.text or "").partition(" ")
        last = self.bridge.connectors[connector].sent[-1]
        await self._hand_over(connector, reason, "", event="report", status=status, about=last.id)

    async def _owner(self, step: Step, who: str, what: str | None) -> None:
        address = self._address_of(who)
        facts: dict[str, object] = {"authenticated": "unproven" not in step.options}
        if "room" in step.options:
            facts["room"] = self._room(step.options["room"])
        if "quotes" in step.options:
            facts["replies_to"] = [self._line(address, step.options["quotes"])]
        await self._writes(step, DESK, address, what, facts)

    async def _customer(self, step: Step, person: str, connector: str, what: str | None) -> None:
        options = step.options
        name = unescaped(options.get("name", person.capitalize()))
        facts: dict[str, object] = {"name": name, "threaded": connector in THREADED}
        facts |= {key: unescaped(options[key]) for key in ("subject", "automatic") if key in options}
        address = f"{person}@{DOMAINS[connector]}"
        if "answers" in options:
            facts["replies_to"] = [self._line(address, options["answers"])]
        await self._writes(step, connector, address, what, facts)

    async def _writes(
        self, step: Step, connector: str, address: str, what: str | None, facts: dict[str, object]
    ) -> None:
        if what:
            facts |= {"event": {" edits": "edit", " deletes": "deletion"}[what], "about": self._wrote[address]}
        if "files" in step.options:
            facts["files"] = step.options["files"].split()
        age = timedelta(seconds=seconds(step.options["age"])) if "age" in step.options else timedelta()
        native_id = await self._hand_over(connector, step.text or "", address, age, **facts)
        if not what:
            self._wrote[address] = native_id
            self._shown.setdefault(address, []).append((native_id, step.text or ""))

    async def _hand_over(
        self, connector: str, text: str, lane: str, age: timedelta = timedelta(), **facts: object
    ) -> str:
        native_id = f"in-{next(self._ids)}"
        await self.bridge.hand_over(connector, item(text, native_id, lane, self.clock() - age, **facts))
        await self.bridge.quiet()
        return native_id

    def _line(self, address: str, words: str) -> str:
        """The native id of the last line that somebody has read, or written, with these words in it."""
        for native_id, text in reversed(self._shown.get(address, [])):
            if words in text:
                return native_id
        raise AssertionError(f"{address} has seen nothing with {words!r} in it")

    # -- what is seen ----------------------------------------------------------------------------------------------

    async def _sees(self, step: Step, who: str) -> None:
        outbound = self._next(self._address_of(who), step)
        if self._has_rooms:
            title = self._rooms[outbound.room][0] if outbound.room else ""
            wanted = step.options.get("room", "")
            fits_in = (wanted in title) if title and wanted else title == wanted
            assert fits_in, f"it stands in {title or 'no room'!r}"

    async def _receives(self, step: Step, person: str, connector: str) -> None:
        outbound = self._next(f"{person}@{DOMAINS[connector]}", step)
        if "subject" in step.options:
            assert outbound.subject == step.options["subject"], f"the subject is {outbound.subject!r}"
        assert outbound.automatic == ("automatic" in step.options), "automatic or not"

    def _next(self, address: str, step: Step) -> Outbound:
        self._collect()
        unread = self._unread.get(address, deque())
        assert unread, f"{address} got nothing; expected {step.text!r}"
        outbound = unread.popleft()
        names = [file.name for file in outbound.attachments]
        assert names == step.options.get("files", " ".join(names)).split(), f"the files are {names}"
        assert fits(step.text or "", outbound.text.plain), f"{address} got {outbound.text.plain!r}, not {step.text!r}"
        return outbound

    def _collect(self) -> None:
        for name, connector in self.bridge.connectors.items():
            for place in range(self._read.get(name, 0), len(connector.sent)):
                outbound = connector.sent[place]
                self._unread.setdefault(outbound.address, deque()).append(outbound)
                self._shown.setdefault(outbound.address, []).append((f"{name}-{place + 1}", outbound.text.plain))
            self._read[name] = len(connector.sent)

    def _nothing_unread(self) -> None:
        left = {address: [one.text.plain for one in unread] for address, unread in self._unread.items() if unread}
        assert not left, f"nobody expected {left}"

    def _address_of(self, who: str) -> str:
        return (self.owners[0] if who == "owner" else who).lower()
