"""Connector types are found by name, and a broken one is a problem only of those who use it."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import Distribution, EntryPoint
from pathlib import Path

import pytest

from bridge.connector import ConnectorType
from bridge.plugins import GROUP, BrokenPlugin, MissingLibrary, PluginError, Plugins, UnknownType
from bridge.settings import Settings

GOOD = """
from bridge.connector import ConnectorType, Settings
TYPE = ConnectorType(settings=Settings, create=lambda name, settings: f"{name} of {settings!r}")
"""
IMPORTS_LATE = """
from bridge.connector import ConnectorType, Settings
def create(name, settings):
    try:
        import no_such_library
    except ModuleNotFoundError as error:
        raise ImportError("get it") from error
TYPE = ConnectorType(settings=Settings, create=create)
"""

Install = Callable[..., EntryPoint]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Make a package with one connector type, as pip would leave it; gives its entry point."""
    monkeypatch.syspath_prepend(tmp_path)

    def package(name: str, source: str, *, extras: tuple[str, ...] = (), of: str = "") -> EntryPoint:
        of = of or f"acme-{name}"
        module = f"plug_{name}_{abs(hash(tmp_path))}"
        (tmp_path / f"{module}.py").write_text(source)
        folder = tmp_path / f"{of.replace('-', '_')}-1.dist-info"
        folder.mkdir()
        lines = ["Metadata-Version: 2.1", f"Name: {of}", "Version: 1", *(f"Provides-Extra: {e}" for e in extras)]
        (folder / "METADATA").write_text("\n".join(lines))
        (folder / "entry_points.txt").write_text(f"[{GROUP}]\n{name} = {module}:TYPE\n")
        (point,) = Distribution.at(folder).entry_points
        return point

    return package


def test_the_built_in_types_are_installed() -> None:
    assert {"console", "email"} <= set(Plugins().names)


def test_a_type_is_found_by_its_name(install: Install) -> None:
    plugins = Plugins([install("pigeon", GOOD)])

    assert isinstance(plugins.get("pigeon"), ConnectorType)
    assert str(plugins.create("loft", "pigeon", Settings())) == "loft of Settings()"


@pytest.mark.parametrize(
    ("source", "kind", "what", "todo"),
    [
        ("import no_such_library", MissingLibrary, "needs no_such_library", "pip install 'acme-bad[bad]'"),
        (IMPORTS_LATE, MissingLibrary, "needs no_such_library", "pip install 'acme-bad[bad]'"),
        ("1 +", BrokenPlugin, "SyntaxError", "acme-bad"),
        ("raise RuntimeError('boom')", BrokenPlugin, "RuntimeError: boom", "acme-bad"),
        ("import os; from os import nothing", BrokenPlugin, "ImportError", "acme-bad"),
        ("TYPE = 5", BrokenPlugin, "is a int, not a ConnectorType", "acme-bad"),
        ("", BrokenPlugin, "has no attribute 'TYPE'", "acme-bad"),
    ],
)
def test_a_broken_plugin_says_what_to_do_and_hides_no_other(
    install: Install, source: str, kind: type[PluginError], what: str, todo: str
) -> None:
    plugins = Plugins([install("bad", source, extras=("bad",)), install("good", GOOD)])

    with pytest.raises(kind) as caught:
        plugins.create("x", "bad", Settings())

    assert what in caught.value.what
    assert todo in caught.value.todo
    assert isinstance(plugins.get("good"), ConnectorType)
    assert plugins.names == ["bad", "good"]


def test_a_library_without_an_extra_is_named_by_its_module(install: Install) -> None:
    with pytest.raises(MissingLibrary) as caught:
        Plugins([install("bad", "import no_such_library.part")]).get("bad")

    assert "the module no_such_library" in caught.value.todo


def test_a_library_of_the_bridges_own_types_comes_as_the_bridge_came(install: Install) -> None:
    with pytest.raises(MissingLibrary) as caught:
        Plugins([install("smoke", "import no_such_library", of="inbox-bridge")]).get("smoke")

    assert caught.value.todo.startswith("run: ")
    assert "inbox-bridge[smoke]" in caught.value.todo


def test_a_module_of_its_own_that_is_missing_is_a_broken_package() -> None:
    with pytest.raises(BrokenPlugin):
        Plugins([EntryPoint("gone", "no_such_plugin.inner:TYPE", GROUP)]).get("gone")


def test_an_unknown_type_names_the_known_ones(install: Install) -> None:
    with pytest.raises(UnknownType) as caught:
        Plugins([install("pigeon", GOOD), install("drum", GOOD)]).get("smoke")

    assert "'smoke'" in caught.value.what
    assert "drum, pigeon" in caught.value.todo


def test_nothing_installed_says_so() -> None:
    with pytest.raises(UnknownType, match="no connector types are installed"):
        Plugins([]).get("email")


def test_two_packages_with_one_name_are_both_named(install: Install) -> None:
    plugins = Plugins([install("pigeon", GOOD, of="coop"), install("pigeon", GOOD, of="loft")])

    with pytest.raises(BrokenPlugin, match="coop and loft"):
        plugins.get("pigeon")
