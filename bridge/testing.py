"""For tests, ours and a stranger's plug-in's: a connector with programmable failures, a clock, the conformance suites.

async def test_mine() -> None:
    await connector_conforms(lambda: MyConnector(...), sample=b"what my network hands over")
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bridge.connector import (
    Attachment,
    Automatic,
    AutomaticKind,
    Connector,
    Deletion,
    DeliveryFailure,
    DeliveryReport,
    DeliveryStatus,
    Edit,
    InboundEvent,
    Message,
    Outbound,
    OutboundKind,
    OwnerSurface,
    RawItem,
    Reaction,
    Receipt,
    Receive,
    Rooms,
    Settings,
    Surface,
    Text,
    Traits,
    Unavailable,
)

TOKEN = "mfrggzdfmztwq2lknnwg23tpobyxe43uov3h"  # noqa: S105 - an example, made with no key
"""What a token of the bridge's looks like (`Outbound.token`)."""

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass(eq=False)
class FakeClock:
    """A clock that moves only when it is told to."""

    moment: datetime = START

    def __call__(self) -> datetime:
        """What time it is."""
        return self.moment

    def advance(self, **units: float) -> None:
        """Later by so much: `advance(seconds=5)`."""
        self.moment += timedelta(**units)


def item(
    text: str, native_id: str, lane: str = "anna", received_at: datetime | None = None, **facts: object
) -> RawItem:
    """What a ScriptedConnector's network hands over when somebody writes, or (`event`) does something else."""
    moment = received_at or datetime.now(UTC)
    return RawItem(native_id=native_id, raw=text.encode(), lane=lane, facts=facts, received_at=moment)


def parse_text(raw: RawItem) -> Sequence[InboundEvent]:
    """A ScriptedConnector's items are plain text; `poison` cannot be read. Facts say what the text does not."""
    assert isinstance(raw.raw, bytes)
    text, facts = raw.raw.decode(), raw.facts
    if text == "poison":
        raise ValueError("poison")
    proven, about = bool(facts.get("authenticated")), str(facts.get("about", ""))
    room = str(facts.get("room", ""))
    event = facts.get("event", "message")
    if event == "report":
        return (DeliveryReport(refers_to=about, status=DeliveryStatus(str(facts["status"])), reason=text),)
    if event == "edit":
        return (Edit(address=raw.lane, native_id=about, text=Text(text), authenticated=proven, room=room),)
    if event == "deletion":
        return (Deletion(address=raw.lane, native_id=about, authenticated=proven, room=room),)
    if event == "reaction":
        return (Reaction(address=raw.lane, native_id=about, sign=text, authenticated=proven),)
    return (_message(raw, text, authenticated=proven),)


def _message(raw: RawItem, text: str, *, authenticated: bool) -> Message:
    facts = raw.facts
    kind = facts.get("automatic")
    return Message(
        address=raw.lane,
        name=str(facts.get("name", "")),
        text=Text(text),
        native_id=raw.native_id,
        authenticated=authenticated,
        replies_to=tuple(str(native_id) for native_id in _listed(facts.get("replies_to"))),
        subject=str(facts.get("subject", "")),
        room=str(facts.get("room", "")),
        threaded=bool(facts.get("threaded")),
        attachments=tuple(_file(str(name)) for name in _listed(facts.get("files"))),
        automatic=Automatic(kind=AutomaticKind(str(kind)), reason="the script says so") if kind else None,
    )


def _file(name: str) -> Attachment:
    """`away:photo.jpg` is one that came by reference."""
    away, _, rest = name.partition("away:")
    if rest and not away:
        return Attachment(name=rest, source=name, size=120 * 1024)
    return Attachment(name=name, content=b"x")


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()


class ScriptedSettings(Settings):
    """Nothing to set."""


@dataclass(eq=False)
class ScriptedConnector:
    """Hands over what the test puts into it, remembers what it was given to send, and fails as the test says.

    `failures` are raised by the next sends, one each; `sent` is what was taken. `hold` is awaited in each send.
    """

    name: str = "scripted"
    traits: Traits = field(default_factory=Traits)
    surface: Surface = field(default_factory=Surface)
    failures: deque[DeliveryFailure | Exception | None] = field(default_factory=deque)
    sent: list[Outbound] = field(default_factory=list)
    attempted: list[Outbound] = field(default_factory=list)
    hold: asyncio.Event | None = None
    _arrived: asyncio.Queue[RawItem] = field(default_factory=asyncio.Queue)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    parse = staticmethod(parse_text)

    def arrive(self, raw: RawItem) -> None:
        """The network hands this over."""
        self._arrived.put_nowait(raw)

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """See Connector."""
        seen = int(position.get("seen", "0"))
        while True:
            raw = await self._arrived.get()
            seen += 1
            while True:
                try:
                    await receive([raw], {"seen": str(seen)})
                except Unavailable:
                    await asyncio.sleep(0.01)
                else:
                    break

    async def send(self, outbound: Outbound) -> Receipt:
        """See Connector."""
        self.attempted.append(outbound)
        if self.hold is not None:
            await self.hold.wait()
        failure = self.failures.popleft() if self.failures else None
        if failure is not None:
            raise failure
        self.sent.append(outbound)
        self._changed.set()
        return Receipt(native_ids=(f"{self.name}-{len(self.sent)}",))

    async def until_sent(self, count: int, timeout: float = 5) -> Sequence[Outbound]:
        """Wait until so many were sent in all."""
        async with asyncio.timeout(timeout):
            while len(self.sent) < count:
                self._changed.clear()
                await self._changed.wait()
        return self.sent


