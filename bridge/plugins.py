"""Which connector types are installed, and getting hold of one.

A type is an entry point of the group `inbox_bridge.connectors`: its name is the `type` of the configuration, its object
a `ConnectorType`. Nothing is imported before it is asked for by name, so a broken plug-in is a problem only of those
who use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import EntryPoint, entry_points

from bridge import extras
from bridge.connector import Connector, ConnectorType, Settings

GROUP = "inbox_bridge.connectors"


class PluginError(Exception):
    """A connector type cannot be used: `what` is wrong, and what to do about it (`todo`). No traceback is of use."""

    def __init__(self, what: str, todo: str) -> None:
        super().__init__(f"{what}: {todo}")
        self.what = what
        self.todo = todo


class UnknownType(PluginError):
    """No installed package has a connector type of this name."""


class MissingLibrary(PluginError):
    """The type is there, but a library that it needs is not installed."""


class BrokenPlugin(PluginError):
    """The type is there, but it cannot be imported, or it is no `ConnectorType`."""


class Plugins:
    """The connector types among some entry points; by default all that are installed."""

    def __init__(self, found: Iterable[EntryPoint] | None = None) -> None:
        self._found = tuple(entry_points(group=GROUP) if found is None else found)

    @property
    def names(self) -> Sequence[str]:
        """The names that `type` may have, sorted; those whose plug-in is broken too."""
        return sorted({point.name for point in self._found})

    def get(self, name: str) -> ConnectorType:
        """The connector type of this name. Raises UnknownType, MissingLibrary, BrokenPlugin."""
        points = [point for point in self._found if point.name == name]
        if not points:
            raise UnknownType(f"there is no connector type {name!r}", _known(self.names))
        if len(points) > 1:
            owners = " and ".join(sorted(_package(point) for point in points))
            raise BrokenPlugin(f"the connector type {name!r} is claimed by {owners}", "uninstall one of them")
        return _load(points[0])

    def create(self, name: str, type_name: str, settings: Settings) -> Connector:
        """The connector `name`, without any I/O. Raises as `get`: some types import their library only here."""
        found = self.get(type_name)
        try:
            return found.create(name, settings)
        except ImportError as error:
            point = next(point for point in self._found if point.name == type_name)
            raise _not_importable(point, error) from error


def _known(names: Sequence[str]) -> str:
    if not names:
        return "no connector types are installed at all; install the bridge again, as its README says"
    return f"the installed types are {', '.join(names)}; another one comes with its own package"


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist else point.value


def _load(point: EntryPoint) -> ConnectorType:
    try:
        loaded = point.load()
    except ImportError as error:
        raise _not_importable(point, error) from error
    except Exception as error:  # importing somebody's plug-in runs their code, which may raise anything
        raise _broken(point, error) from error
    if not isinstance(loaded, ConnectorType):
        raise BrokenPlugin(
            f"the plug-in {point.name!r} ({point.value}) is a {type(loaded).__name__}, not a ConnectorType",
            f"tell the authors of {_package(point)}",
        )
    return loaded


def _not_importable(point: EntryPoint, error: ImportError) -> PluginError:
    missing = error if isinstance(error, ModuleNotFoundError) else error.__cause__
    if not isinstance(missing, ModuleNotFoundError) or not missing.name:
        return _broken(point, error)
    if missing.name.partition(".")[0] == point.module.partition(".")[0]:
        return _broken(point, error)  # a module of the plug-in itself: no library will mend that
    return MissingLibrary(f"the connector type {point.name!r} needs {missing.name}", _install(point, missing.name))


def _install(point: EntryPoint, module: str) -> str:
    if point.dist and point.dist.name == extras.NAME:
        return extras.remedy(extras.extra_of(module, point.name.partition("-")[0]))
    provided = point.dist.metadata.get_all("Provides-Extra") if point.dist else None
    if point.dist and point.name in (provided or ()):
        return f"pip install '{point.dist.name}[{point.name}]'"
    return f"install the package that has the module {module} into the bridge's environment"


def _broken(point: EntryPoint, error: BaseException) -> BrokenPlugin:
    return BrokenPlugin(
        f"the plug-in {point.name!r} ({point.value}) cannot be imported: {type(error).__name__}: {error}",
        f"reinstall or update {_package(point)}, or tell its authors",
    )
