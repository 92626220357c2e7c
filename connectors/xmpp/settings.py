"""What the configuration says about one XMPP account, and what is wrong with it."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bridge.connector import Secret, Settings, StatePath, one_line
from connectors.xmpp.address import is_bare

MEBIBYTE = 1024 * 1024


def _checked_jid(text: str) -> str:
    if not is_bare(text):
        raise ValueError(
            f"{one_line(text, 80)!r} is not an XMPP address; write it without a resource: shop@example.org"
        )
    return text.lower()


def _checked_host(text: str) -> str:
    port = text.count(":") == 1  # an IPv6 address has two colons or more
    if not text or not text.isprintable() or set(text) & set(" /@") or port or len(text) > 253:
        raise ValueError(
            f"{one_line(text, 80)!r} is not a host name; write it like xmpp.example.org: no https://, and no port"
        )
    return text.lower()


def _one_line(text: str) -> str:
    return one_line(text, 200)


Jid = Annotated[str, AfterValidator(_checked_jid)]
Host = Annotated[str, AfterValidator(_checked_host)]
Line = Annotated[str, AfterValidator(_one_line)]


class XmppSettings(Settings):
    """One XMPP account that the bridge signs in to, as any client does."""

    jid: Jid
    """The account's address: what customers write to."""
    password: Secret = Field(repr=False, min_length=1)
    """Its password: a secret."""
    host: Host | None = None
    """The server to connect to, where the domain's own DNS does not say it; with `port`."""
    port: int = Field(default=5222, ge=1, le=65535)
    """Its port, used with `host` only: 5222 for STARTTLS, 5223 for TLS from the start."""
    security: Literal["starttls", "tls"] = "starttls"
    """How the connection to `host` is protected. There is no other: without TLS nothing is sent."""
    ca_file: StatePath | None = None
    """A PEM file with the authority to trust in place of the system's."""
    allow_plain: bool = False
    """Let the password itself be sent, within TLS, to a server that knows no SCRAM."""
    accept_contacts: bool = True
    """Whether whoever asks to become a contact is accepted, so that they see when the shop is there."""
    status: Line = ""
    """A line that contacts read beside the shop's name."""
    rooms: tuple[Jid, ...] = ()
    """Rooms to stand in, so that people there can write privately. What is said to the whole room is not taken."""
    nickname: Line = "shop"
    """The name to bear in them."""
    archive_days: float = Field(default=1, ge=0, le=365)
    """At the very first start: how many days of the account's archive are taken. Later, all that is new."""
    react: bool = False
    """To owners: show how far an answer got as a sign on the owner's own message, not as a line."""
    fetch_hosts: tuple[Host, ...] = ()
    """Hosts that customers' files may be fetched from, besides the account's own server's."""
    upload_limit: int = Field(default=25 * MEBIBYTE, ge=0, le=1024 * MEBIBYTE)
    """The largest file that is sent, in bytes; the server's own limit counts too."""
    timeout: float = Field(default=20, gt=0, le=300)
    """How many seconds the server may take for an answer."""
    ping_seconds: float = Field(default=30, gt=0, le=600)
    """How often a quiet connection is tried, in seconds."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.host is None and {"port", "security"} & self.model_fields_set:
            raise ValueError("port and security count with host only; add host, or leave them out")
        if self.rooms and not self.nickname:
            raise ValueError("nickname is empty; rooms let nobody in without a name")
        if self.jid in self.rooms:
            raise ValueError("rooms names the account itself; name rooms like plants@rooms.example.org")
        return self


def unfit_owner(settings: XmppSettings, address: str) -> str:
    """Why no owner can read and answer at this address; empty where one can."""
    if not is_bare(address):
        return "this is not an XMPP address; write it without a resource, like anna@example.org"
    if address.lower() == settings.jid:
        return "this is the shop's own account; an owner needs another one, which is theirs alone"
    return ""
