"""Public holidays by country and region, from the library `holidays`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache

from bridge.hours.times import HoursError


def public_holidays(
    place: str, kinds: Sequence[str] = ("public",), language: str = ""
) -> Callable[[int], Mapping[date, str]]:
    """The holidays of each year, by name, where `place` is: "DE", "DE-BE" (ISO 3166). Raises HoursError.

    Names are in `language` (BCP 47) where the library has them in it, else in the country's own.
    """
    import holidays  # noqa: PLC0415 - loaded by those who name a country

    country, _, region = place.partition("-")
    regions = _regions(country)
    if region and region not in regions:
        told = f"there is no region {region!r} in {country}; "
        raise HoursError(told + (f"its regions are {', '.join(regions)}" if regions else "leave the region out"))
    known = holidays.country_holidays(country)
    if unknown := set(kinds) - set(known.supported_categories):
        told = f"{country} has no holidays of the kind {', '.join(sorted(unknown))}"
        raise HoursError(f"{told}; the kinds there are {', '.join(known.supported_categories)}")
    # Never None where there is a choice: the library would take the process's own language.
    spoken = _spoken(language, known.supported_languages or ()) or known.default_language

    @cache
    def of_year(year: int) -> Mapping[date, str]:
        return dict(
            holidays.country_holidays(
                country, subdiv=region or None, years=year, expand=False, categories=tuple(kinds), language=spoken
            )
        )

    return of_year


def _regions(country: str) -> Sequence[str]:
    import holidays  # noqa: PLC0415 - see above

    known = holidays.list_supported_countries()
    if country not in known:
        close = country.upper() if country.upper() in known else ""
        hint = f"did you mean {close}?" if close else "write its two capital letters, and the region behind them: DE-BE"
        raise HoursError(f"there is no country {country[:40]!r}; {hint}")
    return known[country]


def _spoken(language: str, known: Sequence[str]) -> str | None:
    wanted = language.replace("-", "_")
    if wanted in known:
        return wanted
    return next((code for code in sorted(known) if code.partition("_")[0] == wanted.partition("_")[0]), None)
