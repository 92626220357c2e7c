"""What the configuration says about one email account, and what is wrong with it."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bridge.connector import Secret, Settings, StatePath, one_line
from connectors.email.address import domain_of, is_address
from connectors.email.imap_settings import Imap
from connectors.email.letter_words import LanguageCode
from connectors.email.oauth_settings import SendingOAuth
from connectors.email.owner_check import OwnerCheck
from connectors.email.reply_address import checked_template
from connectors.email.sender import checked_signature
from connectors.email.setting_types import MEBIBYTE, Address, Host, Line, Seconds
from connectors.email.spellings import Spelling, checked_domains


def _template(text: str) -> str:
    return checked_template(text) if text else ""


def _checked_network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise ValueError(
            f"{one_line(text, 80)!r} is no IP address or network; write it like 192.0.2.7 or 192.0.2.0/24"
        ) from None


Network = Annotated[str, AfterValidator(_checked_network)]


class Listen(Settings):
    """The table `[listen]`: an SMTP server for the mail that comes in.

    `recipients` are addresses that it takes besides the business's own; mail for any other is refused. Sizes are
    bytes, timeouts seconds.
    """

    host: Host = "127.0.0.1"
    """The address to listen on. Anything but loopback needs a firewall that admits your mail server only."""
    port: int = Field(default=2525, ge=0, le=65535)
    """The port to listen on."""
    recipients: tuple[Address, ...] = ()
    """Addresses that mail is taken for besides the account's own; for any other it is refused."""
    hostname: Host | None = None
    """What the listener calls itself; without it, the domain of the account's address."""
    size_limit: int = Field(default=25 * MEBIBYTE, ge=64 * 1024, le=200 * MEBIBYTE)
    """The largest mail, in bytes."""
    memory: int = Field(default=256 * MEBIBYTE, ge=MEBIBYTE)
    """How many bytes of unfinished mails may be held at once, over all connections."""
    users: dict[str, Secret] = Field(default_factory=dict, repr=False)
    """Who may log in to hand mail over: user = password (a secret). With users, nobody else may, but `trusted_peers`;
    logins need `cert` and `key`."""
    trusted_peers: tuple[Network, ...] = ()
    """IP addresses and networks (192.0.2.0/24) that may hand mail over without a login. With any, nobody else may, but
    `users`. Without both, anybody may who reaches the port."""
    cert: StatePath | None = None
    """The certificate chain for STARTTLS, as a PEM file; with `key`, or neither."""
    key: StatePath | None = None
    """The certificate's private key, as a PEM file."""
    max_connections: int = Field(default=200, ge=1)
    """How many connections may be open at once."""
    max_connections_per_address: int = Field(default=50, ge=1)
    """How many of them may come from one IP address (of IPv6, one /64)."""
    max_recipients: int = Field(default=100, ge=1)
    """How many recipients one mail may name."""
    command_timeout: Seconds = 300
    """How long a connection may be idle between commands (RFC 5321 section 4.5.3.2.7: at least five minutes)."""
    data_timeout: Seconds = 600
    """How long one mail may take to come in and be stored (section 4.5.3.2.6: a client waits ten minutes)."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if (self.cert is None) != (self.key is None):
            missing, given = ("key", "cert") if self.key is None else ("cert", "key")
            raise ValueError(f"{given} is given without {missing}; STARTTLS needs both, or leave both out")
        if not all(name and password for name, password in self.users.items()):
            raise ValueError("users holds an empty name or password; every user needs both")
        if self.users and self.cert is None:
            raise ValueError("users are given without cert and key; passwords are taken over TLS only, so add both")
        if self.memory < self.size_limit:
            raise ValueError("memory is less than size_limit, so that no mail of that size could come in; raise it")
        return self


class Submission(Settings):
    """The table `[submission]`: the server that takes our mail (RFC 6409). `ca_file` replaces the system's trust."""

    host: Host
    """The mail server's name."""
    port: int = Field(default=587, ge=1, le=65535)
    """Its port: 587 for STARTTLS, 465 for TLS from the start."""
    security: Literal["starttls", "tls", "none"] = "starttls"
    """How the connection is protected; `none` is for a server on this machine."""
    username: str = ""
    """The login, if the server wants one."""
    password: Secret = Field(default="", repr=False)
    """Its password: a secret."""
    oauth: SendingOAuth | None = None
    """Tokens, where the server takes no password."""
    ca_file: StatePath | None = None
    """A PEM file with the authority to trust in place of the system's."""
    timeout: Seconds = 60
    """How long each step of sending may take."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.password and self.oauth is not None:
            raise ValueError("give password, or a table [submission.oauth], and not both")
        if bool(self.username) != bool(self.password or self.oauth):
            missing = "password" if self.username else "username"
            raise ValueError(
                f"{missing} is missing; give both username and password (or [submission.oauth]), or neither"
            )
        if self.username and self.security == "none":
            raise ValueError('security = "none" would send the password readable; use "starttls" or "tls"')
        if self.ca_file is not None and self.security == "none":
            raise ValueError('ca_file has no use with security = "none"; use "starttls" or "tls", or leave it out')
        return self


class Dkim(Settings):
    """The table `[dkim]`: answers are signed before they leave (RFC 6376). `doctor` says what belongs into DNS."""

    selector: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9-]{1,63}){0,3}$")]
    """The name of the key: its record stands in DNS at SELECTOR._domainkey.DOMAIN."""
    key: StatePath
    """The private key, as a PEM file: `openssl genrsa -out dkim.pem 2048`. A new one counts from the next mail on."""
    domain: Host | None = None
    """The domain that signs; without it, the domain of the account's address."""


