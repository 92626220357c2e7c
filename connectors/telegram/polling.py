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
from typing import Any

import structlog
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError

from bridge.connector import RawItem, Receive, Unavailable
from connectors.telegram.albums import SETTLE_SECONDS, Album, counted, gathered, settled
from connectors.telegram.client import Client
from connectors.telegram.failures import failure_of, says, seconds_of
from connectors.telegram.fields import Json
from connectors.telegram.parse import GAP
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.updates import chat_of_update, is_start, next_offset, query_of, raw_item

log = structlog.get_logger()

ALLOWED = ["message", "edited_message", "callback_query", "message_reaction", "my_chat_member"]
"""Every kind that is read; Telegram sends no reactions to whom they are not named."""

KEPT = timedelta(hours=24)
"""How long Telegram keeps updates that nobody fetches: https://core.telegram.org/bots/api#getting-updates"""

MARK_EVERY = timedelta(minutes=10)
"""How often the position says that Telegram was asked, while nobody writes."""

UNREACHABLE_AFTER = timedelta(minutes=3)
"""From then on the owner is told: `run` ends, and is started again."""

_LONGEST_PAUSE = 20.0
_CONFLICTS = 3
_CONFLICT_SECONDS = 5.0
_CONFLICT_WINDOW = timedelta(minutes=1)


class Stopped(Exception):
    """Updates cannot be fetched, and waiting alone will not mend it; the message is for the owner."""


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
        self._settings = settings
        self._now = now
        self._up = up
        self._facts: dict[str, object] = {"bot": settings.bot}
        self._offset: int | None = None
        self._asked_at: datetime | None = None
        self._marked_at: datetime | None = None
        self._failing_since: datetime | None = None
        self._conflicts: deque[datetime] = deque(maxlen=_CONFLICTS)
        self._counted: Mapping[Album, int] = {}
        self._answering: set[asyncio.Task[None]] = set()

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Until cancelled. Raises Stopped."""
        self._offset = int(position["offset"]) if "offset" in position else None
        self._asked_at = _moment(position.get("polled_at"))
        async with self._client.open():
            try:
                await self._learn_name()
                self._up()
                while True:
                    await self._step(receive)
            finally:
                for task in self._answering:
                    task.cancel()
                if self._answering:
                    await asyncio.wait(self._answering)

    async def _step(self, receive: Receive) -> None:
        updates = await self._fetch()
        if updates is None:
            return
        for update in await self._store(updates, receive):
            if (query := query_of(update)) is not None:
                task = asyncio.create_task(self._answer(query), name="telegram answer")
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    async def _learn_name(self) -> None:
        me = None
        while me is None:
            me = await self._tried(self._client.ask("getMe"))
        self._facts["username"] = str(me.get("username", "")) if isinstance(me, dict) else ""

    async def _fetch(self) -> list[Json] | None:
        """The next updates; None after a failure, once it has been waited for."""
        held = await self._tried(self._client.updates(self._offset, ALLOWED))
        if held is None:
            return None
        return [update for update in held if isinstance(update, dict)] if isinstance(held, list) else []

    async def _tried(self, asking: Any) -> Any:
        """What Telegram says; None after a failure that may pass by itself. Raises Stopped for others."""
        try:
            answered = await asking
        except TelegramError as error:
            await asyncio.sleep(self._pause_after(error))
            return None
        self._failing_since = None
        return answered

    def _pause_after(self, error: TelegramError) -> float:
        if isinstance(error, RetryAfter):
            return seconds_of(error)
        if isinstance(error, InvalidToken):
            raise Stopped(failure_of(error).reason) from None
        if isinstance(error, Conflict):
            return self._conflict(error)
        now = self._now()
        self._failing_since = self._failing_since or now
        failing = now - self._failing_since
        if failing > UNREACHABLE_AFTER:
            raise Stopped(failure_of(error).reason) from None
        log.info("telegram.unreachable", reason=type(error.__cause__ or error).__name__)
        return min(1.0 + failing.total_seconds() / 4, _LONGEST_PAUSE)

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
        items = [*self._gap(now), *(self._item(group, now) for group in gathered(ready))]
        offset = next_offset(ready, self._offset)
        if items or self._marked_at is None or now - self._marked_at > MARK_EVERY:
            position = {"polled_at": now.isoformat()} | ({"offset": str(offset)} if offset is not None else {})
            try:
                await receive(items, position)
            except Unavailable as error:
                log.warning("telegram.unavailable", reason=str(error))
                await asyncio.sleep(1.0)
                return []
            self._marked_at = now
        self._offset, self._asked_at = offset, now
        for update in ready:
            if is_start(update):
                log.info("telegram.start", chat=chat_of_update(update))  # how an owner finds out their own number
        if self._counted:
            await asyncio.sleep(SETTLE_SECONDS)
        return ready

    def _gap(self, now: datetime) -> list[RawItem]:
        before = self._asked_at
        if before is None or now - before < KEPT:
            return []
        log.warning("telegram.gap", since=before.isoformat())
        text = (
            f"The bridge did not reach Telegram from {before:%Y-%m-%d %H:%M} to {now:%Y-%m-%d %H:%M} (UTC). Telegram "
            "keeps messages for 24 hours only: what customers wrote before that is lost."
        )
        native_id = f"gap-{before.isoformat()}"
        return [RawItem(native_id=native_id, raw=b"{}", lane="telegram", facts={GAP: text}, received_at=now)]

    def _item(self, group: Sequence[Json], now: datetime) -> RawItem:
        chat, facts = chat_of_update(group[0]), dict(self._facts)
        if (owners := self._settings.owner_groups.get(chat)) is not None:
            facts["owners"] = list(owners)
        elif self._settings.mentions:
            facts["mentions"] = True
        return raw_item(group, facts, now)

    async def _answer(self, query: str) -> None:
        """Take the waiting sign off a button that was pressed. If that fails, it goes by itself after a while."""
        try:
            await self._client.ask("answerCallbackQuery", callback_query_id=query)
        except TelegramError as error:
            log.info("telegram.unanswered", reason=type(error).__name__)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
