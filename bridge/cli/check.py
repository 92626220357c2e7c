"""`inbox-bridge check`: is the configuration right?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from bridge.cli.options import ConfigOption, JsonOption
from bridge.cli.output import print_json
from bridge.configuration.config import Config, ConfigError, Problem, load
from bridge.configuration.errors import written
from bridge.configuration.faq import faq_faults
from bridge.configuration.hours import WEEKDAYS
from bridge.hours.times import DAY_MINUTES
from bridge.plugins import PluginError, Plugins


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(config: ConfigOption, *, as_json: JsonOption = False) -> None:
    """Check the configuration and print everything that is wrong with it.

    Exit code 2 if anything is.
    """
    try:
        found = load(config)
        _create_all(found, Plugins())
        _read_faq(found)
    except ConfigError as error:
        _refuse(config, error, as_json=as_json)
        raise typer.Exit(2) from error
    if as_json:
        print_json({"file": str(found.path), "problems": []})
    else:
        typer.echo(_summary(found))


def _create_all(config: Config, plugins: Plugins) -> None:
    """Make each connector, which does no I/O: some types find only then that a library is missing."""
    problems = []
    for name, connector in config.connectors.items():
        try:
            plugins.create(name, connector.type, connector.settings)
        except PluginError as error:
            key = written(("connectors", name, "type"))
            problems.append(Problem(file=config.path, key=key, what=error.what, todo=error.todo))
    if problems:
        raise ConfigError(problems)


def _read_faq(config: Config) -> None:
    """The daemon starts all the same: an entry with a fault is left out. Here it is told."""
    if config.faq is not None:
        faults = list(faq_faults(config.faq, config.connectors, has_hours=config.hours is not None))
        if faults:
            raise ConfigError([Problem(file=config.path, key="faq", what=what, todo=todo) for what, todo in faults])


def _refuse(path: Path, error: ConfigError, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(path), "problems": [_plain(problem) for problem in error.problems]})
    else:
        typer.echo(str(error))


def _plain(problem: Problem) -> dict[str, str]:
    return {"key": problem.key, "what": problem.what, "todo": problem.todo}


def _summary(config: Config) -> str:
    owners = ", ".join(owner.name for owner in config.owners)
    connectors = ", ".join(f"{name} ({connector.type})" for name, connector in config.connectors.items())
    told = f"{config.path} is right.\nOwners: {owners}. Connectors: {connectors}. State folder: {config.state_dir}"
    return "\n".join([told, *_nights(config)])


def _nights(config: Config) -> Iterator[str]:
    """Hours that end on the next day: right, or a slip of the pen ("19:00-9" for "9:00-19")."""
    if config.hours is None:
        return
    named = [*zip(WEEKDAYS, config.hours.week, strict=True), *config.hours.special.items()]
    for day, spans in named:
        for span in spans:
            if span.end > DAY_MINUTES:
                yield f"[hours] {day}: {span} ends on the next day."
