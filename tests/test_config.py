"""One file says everything; what is wrong with it is told at once, by place, with what to do, and without secrets."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from pydantic import Field, ValidationError

from bridge.configuration.config import Config, ConfigError, load
from bridge.configuration.file import FILE_LIMIT
from bridge.connector import Connector, ConnectorType, Secret, Settings, StatePath, Surface, Traits
from bridge.plugins import GROUP, Plugins
from bridge.policy import Owner, SurfaceAddress
from bridge.targets import Kind
from bridge.testing import ScriptedConnector


class Inner(Settings):
    port: int = Field(default=25, ge=0, le=65535, description="The TCP port.")


class Basket(Settings):
    kind: str
    size: int


class PigeonSettings(Settings):
    password: Secret | None = None
    listen: Inner = Inner()
    folder: StatePath | None = None
    either: Inner | Basket | None = None


def _never(name: str, settings: PigeonSettings) -> Connector:
    raise NotImplementedError


def _unfit_owner(settings: PigeonSettings, address: str) -> str:
    return f"{settings.listen.port} has no room for a cat; send it elsewhere; soon" if address == "tom" else ""


TYPE = ConnectorType(settings=PigeonSettings, create=_never, unfit_owner=_unfit_owner)
PLUGINS = Plugins(
    [
        EntryPoint("pigeon", f"{__name__}:TYPE", GROUP),
        EntryPoint("broken", "no_such_plugin:TYPE", GROUP),
    ]
)

SHOP = """
[business]
name = "The Shop"
timezone = "Europe/Berlin"
language = "de"

[[owners]]
name = "Anna"
surfaces = [{connector = "loft", address = "anna"}]

[connectors.loft]
type = "pigeon"
"""
SECRET = "hunter2-do-not-tell"

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(text: str) -> Path:
        path = tmp_path / "config.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)
        return path

    return written


def loaded(path: Path, environ: Mapping[str, str] | None = None) -> Config:
    return load(path, environ=environ or {}, plugins=PLUGINS)


def problems(path: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What is wrong, as key to what and todo."""
    with pytest.raises(ConfigError) as caught:
        loaded(path, environ)
    assert all(str(path) in str(problem) for problem in caught.value.problems)
    assert SECRET not in f"{caught.value} {caught.value!r} {caught.value.problems}"
    return {problem.key: f"{problem.what} | {problem.todo}" for problem in caught.value.problems}


def test_a_small_file_is_enough(write: Write, tmp_path: Path) -> None:
    config = loaded(write(SHOP))

    assert config.state_dir == tmp_path
    assert config.store_url == f"sqlite:///{tmp_path}/inbox-bridge.db"
    assert config.connectors["loft"].settings == PigeonSettings()
    traits = Traits(address_pattern="[a-z]+", tokens=True, quotes=True)
    loft = ScriptedConnector(traits=traits, surface=Surface(rooms=True, tokens=True, quiet=True))
    policy = config.policy({"loft": loft}, b"key")
    surface = SurfaceAddress(connector="loft", address="anna", rooms=True, tokens=True, quiet=True)
    assert policy.owners == (Owner(name="Anna", surfaces=(surface,), language="de"),)
    assert (policy.language, policy.address_patterns) == ("de", {"loft": "[a-z]+"})
    assert (policy.token_key, policy.tokens, policy.quotes) == (b"key", {"loft"}, {"loft"})
    assert "key'" not in repr(policy)
    assert policy.undo == timedelta(seconds=5)


