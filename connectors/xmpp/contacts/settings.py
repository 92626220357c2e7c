"""What the configuration says about a domain of the bridge's own, in which each conversation is a contact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bridge.connector import Secret, Settings, StatePath
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.contacts.nicknames import prepared
from connectors.xmpp.settings import MEBIBYTE, Host, Jid, Line

_LOCAL = re.compile(r"localhost|127(\.\d{1,3}){3}|::1")


def _checked_domain(text: str) -> str:
    if "." not in text:
        raise ValueError("write a domain of its own within the server's: customers.flowers.example")
    return text


def _checked_nickname(text: str) -> str:
    name = prepared(text)
    if not name or name != text:
        raise ValueError(f"{text[:80]!r} can be nobody's nickname on every server; letters, digits and spaces can")
    return name


Nickname = Annotated[str, AfterValidator(_checked_nickname)]


class ContactsSettings(Settings):
    """A domain within your XMPP server's that the bridge answers for (a component): owners read and answer there, with
    one contact for each conversation, or one room that all of them share.
    """

    domain: Annotated[Host, AfterValidator(_checked_domain)]
    """The domain, as the server's configuration names the component."""
    secret: Secret = Field(repr=False, min_length=1)
    """The component's secret, as the server's configuration has it."""
    owners: Annotated[tuple[Jid, ...], Field(min_length=1)]
    """The owners' own XMPP addresses. Nobody else is served: whoever writes to the domain is refused."""
    share: Literal["contacts", "rooms"] = "contacts"
    """What a conversation is: "contacts", a contact of each owner's; "rooms", one room (MUC) that all owners are in."""
    nicknames: Mapping[Jid, Nickname] = {}
    """With rooms: what owners are called there, OWNER'S ADDRESS = "NAME". Without it, what stands before their @."""
    host: Host = "127.0.0.1"
    """Where the server takes components: the machine itself, since nothing on this connection is encrypted."""
    port: int = Field(default=5347, ge=1, le=65535)
    """The port there."""
    allow_unencrypted: bool = False
    """Let `host` be another machine, over a network that you trust (a tunnel of yours)."""
    server: Host | None = None
    """The server's own domain. Without it, what stands behind the first dot of `domain`."""
    ask_contacts: bool = True
    """Whether each new conversation asks to become a contact. Without it, it is a chat with an unknown contact."""
    group: Line = "Customers"
    """The group that contacts are put in, by programs that let a server add contacts (XEP-0144)."""
    ca_file: StatePath | None = None
    """For files: a PEM file with the authority to trust in place of the system's."""
    fetch_hosts: tuple[Host, ...] = ()
    """Hosts that owners' files may be fetched from, besides the server's own."""
    upload_limit: int = Field(default=25 * MEBIBYTE, ge=0, le=1024 * MEBIBYTE)
    """The largest file that is shown, in bytes; the server's own limit counts, too."""
    timeout: float = Field(default=20, gt=0, le=300)
    """How many seconds the server may take for an answer."""
    ping_seconds: float = Field(default=30, gt=0, le=600)
    """How often a quiet connection is tried, in seconds."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.allow_unencrypted and not _LOCAL.fullmatch(self.host):
            raise ValueError(
                f"the connection to {self.host} would not be encrypted; let the server take components on 127.0.0.1, "
                "or set allow_unencrypted = true if that network is yours"
            )
        if any(owner.rpartition("@")[2] == self.domain for owner in self.owners):
            raise ValueError("owners names an address of this very domain; name the owners' own XMPP addresses")
        self._check_sharing()
        return self

    def _check_sharing(self) -> None:
        given = self.model_fields_set
        if self.share == "rooms" and {"ask_contacts", "group"} & given:
            raise ValueError('ask_contacts and group are about contacts; leave them out with share = "rooms"')
        if self.share == "contacts" and "nicknames" in given:
            raise ValueError('nicknames are borne in rooms; leave them out, or set share = "rooms"')
        strange = sorted(set(self.nicknames) - set(self.owners))
        if strange:
            raise ValueError(f"nicknames names {strange[0]}, who is not among owners; add the address there")
        self._check_nicknames()

    def _check_nicknames(self) -> None:
        bearers: dict[str, str] = {}
        for owner, name in self.nicknames.items():
            if name.casefold() == DESK:
                raise ValueError(f"nicknames calls {owner} {name!r}, which is the bridge's own name; choose another")
            other = bearers.setdefault(name.casefold(), owner)
            if other != owner:
                raise ValueError(f"nicknames gives {other} and {owner} the same name, {name!r}; choose another for one")

    @property
    def jid(self) -> str:
        """Who the server knows us as."""
        return self.domain

    @property
    def server_domain(self) -> str:
        """The server's own domain."""
        return self.server or self.domain.partition(".")[2]


def unfit_owner(settings: ContactsSettings, address: str) -> str:
    """Why no owner can read and answer at this address; empty where one can."""
    if settings.share == "rooms":
        if address.lower() == settings.domain:
            return ""
        return (
            "owners share rooms here, so that this is nobody's own address; set "
            f'address = "{settings.domain}" and member = the owner\'s XMPP address'
        )
    if address.lower() not in settings.owners:
        return (
            "this address is not served here; set owners of the connector to the owners' XMPP addresses, this one too"
        )
    return ""


def unfit_member(settings: ContactsSettings, address: str, member: str) -> str:  # noqa: ARG001 - there is one address
    """Why no owner can be this one of those who share the rooms; empty where one can."""
    if settings.share != "rooms":
        return 'nobody shares contacts with others; remove member, or set share = "rooms"'
    if member.lower() not in settings.owners:
        return (
            "this address is not served here; set owners of the connector to the owners' XMPP addresses, this one too"
        )
    if member != member.lower():
        return f'an address is written in small letters here; set member = "{member.lower()}"'
    return ""
