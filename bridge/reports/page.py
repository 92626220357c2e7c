"""A report as one page of HTML that needs nothing else: no script, no network, its plots drawn into it."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bridge.language import Language
from bridge.reports.cards import cards
from bridge.reports.figures import Group, Report, local_time
from bridge.reports.plots import plots
from bridge.reports.tables import case_cells, case_headings, wait_cells, wait_headings
from bridge.reports.wording import BY, WEEKDAYS, name_of

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#24292f;background:#fff;margin:0 auto;padding:16px;max-width:1368px}
h1{font-size:1.5em;margin:0}h2{font-size:1.15em;margin:1.6em 0 .5em}p{margin:.3em 0}small,.dim{color:#57606a}
.cards,.plots{display:grid;gap:16px;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr))}
.card,figure{border:1px solid #d0d7de;border-radius:8px;padding:12px;margin:0;min-width:0}
.card b{display:block;font-size:1.5em;line-height:1.3}figcaption{font-weight:600;font-size:.95em}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85em}
th,td{padding:4px 8px;text-align:right;border-bottom:1px solid #d0d7de;white-space:nowrap}
th{white-space:normal;vertical-align:bottom;max-width:6em}th:first-child,td:first-child{text-align:left}
.heat td+td{padding:4px 5px;min-width:1.5em;text-align:center}
details{margin-top:6px;font-size:.9em}summary{cursor:pointer;color:#0550ae}svg{width:100%;height:auto;display:block}
"""


def as_html(found: Report, business: str, hours: str, speech: Language) -> str:
    """The page. `hours` says the hours of the week in a line, "" for always open."""
    title = speech.say("{business}: how long customers waited", business=business)
    return "\n".join(
        [
            f'<!DOCTYPE html><html lang="{speech.code}"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>{_preface(found, hours, speech)}",
            f'<div class="cards">{"".join(cards(found, speech))}</div>',
            *_pictures(found, speech),
            *_table(found, speech),
            *_heat(found, speech),
            "</body></html>",
        ]
    )


def _preface(found: Report, hours: str, speech: Language) -> str:
    period = found.period
    first, last = (local_time(moment, found.zone) for moment in (period.since, period.until - 1))
    said = speech.say(
        "{first} to {last}, as seen on {day} at {time} ({zone}).",
        first=f"{first:%Y-%m-%d}",
        last=f"{last:%Y-%m-%d}",
        day=f"{local_time(period.now, found.zone):%Y-%m-%d}",
        time=f"{local_time(period.now, found.zone):%H:%M}",
        zone=found.zone,
    )
    lines = [
        said,
        speech.say("Times are business time: {hours}.", hours=hours)
        if hours
        else speech.say("Times are business time (always open)."),
        speech.say(
            "Waits that go on count with what they have lasted so far; each counts in the period in which it began."
        ),
    ]
    return "".join(f'<p class="dim">{escape(line)}</p>' for line in lines)


def _pictures(found: Report, speech: Language) -> Iterator[str]:
    if not found.total.turns:
        return
    yield f'<h2>{escape(speech.say("In pictures"))}</h2><div class="plots">'
    for title, svg in plots(found, speech):
        yield f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>"
    yield "</div>"


def _table(found: Report, speech: Language) -> Iterator[str]:
    if not found.groups or found.by is None:
        return
    by = speech.say(BY[found.by])
    yield f"<h2>{escape(speech.say('By {what}', what=by))}</h2>"
    headings = "".join(f"<th>{escape(name)}</th>" for name in (by, *case_headings(speech), *wait_headings(speech)))
    yield f'<div class="scroll"><table><tr>{headings}</tr>'
    for group in (*found.groups, found.total):
        yield _row(group, found, speech)
    yield "</table></div>"


def _row(group: Group, found: Report, speech: Language) -> str:
    name = name_of(group, None if group is found.total else found.by, speech)
    values = (name, *case_cells(group, speech), *wait_cells(group, speech))
    return f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in values)}</tr>"


def _heat(found: Report, speech: Language) -> Iterator[str]:
    """When customers write: the darker, the more."""
    most = max(map(max, found.written))
    if not most:
        return
    yield f"<h2>{escape(speech.say('When customers write'))}</h2>"
    yield '<div class="scroll"><table class="heat"><tr><th></th>'
    yield "".join(f"<th>{hour}</th>" for hour in range(24)) + "</tr>"
    for name, counts in zip(WEEKDAYS, found.written, strict=True):
        yield f"<tr><td>{escape(speech.say(name))}</td>{''.join(_cell(count, most) for count in counts)}</tr>"
    yield "</table></div>"


def _cell(count: int, most: int) -> str:
    shade = round(count / most, 2)
    colour = "#fff" if shade > 0.55 else "#24292f"
    return f'<td style="background:rgba(31,111,235,{shade});color:{colour}">{count or ""}</td>'
