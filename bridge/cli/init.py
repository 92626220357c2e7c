"""`inbox-bridge init`: a first configuration, from a few questions or from options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.config_text import quoted, write_private
from bridge.cli.options import PLACES
from bridge.cli.output import fail
from bridge.config import ConfigError, load

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

# Where the owner reads and answers; one more such table for each further place. A terminal is there only where the
# bridge is started by hand: a service needs another place (your own email, XMPP or Telegram address). See docs/how-to.
[[owners.surfaces]]
connector = "console"
address = "owner"

# A terminal: the one that the bridge is started in.
[connectors.console]
type = "console"
"""

_EMAIL = """
# Mail comes in by SMTP: let your mail server forward it to this port. Where it lies in a mailbox at a provider, put a
# table [[connectors.mail.imap]] in place of [connectors.mail.listen]: docs/how-to/email.md.
[connectors.mail]
type = "email"
label = "email"
address = {address}
from_name = {business}

[connectors.mail.listen]
host = "127.0.0.1"
port = 2525

# The server that sends your answers. Put its password into the file that is named here (chmod 600), beside this one.
[connectors.mail.submission]
host = {submission_host}
username = {address}
password = "file:mail-password"
"""

ASK = "?"
"""The default of every option that is asked for when it is not given."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("init")(init)


def init(
    *,
    config: Annotated[Path, typer.Option("--config", "-c", help="The file to write.")] = PLACES[0],
    business: Annotated[str, typer.Option(help="The name that customers know.")] = ASK,
    owner: Annotated[str, typer.Option(help="Who answers.")] = ASK,
    language: Annotated[str, typer.Option(help="en, de; also for the bridge's own words.")] = ASK,
    timezone: Annotated[str, typer.Option(help="Such as Europe/Berlin.")] = ASK,
    address: Annotated[str, typer.Option(help="The shop's email address; empty for none.")] = ASK,
    submission_host: Annotated[str, typer.Option(help="The mail server that sends for this address.")] = ASK,
) -> None:
    """Write a first configuration.

    Asks for what no option gives; never overwrites a file.
    """
    if config.exists():
        fail(f"{config} exists already; edit it, or name another file with --config")
    business = _asked(business, "The shop's name")
    text = _HEAD.format(
        business=quoted(business),
        owner=quoted(_asked(owner, "Your name")),
        language=quoted(_asked(language, "Language (en, de)", "en")),
        timezone=quoted(_asked(timezone, "Time zone", local_timezone(Path("/etc/localtime")))),
    )
    given = _asked(address, "The shop's email address (empty: later)", "")
    if given:
        host = _asked(submission_host, "The mail server that sends for it", f"smtp.{given.rpartition('@')[2]}")
        text += _EMAIL.format(address=quoted(given), business=quoted(business), submission_host=quoted(host))
    _write(config, text)


def _asked(given: str, question: str, default: str | None = None) -> str:
    return given if given != ASK else str(typer.prompt(question, default=default))


def local_timezone(link: Path) -> str:
    """The tz database name of this machine's zone, from the link that Debian and others keep it in; UTC if none."""
    target = str(link.readlink()) if link.is_symlink() else ""
    _, found, name = target.partition("/zoneinfo/")
    return name if found else "UTC"


def _write(config: Path, text: str) -> None:
    try:
        write_private(config, text)
    except OSError as error:
        fail(f"{config} cannot be written: {error.strerror}")
    typer.echo(f"Wrote {config}.")
    try:
        load(config)
    except ConfigError as error:
        typer.echo(f"Still to do:\n{error}\nThen: inbox-bridge check --config {config}")
    else:
        typer.echo(f"Next: inbox-bridge run --config {config}")
