"""The first configuration as a file, from what a shop keeper has said. Pure.

Each account is a table, and each place where the owner reads a `[[owners.surfaces]]`. Passwords and tokens stand in
files of their own, which the configuration names.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bridge.cli.config_text import quoted

MAIL_PASSWORD, TELEGRAM_TOKEN, XMPP_PASSWORD = "mail-password", "telegram-token", "xmpp-password"
"""Files beside the configuration."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Email:
    """The shop's address and its servers. Without `imap_host` mail comes in by SMTP; `own` is the owner's address."""

    address: str
    submission_host: str
    imap_host: str = ""
    username: str = ""
    own: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Telegram:
    """A bot, and the owner's own number."""

    own: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Xmpp:
    """The shop's address, and the owner's own."""

    jid: str
    own: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Shop:
    """Everything that is asked. A network that the shop does not use is None."""

    business: str
    owner: str
    language: str
    timezone: str
    email: Email | None = None
    telegram: Telegram | None = None
    xmpp: Xmpp | None = None

    @property
    def secrets(self) -> tuple[str, ...]:
        """The files that hold a password or a token."""
        files = ((self.email, MAIL_PASSWORD), (self.telegram, TELEGRAM_TOKEN), (self.xmpp, XMPP_PASSWORD))
        return tuple(name for network, name in files if network is not None)


def first_config(shop: Shop) -> str:
    """The whole file, as TOML."""
    surfaces = [*_surfaces(shop)]
    parts = [
        _HEAD.format(**{name: quoted(getattr(shop, name)) for name in ("business", "owner", "language", "timezone")})
    ]
    parts += [_SURFACE.format(connector=quoted(name), address=quoted(own)) for name, own in surfaces]
    if not surfaces:
        parts.append(_CONSOLE)
    parts += _networks(shop)
    return "".join(parts)


def _surfaces(shop: Shop) -> Iterator[tuple[str, str]]:
    for name, network in (("telegram", shop.telegram), ("xmpp", shop.xmpp), ("mail", shop.email)):
        if network is not None and network.own:
            yield name, network.own


def _networks(shop: Shop) -> Iterator[str]:
    if shop.email is not None:
        yield from _email(shop.email, shop.business)
    if shop.telegram is not None:
        yield _TELEGRAM.format(file=TELEGRAM_TOKEN)
    if shop.xmpp is not None:
        yield _XMPP.format(jid=quoted(shop.xmpp.jid), file=XMPP_PASSWORD)


def _email(email: Email, business: str) -> Iterator[str]:
    username = quoted(email.username or email.address)
    yield _EMAIL.format(address=quoted(email.address), business=quoted(business))
    if email.own:
        name, _, domain = email.address.rpartition("@")
        yield _REPLY_TO.format(template=quoted(f"{name}+{{token}}@{domain}"))
    if email.imap_host:
        yield _IMAP.format(host=quoted(email.imap_host), username=username, file=MAIL_PASSWORD)
    else:
        yield _LISTEN
    yield _SUBMISSION.format(host=quoted(email.submission_host), username=username, file=MAIL_PASSWORD)


_HEAD = """\
# The configuration of inbox-bridge. config.example.toml and docs/reference/configuration.md explain every setting.
# Check it with `inbox-bridge check` after a change. A password may be written as file:PATH, env:NAME or
# credential:NAME instead; while one stands here itself, nobody else may read this file (chmod 600).

[business]
name = {business}
language = {language}
timezone = {timezone}

[[owners]]
name = {owner}

# Where the owner reads and answers; one such table for each place.
"""

_SURFACE = """\
[[owners.surfaces]]
connector = {connector}
address = {address}

"""

_CONSOLE = """\
# A terminal is there only where the bridge is started by hand: a service needs another place (your own email, XMPP or
# Telegram address). See docs/how-to.
[[owners.surfaces]]
connector = "console"
address = "owner"

# A terminal: the one that the bridge is started in.
[connectors.console]
type = "console"
"""

_EMAIL = """
[connectors.mail]
type = "email"
label = "email"
address = {address}
from_name = {business}
"""

_REPLY_TO = """\
# You answer by mail: each conversation has an address of its own, {{token}} stands for 36 letters and digits. Mail to
# all such addresses has to come in here. `inbox-bridge doctor` tries it.
reply_to = {template}
"""

_IMAP = """
# The mailbox that mail is fetched from. What lies in it already is left alone. The password is in the file that is
# named here, beside this one.
[[connectors.mail.imap]]
host = {host}
username = {username}
password = "file:{file}"
"""

_LISTEN = """
# Mail comes in by SMTP: let your mail server forward it to this port. Where it lies in a mailbox at a provider, put a
# table [[connectors.mail.imap]] in place of [connectors.mail.listen]: docs/how-to/email.md.
[connectors.mail.listen]
host = "127.0.0.1"
port = 2525
"""

_SUBMISSION = """
# The server that sends your answers.
[connectors.mail.submission]
host = {host}
username = {username}
password = "file:{file}"
"""

_TELEGRAM = """
# A bot, made with @BotFather; the file holds its token. Press "Start" in the chat with it before it can write to you.
[connectors.telegram]
type = "telegram"
label = "Telegram"
token = "file:{file}"
"""

_XMPP = """
# The account that customers write to; the file holds its password.
[connectors.xmpp]
type = "xmpp"
label = "XMPP"
jid = {jid}
password = "file:{file}"
"""
