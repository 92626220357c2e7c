"""Files that Telegram keeps: fetched when the bridge asks, or where they cannot be sent again as they are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from telegram.error import TelegramError

from bridge.connector import Attachment, DeliveryFailure, Outbound, OutcomeUnknown, PermanentFailure, TemporaryFailure
from connectors.telegram.client import Client
from connectors.telegram.compose import MEGABYTE
from connectors.telegram.failures import failure_of
from connectors.telegram.fields import maybe_integer
from connectors.telegram.names import source_of
from connectors.telegram.settings import OFFICIAL, TelegramSettings

DOWNLOAD_LIMIT = 20 * MEGABYTE
"""https://core.telegram.org/bots/api#getfile; a Bot API server of one's own has no limit."""


class Files:
    """One bot's files."""

    def __init__(self, client: Client, settings: TelegramSettings) -> None:
        self._client = client
        self._settings = settings
        self._bot = settings.bot

    async def fetch(self, attachment: Attachment, limit: int) -> bytes:
        """The content of a file that a customer, or an owner, sent."""
        source = source_of(attachment.source, self._bot)
        if source is None:
            raise PermanentFailure(f"the file {attachment.name} is none of this bot's")
        allowed = min(limit, DOWNLOAD_LIMIT) if self._settings.base_url == OFFICIAL else limit
        if attachment.size > allowed:
            raise _too_large(attachment, attachment.size, allowed)
        try:
            found = await self._client.ask("getFile", file_id=source.file_id)
            size, path = maybe_integer(found, "file_size"), str(found.get("file_path", ""))
            if size > allowed:
                raise _too_large(attachment, size, allowed)
            content = await self._content(path)
        except TelegramError as error:
            raise _not_fetched(error) from None
        if len(content) > allowed:
            raise _too_large(attachment, len(content), allowed)
        return content

    async def _content(self, path: str) -> bytes:
        if path.startswith("/") and self._settings.base_url != OFFICIAL:
            return await asyncio.to_thread(Path(path).read_bytes)  # a server of one's own, on this machine
        return await self._client.download(path)

    async def with_contents(self, outbound: Outbound) -> Outbound:
        """The files that Telegram keeps, fetched, where they cannot be sent again as they are."""
        files = [
            file if file.content is not None else replace(file, content=await self.fetch(file, DOWNLOAD_LIMIT))
            for file in outbound.attachments
            if file.content is not None or source_of(file.source, self._bot) is not None
        ]
        return replace(outbound, attachments=tuple(replace(file, source="") for file in files))

    async def with_notes(self, outbound: Outbound) -> Outbound:
        """A video message takes no caption: it goes as a file."""
        files = []
        for file in outbound.attachments:
            source = source_of(file.source, self._bot)
            if source is not None and source.kind == "video_note" and file.content is None:
                files.append(replace(file, content=await self.fetch(file, DOWNLOAD_LIMIT), source=""))
            else:
                files.append(file)
        return replace(outbound, attachments=tuple(files))


def _too_large(attachment: Attachment, size: int, limit: int) -> PermanentFailure:
    return PermanentFailure(
        f"the file {attachment.name} has {size // MEGABYTE} MB; a bot gets files of up to {limit // MEGABYTE} MB "
        "from Telegram: ask for it another way"
    )


def _not_fetched(error: TelegramError) -> DeliveryFailure:
    """Nothing was sent, so nothing can have arrived: whatever is not refused is tried again."""
    failure = failure_of(error)
    return TemporaryFailure(failure.reason) if isinstance(failure, OutcomeUnknown) else failure
