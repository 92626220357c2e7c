"""Which module may import which: the layers of the bridge, and what a tree of files has against them.

    contracts <- logic <- steps <- implementations <- composition

A module imports from its own layer and from those left of it. `test_imports.py` holds the repository to this, and
shows on made-up trees that each rule can fail.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

LAYERS: Mapping[str, frozenset[str]] = {
    "contracts": frozenset(
        [
            "valid",
            "text",
            "messages",
            "outbound",
            "failures",
            "abilities",
            "settings",
            "connector",
            "conversation",
            "policy",
            "learned",
            "decision",
            "book",
            "case_book",
            "case_effects",
            "work",
            "crashpoint",
            "language",
            "targets",
            "happened",
            "extras",
        ]
    ),
    "logic": frozenset(
        [
            "clocks",
            "owners",
            "customers",
            "tongues",
            "faq",
            "bot",
            "cases",
            "tokens",
            "addressing",
            "parts",
            "rooming",
            "letterbox",
            "timers",
            "decide",
            "marks",
            "desk",
            "backoff",
            "hours",
            "reports",
        ]
    ),
    "steps": frozenset(
        [
            "steps",
        ]
    ),
    "implementations": frozenset(["store"]),
    "composition": frozenset(
        [
            "configuration",
            "daemon",
            "cli",
            "plugins",
            "systemd",
            "logs",
            "testing",
            "scripted",
            "testing_abilities",
            "locale",
            "__main__",
        ]
    ),
}
"""The modules and packages of `bridge/` by layer. A new one is put here first."""

ORDER = tuple(LAYERS)

IMPURE = frozenset(
    [
        "asyncio",
        "socket",
        "sqlalchemy",
        "threading",
        "multiprocessing",
        "subprocess",
        "concurrent",
        "select",
        "selectors",
        "ssl",
        "urllib",
        "http",
        "smtplib",
        "imaplib",
        "tempfile",
        "shutil",
        "sqlite3",
        "signal",
    ]
)
"""What logic has no use for: it awaits nothing, opens nothing and asks no clock."""

_CLOCKS = frozenset(["now", "utcnow", "today", "localtime", "monotonic", "perf_counter", "time_ns", "monotonic_ns"])


@dataclass(frozen=True, slots=True)
class Arrow:
    """`source` imports `target`; both are dotted names."""

    source: str
    target: str

    def __str__(self) -> str:
        return f"{self.source} -> {self.target}"


def faults(root: Path) -> Sequence[str]:
    """Everything that the tree under `root` (with `bridge/` and `connectors/`) has against the rules."""
    modules = {_dotted(root, path): path for name in ("bridge", "connectors") for path in (root / name).rglob("*.py")}
    arrows = [arrow for module, path in modules.items() for arrow in _imports(module, path, frozenset(modules))]
    return [
        *_unplaced(modules),
        *(fault for arrow in arrows if (fault := _forbidden(arrow))),
        *(fault for module, path in modules.items() if _layer(module) == "logic" for fault in _clocks(module, path)),
        *_cycles(arrows, modules),
    ]


def _dotted(root: Path, path: Path) -> str:
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports(module: str, path: Path, modules: frozenset[str]) -> Iterator[Arrow]:
    """Every import in a file, those inside functions too. `from bridge import x` points at module x."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (Arrow(module, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = _start(module, path, node)
            for name in node.names:
                deeper = f"{start}.{name.name}"
                yield Arrow(module, deeper if deeper in modules else start)


def _start(module: str, path: Path, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    kept = package[: len(package) - node.level + 1]
    return ".".join([*kept, *((node.module or "").split(".") if node.module else [])])


def _layer(module: str) -> str | None:
    """The layer of a module of the bridge; None for what is in none."""
    parts = module.split(".")
    if parts[0] != "bridge" or len(parts) == 1:
        return None
    return next((layer for layer, names in LAYERS.items() if parts[1] in names), None)


def _unplaced(modules: Mapping[str, Path]) -> Iterator[str]:
    for module in modules:
        if module.startswith("bridge.") and _layer(module) is None:
            yield f"{module} has no place in a layer"
    placed = {module.split(".")[1] for module in modules if module.startswith("bridge.")}
    if len(placed) > 5:  # a made-up tree need not have them all
        missing = {name for names in LAYERS.values() for name in names} - placed
        yield from (f"bridge.{name} has a place but is not there" for name in sorted(missing))


def _forbidden(arrow: Arrow) -> str | None:
    if arrow.source.startswith("connectors"):
        allowed = arrow.target == "bridge.connector" or not _within(arrow.target, "bridge")
        return None if allowed else f"{arrow}: a connector sees only bridge.connector"
    if _within(arrow.target, "connectors"):
        return f"{arrow}: the bridge never imports connectors"
    source, target = _layer(arrow.source), _layer(arrow.target)
    if (
        source in ("contracts", "logic")
        and arrow.target.split(".")[0] in IMPURE
        and arrow.source != "bridge.crashpoint"
    ):
        return f"{arrow}: {source} does no I/O"
    if source == "implementations" and target in ("logic", "steps"):
        return f"{arrow}: the store knows contracts only"
    if source and target and ORDER.index(target) > ORDER.index(source):
        return f"{arrow}: from {source} up to {target}"
    return None


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _clocks(module: str, path: Path) -> Iterator[str]:
    """Calls of a clock: `datetime.now()`, `time.monotonic()`, `date.today()`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value.id if isinstance(node.func.value, ast.Name) else ""
            if owner == "time" or (owner in ("datetime", "date") and node.func.attr in _CLOCKS):
                yield f"{module}:{node.lineno} reads the clock"
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield f"{module}:{node.lineno} reads the clock"


def _cycles(arrows: Sequence[Arrow], modules: Mapping[str, Path]) -> Iterator[str]:
    graph: dict[str, set[str]] = {}
    for arrow in arrows:
        # A package's own __init__ is imported with each of its modules: no arrow that anybody drew.
        if arrow.target in modules and arrow.target != arrow.source:
            graph.setdefault(arrow.source, set()).add(arrow.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        yield "a cycle: " + " -> ".join(error.args[1])
