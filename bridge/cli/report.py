"""`inbox-bridge report`: how long customers waited, on the screen, as a file, or as a page to look at."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from bridge.cli.hours import configured
from bridge.cli.options import ConfigOption, JsonOption, loaded
from bridge.cli.output import fail, print_json
from bridge.cli.store import with_store
from bridge.configuration.config import Config
from bridge.extras import remedy
from bridge.happened import at_moment, moment_of
from bridge.hours import Hours, WallClock
from bridge.language import Language, language
from bridge.reports.export import as_csv
from bridge.reports.figures import By, Counting, Group, Report
from bridge.reports.plain import as_plain
from bridge.reports.tables import case_cells, case_headings, summary, wait_cells, wait_headings
from bridge.reports.waits import Period
from bridge.reports.wording import BY, name_of
from bridge.steps.counting import count
from bridge.store.logbook import StoredLog, of_period, whole
from bridge.store.store import Store

if TYPE_CHECKING:
    from rich.table import Table

MONTH = 30
NAME, NARROW = 16, 8
"""Columns of a terminal, for a group's name and for a figure."""

Cells = Callable[[Group, Language], Sequence[str]]


def _day(written: str) -> datetime:
    try:
        return datetime.strptime(written, "%Y-%m-%d")  # noqa: DTZ007 - a day on the shop's clock
    except ValueError as error:
        raise typer.BadParameter(f"{written!r} is no day; write it like 2026-11-30") from error


FromOption = Annotated[
    datetime | None, typer.Option("--from", parser=_day, metavar="YYYY-MM-DD", help="The first day.")
]
ToOption = Annotated[
    datetime | None, typer.Option("--to", parser=_day, metavar="YYYY-MM-DD", help="The last day; today.")
]
AllOption = Annotated[bool, typer.Option("--all", help="From the first message on.")]
ByOption = Annotated[By | None, typer.Option("--by", help="A line for each of these.")]
CsvOption = Annotated[bool, typer.Option("--csv", help="A line for each wait.")]
XlsxOption = Annotated[bool, typer.Option("--xlsx", help="A workbook: the figures, and each wait.")]
HtmlOption = Annotated[bool, typer.Option("--html", help="A page with plots that needs nothing else.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report_)


def report_(
    config: ConfigOption,
    *,
    since: FromOption = None,
    until: ToOption = None,
    everything: AllOption = False,
    by: ByOption = None,
    as_csv_: CsvOption = False,
    xlsx: XlsxOption = False,
    as_json: JsonOption = False,
    html: HtmlOption = False,
    output: OutputOption = None,
) -> None:
    """Say how long customers waited, and what they waited for: the last 30 days, unless told otherwise.

    Times are business time. Waits that go on count, too.
    """
    if as_csv_ + xlsx + as_json + html > 1:
        fail("choose one of --csv, --xlsx, --json and --html")
    settings = loaded(config)
    hours = configured(settings)
    period, all_of_it = _period(since, until, hours.zone, everything=everything)
    counting = Counting(period, hours, by, settings.targets)
    with_store(settings, lambda store: _count(counting, store, all_of_it=all_of_it))
    if all_of_it:
        counting.begin_with_the_first_words()
    found = counting.report()
    speech = language(_spoken(settings))
    if xlsx:
        _write_bytes(_workbook(found), output)
    elif html:
        _write_text(_page(found, settings, hours, speech), output)
    elif as_csv_:
        _write_text(as_csv(found), output)
    elif as_json:
        print_json(as_plain(found))
    else:
        _print(found, speech)


def _period(since: datetime | None, until: datetime | None, zone: ZoneInfo, *, everything: bool) -> tuple[Period, bool]:
    """The period, and whether the whole log is to be read. Days are the shop's own, both included."""
    now = datetime.now(UTC)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    end = _midnight((until or today) + timedelta(days=1), zone)
    begin = _midnight(since or (until or today) - timedelta(days=MONTH - 1), zone)
    if everything:
        begin = _midnight(datetime(1970, 1, 2), zone)  # noqa: DTZ001 - a day on the shop's clock
    if begin >= end:
        fail("the first day is after the last one")
    return Period(since=moment_of(begin), until=moment_of(end), now=moment_of(now)), everything


def _midnight(day: datetime, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(WallClock(zone).moment(day.date(), 0), UTC)


async def _count(counting: Counting, store: Store, *, all_of_it: bool) -> None:
    period = counting.period
    batches = (
        whole(store.transactions)
        if all_of_it
        else of_period(store.transactions, at_moment(period.since), at_moment(period.until))
    )
    # Millions of small values that all stay: looking through them for cycles takes longer than making them.
    gc.disable()
    try:
        await count([counting], batches, StoredLog(store.transactions))
    finally:
        gc.enable()


def _spoken(config: Config) -> str:
    """The language of who reads it: the first owner's."""
    return next((owner.language for owner in config.owners[:1] if owner.language), config.business.language)


def _print(found: Report, speech: Language) -> None:
    from rich.console import Console  # noqa: PLC0415 - files need none of it
    from rich.table import Table  # noqa: PLC0415 - see above

    console = Console()
    total = Table(box=None, show_header=False, pad_edge=False)
    for heading, value in summary(found, speech):
        total.add_row(heading, value)
    console.print(total)
    for headings, cells in ((case_headings, case_cells), (wait_headings, wait_cells)):
        if found.groups and found.by is not None:
            console.print()
            console.print(_by_group(found, speech, headings(speech), cells))


def _by_group(found: Report, speech: Language, headings: Sequence[str], cells: Cells) -> Table:
    """A line for each group; narrow, so that it fits an ordinary terminal."""
    from rich.table import Table  # noqa: PLC0415 - see above

    assert found.by is not None
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column(speech.say(BY[found.by]), no_wrap=True, max_width=NAME)
    for heading in headings:
        table.add_column(fill(heading, NARROW, break_long_words=False), justify="right", no_wrap=True)
    for group in found.groups:
        table.add_row(name_of(group, found.by, speech), *cells(group, speech))
    return table


def _workbook(found: Report) -> bytes:
    from bridge.reports.sheet import as_xlsx  # noqa: PLC0415 - needs a library that others need not have

    try:
        return as_xlsx(found)
    except ModuleNotFoundError:
        fail(f"a workbook needs xlsxwriter; {remedy('reports')}")
    except ValueError as error:
        fail(str(error))


def _page(found: Report, config: Config, hours: Hours, speech: Language) -> str:
    from bridge.hours.words import opening_hours  # noqa: PLC0415 - see above
    from bridge.reports.page import as_html  # noqa: PLC0415 - see above

    try:
        told = opening_hours(hours, _spoken(config)) if config.hours else ""
        return as_html(found, config.business.name, told, speech)
    except ModuleNotFoundError:
        fail(f"a page with plots needs pygal; {remedy('reports')}")


def _write_text(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
    else:
        _save(text.encode(), output)


def _write_bytes(raw: bytes, output: Path | None) -> None:
    if output is None:
        fail("a workbook is no text; say where to write it: -o report.xlsx")
    _save(raw, output)


def _save(raw: bytes, output: Path) -> None:
    try:
        output.write_bytes(raw)
    except OSError as error:
        fail(f"{output} cannot be written: {error.strerror}")
    typer.echo(f"written to {output}")
