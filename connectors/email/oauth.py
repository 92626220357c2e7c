"""Access tokens for a mail server's login, from a refresh token (RFC 6749 section 6).

An access token lives in memory only, for the hour or so that it is good for. The refresh token comes from the
configuration. A server may hand out a new one in its place, and the old one may be void from then on: so it is written
to a file of its own first, for its owner's eyes only (0600), in one step, and used only while the configuration still
names the token that it came in place of. Whoever sets a new one there has the last word.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from bridge.connector import one_line
from connectors.email.oauth_settings import OAuth, is_loopback

log = structlog.get_logger()

EARLY_SECONDS = 300.0
"""An access token is renewed so long before it ends, or when half of its life is over, whichever is later."""
_ANSWER_LIMIT = 256 * 1024
_DEFAULT_LIFE = 3600.0


class TokenRefused(Exception):
    """The provider does not take the refresh token, or does not know the program: somebody has to mend it."""


class TokenUnavailable(Exception):
    """The provider cannot be asked at the moment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Granted:
    """What the provider handed out; `refresh_token` is empty where the old one stays. `lives` is in seconds."""

    access_token: str
    lives: float
    refresh_token: str = ""

    def __repr__(self) -> str:
        return f"Granted(lives={self.lives:g})"


async def ask(settings: OAuth, refresh_token: str, timeout: float) -> Granted:
    """Ask the provider once. Raises TokenRefused, TokenUnavailable."""
    import httpx  # noqa: PLC0415 - only who logs in by tokens needs it

    form = {"grant_type": "refresh_token", "refresh_token": str(refresh_token), "client_id": settings.client_id}
    if settings.client_secret:
        form["client_secret"] = str(settings.client_secret)
    if settings.asked_scope:
        form["scope"] = settings.asked_scope
    # A proxy of the environment's is for the world outside.
    outside = not is_loopback(urlsplit(settings.url).hostname or "")
    try:
        async with (
            asyncio.timeout(timeout),
            httpx.AsyncClient(trust_env=outside, timeout=timeout) as client,
            client.stream("POST", settings.url, data=form) as response,
        ):
            content = b""
            async for piece in response.aiter_bytes():
                content += piece
                if len(content) > _ANSWER_LIMIT:
                    break
            return granted(response.status_code, content)
    except (httpx.HTTPError, OSError) as error:
        raise TokenUnavailable(f"{_host(settings)} cannot be asked for a token: {type(error).__name__}") from error


def granted(status: int, content: bytes) -> Granted:
    """What a provider's answer means (RFC 6749 sections 5.1, 5.2). Pure. Raises TokenRefused, TokenUnavailable."""
    try:
        answer = json.loads(content)
    except (ValueError, RecursionError):
        answer = None
    said = answer if isinstance(answer, dict) else {}
    if status == 200 and isinstance(said.get("access_token"), str) and said["access_token"].isascii():
        lives, rotated = said.get("expires_in"), said.get("refresh_token")
        return Granted(
            access_token=said["access_token"],
            lives=float(lives) if isinstance(lives, int | float) and lives > 0 else _DEFAULT_LIFE,
            refresh_token=rotated if isinstance(rotated, str) else "",
        )
    error = said.get("error")
    if (
        status in (400, 401, 403)
        and isinstance(error, str)
        and error not in ("temporarily_unavailable", "server_error")
    ):
        raise TokenRefused(_REASONS.get(error, f"the provider of tokens says {one_line(error, 80)}"))
    raise TokenUnavailable(f"the provider of tokens answers with status {status}")


_REASONS = {
    "invalid_grant": "the refresh token is no longer good: get a new one and set it as refresh_token",
    "invalid_client": "the provider of tokens does not know this client_id, or the client_secret is wrong",
    "unauthorized_client": "the provider of tokens does not let this client_id ask: look at its registration",
    "invalid_scope": "the provider of tokens does not know this scope",
}


class Tokens:
    """The tokens of one login. One request is under way at a time, whoever waits for it."""

    def __init__(
        self, settings: OAuth, username: str, timeout: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._timeout = timeout
        self._clock = clock
        name = hashlib.sha256(f"{settings.url}\n{settings.client_id}\n{username}".encode()).hexdigest()[:32]
        self.file = settings.tokens / f"{name}.json"
        self._asking = asyncio.Lock()
        self._access = ""
        self._good_until = 0.0
        self._refresh = ""
        self._unkept = ""

    async def access(self) -> str:
        """An access token that is good for a while. Raises TokenRefused, TokenUnavailable."""
        async with self._asking:
            if not self._access or self._clock() >= self._good_until:
                await self._renew()
            return self._access

    def forget(self, access: str) -> None:
        """The mail server did not take this one: the next is a new one."""
        if access == self._access:
            self._access = ""

    async def _renew(self) -> None:
        now = self._clock()
        new = await self._ask()
        if new.refresh_token and new.refresh_token != (self._refresh or self._settings.refresh_token):
            self._refresh = self._unkept = new.refresh_token
        if self._unkept:
            await self._keep()
        self._access = new.access_token
        self._good_until = now + max(new.lives - EARLY_SECONDS, new.lives / 2)

    async def _ask(self) -> Granted:
        """With the latest refresh token: another login of the same account's (the mailbox's, the way out) may have been
        handed out a new one, with which ours has become void.
        """
        while True:
            kept = "" if self._unkept else await asyncio.to_thread(kept_token, self.file, self._settings.refresh_token)
            self._refresh = kept or self._refresh
            try:
                return await ask(self._settings, self._refresh or self._settings.refresh_token, self._timeout)
            except TokenRefused:
                kept = await asyncio.to_thread(kept_token, self.file, self._settings.refresh_token)
                if not kept or kept == self._refresh:
                    raise

    async def _keep(self) -> None:
        try:
            await asyncio.to_thread(keep_token, self.file, self._settings.refresh_token, self._unkept)
        except OSError as error:
            # It still works from memory; it is tried again with the next one.
            log.warning("oauth.token_not_kept", file=str(self.file), reason=error.strerror)
        else:
            self._unkept = ""


def _fingerprint(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def kept_token(file: Path, configured: str) -> str:
    """The refresh token that came in place of the configured one; empty without one. Blocks."""
    try:
        kept = json.loads(file.read_bytes())
        same = kept["in_place_of"] == _fingerprint(configured)
        return str(kept["refresh_token"]) if same else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def keep_token(file: Path, configured: str, token: str) -> None:
    """Write it, so that a crash leaves the old file or the new one. Blocks; raises OSError."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    content = json.dumps({"in_place_of": _fingerprint(configured), "refresh_token": token}).encode()
    handle, draft = tempfile.mkstemp(dir=file.parent, prefix=".token-")  # made with 0600
    try:
        with os.fdopen(handle, "wb") as open_file:
            open_file.write(content)
            open_file.flush()
            os.fsync(open_file.fileno())
        Path(draft).replace(file)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def xoauth2(username: str, access_token: str) -> str:
    """What is said in a login by XOAUTH2, in base64 (developers.google.com/gmail/imap/xoauth2-protocol)."""
    return base64.b64encode(f"user={username}\x01auth=Bearer {access_token}\x01\x01".encode()).decode("ascii")


def _host(settings: OAuth) -> str:
    return urlsplit(settings.url).hostname or "the provider"