def test_every_rule_reaches_the_policy(write: Write) -> None:
    rules = """
    [policy]
    undo_seconds = 1.5
    burst_seconds = 2
    acknowledge = true
    acknowledgement = {en = "Got it."}
    flood_limit = 3
    history_lines = 4
    start_from = 2026-11-02T08:00:00
    automatic_max_age_seconds = 5
    automatic_per_day = 6
    automatic_expires_seconds = 7
    second_owner_asks_seconds = 8
    question_expires_seconds = 9
    answer_all = true
    hold_strangers = ["loft"]
    digest_hours = 10
    [targets]
    first_response_hours = 4
    next_response_hours = 8
    resolution_hours = 40
    remind_at = 0.5
    [replies]
    hours = "Nine to six."
    """
    policy = loaded(write(SHOP + 'label = "Pigeon post"\n' + rules)).policy()

    assert (policy.undo, policy.burst) == (timedelta(seconds=1.5), timedelta(seconds=2))
    assert (policy.acknowledge, policy.acknowledgement) == (True, {"en": "Got it."})
    assert (policy.flood_limit, policy.history_lines, policy.automatic_per_day) == (3, 4, 6)
    assert policy.start_from == datetime(2026, 11, 2, 7, 0, tzinfo=UTC)  # eight in the shop's own time
    assert [policy.automatic_max_age, policy.automatic_expires] == [timedelta(seconds=5), timedelta(seconds=7)]
    assert [policy.second_owner_asks, policy.question_expires] == [timedelta(seconds=8), timedelta(seconds=9)]
    assert (policy.answer_all, policy.hold_strangers, policy.digest_every) == (True, {"loft"}, timedelta(hours=10))
    wanted = {Kind.FIRST: timedelta(hours=4), Kind.NEXT: timedelta(hours=8), Kind.RESOLUTION: timedelta(hours=40)}
    assert policy.targets.times == wanted
    assert policy.remind_at == 0.5
    assert (policy.replies, policy.label("loft")) == ({"hours": "Nine to six."}, "Pigeon post")


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        ('state_dir = "kept"', {"STATE_DIRECTORY": "/var/lib/x"}, "{here}/kept"),
        ('state_dir = "/srv/x"', {}, "/srv/x"),
        ("", {"STATE_DIRECTORY": "/var/lib/x:/var/lib/y"}, "/var/lib/x"),
        ("", {}, "{here}"),
    ],
)
def test_the_state_folder(write: Write, tmp_path: Path, text: str, environ: dict[str, str], expected: str) -> None:
    config = loaded(write(f'{text}\n{SHOP}folder = "new"'), environ)

    state_dir = Path(expected.format(here=tmp_path))
    assert config.state_dir == state_dir
    settings = config.connectors["loft"].settings
    assert isinstance(settings, PigeonSettings)
    assert settings.folder == state_dir / "new"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///other.db", "sqlite:///{here}/other.db"),
        ("sqlite:////srv/other.db", "sqlite:////srv/other.db"),
        ("postgresql://inbox@db/inbox", "postgresql://inbox@db/inbox"),
        ("env:STORE", f"postgresql://inbox:{SECRET}@db/inbox"),
    ],
)
def test_the_store(write: Write, tmp_path: Path, url: str, expected: str) -> None:
    path = write(f'{SHOP}\n[store]\nurl = "{url}"')
    path.chmod(0o644)

    config = loaded(path, {"STORE": f"postgresql://inbox:{SECRET}@db/inbox"})

    assert config.store_url == expected.format(here=tmp_path)
    assert SECRET not in repr(config)


@pytest.mark.parametrize("reference", ["file:password", "env:PIGEON", "credential:pigeon", SECRET])
def test_a_secret_comes_from_where_it_is_and_shows_nowhere(write: Write, tmp_path: Path, reference: str) -> None:
    (tmp_path / "password").write_text(f"{SECRET}\n")
    (tmp_path / "credentials").mkdir()
    (tmp_path / "credentials/pigeon").write_text(SECRET)
    environ = {"PIGEON": SECRET, "CREDENTIALS_DIRECTORY": str(tmp_path / "credentials")}

    config = loaded(write(f'{SHOP}password = "{reference}"'), environ)

    settings = config.connectors["loft"].settings
    assert isinstance(settings, PigeonSettings)
    assert settings.password == SECRET
    assert SECRET not in f"{config!r} {config} {settings} {settings.model_dump()!r} {config.policy()!r}"


def test_pydantics_own_error_hides_it_too() -> None:
    with pytest.raises(ValidationError) as caught:
        PigeonSettings.model_validate({"listen": SECRET})

    assert SECRET not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("env:NOT_SET", "the environment variable NOT_SET is not set"),
        ("credential:pigeon", "add LoadCredential=pigeon:/path to the unit"),
        ("file:nowhere", "nowhere, then chmod 600"),
        ("file:.", "cannot be read: Is a directory"),
        ("file:/dev/zero", "larger than"),
        ("file:binary", "is not UTF-8 text"),
    ],
)
def test_a_secret_that_is_not_there(write: Write, tmp_path: Path, reference: str, what: str) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")

    assert what in problems(write(f'{SHOP}password = "{reference}"'))["connectors.loft.password"]


