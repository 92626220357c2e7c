"""What `doctor` says of the FAQ: how many entries there are, what is wrong with them, whether meaning is compared."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from bridge.abilities import Finding, FindingLevel
from bridge.cli.faq_model import model
from bridge.cli.output import counted
from bridge.configuration.config import Config
from bridge.extras import remedy
from bridge.faq.fitted import fitted
from bridge.steps.faq_folder import read_folder

_LIBRARIES = ("numpy", "onnxruntime", "tokenizers")


def faq(config: Config) -> Iterator[Finding]:
    """Nothing where there is none."""
    if config.faq is None:
        return
    found = fitted(read_folder(config.faq.path), connectors=config.connectors, has_hours=config.hours is not None)
    what = f"{counted(len(found.entries), 'entry', 'entries')}, {counted(len(found.errors), 'mistake')}"
    todo = "`inbox-bridge faq check` lists them" if found.errors else ""
    yield Finding(level=FindingLevel.WARNING if found.errors else FindingLevel.OK, what=what, todo=todo)
    missing = [name for name in _LIBRARIES if find_spec(name) is None]
    if missing:
        todo = remedy("faq")
        yield Finding(level=FindingLevel.FAILURE, what=f"its libraries are missing: {', '.join(missing)}", todo=todo)
    else:
        yield from model(found.entries, config.faq.model)
