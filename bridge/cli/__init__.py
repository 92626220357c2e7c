"""The command `inbox-bridge`.

Each command stands in a module of this package, which has a `register(app)` and imports what the command needs. Only
the module of the command that was typed is imported, so that `inbox-bridge version` is quick and the daemon does not
carry what another command needs. To add a command: write the module, add it to COMMANDS.

Exit codes: 0 all is well; 1 something is not, and the command said what; 2 the command line or the configuration is
wrong; 3 the store cannot be opened; 130 interrupted from the keyboard.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import typer

from bridge.daemon.lean import imported_for_good, without_rich

COMMANDS = {
    "init": "init",
    "check": "check",
    "run": "run",
    "list": "reading",
    "show": "reading",
    "find": "reading",
    "dead": "reading",
    "retry": "retry",
    "backup": "backup",
    "restore": "backup",
    "upgrade": "backup",
    "doctor": "doctor",
    "explain": "explain",
    "hours": "hours",
    "faq": "faq",
    "report": "report",
    "demo": "demo",
    "write": "write",
    "version": "version",
}
"""The module of each command, in the order in which the help lists them."""


def main() -> None:
    """The console script. Raises SystemExit with the exit code; ends quietly where the reader has gone (`| head`)."""
    without_rich()
    try:
        with imported_for_good():
            made = app(sys.argv[1:])
        made()
    finally:
        _flush()


def _flush() -> None:
    """What is still buffered is written now, where its reader's absence can be caught; at exit it could not be."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def app(arguments: Sequence[str]) -> typer.Typer:
    """The command line for these arguments; all commands where the arguments name none (help, a misspelt one)."""
    made = typer.Typer(
        help="One inbox for a small business's customers, answered from the client its owner already uses.",
        epilog="Exit codes: 0 fine, 1 something is wrong, 2 wrong command line or configuration, 3 no store.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,  # its frames show values, and values may be secrets
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_no_options)
    asked = arguments[0] if arguments else ""
    modules = [COMMANDS[asked]] if asked in COMMANDS else list(dict.fromkeys(COMMANDS.values()))
    for name in modules:
        import_module(f"bridge.cli.{name}").register(made)
    return made


def _no_options() -> None:
    """Nothing stands before the command."""  # without this a single command would be the whole command line
