"""Who types is shown to whom they type: the one thing that is passed on and never stored.

    connector --heard()--> the latest of each --run()--> where it is shown (one look-up) --> connector.signal

A customer's typing is shown in the rooms of their open conversation, an owner's in a room to its customer. It is lost
without harm, so that it is dropped wherever it could cost anything: while much comes in, when many type at once, where
the connector's lease is another daemon's, where a network does not take it at once (docs/decisions/0010).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import structlog

from bridge.abilities import Overhears, Signal, Signals, Typing
from bridge.connector import Connector
from bridge.desk import Desk
from bridge.failures import Unavailable
from bridge.work import Spot, Spots

log = structlog.get_logger()

AT_ONCE = 50
"""So many who type are kept in mind between two looks; of more, nothing is shown."""

LOOK_SECONDS = 0.1
"""At most ten look-ups a second, however many type."""

AGAIN_SECONDS = 4.0
"""What is said again sooner is not shown again. Telegram shows it for five seconds."""

SIGNAL_SECONDS = 2.0

_REMEMBERED = 1000


Who = tuple[str, str, str, str]


@dataclass(eq=False, kw_only=True)
class Signalling:
    """`here` names the connectors that may send here now; while `busy` says so nothing is passed on. `clock` is in
    seconds.
    """

    spots: Spots
    desk: Callable[[], Desk]
    here: Callable[[], Collection[str]]
    busy: Callable[[], bool]
    clock: Callable[[], float]
    look_seconds: float = LOOK_SECONDS
    _latest: dict[Who, Typing] = field(default_factory=dict)
    _shown: dict[Who, tuple[Signal, float]] = field(default_factory=dict)
    _woken: asyncio.Event = field(default_factory=asyncio.Event)

    def listen(self, connectors: Mapping[str, Connector]) -> None:
        """Hear of those among them that can tell."""
        for name, connector in connectors.items():
            if isinstance(connector, Overhears):
                try:
                    connector.overhear(partial(self.heard, name))
                except Exception:  # somebody's plug-in, which is worth more than what it overhears
                    log.exception("signal.fault", connector=name)

    def heard(self, connector: str, typing: Typing) -> None:
        """Somebody types on this connector, or has stopped."""
        who = (connector, typing.address, typing.room, typing.sender)
        if self.busy() or (len(self._latest) >= AT_ONCE and who not in self._latest):
            return
        if self._is_news(who, typing.signal):
            self._latest[who] = typing
            self._woken.set()
        elif who in self._latest and self._latest[who].signal is not typing.signal:
            del self._latest[who]  # before it was shown they went back to what is shown

    def _is_news(self, who: Who, signal: Signal) -> bool:
        last, at = self._shown.get(who, (Signal.STOPPED, 0.0))
        if signal is last:
            return signal is Signal.TYPING and self.clock() - at >= AGAIN_SECONDS
        return signal in (Signal.TYPING, Signal.STOPPED)

    async def run(self) -> None:
        """Pass on what is heard, until cancelled."""
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._latest:
                who = next(iter(self._latest))
                await self._pass_on(who, self._latest.pop(who))
                await asyncio.sleep(self.look_seconds)

    async def _pass_on(self, who: Who, typing: Typing) -> None:
        self._remember(who, typing.signal)
        try:
            spots = await self._spots(who[0], typing)
        except Unavailable:
            return
        for spot in spots:
            await self._show(spot, typing.signal)

    def _remember(self, who: Who, signal: Signal) -> None:
        self._shown.pop(who, None)
        self._shown[who] = (signal, self.clock())
        while len(self._shown) > _REMEMBERED:
            del self._shown[next(iter(self._shown))]

    async def _spots(self, connector: str, typing: Typing) -> Sequence[Spot]:
        policy = self.desk().policy
        if policy.owner_at(connector, typing.address) is None:
            among = [(surface.connector, surface.address) for _, surface in policy.surfaces() if surface.rooms]
            return await self.spots.rooms_of(connector, typing.address, among)
        writer = policy.writer_at(connector, typing.address, typing.sender) if typing.authenticated else None
        surface = policy.surface_at(connector, typing.address)
        if writer is None or surface is None or not typing.room:
            return ()
        customer = await self.spots.customer_in(connector, surface.address, typing.room)
        return () if customer is None else (customer,)

    async def _show(self, spot: Spot, signal: Signal) -> None:
        connector = self.desk().connectors.get(spot.connector)
        if not isinstance(connector, Signals) or spot.connector not in self.here():
            return
        try:
            async with asyncio.timeout(SIGNAL_SECONDS):
                await connector.signal(spot.address, signal, room=spot.room)
        except TimeoutError:
            return
        except Exception:  # somebody's plug-in: what is shown or not must not end the daemon
            log.exception("signal.fault", connector=spot.connector)
