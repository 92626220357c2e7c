"""Updates are fetched, stored, and only then confirmed.

Telegram takes the next request's `offset` as word that everything before it has arrived (getUpdates). So the offset
moves on once `receive` has returned, with the position that was stored; a crash anywhere makes Telegram offer the
updates again, and the store knows them by their `update_id`. What a parser will make of an update does not matter here.

Numbers: an update's id is one more than the last one's, until a week has passed without any: then Telegram takes a
random one, which may be smaller. So the offset is the last update's id and one, not the greatest one's, and an id that
is seen again after two days is another update's: Telegram keeps updates for a day.

That day is also what may be lost: the position holds when Telegram was last asked, and a longer gap is told to the
owner as an item of the connector's own.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from telegram.error import Conflict

from bridge.connector import Receive, Unavailable, reach
from connectors.telegram.albums import SETTLE_SECONDS, Album, counted, gathered, settled
from connectors.telegram.client import Client
from connectors.telegram.failures import says
from connectors.telegram.fields import Json
from connectors.telegram.intake import ALLOWED, Intake, gap, moment
from connectors.telegram.patience import Patience, Stopped
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.updates import next_offset

log = structlog.get_logger()

MARK_EVERY = timedelta(minutes=10)
"""How often the position says that Telegram was asked, while nobody writes."""

_CONFLICTS = 3
_CONFLICT_SECONDS = 5.0
_CONFLICT_WINDOW = timedelta(minutes=1)


class Polling:
    """The loop. `now` is an aware clock; `up` is called once Telegram knows the bot."""

    def __init__(
        self,
        client: Client,
        settings: TelegramSettings,
        now: Callable[[], datetime],
        up: Callable[[], None],
    ) -> None:
        self._client = client
        self._intake = Intake(client, settings)
        self._now = now
        self._up = up
        self._patience = Patience(now, self._conflict)
        self._offset: int | None = None
        self._asked_at: datetime | None = None
        self._marked_at: datetime | None = None
        self._no_webhook: dict[str, str] = {}
        self._conflicts: deque[datetime] = deque(maxlen=_CONFLICTS)
        self._counted: Mapping[Album, int] = {}

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Until cancelled. Raises Stopped."""
        self._offset = int(position["offset"]) if "offset" in position else None
        self._asked_at = moment(position.get("polled_at"))
        self._no_webhook = {"webhook": ""} if position.get("webhook") else {}
        async with self._client.open():
            try:
                me = await self._patience.insist(lambda: self._client.ask("getMe"))
                self._intake.learnt(me)
                await self._take_off(position.get("webhook", ""))
                self._up()
                while True:
                    await self._step(receive)
            finally:
                await self._intake.close()

    async def _take_off(self, ours: str) -> None:
        """The webhook that this bridge set, before its configuration said to poll. Another's is not touched."""
        info = await self._patience.insist(lambda: self._client.ask("getWebhookInfo")) if ours else None
        if isinstance(info, dict) and info.get("url") == ours:
            await self._patience.insist(lambda: self._client.ask("deleteWebhook"))
            log.info("telegram.webhook_off")

    async def _step(self, receive: Receive) -> None:
        held = await self._patience.tried(self._client.updates(self._offset, ALLOWED))
        if held is None:
            return
        reach("telegram.fetched")
        updates = [update for update in held if isinstance(update, dict)] if isinstance(held, list) else []
        self._intake.stored(await self._store(updates, receive))

    def _conflict(self, error: Conflict) -> float:
        if says(error, "webhook"):
            raise Stopped(
                "the bot has a webhook, so that Telegram gives its messages to another program; stop that program, "
                "or make a new token with @BotFather"
            ) from None
        now = self._now()
        self._conflicts.append(now)
        if len(self._conflicts) == _CONFLICTS and now - self._conflicts[0] < _CONFLICT_WINDOW:
            self._conflicts.clear()
            raise Stopped(
                "another program fetches this bot's messages, and Telegram lets one do so; stop the other one, or "
                "make a new token with @BotFather"
            ) from None
        return _CONFLICT_SECONDS

    async def _store(self, updates: Sequence[Json], receive: Receive) -> Sequence[Json]:
        """Store what is complete, and only then move on; what was stored."""
        ready = settled(updates, self._counted)
        self._counted = counted(updates[len(ready) :])
        now = self._now()
        items = [*gap(self._asked_at, now), *(self._intake.item(group, now) for group in gathered(ready))]
        offset = next_offset(ready, self._offset)
        if items or self._marked_at is None or now - self._marked_at > MARK_EVERY:
            position = {"polled_at": now.isoformat()} | ({"offset": str(offset)} if offset is not None else {})
            try:
                await receive(items, position | self._no_webhook)
            except Unavailable as error:
                log.warning("telegram.unavailable", reason=str(error))
                await asyncio.sleep(1.0)
                return []
            self._marked_at = now
        reach("telegram.stored")
        self._offset, self._asked_at = offset, now
        if self._counted:
            await asyncio.sleep(SETTLE_SECONDS)
        return ready
