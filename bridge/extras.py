"""What to run for a library that is not installed, right for how the bridge itself was installed.

    installed                                   then it comes
    from a folder with the project's files      from that folder's lock file, each library checked against its hash
    (README), also for work on it
    with pipx, from an index, from a wheel      with the extra's name

How it was installed stands in the installation's `direct_url.json` (PEP 610).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from shlex import quote
from typing import Any

NAME = "inbox-bridge"
LARGE = "faq"
"""The extra that the usual lock file leaves out."""

_REQUIREMENT = re.compile(r"(?P<name>[A-Za-z0-9._-]+).*;.*\bextra == ['\"](?P<extra>[a-z]+)['\"]")


def remedy(extra: str) -> str:
    """The command that brings the libraries of this extra ("faq"), to follow "needs X; "."""
    return f"run: {command(extra, _origin(), Path(sys.prefix))}"


def command(extra: str, origin: Mapping[str, Any], prefix: Path) -> str:
    """The same for a bridge that came from `origin` (PEP 610, {} for an index) into the environment `prefix`."""
    if "pipx" in prefix.parts:
        return f"pipx install --force {quote(f'{NAME}[{extra}]')}"
    pip, source = quote(str(prefix / "bin" / "pip")), _path(origin)
    if "dir_info" not in origin:
        wanted = f"{source}[{extra}]" if source and source.is_file() else f"{NAME}[{extra}]"
        return f"{pip} install {quote(wanted)}"
    lock = "requirements-faq.lock" if extra == LARGE else "requirements.lock"
    if source and (source / lock).is_file():
        return f"{pip} install --require-hashes -r {quote(str(source / lock))}"
    return f"{pip} install --require-hashes -r {lock}   (in the folder with the bridge's files)"


def extra_of(module: str, otherwise: str, requirements: Sequence[str] | None = None) -> str:
    """The extra that brings a module, where the library has the module's name; else `otherwise`."""
    known = _requirements() if requirements is None else requirements
    found = (_REQUIREMENT.match(one) for one in known)
    wanted = module.partition(".")[0].replace("_", "-").casefold()
    extras = [one["extra"] for one in found if one and one["name"].replace("_", "-").casefold() == wanted]
    named = [extra for extra in extras if extra != "all"]
    return otherwise if otherwise in named or not named else named[0]


def _path(origin: Mapping[str, Any]) -> Path | None:
    scheme, _, path = str(origin.get("url", "")).partition("://")
    plain = re.sub(rb"%([0-9A-Fa-f]{2})", lambda found: bytes([int(found[1], 16)]), path.encode())
    return Path(plain.decode(errors="replace")) if scheme == "file" else None


def _origin() -> Mapping[str, Any]:
    try:
        written = distribution(NAME).read_text("direct_url.json")
        found = json.loads(written) if written else {}
    except (PackageNotFoundError, ValueError):
        return {"dir_info": {}, "url": Path(__file__).parents[1].as_uri()}  # run from its own folder
    return found if isinstance(found, dict) else {}


def _requirements() -> Sequence[str]:
    try:
        return distribution(NAME).requires or ()
    except PackageNotFoundError:
        return ()
