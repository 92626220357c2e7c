"""What may stand in the configuration, table by table. The text under a setting is what its reference says."""

from __future__ import annotations

import re
from collections.abc import Sized
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo

from bridge.configuration.faq import FaqSettings
from bridge.configuration.hours import HoursSettings
from bridge.configuration.places import timezone as _known_zone
from bridge.configuration.targets import GroupName, GroupSettings, TargetSettings
from bridge.settings import Hidden, Settings, StatePath, context_of, follow_reference, is_reference
from bridge.valid import one_line

DAY = 24 * 60 * 60


def _one_line(value: str) -> str:
    if one_line(value) != value.strip():
        raise ValueError("must be one line without control characters")
    return value.strip()


def _language_code(value: str) -> str:
    if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise ValueError("is no code of a language; write one like en, de or pt-BR")
    return value


def _listen(value: str) -> str:
    found = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^\s:\[\]]+):([0-9]{1,5})", value)
    if found is None or int(found[2]) > 65_535:
        raise ValueError("must be HOST:PORT, like 127.0.0.1:8780 or [::1]:8780")
    return value


def _quiet_hours(value: str) -> str:
    found = re.fullmatch(r"\s*(\d{1,2}:\d{2})\s*(?:-|\u2013)\s*(\d{1,2}:\d{2})\s*", value)
    if not value.strip():
        return ""
    times = [f"{found[number]:0>5}" for number in (1, 2)] if found else []
    if len(set(times)) != 2 or any(one > "23:59" or one[3:] > "59" for one in times):
        raise ValueError('must be from when to when, like "22:00-07:00"')
    return "-".join(times)


def _at_least_one(value: Sized) -> Sized:
    # Not Field(min_length=1): that one complains a second time when the only item is wrong.
    if not value:
        raise ValueError("is empty")
    return value


def _address_and_port(value: str) -> str:
    host, _, port = value.rpartition(":")
    if value and not (host and port.isdecimal() and int(port) <= 65_535):
        raise ValueError("must be ADDRESS:PORT, like 127.0.0.1:9464")
    return value


def _store_url(value: object, info: ValidationInfo) -> object:
    if not isinstance(value, str) or not value:
        return value
    context = context_of(info)
    url = follow_reference(value, context) if is_reference(value) else value
    if re.match(r"postgresql(\+psycopg)?://", url):
        if not is_reference(value) and urlsplit(url).password:
            context.literals.append("url")
        return url
    file = url.removeprefix("sqlite:///")
    if file == url or file in ("", ":memory:"):
        raise ValueError("must be sqlite:///FILE or postgresql://USER@HOST/DATABASE")
    return f"sqlite:///{context.state_dir / file}"


Line = Annotated[str, StringConstraints(min_length=1, max_length=200), AfterValidator(_one_line)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]
Language = Annotated[str, AfterValidator(_language_code)]
ConnectorName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$")]
ReplyName = Annotated[str, StringConstraints(pattern=r"^\S{1,40}$")]
StoreUrl = Annotated[str, BeforeValidator(_store_url), AfterValidator(Hidden)]


class BusinessSettings(Settings):
    """The shop."""

    name: Line
    """The name that customers know; automatic answers are signed with it."""
    language: Language = "en"
    """The language of automatic answers where the customer's is not known, and of owners who name none."""
    timezone: Annotated[str, AfterValidator(_known_zone)] = "UTC"
    """The time zone of the shop, by its tz database name: Europe/Berlin."""


class SurfaceSettings(Settings):
    """Where an owner reads and answers."""

    connector: Line
    """The name of a connector of this file."""
    address: Line
    """The owner's own address there: what the network itself knows the owner by."""
    member: Annotated[str, AfterValidator(_one_line)] = ""
    """Who the owner is in there, where several owners share the address: their Telegram number, or XMPP address."""


class OwnerSettings(Settings):
    """Somebody who answers customers."""

    name: Line
    """The owner's name; customers may see it."""
    language: Language | None = None
    """The language of the bridge's notices to this owner; without it, the shop's."""
    quiet: Annotated[str, AfterValidator(_quiet_hours)] = ""
    """When the bridge keeps to itself what can wait (a snooze that ended, a list of spam): from when to when, by the
    shop's clock, as "22:00-07:00". What customers write, and what went wrong, is shown at once."""
    surfaces: Annotated[tuple[SurfaceSettings, ...], AfterValidator(_at_least_one)]
    """One table [[owners.surfaces]] for each place where this owner reads and answers; at least one."""