# -- conformance suites ------------------------------------------------------------------------------------------


def outbound(text: str = "hello", **fields: object) -> Outbound:
    """An outbound for a conformance test."""
    given: dict[str, object] = {
        "id": "7f3e0a52-0000-4000-8000-000000000001",
        "kind": OutboundKind.ANSWER,
        "connector": "conforming",
        "address": "anna",
        "text": Text(text),
        "created_at": START,
        "conversation": 1,
    }
    return Outbound(**{**given, **fields})  # type: ignore[arg-type]


HOSTILE: Sequence[bytes] = (
    b"",
    b"\x00",
    b"\xff\xfe\xfd",
    b"\xed\xa0\x80",  # a lone surrogate, spelt in UTF-8
    b"a" * 100_000,
    b"{" * 10_000,
    b"<" * 10_000,
    b"#1 text\r\nBcc: everyone@example.org\r\n",
)
"""What no parser may answer with anything but events or an exception."""


def parse_conforms(connector: Connector, samples: Sequence[RawItem]) -> None:
    """`parse` is pure: the same item gives the same events; it can be sent to another process; it is never silent
    about a sample, and answers hostile bytes with events or an exception.
    """
    import pickle  # noqa: PLC0415 - only to see that it can be

    try:
        copied = pickle.loads(pickle.dumps(connector.parse))  # noqa: S301 - our own bytes
    except (pickle.PicklingError, AttributeError) as error:
        raise AssertionError("parse is no module-level function") from error
    assert copied is connector.parse, "parse is no module-level function"
    for sample in samples:
        facts = dict(sample.facts)
        events = tuple(connector.parse(sample))
        assert events, f"nothing came of {sample.native_id}"
        assert all(isinstance(event, InboundEvent) for event in events), "parse gave something that is no event"
        assert tuple(connector.parse(sample)) == events, "parse gave two answers to the same item"
        assert sample.facts == facts, "parse changed the item"
    for raw in HOSTILE:
        hostile = RawItem(native_id="hostile", raw=raw, lane="mallory", received_at=START)
        try:
            events = tuple(connector.parse(hostile))
        except Exception:  # noqa: BLE001, S112 - the contract allows any
            continue
        # The facts say nothing of who it is, so nobody can be vouched for.
        assert not any(isinstance(event, Message) and event.authenticated for event in events), "vouched for nonsense"


async def connector_conforms(
    make: Callable[[], Connector], address: str, patience: timedelta = timedelta(seconds=5)
) -> None:
    """`run` stays until it is cancelled, and ends within `patience` then; `send` answers with a receipt or a failure of
    the contract, also before `run` and also for an address that cannot be.
    """
    connector = make()
    for where in (address, "nobody\r\nBcc: everyone@example.org", ""):
        try:
            async with asyncio.timeout(10):
                receipt = await connector.send(outbound(address=where))
        except DeliveryFailure:
            continue
        assert isinstance(receipt, Receipt), f"send answered with {type(receipt).__name__}"

    async def receive(items: Sequence[RawItem], position: Mapping[str, str] | None) -> None:
        """Take anything."""

    running = asyncio.create_task(_run(connector, receive))
    await asyncio.sleep(0.05)
    if running.done() and (error := running.exception()) is not None:
        raise error
    running.cancel()
    await asyncio.wait({running}, timeout=patience.total_seconds())
    assert running.done(), f"run did not end within {patience.total_seconds():g} s of its cancellation"


async def _run(connector: Connector, receive: Receive) -> None:
    await connector.run(receive, {})


async def owner_surface_conforms(
    connector: Connector, address: str, received: Callable[[], str | Awaitable[str]]
) -> None:
    """What the bridge shows an owner arrives whole, handle included, under a native id that an answer can name.

    `received` gives all that arrived, with what stands around the text (a mail's header): where the surface needs
    tokens, the token of what is answered has to be in it; where it takes a moment to arrive, `received` waits for it.
    Where the surface has rooms, `rooms_conform` (testing_abilities.py) is to be passed, too.
    """
    assert isinstance(connector, OwnerSurface), "it has no `surface`"
    token = TOKEN if connector.surface.tokens else ""
    text = "#42 Anna (email): Do you have tulips?\nÄ 😀"
    relay = outbound(text, kind=OutboundKind.RELAY, address=address, token=token)
    receipt = await connector.send(relay)
    assert receipt.native_ids, "without a native id no answer could be mapped to its conversation"
    told = received()
    shown = told if isinstance(told, str) else await told
    for part in ("#42", "Anna", "tulips?", "Ä"):
        assert part in shown, f"{part!r} was not shown"
    assert token in shown.lower(), "its surface needs tokens, but what was shown has none to answer with"
    again = await connector.send(relay)
    assert set(again.native_ids) & set(receipt.native_ids) == set() or again.native_ids == receipt.native_ids
    assert isinstance(connector, Rooms) or not connector.surface.rooms, "it says that it has rooms, and can open none"
