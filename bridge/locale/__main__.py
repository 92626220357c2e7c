"""`python -m bridge.locale`: what the catalogues lack. With `--update`: add what is missing, drop what is stale."""

from __future__ import annotations

import argparse
from pathlib import Path

import polib

from bridge.locale.extract import Said, asked_of, faults, said_in, update

FOLDER = Path(__file__).parent
PACKAGE = FOLDER.parent


def said_by_the_bridge() -> list[Said]:
    """Every text in the code of the package `bridge`, file by file."""
    files = sorted(PACKAGE.rglob("*.py"))
    return [
        said
        for file in files
        for said in said_in(file.read_text(encoding="utf-8"), file.relative_to(PACKAGE.parent).as_posix())
    ]


def main() -> None:
    """Raises SystemExit 1 while a catalogue has a fault."""
    parser = argparse.ArgumentParser(prog="python -m bridge.locale", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write the catalogues")
    arguments = parser.parse_args()
    said = said_by_the_bridge()
    found = []
    for path in sorted(FOLDER.glob("*.po")):
        catalogue = polib.pofile(str(path), encoding="utf-8", wrapwidth=118)
        asked = asked_of(catalogue, said)
        if arguments.update:
            update(catalogue, asked)
            catalogue.save(str(path))
        found += [f"{path.name}: {fault}" for fault in faults(catalogue, asked)]
    print("\n".join(found) or "the catalogues are complete")
    raise SystemExit(bool(found))


if __name__ == "__main__":
    main()
