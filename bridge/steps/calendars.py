"""Calendars on the web: fetched, looked at, and kept in a folder. What is bad never replaces what was good.

Whoever wants to follow them calls `refresh` now and then, and makes the hours anew from `kept`.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from bridge.hours.calendars import SIZE_LIMIT

FOLDER = "calendars"
"""Of the state folder."""

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Refreshed:
    """What came of it. `changed`: some calendar says something else now. `troubles` are told by URL, without it."""

    changed: bool
    troubles: Mapping[str, str]


def kept(folder: Path, urls: Iterable[str]) -> Mapping[str, bytes]:
    """What was fetched last, by URL. What cannot be read has not come yet: `refresh` says why."""
    found = {}
    for url in urls:
        with contextlib.suppress(OSError):
            found[url] = _file(folder, url).read_bytes()
    return found


async def refresh(folder: Path, urls: Iterable[str], check: Callable[[bytes], object]) -> Refreshed:
    """Fetch each calendar; keep those that `check` has nothing against (it raises ValueError with its reason)."""
    changed, troubles = False, {}
    for url in dict.fromkeys(urls):
        try:
            raw = await _fetched(url)
            await asyncio.to_thread(check, raw)
            changed |= await asyncio.to_thread(_keep, _file(folder, url), raw)
        except (_Refused, ValueError, OSError) as error:
            troubles[url] = str(error)
    return Refreshed(changed=changed, troubles=troubles)


class _Refused(Exception):
    """The server has no calendar for us, for this reason."""


async def _fetched(url: str) -> bytes:
    import httpx  # noqa: PLC0415 - loaded by those who follow a calendar

    raw = bytearray()
    try:
        async with (
            asyncio.timeout(TIMEOUT_SECONDS),
            httpx.AsyncClient(follow_redirects=True, timeout=TIMEOUT_SECONDS) as client,
            client.stream("GET", url) as response,
        ):
            if response.status_code != 200:
                raise _Refused(f"the server answers {response.status_code} {response.reason_phrase}".strip())
            async for piece in response.aiter_bytes():
                raw += piece
                if len(raw) > SIZE_LIMIT:
                    raise _Refused(f"is larger than {SIZE_LIMIT // 1024 // 1024} MB")
    except TimeoutError as error:
        raise _Refused(f"did not come within {TIMEOUT_SECONDS:.0f} seconds") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        # Not its text: that may hold the URL, and the URL may be a secret.
        raise _Refused(f"could not be fetched: {type(error).__name__}") from error
    return bytes(raw)


def _file(folder: Path, url: str) -> Path:
    return folder / f"{sha256(url.encode()).hexdigest()[:24]}.ics"


def _keep(file: Path, raw: bytes) -> bool:
    """Whether this is news."""
    if file.is_file() and file.read_bytes() == raw:
        return False
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".new")
    new.write_bytes(raw)
    new.replace(file)
    return True
