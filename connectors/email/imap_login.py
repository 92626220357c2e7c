"""Logging in to a mail server: by password, or by a token that is asked for first."""

from __future__ import annotations

import base64

from connectors.email.imap_connection import ConnectionLost, Refused
from connectors.email.imap_session import Session
from connectors.email.imap_settings import Imap
from connectors.email.oauth import TokenRefused, Tokens, TokenUnavailable, xoauth2


class LoginRefused(Exception):
    """The server does not let us in, and trying again soon would only lock the account. In plain words."""


class Account:
    """A login that all folders of one `[[imap]]` table share."""

    def __init__(self, settings: Imap) -> None:
        self.settings = settings
        self._tokens = Tokens(settings.oauth, settings.username, settings.timeout) if settings.oauth else None

    async def log_in(self, session: Session) -> None:
        """Raises LoginRefused, ConnectionLost."""
        try:
            if self._tokens is not None:
                await self._by_token(session, self._tokens)
            else:
                await self._by_password(session)
        except Refused as refused:
            if refused.for_now:
                raise ConnectionLost(str(refused)) from refused
            raise LoginRefused(f"{refused}; check {self._what()} of {self.settings.username}") from refused
        except TokenRefused as refused:
            raise LoginRefused(str(refused)) from refused
        except TokenUnavailable as unavailable:
            raise ConnectionLost(str(unavailable)) from unavailable

    def _what(self) -> str:
        return "username, client_id, scope and refresh_token" if self._tokens else "username and password"

    async def _by_password(self, session: Session) -> None:
        username, password = self.settings.username, str(self.settings.password)
        if session.can("AUTH=PLAIN"):
            # RFC 4616: any character will do, where LOGIN knows ASCII only.
            answer = base64.b64encode(f"\0{username}\0{password}".encode()).decode("ascii")
            await session.authenticate("PLAIN", answer)
        else:
            await session.login(username, password)

    async def _by_token(self, session: Session, tokens: Tokens) -> None:
        access = await tokens.access()
        try:
            await session.authenticate("XOAUTH2", xoauth2(self.settings.username, access))
        except Refused:
            # It may have ended early: once more, with a new one.
            tokens.forget(access)
            access = await tokens.access()
            await session.authenticate("XOAUTH2", xoauth2(self.settings.username, access))
