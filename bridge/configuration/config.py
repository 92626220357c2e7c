"""The configuration: one TOML file, checked whole before anything starts, and frozen from then on.

`load` reads the file, validates the bridge's own tables with the models below and each `[connectors.NAME]` with its
type's own model, then checks what no single table can know. All problems are collected and raised together.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from bridge.abilities import Edits, Marks, OwnerSurface, Reacts, Surface
from bridge.configuration.errors import ConfigError, Place, Problem, explain, written
from bridge.configuration.faq import FaqSettings
from bridge.configuration.file import read
from bridge.configuration.hours import WEEKDAYS, HoursSettings
from bridge.configuration.models import (
    BusinessSettings,
    FileSettings,
    HttpSettings,
    LimitSettings,
    LogSettings,
    MetricsSettings,
    OwnerSettings,
    PolicySettings,
    ReportSettings,
    SurfaceSettings,
)
from bridge.configuration.surfaces import list_of, mapping, member_at, surface_problems, surfaces
from bridge.configuration.targets import target_problems
from bridge.connector import Connector, ConnectorType
from bridge.extras import remedy
from bridge.plugins import PluginError, Plugins
from bridge.policy import Owner, Policy, SurfaceAddress
from bridge.settings import Hidden, Settings, SettingsContext
from bridge.targets import Targets

__all__ = ["Config", "ConfigError", "ConnectorConfig", "Problem", "load"]

DATABASE = "inbox-bridge.db"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConnectorConfig:
    """One connector: the name of its table, its type, how an owner should read it, and its type's own settings."""

    name: str
    type: str
    label: str
    settings: Settings


@dataclass(frozen=True, kw_only=True, slots=True)
class Config:
    """Everything that one file says, valid as a whole.

    `store_url` is an SQLAlchemy URL. It may hold a password, so no repr shows it. `rules` is the table `[policy]`;
    `targets` and `remind_at` are `[targets]`, with the groups of `[groups]`.
    """

    path: Path
    state_dir: Path
    store_url: str = field(repr=False)
    business: BusinessSettings
    owners: tuple[OwnerSettings, ...]
    connectors: Mapping[str, ConnectorConfig]
    hours: HoursSettings | None
    faq: FaqSettings | None
    targets: Targets
    remind_at: float
    reports: ReportSettings
    rules: PolicySettings
    replies: Mapping[str, str]
    http: HttpSettings
    limits: LimitSettings
    log: LogSettings
    metrics: MetricsSettings

    def policy(self, connectors: Mapping[str, Connector] | None = None, token_key: bytes = b"") -> Policy:
        """The rules of this shop, with what its running connectors say of themselves and the key of its store."""
        running = connectors or {}
        traits = {name: connector.traits for name, connector in running.items()}
        rules = self.rules
        start_from = rules.start_from
        if start_from is not None and start_from.tzinfo is None:
            start_from = start_from.replace(tzinfo=ZoneInfo(self.business.timezone))
        return Policy(
            business=self.business.name,
            language=self.business.language,
            timezone=self.business.timezone,
            owners=tuple(_owner(owner, self.business.language, running) for owner in self.owners),
            labels={name: connector.label for name, connector in self.connectors.items() if connector.label},
            address_patterns={name: found.address_pattern for name, found in traits.items() if found.address_pattern},
            undo=timedelta(seconds=rules.undo_seconds),
            burst=timedelta(seconds=rules.burst_seconds),
            acknowledge=rules.acknowledge,
            acknowledge_closed=rules.acknowledge_closed,
            acknowledgement=rules.acknowledgement,
            flood_limit=rules.flood_limit,
            history_lines=rules.history_lines,
            replies=self.replies,
            start_from=start_from,
            automatic_max_age=timedelta(seconds=rules.automatic_max_age_seconds),
            automatic_per_day=rules.automatic_per_day,
            automatic_expires=timedelta(seconds=rules.automatic_expires_seconds),
            second_owner_asks=timedelta(seconds=rules.second_owner_asks_seconds),
            targets=self.targets,
            remind_at=self.remind_at,
            weekly=WEEKDAYS.index(self.reports.weekly) if self.reports.weekly in WEEKDAYS else None,
            question_expires=timedelta(seconds=rules.question_expires_seconds),
            answer_all=rules.answer_all,
            hold_strangers=frozenset(rules.hold_strangers),
            digest_every=timedelta(hours=rules.digest_hours),
            close_after=timedelta(days=rules.close_after_days),
            close_told=rules.close_told,
            feedback=rules.feedback,
            feedback_more=rules.feedback_more,
            feedback_after=timedelta(hours=rules.feedback_hours),
            token_key=token_key,
            tokens=frozenset(name for name, found in traits.items() if found.tokens),
            edits=frozenset(name for name, connector in running.items() if isinstance(connector, Edits)),
            reacts=frozenset(name for name, connector in running.items() if isinstance(connector, Reacts)),
            quotes=frozenset(name for name, found in traits.items() if found.quotes),
        )