class StoreSettings(Settings):
    """The database that holds everything."""

    url: StoreUrl = ""
    """sqlite:///FILE or postgresql://USER@HOST/DATABASE; may be a reference like a secret. Without it, the SQLite file
    inbox-bridge.db in the state folder."""


class ConnectorTable(Settings):
    """One account on one network. The other settings of the table are those of its type."""

    model_config = ConfigDict(extra="allow")

    type: Line
    """The connector's type: console, email, or one that another package brings."""
    label: Annotated[str, AfterValidator(_one_line)] = ""
    """How owners should read the connector's name; without it, the name of its table."""


class PolicySettings(Settings):
    """The rules that the bridge decides by."""

    undo_seconds: Annotated[float, Field(ge=0, le=600)] = 5
    """How long an owner's answer waits before it leaves and can be taken back."""
    burst_seconds: Annotated[float, Field(ge=0, le=600)] = 15
    """How long a customer is given to finish writing before anything automatic is answered."""
    acknowledge_closed: bool = True
    """Whether what comes outside the hours of [hours] is confirmed, with when somebody is there again."""
    acknowledge: bool = False
    """Whether a new conversation's first message is acknowledged automatically."""
    acknowledgement: dict[Language, Words] = Field(default_factory=dict)
    """The words of the acknowledgement by language; without one, the bridge's own."""
    flood_limit: Annotated[int, Field(ge=1, le=10_000)] = 20
    """How many messages of one customer are shown to the owners within a minute; the others are stored and counted."""
    history_lines: Annotated[int, Field(ge=0, le=50)] = 3
    """How many earlier lines an owner sees when a customer comes back."""
    start_from: datetime | None = None
    """Messages older than this are filed and shown, never answered automatically. Without an offset, in the shop's
    time zone."""
    automatic_max_age_seconds: Annotated[float, Field(ge=0, le=30 * DAY)] = 3600
    """The age up to which a message may still get an automatic answer."""
    automatic_per_day: Annotated[int, Field(ge=0, le=1000)] = 2
    """How many automatic answers one address gets in a day."""
    automatic_expires_seconds: Annotated[float, Field(ge=1, le=30 * DAY)] = 4 * 3600
    """How long an automatic answer that could not be sent is still tried."""
    second_owner_asks_seconds: Annotated[float, Field(ge=0, le=DAY)] = 60
    """For how long after one owner's answer another owner is asked before theirs is sent."""
    question_expires_seconds: Annotated[float, Field(ge=1, le=DAY)] = 600
    """How long a question of the bridge's to an owner stays open; by mail a day."""
    answer_all: bool = False
    """Whether an answer goes to all who are in a conversation (a mail's Cc), or to the customer alone. `!all text` and
    `!only text` say otherwise for one answer."""
    hold_strangers: tuple[ConnectorName, ...] = ()
    """Connectors on which the messages of people whom nobody has answered yet are filed, until an owner says
    `accept N` or answers."""
    canary_hours: Annotated[float, Field(ge=0, le=30 * 24)] = 0
    """How often each account that can (a mail account with a way in and a way out) writes to itself; what does not come
    back is told through another channel. 0 is never."""
    close_after_days: Annotated[float, Field(ge=0, le=3650)] = 0
    """How many days after a person's answer, without a word of the customer, a conversation closes by itself; 0 is
    never."""
    close_told: bool = False
    """Whether the owners read that a conversation has closed by itself."""
    feedback: bool = False
    """Whether a customer is asked how it was, 1 to 5, after an owner has closed their conversation: once in 30 days at
    most, and not after answers of the bridge's alone."""
    feedback_hours: Annotated[float, Field(ge=0, le=7 * 24)] = 1
    """How long after the closing."""
    feedback_more: bool = True
    """Whether who has said how it was is asked two things more: was your problem solved, and how easy was it to reach
    us."""
    digest_hours: Annotated[float, Field(ge=1, le=30 * 24)] = 24
    """How long after something was filed apart (spam, held) the owners read a list of it."""


