"""`inbox-bridge init`: a first configuration, from a few questions or from options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.config_text import write_private
from bridge.cli.first_config import (
    MAIL_PASSWORD,
    TELEGRAM_TOKEN,
    XMPP_PASSWORD,
    Email,
    Shop,
    Telegram,
    Xmpp,
    first_config,
)
from bridge.cli.options import PLACES
from bridge.cli.output import fail
from bridge.configuration.config import ConfigError, load
from bridge.configuration.places import language as known_language
from bridge.configuration.places import timezone as known_zone
from bridge.language import spoken

Known = Callable[[str], str]
"""The same, or as it is best written; raises ValueError with what to write instead."""

ASK = "?"
"""The default of every option that is asked for when it is not given."""

_FETCHED = "Shall the bridge fetch mail from its mailbox, by IMAP? (no: your mail server forwards it)"
_WHAT = {
    MAIL_PASSWORD: "The mailbox's password",
    TELEGRAM_TOKEN: "The bot's token, from @BotFather",
    XMPP_PASSWORD: "The XMPP account's password",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


@dataclass(frozen=True, kw_only=True, slots=True)
class Given:
    """The options for networks: ASK for those that were not given."""

    address: str
    imap_host: str
    submission_host: str
    username: str
    own_address: str
    telegram: bool | None
    own_telegram: str
    xmpp: str
    own_xmpp: str

    @property
    def none(self) -> bool:
        """Whether no network was named: then each is asked about, else those that were not named are not used."""
        texts = (self.address, self.own_telegram, self.xmpp)
        return self.telegram is None and all(text == ASK for text in texts)


def init(
    *,
    config: Annotated[Path, typer.Option("--config", "-c", help="The file to write.")] = PLACES[0],
    business: Annotated[str, typer.Option(help="The name that customers know.")] = ASK,
    owner: Annotated[str, typer.Option(help="Who answers.")] = ASK,
    language: Annotated[str, typer.Option(help="Such as en or de; also for the bridge's own words.")] = ASK,
    timezone: Annotated[str, typer.Option(help="Such as Europe/Berlin.")] = ASK,
    address: Annotated[str, typer.Option(help="The shop's email address; empty for none.")] = ASK,
    imap_host: Annotated[str, typer.Option(help="Where its mailbox is; empty: mail comes in by SMTP.")] = ASK,
    submission_host: Annotated[str, typer.Option(help="The mail server that sends for this address.")] = ASK,
    username: Annotated[str, typer.Option(help="The login at both; without it, the address.")] = ASK,
    own_address: Annotated[str, typer.Option(help="The owner's own email address, to answer by mail.")] = ASK,
    telegram: Annotated[bool | None, typer.Option(help="Whether there is a Telegram bot.")] = None,
    own_telegram: Annotated[str, typer.Option(help="The owner's own Telegram number, to answer there.")] = ASK,
    xmpp: Annotated[str, typer.Option(help="The shop's XMPP address; empty for none.")] = ASK,
    own_xmpp: Annotated[str, typer.Option(help="The owner's own XMPP address, to answer there.")] = ASK,
) -> None:
    """Write a first configuration.

    Asks for what no option gives; never overwrites a file. Once a network is named by an option (--address, --telegram,
    --xmpp), no other is asked about. Passwords are asked for, unseen, and kept in files of their own.
    """
    if config.exists():
        fail(f"{config} exists already; edit it, or name another file with --config")
    language = _known("--language", language, known_language)
    timezone = _known("--timezone", timezone, known_zone)
    given = Given(
        address=address,
        imap_host=imap_host,
        submission_host=submission_host,
        username=username,
        own_address=own_address,
        telegram=telegram,
        own_telegram=own_telegram,
        xmpp=xmpp,
        own_xmpp=own_xmpp,
    )
    shop = Shop(
        business=_asked(business, "The shop's name"),
        owner=_asked(owner, "Your name"),
        language=_asked(
            language, f"Language ({', '.join(spoken())}; to you the bridge speaks en or de)", "en", known=known_language
        ),
        timezone=_asked(timezone, "Time zone", local_timezone(Path("/etc/localtime")), known=known_zone),
        email=_email(given),
        telegram=_telegram(given),
        xmpp=_xmpp(given),
    )
    _write(config, first_config(shop), _secrets(shop, config) if given.none else {})


def _asked(
    given: str, question: str, default: str | None = None, *, ask: bool = True, known: Known = lambda value: value
) -> str:
    """What was given, or is answered; the default where nobody is asked. Asks again for what is not `known`."""
    if given != ASK:
        return given
    return str(typer.prompt(question, default=default, value_proc=_taken(known))).strip() if ask else default or ""


def _taken(known: Known) -> Callable[[str], str]:
    def take(value: str) -> str:
        try:
            return known(value)
        except ValueError as error:
            raise typer.BadParameter(f"{value!r} {error}") from error

    return take


def _known(option: str, given: str, known: Known) -> str:
    """What was given, as it is best written; refused before anything is asked."""
    if given == ASK:
        return given
    try:
        return known(given)
    except ValueError as error:
        raise typer.BadParameter(f"{given!r} {error}", param_hint=option) from error


def _an_address(value: str) -> str:
    name, at, domain = value.strip().rpartition("@")
    if (value.strip() and not (name and at and domain)) or set(value.strip()) & set(" <>"):
        raise ValueError("is not an address; write it plain, like info@example.com")
    return value.strip()


def _a_host(value: str) -> str:
    if set(value.strip()) & set(" /@") or value.count(":") == 1:
        raise ValueError("is not a server's name; write it like mail.example.com: no https://, and no port")
    return value.strip()


def _a_number(value: str) -> str:
    if value.strip() and not value.strip().isdecimal():
        raise ValueError("is not a Telegram number, which is digits alone, like 123456789")
    return value.strip()


def _email(given: Given) -> Email | None:
    asks = given.none
    address = _asked(given.address, "The shop's email address (empty: none)", "", ask=asks, known=_an_address)
    if not address:
        return None
    domain = address.rpartition("@")[2]
    # Where nobody is asked, mail comes in by SMTP, as it did before there was a choice.
    fetched = asks and given.imap_host == ASK and typer.confirm(_FETCHED, default=True)
    return Email(
        address=address,
        imap_host=_asked(
            given.imap_host,
            "The server of its mailbox",
            f"imap.{domain}" if fetched else "",
            ask=fetched,
            known=_a_host,
        ),
        submission_host=_asked(
            given.submission_host, "The mail server that sends for it", f"smtp.{domain}", known=_a_host
        ),
        username=_asked(given.username, "The login there", address, ask=asks),
        own=_asked(
            given.own_address,
            "Your own email address, if you answer by mail (empty: no)",
            "",
            ask=asks,
            known=_an_address,
        ),
    )


def _telegram(given: Given) -> Telegram | None:
    wanted = given.telegram
    if wanted is None:
        wanted = typer.confirm("Is there a Telegram bot?", default=False) if given.none else given.own_telegram != ASK
    if not wanted:
        return None
    question = "Your own Telegram number, if you answer there (empty: no; @userinfobot tells it)"
    return Telegram(own=_asked(given.own_telegram, question, "", ask=given.none, known=_a_number))


def _xmpp(given: Given) -> Xmpp | None:
    jid = _asked(given.xmpp, "The shop's XMPP address (empty: none)", "", ask=given.none, known=_an_address)
    if not jid:
        return None
    question = "Your own XMPP address, if you answer there (empty: no)"
    return Xmpp(jid=jid, own=_asked(given.own_xmpp, question, "", ask=given.none, known=_an_address))


def _secrets(shop: Shop, config: Path) -> dict[str, str]:
    """What was typed, by file; nothing for what is there already, or is to be put there later."""
    missing = [name for name in shop.secrets if not config.with_name(name).exists()]
    ask = "{what} (unseen; empty: later)"
    typed = {
        name: typer.prompt(ask.format(what=_WHAT[name]), "", hide_input=True, show_default=False) for name in missing
    }
    return {name: secret for name, secret in typed.items() if secret}


def local_timezone(link: Path) -> str:
    """The tz database name of this machine's zone, from the link that Debian and others keep it in; UTC if none."""
    target = str(link.readlink()) if link.is_symlink() else ""
    _, found, name = target.partition("/zoneinfo/")
    return name if found else "UTC"


def _write(config: Path, text: str, secrets: dict[str, str]) -> None:
    try:
        write_private(config, text)
        for name, secret in secrets.items():
            write_private(config.with_name(name), secret)
    except OSError as error:
        fail(f"{error.filename or config} cannot be written: {error.strerror}")
    typer.echo(f"Wrote {' and '.join(str(file) for file in (config, *map(config.with_name, secrets)))}.")
    try:
        load(config)
    except ConfigError as error:
        typer.echo(f"Still to do:\n{error}\nThen: inbox-bridge check --config {config}")
    else:
        typer.echo(f"Next: inbox-bridge doctor --config {config}, then inbox-bridge run --config {config}")