def _owner(owner: OwnerSettings, language: str, connectors: Mapping[str, Connector]) -> Owner:
    surfaces = tuple(_surface(named, connectors.get(named.connector)) for named in owner.surfaces)
    return Owner(name=owner.name, surfaces=surfaces, language=owner.language or language, quiet=_quiet(owner.quiet))


def _quiet(written: str) -> tuple[time, time] | None:
    begins, _, ends = written.partition("-")
    return (time.fromisoformat(begins), time.fromisoformat(ends)) if written else None


def _surface(named: SurfaceSettings, connector: object) -> SurfaceAddress:
    surface = connector.surface if isinstance(connector, OwnerSurface) else Surface()
    return SurfaceAddress(
        connector=named.connector,
        address=named.address,
        member=named.member,
        rooms=surface.rooms,
        tokens=surface.tokens,
        quiet=surface.quiet,
        buttons=surface.buttons,
        marks=isinstance(connector, Marks),
    )


def load(path: Path, *, environ: Mapping[str, str] | None = None, plugins: Plugins | None = None) -> Config:
    """The configuration in this file. Raises ConfigError with every problem that was found.

    From `environ` (default: this process's) come secrets written as `env:NAME`, and what systemd sets:
    CREDENTIALS_DIRECTORY for `credential:NAME`, STATE_DIRECTORY as the state folder of a file that names none.
    """
    path = Path(path).absolute()
    data, mode = read(path)
    context = _context(path, data, os.environ if environ is None else environ)
    problems: list[Problem] = []
    plugins = plugins or Plugins()
    tables = _tables(path, data, context, problems)
    connectors = _connectors(path, data, context, plugins, problems)
    problems += surface_problems(path, data)
    problems += _unfit_owners(path, data, connectors, plugins)
    problems += _held_problems(path, data)
    problems += target_problems(path, data)
    problems += _metrics_problems(path, data)
    problems += _open_secrets(path, mode, context)
    if tables is None or problems:
        raise ConfigError(problems)
    return Config(
        path=path,
        state_dir=context.state_dir,
        store_url=Hidden(tables.store.url or f"sqlite:///{context.state_dir / DATABASE}"),
        business=tables.business,
        owners=tables.owners,
        connectors=MappingProxyType(connectors),
        hours=tables.hours,
        faq=tables.faq,
        targets=tables.targets.targets(tables.groups),
        remind_at=tables.targets.remind_at,
        reports=tables.reports,
        rules=tables.policy,
        replies=MappingProxyType(tables.replies),
        http=tables.http,
        limits=tables.limits,
        log=tables.log,
        metrics=tables.metrics,
    )


def _context(path: Path, data: Mapping[str, object], environ: Mapping[str, str]) -> SettingsContext:
    named = data.get("state_dir") or environ.get("STATE_DIRECTORY", "").partition(":")[0]
    state_dir = path.parent / Path(named).expanduser() if isinstance(named, str) else path.parent
    credentials = environ.get("CREDENTIALS_DIRECTORY")
    return SettingsContext(
        state_dir=state_dir, credentials_dir=Path(credentials) if credentials else None, environ=environ
    )


