"""`inbox-bridge init`: a file that is right, private, and never overwrites another."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bridge.cli import app
from bridge.cli.config_text import quoted
from bridge.cli.init import local_timezone
from bridge.configuration.config import load
from bridge.configuration.file import read

ALL = ["--business", 'Anna\'s "Flowers" \\ Söhne', "--owner", "Anna", "--language", "de", "--timezone", "Europe/Berlin"]
MAIL = ["--address", "shop@example.org", "--submission-host", "smtp.example.org"]


def init(path: Path, *options: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app(["init"]), ["init", "--config", str(path), *options], input=typed)


def test_options_ask_nothing(tmp_path: Path) -> None:
    path = tmp_path / "etc/config.toml"

    done = init(path, *ALL, *MAIL)

    assert done.exit_code == 0, done.output
    assert path.stat().st_mode & 0o777 == 0o600
    tables, _ = read(path)
    assert tables["business"] == {
        "name": 'Anna\'s "Flowers" \\ Söhne',
        "language": "de",
        "timezone": "Europe/Berlin",
    }
    assert "mail-password, then chmod 600" in done.output  # what is still to do
    assert "[connectors.mail.submission]" in path.read_text()


def test_questions_are_asked_for_the_rest(tmp_path: Path) -> None:
    done = init(tmp_path / "config.toml", typed="The Shop\nAnna\n\nUTC\n\n\n\n")

    assert done.exit_code == 0, done.output
    assert "The shop's name" in done.output
    config = load(tmp_path / "config.toml", environ={})
    assert set(config.connectors) == {"console"}
    assert [(one.connector, one.address) for one in config.owners[0].surfaces] == [("console", "owner")]


SHOP = ["The Shop", "Anna", "de", "UTC"]
NO = ""
TOKEN = "123456789:AAExample-of-a-token-that-is-none_0"

# What is typed after the shop's own questions; the connectors; where the owner answers; the files with secrets.
TYPED: dict[str, tuple[list[str], set[str], list[tuple[str, str]], dict[str, str]]] = {
    "a mailbox": (
        ["info@shop.example", "y", "", "", "", NO, "n", NO, "secret one"],
        {"mail", "console"},
        [("console", "owner")],
        {"mail-password": "secret one"},
    ),
    "a mail server of one's own": (
        ["info@shop.example", "n", "", "", NO, "n", NO, "secret one"],
        {"mail", "console"},
        [("console", "owner")],
        {"mail-password": "secret one"},
    ),
    "mail, answered by mail": (
        ["info@shop.example", "y", "mx.shop.example", "mx.shop.example", "info", "anna@home.example", "n", NO, "x"],
        {"mail"},
        [("mail", "anna@home.example")],
        {"mail-password": "x"},
    ),
    "everything, answered on Telegram and by XMPP": (
        [
            "info@shop.example",
            "",
            "",
            "",
            "",
            NO,
            "y",
            "4711",
            "shop@chat.example",
            "anna@chat.example",
            "x",
            TOKEN,
            "y",
        ],
        {"mail", "telegram", "xmpp"},
        [("telegram", "4711"), ("xmpp", "anna@chat.example")],
        {"mail-password": "x", "telegram-token": TOKEN, "xmpp-password": "y"},
    ),
    "a bot for customers": (
        [NO, "y", NO, NO, TOKEN],
        {"telegram", "console"},
        [("console", "owner")],
        {"telegram-token": TOKEN},
    ),
}


@pytest.mark.parametrize(("typed", "connectors", "surfaces", "secrets"), TYPED.values(), ids=TYPED.keys())
def test_what_is_written_is_in_order(
    tmp_path: Path,
    typed: list[str],
    connectors: set[str],
    surfaces: list[tuple[str, str]],
    secrets: dict[str, str],
) -> None:
    done = init(tmp_path / "config.toml", typed="\n".join([*SHOP, *typed, ""]))

    assert done.exit_code == 0, done.output
    config = load(tmp_path / "config.toml", environ={})
    assert set(config.connectors) == connectors
    assert [(one.connector, one.address) for one in config.owners[0].surfaces] == surfaces
    assert {name: (tmp_path / name).read_text() for name in secrets} == secrets
    assert all((tmp_path / name).stat().st_mode & 0o777 == 0o600 for name in secrets)
    assert not any(secret in done.output for secret in secrets.values() if len(secret) > 3)
    assert "Next: inbox-bridge doctor" in done.output


def test_a_secret_that_is_there_is_not_asked_for(tmp_path: Path) -> None:
    (tmp_path / "telegram-token").write_text(TOKEN)

    done = init(tmp_path / "config.toml", typed="\n".join([*SHOP, NO, "y", NO, NO, ""]))

    assert done.exit_code == 0, done.output
    assert (tmp_path / "telegram-token").read_text() == TOKEN


def test_options_for_every_network_ask_nothing(tmp_path: Path) -> None:
    mine = ["--imap-host", "imap.example.org", "--own-address", "anna@home.example", "--username", "shop"]
    others = ["--telegram", "--own-telegram", "4711", "--xmpp", "shop@chat.example", "--own-xmpp", "anna@chat.example"]
    for name, secret in (("mail-password", "x"), ("telegram-token", TOKEN), ("xmpp-password", "y")):
        (tmp_path / name).write_text(secret)

    done = init(tmp_path / "config.toml", *ALL, *MAIL, *mine, *others)

    assert done.exit_code == 0, done.output
    config = load(tmp_path / "config.toml", environ={})
    assert set(config.connectors) == {"mail", "telegram", "xmpp"}
    assert len(config.owners[0].surfaces) == 3


def test_one_network_by_option_is_the_only_one(tmp_path: Path) -> None:
    done = init(tmp_path / "config.toml", *ALL, "--own-telegram", "4711")

    assert done.exit_code == 0, done.output
    assert "telegram-token, then chmod 600" in done.output
    assert "connectors.mail" not in (tmp_path / "config.toml").read_text()


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("mine")

    done = init(tmp_path / "config.toml", *ALL, *MAIL)

    assert done.exit_code == 1
    assert (tmp_path / "config.toml").read_text() == "mine"


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    done = init(tmp_path / "file/config.toml", *ALL, *MAIL)

    assert done.exit_code == 1
    assert "cannot be written" in done.output


@pytest.mark.parametrize("text", ['"', "\\", "a\nb", "a\tb", "\x7f", "\x00", "\ud800", "ü 🌷", "\\u0041"])
def test_any_text_can_be_quoted(tmp_path: Path, text: str) -> None:
    path = tmp_path / "x.toml"
    path.write_text(f"x = {quoted(text)}", encoding="utf-8")

    assert isinstance(read(path)[0]["x"], str)


@pytest.mark.parametrize(
    ("target", "name"),
    [("/usr/share/zoneinfo/Europe/Berlin", "Europe/Berlin"), ("/usr/share/zoneinfo/UTC", "UTC"), ("/x", "UTC")],
)
def test_the_machines_time_zone(tmp_path: Path, target: str, name: str) -> None:
    (tmp_path / "localtime").symlink_to(target)

    assert local_timezone(tmp_path / "localtime") == name


@pytest.mark.parametrize(
    ("option", "value", "told"),
    [
        ("--language", "german", "did you mean de?"),
        ("--language", "Deutsch", "did you mean de?"),
        ("--language", "xx", "There are de, en, es, fr, it, nl, pl, pt"),
        ("--language", "", "is no language that the bridge speaks"),
        ("--language", "de/../../etc", "is no language that the bridge speaks"),
        ("--timezone", "Europe/Berln", "did you mean Europe/Berlin"),
        ("--timezone", "berlin", "did you mean Europe/Berlin?"),
        ("--timezone", "New York", "did you mean America/New_York?"),
        ("--timezone", "Europe", "is no time zone; "),
        ("--timezone", "Atlantis", "is no time zone; "),
        ("--timezone", "", "is no time zone; "),
    ],
)
def test_what_is_not_known_is_refused_before_anything_is_asked(
    tmp_path: Path, option: str, value: str, told: str
) -> None:
    done = init(tmp_path / "config.toml", option, value)
    assert done.exit_code == 2
    assert told in " ".join(done.output.replace("│", " ").split())
    assert "The shop's name" not in done.output
    assert list(tmp_path.iterdir()) == []


def test_what_is_typed_wrong_is_asked_again(tmp_path: Path) -> None:
    typed = "The Shop\nAnna\nGerman\nDE\nBerln\nEurope/Berlin\n\n\n\n"
    done = init(tmp_path / "config.toml", typed=typed)
    assert done.exit_code == 0, done.output
    assert "'German' is no language that the bridge speaks; did you mean de?" in done.output
    assert "'Berln' is no time zone; did you mean Europe/Berlin?" in done.output
    business = load(tmp_path / "config.toml", environ={}).business
    assert (business.language, business.timezone) == ("de", "Europe/Berlin")


def test_addresses_and_servers_typed_wrong_are_asked_again(tmp_path: Path) -> None:
    mail = ["shop", "info@shop.example", "y", "https://mx.shop.example", "mx.shop.example", "mx.shop.example:587"]
    mail += ["mx.shop.example", "", "anna@", "anna@home.example"]
    rest = ["y", "@anna", "+49 170 1", "4711", "shop flowers", "shop@chat.example", "anna", "anna@chat.example"]
    done = init(tmp_path / "config.toml", typed="\n".join([*SHOP, *mail, *rest, "one", TOKEN, "three", ""]))

    assert done.exit_code == 0, done.output
    assert "'shop' is not an address; write it plain" in done.output
    assert "'https://mx.shop.example' is not a server's name" in done.output
    assert "'@anna' is not a Telegram number" in done.output
    owner = load(tmp_path / "config.toml", environ={}).owners[0]
    assert [one.address for one in owner.surfaces] == ["4711", "anna@chat.example", "anna@home.example"]


@pytest.mark.parametrize(
    ("given", "written"), [("de", "de"), ("de-AT", "de-AT"), ("pt_BR", "pt-BR"), ("PL", "pl"), (" en ", "en")]
)
def test_languages_that_are_spoken(tmp_path: Path, given: str, written: str) -> None:
    options = ["--business", "The Shop", "--owner", "Anna", "--language", given, "--timezone", "UTC"]
    done = init(tmp_path / "config.toml", *options, "--own-telegram", "1", "--telegram")
    assert done.exit_code == 0, done.output
    assert read(tmp_path / "config.toml")[0]["business"]["language"] == written  # type: ignore[index]
