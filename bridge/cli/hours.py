"""`inbox-bridge hours`: open now? When next? The hours of the coming two weeks, with what makes them other hours."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.options import ConfigOption, JsonOption, loaded
from bridge.cli.output import fail, print_json
from bridge.configuration.config import Config
from bridge.configuration.hours import hours_of
from bridge.hours import Hours, HoursError, OpenDay, WallClock
from bridge.hours.calendars import read_calendar
from bridge.steps.calendars import FOLDER, kept, refresh

FORTNIGHT = 14


def _moment(written: str) -> datetime:
    try:
        return datetime.fromisoformat(written)
    except ValueError as error:
        raise typer.BadParameter(f"{written!r} is no moment; write it like '2026-12-24 16:00'") from error


AtOption = Annotated[
    datetime | None,
    typer.Option(
        "--at", parser=_moment, metavar="YYYY-MM-DD HH:MM", help="As if it were this moment, on the shop's clock."
    ),
]
FetchOption = Annotated[bool, typer.Option("--fetch", help="Fetch the calendars on the web first.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("hours")(hours)


def hours(
    config: ConfigOption, *, at: AtOption = None, fetch: FetchOption = False, as_json: JsonOption = False
) -> None:
    """Say whether the shop is open, when it opens and closes next, and the hours of the coming two weeks."""
    found = loaded(config)
    known = configured(found, fetch=fetch)
    moment = at.replace(tzinfo=known.zone) if at else datetime.now(UTC)
    days = known.days(moment.astimezone(known.zone).date(), FORTNIGHT)
    if as_json:
        print_json(_plain(known, moment, days))
        return
    typer.echo(_told(known, moment))
    _print(days, known)


def configured(config: Config, *, fetch: bool = False) -> Hours:
    """The hours of this configuration, with its calendars as they were last fetched; says where one never was."""
    folder = config.state_dir / FOLDER
    urls = [calendar.url for calendar in config.hours.calendars if calendar.url] if config.hours else []
    if fetch:
        refreshed = asyncio.run(refresh(folder, urls, lambda raw: read_calendar(raw, ZoneInfo("UTC"))))
        for url, trouble in refreshed.troubles.items():
            typer.echo(f"{_place(urls, url)}: {trouble}", err=True)
    have = kept(folder, urls)
    for url in urls:
        if url not in have:
            typer.echo(f"{_place(urls, url)} was never fetched, and is left out; --fetch fetches it", err=True)
    try:
        return hours_of(config.hours, config.business.timezone, config.business.language, have)
    except (HoursError, OSError) as error:
        fail(f"hours: {error}")


def _place(urls: list[str], url: str) -> str:
    return f"the calendar on the web number {urls.index(url) + 1}"


def _told(hours: Hours, moment: datetime) -> str:
    zone = hours.zone
    if hours.open_at(moment):
        closing = hours.next_closing(moment)
        if closing is None:
            return f"Open, and never closes ({zone})."
        opening = hours.next_opening(closing)
        again = f" Opens again {_shown(opening, zone)}." if opening else " Does not open again."
        return f"Open until {_shown(closing, zone)} ({zone}).{again}"
    opening = hours.next_opening(moment)
    return f"Closed. Opens {_shown(opening, zone)} ({zone})." if opening else "Closed, and never opens."


def _shown(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def _print(days: Sequence[OpenDay], hours: Hours) -> None:
    from rich.console import Console  # noqa: PLC0415 - the other commands that import this file need none of it
    from rich.table import Table  # noqa: PLC0415 - see above

    table = Table(box=None, pad_edge=False)
    for heading in ("day", "open", ""):
        table.add_column(heading)
    clock = WallClock(hours.zone)
    for day in days:
        table.add_row(day.day.strftime("%a %Y-%m-%d"), ", ".join(_pieces(day, clock)) or "closed", day.why)
    Console(soft_wrap=True).print(table)


def _pieces(day: OpenDay, clock: WallClock) -> list[str]:
    return [f"{clock.shown(start):%H:%M}-{_end(day, end, clock)}" for start, end in day.open]


def _end(day: OpenDay, end: int, clock: WallClock) -> str:
    """When it closes; with the weekday where that is another one: "09:00 (Sat)"."""
    if _midnight_after(day, end, clock):
        return "24:00"
    shown = clock.shown(end)
    return f"{shown:%H:%M}" if shown.date() == day.day else f"{shown:%H:%M} ({shown:%a})"


def _midnight_after(day: OpenDay, end: int, clock: WallClock) -> bool:
    shown = clock.shown(end)
    return shown.date() > day.day and (shown.hour, shown.minute) == (0, 0)


def _plain(hours: Hours, moment: datetime, days: Sequence[OpenDay]) -> dict[str, object]:
    clock = WallClock(hours.zone)
    return {
        "at": moment.astimezone(hours.zone).isoformat(),
        "timezone": str(hours.zone),
        "open": hours.open_at(moment),
        "next_opening": _iso(hours.next_opening(moment), hours.zone),
        "next_closing": _iso(hours.next_closing(moment), hours.zone),
        "days": [
            {
                "day": day.day.isoformat(),
                "open": [[clock.shown(moment).isoformat() for moment in interval] for interval in day.open],
                "why": day.why,
            }
            for day in days
        ],
    }


def _iso(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None
