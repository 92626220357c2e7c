"""`inbox-bridge demo`: the whole bridge on one machine, with no account anywhere.

This terminal is the owner's. The customer writes mail with `inbox-bridge write` from a second one: it goes to the
demo's own SMTP listener, and the answer arrives as a file in a Maildir.
"""

from __future__ import annotations

import shlex
import sys
from importlib.resources import files
from pathlib import Path
from shutil import which
from typing import Annotated

import typer

from bridge.cli.config_text import quoted, write_private
from bridge.cli.demo_folder import CONFIG, FAQ, FOLDER, MAILDIR, PORT, SHOP
from bridge.cli.options import loaded
from bridge.cli.output import fail
from bridge.cli.run import start
from bridge.configuration.places import language as known_language

MARK = "# Written by `inbox-bridge demo`, which writes it anew at each start."

_CONFIG = """\
{mark}
# config.example.toml explains every setting.

[business]
name = "The Flower Shop"
language = {language}

[[owners]]
name = "Anna"
language = {language}

[[owners.surfaces]]
connector = "console"
address = "owner"

[connectors.console]
type = "console"

[connectors.mail]
type = "email"
label = "email"
address = {shop}
from_name = "The Flower Shop"
maildir = {maildir}

[connectors.mail.listen]
port = {port}

[faq]
path = {faq}

[policy]
undo_seconds = 5

[replies]
hours = "We are open from Monday to Saturday, nine to six."
thanks = "Thank you! See you soon."

# The log shares the terminal with the owner: only what is wrong.
[log]
level = "warning"
format = "text"
"""

_WELCOME = """\
You are Anna, who owns the flower shop: what customers write appears here.

  Be a customer, in a second terminal in this folder:
      {write} "Do you have red tulips?" --wait 120
  Answer here, with the number that the message shows:
      #1 Yes, five euros a bunch.
  Write back as the customer:
      {write} "Great, I will come by." --reply
  Ask what the shop is often asked ({folder}/{faq} has the answers):
      {write} "Hi, at what time do you open?" --wait 120
  You read what the bridge would answer, and `ok 2` sends it. After five times it answers by itself.
  Stop with Ctrl-C. Everything is kept in {folder}
"""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)


def demo(
    folder: Annotated[Path, typer.Option(help="Where the demo keeps everything.")] = FOLDER,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the demo takes mail, on 127.0.0.1.")] = PORT,
    language: Annotated[str, typer.Option(help="The language of the bridge's own words: en, de.")] = "en",
) -> None:
    """Try the bridge on this machine: you are the owner, a second terminal is the customer."""
    config = folder / CONFIG
    try:
        language = known_language(language)
    except ValueError as error:
        raise typer.BadParameter(f"{language!r} {error}", param_hint="--language") from error
    if config.exists() and not config.read_text(encoding="utf-8").startswith(MARK):
        fail(f"{config} is not the demo's own file; name another folder with --folder")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_private(config, _config(port, language), replace=True)
        _make_faq(folder / FAQ)
    except OSError as error:
        fail(f"{config} cannot be written: {error.strerror}; name another folder with --folder")
    loaded(config)
    typer.echo(_WELCOME.format(write=_write_command(folder, port), folder=folder.resolve(), faq=FAQ))
    start(config, until="console")


def _config(port: int, language: str) -> str:
    names = {"shop": quoted(SHOP), "maildir": quoted(MAILDIR), "faq": quoted(FAQ)}
    return _CONFIG.format(mark=MARK, port=port, language=quoted(language), **names)


def _make_faq(folder: Path) -> None:
    """What may be changed while it runs is kept at the next start."""
    if not folder.exists():
        folder.mkdir(mode=0o700)
        (folder / "flowers.toml").write_bytes(files("bridge.cli").joinpath("demo_faq.toml").read_bytes())


def _write_command(folder: Path, port: int) -> str:
    options = [] if folder == FOLDER else ["--folder", shlex.quote(str(folder))]
    options += [] if port == PORT else ["--port", str(port)]
    return " ".join([_called(Path(sys.argv[0])), "write", *options])


def _called(program: Path) -> str:
    """How to call this command again: from a checkout it is .venv/bin/inbox-bridge."""
    if program.suffix == ".py":
        return "python -m bridge"
    if which(program.name) == str(program):
        return program.name
    here = Path.cwd()
    return shlex.quote(str(program.relative_to(here) if program.is_relative_to(here) else program))