class ReportSettings(Settings):
    """What owners read of how it goes, without asking. `inbox-bridge report` says more."""

    weekly: Literal["off", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = "monday"
    """On which day, as the shop opens, owners read the figures of the last seven days beside those of the week before;
    "off" for never."""


class HttpSettings(Settings):
    """The one HTTP server, for connectors that are called by their network (a webhook). It runs only where one is."""

    listen: Annotated[str, AfterValidator(_listen)] = "127.0.0.1:8780"
    """Where it listens, HOST:PORT. It speaks plain HTTP: a web server in front of it has the certificate."""


class LimitSettings(Settings):
    """How much of the machine the bridge may use."""

    stored_megabytes: Annotated[int, Field(ge=10)] = 20_000
    """The most that stored messages and attachments may take in all; then no more is accepted."""
    free_megabytes: Annotated[int, Field(ge=0)] = 100
    """How much of the disk must stay free; below that no more is accepted until there is room again."""
    keep_days: Annotated[int, Field(ge=0, le=36_500)] = 0
    """For how many days the raw form of a message is kept after it was handled; 0 keeps it for ever. The text and the
    attachments stay in the history either way."""
    attachment_megabytes: Annotated[int, Field(ge=1, le=4_000)] = 25
    """The largest file that is fetched for a network that sends files by reference (XMPP, Telegram)."""
    parse_memory_megabytes: Annotated[int, Field(ge=128, le=65_536)] = 512
    """The memory of a worker that parses a message; one that needs more is set aside unparsed."""
    parse_seconds: Annotated[float, Field(ge=0.1, le=600)] = 20
    """The time that parsing a message may take; one that needs longer is set aside unparsed."""
    parse_workers: Annotated[int, Field(ge=1, le=64)] = 1
    """How many worker processes parse messages."""


class LogSettings(Settings):
    """What is logged, to standard error. Texts and secrets never are."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least that is logged."""
    format: Literal["auto", "text", "json"] = "auto"
    """text for people, json for machines; auto is text on a terminal and json elsewhere."""


def _prom(path: Path | None) -> Path | None:
    if path is not None and path.suffix != ".prom":
        raise ValueError("must end in .prom; node_exporter reads no other files")
    return path


class MetricsSettings(Settings):
    """Figures for Prometheus: what waits and for how long, what was sent and what failed, which connectors work."""

    listen: Annotated[str, AfterValidator(_address_and_port)] = ""
    """ADDRESS:PORT on which /metrics is served, without a password: an address that only your own machines reach, as
    127.0.0.1:9464. Without it, none are served."""
    textfile: Annotated[StatePath | None, AfterValidator(_prom)] = None
    """The file that they are written to, for node_exporter's textfile collector, as
    /var/lib/prometheus/node-exporter/inbox-bridge.prom. Without it, none is written."""
    textfile_seconds: Annotated[float, Field(ge=1, le=3600)] = 15
    """How often it is written."""


class FileSettings(Settings):
    """The whole file."""

    state_dir: Line | None = None
    """The folder for everything that the bridge keeps. A relative one begins at this file's folder. Without it,
    systemd's STATE_DIRECTORY, or this file's folder. Other relative paths begin at the state folder."""
    store: StoreSettings = StoreSettings()
    """The database."""
    business: BusinessSettings
    """The shop; the table [business] with at least a name."""
    owners: Annotated[tuple[OwnerSettings, ...], AfterValidator(_at_least_one)]
    """One table [[owners]] for each person who answers; at least one."""
    connectors: Annotated[dict[ConnectorName, ConnectorTable], AfterValidator(_at_least_one)]
    """One table [connectors.NAME] for each account on a network; NAME is yours, in small letters and digits."""
    hours: HoursSettings | None = None
    """When the shop is open. Without the table it always is."""
    targets: TargetSettings = TargetSettings()
    """How soon customers are to be answered."""
    groups: dict[GroupName, GroupSettings] = Field(default_factory=dict)
    """Groups of customers by a short name of yours, for targets and for who comes first."""
    reports: ReportSettings = ReportSettings()
    """What owners read of how it goes."""
    policy: PolicySettings = PolicySettings()
    """The rules that the bridge decides by."""
    faq: FaqSettings | None = None
    """Common questions, answered by the bridge. Without the table there are none."""
    replies: dict[ReplyName, Words] = Field(default_factory=dict)
    """Ready answers by a short name: NAME = "text"."""
    http: HttpSettings = HttpSettings()
    """The HTTP server."""
    limits: LimitSettings = LimitSettings()
    """How much of the machine the bridge may use."""
    log: LogSettings = LogSettings()
    """What is logged."""
    metrics: MetricsSettings = MetricsSettings()
    """Figures for Prometheus."""
