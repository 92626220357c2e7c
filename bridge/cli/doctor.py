"""`inbox-bridge doctor`: looks at everything that the bridge depends on, and says what to do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from bridge.abilities import Check, Finding, FindingLevel
from bridge.cli import machine, stored
from bridge.cli.canary import canaries
from bridge.cli.faq_health import faq
from bridge.cli.options import ConfigOption, JsonOption, loaded
from bridge.cli.output import print_json
from bridge.configuration.config import Config, ConnectorConfig
from bridge.plugins import PluginError, Plugins

CONNECTOR_SECONDS = 60

EXAMINATIONS: Sequence[tuple[str, Callable[[Config], Iterable[Finding]]]] = (
    ("state folder", lambda config: machine.state_folder(config.state_dir)),
    ("disk", lambda config: machine.disk(config.state_dir, config.limits.free_megabytes)),
    ("clock", lambda _: machine.clock()),
    ("versions", lambda _: machine.versions()),
    ("store", stored.store),
    ("faq", faq),
)
"""What is looked at besides the connectors, in this order; each may give any number of findings."""

_SIGNS = {
    FindingLevel.OK: ("ok     ", "green"),
    FindingLevel.WARNING: ("warning", "yellow"),
    FindingLevel.FAILURE: ("FAILURE", "bold red"),
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)


CanaryOption = Annotated[
    bool, typer.Option("--canary", help="Also let each account that can send a message to itself, and await it.")
]


def doctor(config: ConfigOption, *, canary: CanaryOption = False, as_json: JsonOption = False) -> None:
    """Look at the configuration, the machine and each connector's server.

    Exit code 1 if anything fails.
    """
    settings = loaded(config)
    found = [(subject, finding) for subject, examine in EXAMINATIONS for finding in examine(settings)]
    found += asyncio.run(connector_findings(settings, Plugins()))
    if canary:
        found += asyncio.run(canaries(settings, Plugins()))
    if as_json:
        print_json([_plain(subject, finding) for subject, finding in found])
    else:
        _show(found)
    if any(finding.level is FindingLevel.FAILURE for _, finding in found):
        raise typer.Exit(1)


async def connector_findings(config: Config, plugins: Plugins) -> list[tuple[str, Finding]]:
    """What each connector says of itself and its server; all are asked at once."""
    connectors = config.connectors.values()
    answers = await asyncio.gather(*(_ask(connector, plugins) for connector in connectors))
    pairs = zip(connectors, answers, strict=True)
    return [(f"connector {connector.name}", finding) for connector, answer in pairs for finding in answer]


async def _ask(config: ConnectorConfig, plugins: Plugins) -> Sequence[Finding]:
    try:
        connector = plugins.create(config.name, config.type, config.settings)
    except PluginError as error:
        return [Finding(level=FindingLevel.FAILURE, what=error.what, todo=error.todo)]
    if not isinstance(connector, Check):
        return [Finding(level=FindingLevel.OK, what=f"type {config.type}: has nothing to check")]
    try:
        async with asyncio.timeout(CONNECTOR_SECONDS):
            return await connector.check()
    except TimeoutError:
        what, todo = f"gave no answer within {CONNECTOR_SECONDS} seconds", "is its server reachable from here?"
    except Exception as error:  # noqa: BLE001 - a plug-in's fault must not hide what the others found
        what, todo = f"its check failed: {type(error).__name__}", f"tell the authors of the type {config.type}"
    return [Finding(level=FindingLevel.FAILURE, what=what, todo=todo)]


def _plain(subject: str, finding: Finding) -> dict[str, str]:
    return {"subject": subject, "level": finding.level.value, "what": finding.what, "todo": finding.todo}


def _show(found: Sequence[tuple[str, Finding]]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for subject, finding in found:
        sign, style = _SIGNS[finding.level]
        # Text, not markup: what a server says may hold square brackets.
        console.print(Text.assemble((sign, style), f"  {subject}: {finding.what}"))
        if finding.todo:
            console.print(Text(f"         {finding.todo}"))
