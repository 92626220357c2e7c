"""Time zones and languages as an operator writes them: known ones, or an error with the nearest names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from bridge.language import spoken

_NAMES: Mapping[str, str] = {
    "english": "en", "englisch": "en", "german": "de", "deutsch": "de", "spanish": "es", "español": "es",
    "espanol": "es", "french": "fr", "français": "fr", "francais": "fr", "italian": "it", "italiano": "it",
    "dutch": "nl", "nederlands": "nl", "polish": "pl", "polski": "pl", "portuguese": "pt", "português": "pt",
    "portugues": "pt",
}  # fmt: skip
"""Languages by their English and their own names, for who writes those."""


def timezone(value: str) -> str:
    """The same. Raises ValueError: "is no time zone; did you mean ...?"."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # OSError: "Europe" is a folder of the database
        found = _nearest_zones(value)
        todo = f"did you mean {' or '.join(found)}?" if found else "write one like Europe/Berlin, or UTC"
        raise ValueError(f"is no time zone; {todo}") from error
    return value


def _nearest_zones(value: str) -> list[str]:
    """By the whole name, or by its city: "Berlin", "new york"."""
    wanted = value.strip().replace(" ", "_").casefold()
    zones = {zone.casefold(): zone for zone in sorted(available_timezones()) if "/" in zone or zone == "UTC"}
    cities = {name.rpartition("/")[2]: zone for name, zone in zones.items() if name.count("/") and name[:4] != "etc/"}
    if wanted in cities:
        return [cities[wanted]]
    found = [zones[name] for name in get_close_matches(wanted, zones, n=2, cutoff=0.75)]
    return found or [cities[name] for name in get_close_matches(wanted, cities, n=2, cutoff=0.75)]


def language(value: str) -> str:
    """A language that the bridge speaks (BCP 47), as it is best written. Raises ValueError with what there is."""
    known = spoken()
    primary, _, rest = value.strip().replace("_", "-").partition("-")
    if primary.casefold() in known and (not rest or rest.replace("-", "").isalnum()):
        return f"{primary.casefold()}-{rest}" if rest else primary.casefold()
    close = _nearest_language(value.strip().casefold(), known)
    todo = f"did you mean {close}? " if close else ""
    raise ValueError(f"is no language that the bridge speaks; {todo}There are {', '.join(known)}")


def _nearest_language(value: str, known: Iterable[str]) -> str:
    close = get_close_matches(value, [*_NAMES, *known], n=1, cutoff=0.75)
    return _NAMES.get(close[0], close[0]) if close else ""
