"""Telegram calls: each update comes as an HTTPS request, and 200 is answered once it is stored.

    Telegram --HTTPS--> the web server in front --HTTP--> /hook/<name>/update   (bridge/steps/web.py mounts it)

Whoever knows the address could make updates up; so Telegram shows a secret with each (`setWebhook`, secret_token),
which is made of the bot's token and compared in constant time. An answer other than 2xx makes Telegram bring the update
again, and so does a crash before the answer: the store knows it by its `update_id`.

`run` sets the webhook, looks after it, and keeps in the position that it is ours: a bridge that is
told to poll takes off its own webhook, never another program's. Any daemon takes what comes; the one that has the lease
looks after the webhook, and sends.

An album's photos come one by one, the next when the one before was answered, so each is an item and a message.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram.error import TelegramError

from bridge.connector import Receive, Unavailable, reach
from connectors.telegram.client import Client
from connectors.telegram.fields import Json, maybe_integer
from connectors.telegram.intake import ALLOWED, Intake, gap, moment
from connectors.telegram.patience import Patience, Stopped
from connectors.telegram.settings import TelegramSettings
from connectors.telegram.troubles import trouble_of

log = structlog.get_logger()

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
LARGEST = 1024 * 1024
"""Bytes of an update; Telegram's own are some kilobytes."""

BODY_SECONDS = 20.0
LOOK_EVERY = timedelta(minutes=2)
"""How often the webhook is looked at: whether it is still there, and whether Telegram gets through."""

_TAKEN = 3


def secret_of(token: str) -> str:
    """What Telegram has to show: made of the bot's token, which nobody else knows, and no way back to it."""
    return hmac.new(token.encode(), b"inbox-bridge webhook", hashlib.sha256).hexdigest()


class Webhook:
    """The webhook of one bot. `now` is an aware clock; `up` is called once Telegram has it."""

    def __init__(
        self, client: Client, settings: TelegramSettings, now: Callable[[], datetime], up: Callable[[], None]
    ) -> None:
        self._client = client
        self._url = settings.webhook
        self._secret = secret_of(settings.token)
        self._intake = Intake(client, settings)
        self._patience = Patience(now)
        self._now = now
        self._up = up
        self._was_taken = 0
        self.trouble = ""

    # -- what comes ------------------------------------------------------------------------------------------------

    def routes(self, receive: Receive) -> Sequence[Route]:
        """The one route, for Telegram."""

        async def take(request: Request) -> Response:
            return Response(status_code=await self._take(request, receive))

        return [Route("/update", take, methods=["POST"])]

    async def _take(self, request: Request, receive: Receive) -> int:
        """Store an update; the status to answer."""
        shown = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(shown.encode(errors="surrogateescape"), self._secret.encode()):
            return 403
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _body(request)
        except (TimeoutError, ClientDisconnect):
            return 408
        if body is None:
            return 413
        update = _update(body)
        if update is None:
            return 400
        reach("telegram.posted")
        return await self._store(update, receive)

    async def _store(self, update: Json, receive: Receive) -> int:
        try:
            if not self._intake.knows_enough:  # another daemon looks after the webhook, or this one has just begun
                self._intake.learnt(await self._client.ask("getMe"))
            await receive([self._intake.item([update], self._now())], None)
        except (Unavailable, TelegramError) as error:
            log.warning("telegram.unavailable", reason=type(error).__name__)
            return 503
        reach("telegram.answering")
        self._intake.stored([update])
        return 200

    # -- looking after it ------------------------------------------------------------------------------------------

    async def run(self, receive: Receive, position: Mapping[str, str]) -> None:
        """Until cancelled. Raises Stopped."""
        seen_at = moment(position.get("polled_at"))
        async with self._client.open():
            try:
                self._intake.learnt(await self._patience.insist(lambda: self._client.ask("getMe")))
                await self._set()  # whatever is there: its secret cannot be asked for
                while True:
                    info = await self._patience.insist(lambda: self._client.ask("getWebhookInfo"))
                    await self._look(info if isinstance(info, dict) else {})
                    self._up()
                    seen_at = await self._note(receive, seen_at)
                    await asyncio.sleep(LOOK_EVERY.total_seconds())
            finally:
                await self._intake.close()

    async def _look(self, info: Json) -> None:
        there = str(info.get("url") or "")
        if there == self._url:
            self._was_taken = 0
            self.trouble = trouble_of(info, self._now())
            return
        self._was_taken += 1
        log.warning("telegram.webhook_was_off", times=self._was_taken)
        if self._was_taken >= _TAKEN:
            raise Stopped(
                "another program takes the webhook off, or sets its own, again and again; stop it, or make a new token "
                "with @BotFather"
            )
        await self._set()

    async def _set(self) -> None:
        params = {"url": self._url, "secret_token": self._secret, "allowed_updates": ALLOWED}
        await self._patience.insist(lambda: self._client.ask("setWebhook", **params))
        log.info("telegram.webhook_on")

    async def _note(self, receive: Receive, seen_at: datetime | None) -> datetime | None:
        """Store that Telegram was seen now, and whose the webhook is; when that was stored last."""
        now = self._now()
        try:
            await receive(gap(seen_at, now), {"polled_at": now.isoformat(), "webhook": self._url})
        except Unavailable as error:
            log.warning("telegram.unavailable", reason=str(error))
            return seen_at
        return now


async def _body(request: Request) -> bytes | None:
    """The whole body, None where it is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            return None
    return bytes(body)


def _update(body: bytes) -> Mapping[str, Any] | None:
    try:
        held = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) and maybe_integer(held, "update_id") else None