class EmailSettings(Settings):
    """One email account: who we are, where mail comes in, and exactly one way out."""

    address: Address
    """The business's own address: answers come from it, and mail for it is taken."""
    from_name: Line = ""
    """The name that customers see beside it."""
    reply_to: Annotated[str, AfterValidator(_template)] = ""
    """Where answers go: an address with `{token}` before the @, like shop+{token}@example.com, whose mail comes in here
    whatever stands for the token. An answer then finds its conversation in any mail program; owners who answer by mail
    need it."""
    html: bool = True
    """Whether mails have a part with formatting beside the plain text."""
    quote_original: bool = True
    """Whether an answer has what it answers below it."""
    signature: Annotated[str, Field(max_length=2000), AfterValidator(checked_signature)] = ""
    """What stands below every mail to a customer; `{name}` and `{address}` stand for the two settings above."""
    language: LanguageCode = "en"
    """The language of the few words in mails that nobody typed: "On ... wrote:" above a quote, and the like."""
    spam_score: Annotated[float, Field(gt=0, le=1000)] | None = None
    """How many points of your mail server's spam filter (X-Spam-Level, X-Spam-Score) make a mail spam. Without it, only
    the filter's own word counts."""
    same_person: tuple[Spelling, ...] = ()
    """Spellings of an address that count as one customer: `plus-tags` (anna+shop@ is anna@, at any domain) and
    `gmail-dots` (an.na@gmail.com is anna@gmail.com, and so is anna@googlemail.com). It counts from then on."""
    same_domains: Annotated[tuple[tuple[str, ...], ...], AfterValidator(checked_domains)] = ()
    """Groups of domains at which the same name is the same customer, like [["example.org", "example.com"]]."""
    owner_check: OwnerCheck = OwnerCheck()
    """How a mail in an owner's name is checked."""
    listen: Listen | None = None
    """Where mail comes in by SMTP."""
    imap: tuple[Imap, ...] = ()
    """The mailboxes that mail is fetched from."""
    maildir: StatePath | None = None
    """Answers are put into this Maildir folder, and not sent."""
    submission: Submission | None = None
    """The server that sends our answers."""
    dkim: Dkim | None = None
    """Signs what leaves through it. Leave it out where that server signs."""

    @model_validator(mode="after")
    def _signs_what_leaves(self) -> Self:
        if self.dkim is not None and self.submission is None:
            raise ValueError("[dkim] signs what leaves through [submission]; add that table, or leave [dkim] out")
        return self

    @model_validator(mode="after")
    def _each_folder_once(self) -> Self:
        named = [(one.host.lower(), one.username, folder) for one in self.imap for folder in one.folders]
        twice = next((one for number, one in enumerate(named) if one in named[:number]), None)
        if twice is not None:
            raise ValueError(f"two [[imap]] tables name the folder {twice[2]} of {twice[1]}; name each folder once")
        return self

    @model_validator(mode="after")
    def _one_way_out(self) -> Self:
        if self.maildir is None and self.submission is None:
            raise ValueError(
                "there is no way out for answers; add a [submission] table (the mail server that sends for you), "
                "or maildir = PATH to put them into a folder"
            )
        if self.maildir is not None and self.submission is not None:
            raise ValueError("both maildir and [submission] are given; an answer takes one way, so leave one out")
        return self

    @property
    def recipients(self) -> frozenset[str]:
        """Every address that the listener takes mail for, in lower case."""
        extra = self.listen.recipients if self.listen else ()
        return frozenset(address.lower() for address in (self.address, *extra))

    @property
    def own(self) -> frozenset[str]:
        """Every address whose mail comes to us, in lower case: the listener's, and those of the mailboxes."""
        logins = [one.username for one in self.imap if is_address(one.username)]
        named = [*logins, *(address for one in self.imap for address in one.addresses)]
        return self.recipients | {address.lower() for address in named}

    @property
    def hostname(self) -> str:
        """What the listener calls itself."""
        return (self.listen and self.listen.hostname) or domain_of(self.address)