def _tables(
    path: Path, data: Mapping[str, object], context: SettingsContext, problems: list[Problem]
) -> FileSettings | None:
    try:
        return FileSettings.model_validate(data, context=context)
    except ValidationError as error:
        problems += explain(error, file=path, data=data, model=FileSettings, under=())
        return None


def _connectors(
    path: Path, data: Mapping[str, object], context: SettingsContext, plugins: Plugins, problems: list[Problem]
) -> dict[str, ConnectorConfig]:
    connectors = {}
    for name, table in mapping(data.get("connectors")).items():
        if not isinstance(table, dict) or not isinstance(table.get("type"), str):
            continue  # FileSettings has found that
        own = {key: value for key, value in table.items() if key not in ("type", "label")}
        place: Place = ("connectors", name)
        try:
            model = plugins.get(table["type"]).settings
        except PluginError as error:
            key = written((*place, "type"))
            problems.append(Problem(file=path, key=key, what=error.what, todo=error.todo))
            continue
        try:
            settings = model.model_validate(own, context=context)
        except ValidationError as error:
            problems += explain(error, file=path, data=own, model=model, under=place)
            continue
        label = str(table.get("label", ""))
        connectors[name] = ConnectorConfig(name=name, type=table["type"], label=label, settings=settings)
    return connectors


def _unfit_owners(
    path: Path, data: Mapping[str, object], connectors: Mapping[str, ConnectorConfig], plugins: Plugins
) -> Iterator[Problem]:
    """Surfaces on connectors that, by their settings, cannot be an owner's at this address."""
    for place, name, address in surfaces(data):
        if table := connectors.get(name):
            kind = plugins.get(table.type)
            why = kind.unfit_owner(table.settings, address) if kind.unfit_owner else ""
            if why:
                what, _, todo = why.partition("; ")
                yield Problem(file=path, key=written(place), what=what, todo=todo)
            elif (member := member_at(data, place)) and (why := _unfit_member(kind, table, address, member)):
                what, _, todo = why.partition("; ")
                yield Problem(file=path, key=written((*place, "member")), what=what, todo=todo)


def _unfit_member(kind: ConnectorType, table: ConnectorConfig, address: str, member: str) -> str:
    if kind.unfit_member is None:
        return "nobody shares an address with others there; remove member"
    return kind.unfit_member(table.settings, address, member)


def _held_problems(path: Path, data: Mapping[str, object]) -> Iterator[Problem]:
    """Connectors on which strangers are held, and which are not there."""
    connectors = mapping(data.get("connectors"))
    for name in list_of(mapping(data.get("policy")).get("hold_strangers")):
        if isinstance(name, str) and name not in connectors:
            names = ", ".join(written((known,)) for known in connectors)
            key = written(("policy", "hold_strangers"))
            yield Problem(
                file=path, key=key, what=f"there is no connector {name!r}", todo=f"the connectors here are {names}"
            )


def _metrics_problems(path: Path, data: Mapping[str, object]) -> Iterator[Problem]:
    """They are asked for, and their library is not there."""
    if mapping(data.get("metrics")).get("listen") and find_spec("prometheus_client") is None:
        key = written(("metrics", "listen"))
        yield Problem(file=path, key=key, what="needs prometheus_client", todo=remedy("metrics"))


def _open_secrets(path: Path, mode: int, context: SettingsContext) -> Iterator[Problem]:
    if context.literals and mode & 0o077:
        names = ", ".join(sorted(set(context.literals)))
        what = f"other users may read it (mode {mode:04o}), and it holds secrets ({names})"
        todo = f"chmod 600 {shlex.quote(str(path))}, or write the secrets as file:, env: or credential:"
        yield Problem(file=path, what=what, todo=todo)