@pytest.mark.parametrize("table", [f'password = "{SECRET}"', f'[store]\nurl = "postgresql://inbox:{SECRET}@db/inbox"'])
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_file_with_secrets_that_others_may_read_is_refused(write: Write, table: str, mode: int) -> None:
    path = write(SHOP + table)
    path.chmod(mode)

    assert f"chmod 600 {path}" in problems(path)[""]


def test_a_file_without_secrets_may_be_read_by_all(write: Write) -> None:
    path = write(f'{SHOP}password = "env:PIGEON"')
    path.chmod(0o644)

    loaded(path, {"PIGEON": SECRET})


@pytest.mark.parametrize(
    ("text", "key", "told"),
    [
        (f'{SHOP}pasword = "{SECRET}"', "connectors.loft.pasword", "did you mean password?"),
        (f"{SHOP}[connectors.loft.listen]\nprot = 1", "connectors.loft.listen.prot", "did you mean port?"),
        (f"{SHOP}[connectors.loft.listen]\nxyz = 1", "connectors.loft.listen.xyz", "the settings here are port"),
        (f"{SHOP}[connectors.loft.listen]\nport = 70000", "connectors.loft.listen.port", "65535 | The TCP port."),
        (f"{SHOP}either = {{kind = 3, size = 1}}", "connectors.loft.either.kind", "must be a text"),
        (f"{SHOP}listen = 25", "connectors.loft.listen", "must be a table"),
        (f"polcy = 1\n{SHOP}", "polcy", "did you mean policy?"),
        (f"{SHOP}[policy]\nundo = 1", "policy.undo", "did you mean undo_seconds?"),
        (f"{SHOP}[policy]\nundo_seconds = 'soon'", "policy.undo_seconds", "must be a number, without quotes"),
        (f"{SHOP}[policy]\nacknowledge = 'maybe'", "policy.acknowledge", "true or false"),
        (f"{SHOP}[policy]\nflood_limit = 'x'", "policy.flood_limit", "must be a whole number, without quotes"),
        (f"{SHOP}[policy]\nundo_seconds = nan", "policy.undo_seconds", "finite number"),
        (f"{SHOP}[policy]\nundo_seconds = -1", "policy.undo_seconds", "greater than or equal to 0"),
        (f'{SHOP}[policy]\nstart_from = "{SECRET}"', "policy.start_from", "valid datetime"),
        (f'{SHOP}[policy.acknowledgement]\nGERMAN = "x"', "policy.acknowledgement.GERMAN", "is no code of a language"),
        (f'{SHOP}[replies]\n"two words" = "x"', 'replies."two words"', "may not be written so"),
        (f'{SHOP}[log]\nlevel = "{SECRET}"', "log.level", "'info'"),
        (f'{SHOP}[store]\nurl = "mysql://u:{SECRET}@db"', "store.url", "postgresql://"),
        (f'{SHOP}[store]\nurl = "sqlite:///:memory:"', "store.url", "sqlite:///FILE"),
        (SHOP.replace("Europe/Berlin", "Europe"), "business.timezone", "is no time zone"),
        (SHOP.replace("Europe/Berlin", "../../etc/passwd"), "business.timezone", "is no time zone"),
        (SHOP.replace("The Shop", ""), "business.name", "is empty"),
        (SHOP.replace("The Shop", "The\\nShop"), "business.name", "one line"),
        (SHOP.replace("Anna", ""), "owners #1.name", "is empty"),
        (SHOP.replace(', address = "anna"', ""), "owners #1.surfaces #1.address", "is missing"),
        (SHOP.replace('surfaces = [{connector = "loft", address = "anna"}]', ""), "owners #1.surfaces", "is missing"),
        (SHOP.replace('{connector = "loft", address = "anna"}', ""), "owners #1.surfaces", "is empty"),
        (SHOP.replace('"loft", a', '"left", a'), "owners #1.surfaces #1.connector", "the connectors here are loft"),
        (f"{SHOP}[[owners]]\nname = 'B'\nsurfaces = [{{connector = 'loft', address = 'ANNA'}}]",
         "owners #2.surfaces #1.address", "is the same as owners #1.surfaces #1"),
        (SHOP.replace('"anna"', '"tom"'),
         "owners #1.surfaces #1", "25 has no room for a cat | send it elsewhere; soon"),
        (SHOP.replace("pigeon", "smoke"), "connectors.loft.type", "installed types are broken, pigeon"),
        (SHOP.replace("pigeon", "broken"), "connectors.loft.type", "cannot be imported"),
        (SHOP.replace('type = "pigeon"', ""), "connectors.loft.type", "is missing"),
        (f"{SHOP}label = 5", "connectors.loft.label", "in quotes"),
        (f'{SHOP}[connectors."a b"]\ntype = "pigeon"', 'connectors."a b"', "may not be written so"),
        (f"connectors = 5\n{SHOP.partition('[connectors')[0]}", "connectors", "must be a table"),
        (f"owners = 5\n{SHOP.replace('[[owners]]', '[x]')}", "owners", "must be a list"),
        ("", "business", "is missing"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_where_it_stands(write: Write, text: str, key: str, told: str) -> None:
    found = problems(write(text))

    assert told in found.get(key, f"nothing; but {found}")


def test_all_mistakes_are_told_at_once(write: Write) -> None:
    text = SHOP.replace("The Shop", "").replace('"loft", a', '"left", a')
    text += f'pasword = "{SECRET}"\n[connectors.other]\ntype = "smoke"\n[policy]\nflood_limit = 0\n'

    assert set(problems(write(text))) == {
        "business.name",
        "owners #1.surfaces #1.connector",
        "connectors.loft.pasword",
        "connectors.other.type",
        "policy.flood_limit",
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"[business\n", "line 1, column 10"),
        (b"[business]\n[business]\n", "twice"),
        (b"a = 1\nb = hunter2-do-not-tell\n", "line 2, column 5"),
        (b"a = 1\n\nb = '\xff'\n", "not UTF-8 text (line 3)"),
        (b"a = " + b"9" * 5000, "a number is too long"),
        (b"a = " + b"[" * 100_000, "nested too deeply"),
        (b"#" * (FILE_LIMIT + 1), "larger than 1024 KB"),
    ],
)
def test_a_file_that_is_no_configuration(write: Write, content: bytes, told: str) -> None:
    path = write("")
    path.write_bytes(content)

    assert told in problems(path)[""]


@pytest.mark.parametrize(
    ("line", "todo"),
    [
        ('name = "Tulips', "a text needs quotes on both sides"),
        ("name = \u201cTulips\u201d", "quotes have to be straight ones"),
        ("feedback = yes", "write true or false"),
        ("feedback = True", "write true or false"),
        ('path = "C:\\Users\\faq"', "between single quotes"),
        ("name = Tulips # (at line 99, column 1)", "a text needs quotes on both sides"),
    ],
)
def test_a_line_that_is_no_toml_is_told_how_to_be_written(write: Write, line: str, todo: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(write(f"[business]\r\n{line}\r\n"))
    assert todo in str(caught.value)


def test_a_huge_file_is_refused_unread(write: Write) -> None:
    path = write("")
    os.truncate(path, 2**40)  # sparse; reading it would take minutes and all memory

    assert "larger than" in problems(path)[""]


def test_a_byte_order_mark_is_no_mistake(write: Write) -> None:
    loaded(write("\ufeff" + SHOP.replace("\n", "\r\n")))


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    assert "inbox-bridge init" in problems(tmp_path / "nowhere.toml")[""]
    assert "is a folder" in problems(tmp_path)[""]
    assert "is not a regular file" in problems(tmp_path / "pipe")[""]
    assert "is not a regular file" in problems(Path("/dev/zero"))[""]
    assert "cannot be read: Not a directory" in problems(Path("/dev/null/config.toml"))[""]


def test_the_report_is_for_people(write: Write) -> None:
    path = write(f"{SHOP}[policy]\nundo = 1")
    with pytest.raises(ConfigError) as caught:
        loaded(path)

    assert str(caught.value) == f"{path}: policy.undo: there is no such setting\n    did you mean undo_seconds?"
