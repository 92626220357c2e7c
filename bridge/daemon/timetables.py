"""The hours that the running daemon goes by: made of the configuration, anew when a calendar on the web says more."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from zoneinfo import ZoneInfo

import structlog

from bridge.configuration.config import Config
from bridge.configuration.hours import hours_of
from bridge.failures import Unavailable
from bridge.hours import Hours, HoursError
from bridge.hours.calendars import read_calendar
from bridge.steps.calendars import FOLDER, kept, refresh

log = structlog.get_logger()

REFRESH_SECONDS = 6 * 3600.0
LOOK_SECONDS = 60.0


def hours_now(config: Config) -> Hours | None:
    """The hours of this configuration with its calendars as they were last fetched; None where it says nothing."""
    if config.hours is None:
        return None
    have = kept(config.state_dir / FOLDER, _urls(config))
    try:
        return hours_of(config.hours, config.business.timezone, config.business.language, have)
    except (HoursError, OSError) as error:  # a file that was there when the configuration was read
        log.error("hours.unreadable", reason=str(error))  # noqa: TRY400 - the message says all there is to know
        return None


async def follow(
    config: Callable[[], Config],
    changed: Callable[[], None],
    tell: Callable[[str | None], Awaitable[None]],
) -> None:
    """Fetch the calendars on the web some times a day, until cancelled. A new configuration counts within a minute.

    `changed` is called when one says something else; `tell` gets what went wrong, None once nothing does.
    """
    seen: Sequence[str] = ()
    left = 0.0
    while True:
        urls = _urls(config())
        if urls and (left <= 0 or urls != seen):
            found = await refresh(config().state_dir / FOLDER, urls, _check)
            if found.changed:
                changed()
            troubles = [
                f"the calendar on the web number {urls.index(url) + 1} {why}" for url, why in found.troubles.items()
            ]
            try:
                await tell("; ".join(troubles) or None)
                seen, left = urls, REFRESH_SECONDS
            except Unavailable as error:  # the store: everything is tried again in a minute
                log.warning("hours.untold", reason=str(error))
        await asyncio.sleep(LOOK_SECONDS)
        left -= LOOK_SECONDS


def _urls(config: Config) -> list[str]:
    return [calendar.url for calendar in config.hours.calendars if calendar.url] if config.hours else []


def _check(raw: bytes) -> object:
    return read_calendar(raw, ZoneInfo("UTC"))
