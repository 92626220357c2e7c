"""What the configuration says about logins by tokens, and what is wrong with it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from bridge.connector import Secret, Settings, StatePath, one_line
from connectors.email.setting_types import Line

TOKEN_URLS = {
    "google": "https://oauth2.googleapis.com/token",
    "microsoft": "https://login.microsoftonline.com/common/oauth2/v2.0/token",
}


def is_loopback(host: str) -> bool:
    """Whether a host name means this machine."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _checked_token_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        scheme, host = parts.scheme, parts.hostname or ""
    except ValueError:
        scheme, host = "", ""
    if not host or (scheme != "https" and not (scheme == "http" and is_loopback(host))):
        raise ValueError(f"{one_line(text, 80)!r} is not an https:// address; secrets go nowhere else")
    return text


class OAuth(Settings):
    """The table `[imap.oauth]`: a login by tokens (XOAUTH2), in place of a password.

    The refresh token and, if there is one, the client's secret come from the mail provider, once; docs/how-to/email.md
    says how.
    """

    _scopes: ClassVar[Mapping[str, str]] = {
        "google": "https://mail.google.com/",
        "microsoft": "https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    }

    provider: Literal["google", "microsoft"] | None = None
    """Gmail (Google Workspace) or Outlook (Microsoft 365); any other provider needs `token_url`."""
    token_url: Annotated[str, AfterValidator(_checked_token_url)] = ""
    """Where access tokens are asked for; without it, the provider's."""
    client_id: str = Field(min_length=1, max_length=500)
    """The name under which your program is registered with the provider."""
    client_secret: Secret = Field(default="", repr=False)
    """The secret that belongs to it, if it has one."""
    refresh_token: Secret = Field(min_length=1, repr=False)
    """The token that access tokens are asked for with."""
    scope: Line = ""
    """What is asked for; without it, what the provider calls it."""
    tokens: Annotated[StatePath, Field(validate_default=True)] = Path("tokens")
    """A folder. A provider may hand out a new refresh token in place of the old one: it is kept here, for its owner's
    eyes only (0600)."""

    @model_validator(mode="after")
    def _somewhere_to_ask(self) -> Self:
        if not self.provider and not self.token_url:
            raise ValueError('say where tokens come from: provider = "google" or "microsoft", or token_url')
        return self

    @property
    def url(self) -> str:
        """Where access tokens are asked for."""
        return self.token_url or TOKEN_URLS[self.provider or ""]

    @property
    def asked_scope(self) -> str:
        """What is asked for; empty for whatever the refresh token is good for."""
        return self.scope or self._scopes.get(self.provider or "", "")


class SendingOAuth(OAuth):
    """The table `[submission.oauth]`: a login by tokens (XOAUTH2), in place of a password.

    As `[imap.oauth]`; the same program and refresh token will do, if the account has agreed that it may send.
    """

    _scopes: ClassVar[Mapping[str, str]] = {
        "google": "https://mail.google.com/",
        "microsoft": "https://outlook.office.com/SMTP.Send offline_access",
    }
