"""A report as one page of HTML that needs nothing else: no script, no network, its plots drawn into it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from bridge.reports.figures import Group, Measured, Report, local_time
from bridge.reports.plots import plots
from bridge.reports.tables import HEADINGS, WEEKDAYS, cells, name_of, share, spoken
from bridge.reports.waits import How, Kind, Wait

LISTED = 200
"""So many waits stand behind each figure, the longest first; `report --csv` has them all."""

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#24292f;background:#fff;margin:0 auto;padding:16px;max-width:1368px}
h1{font-size:1.5em;margin:0}h2{font-size:1.15em;margin:1.6em 0 .5em}p{margin:.3em 0}small,.dim{color:#57606a}
.cards,.plots{display:grid;gap:16px;grid-template-columns:repeat(auto-fill,minmax(min(100%,310px),1fr))}
.card,figure{border:1px solid #d0d7de;border-radius:8px;padding:12px;margin:0;min-width:0}
.card b{display:block;font-size:1.5em;line-height:1.3}figcaption{font-weight:600;font-size:.95em}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.85em}
th,td{padding:4px 8px;text-align:right;border-bottom:1px solid #d0d7de;white-space:nowrap}
th:first-child,td:first-child{text-align:left}.heat td+td{padding:4px 5px;min-width:1.5em;text-align:center}
details{margin-top:6px;font-size:.9em}summary{cursor:pointer;color:#0550ae}svg{width:100%;height:auto;display:block}
"""


def as_html(found: Report, business: str, hours: str) -> str:
    """The page. `hours` says the hours of the week in a line, "" for always open."""
    title = f"{business}: how long customers waited"
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body>",
            f"<h1>{escape(title)}</h1>{_preface(found, hours)}",
            f'<div class="cards">{"".join(_cards(found))}</div>',
            *(['<h2>In pictures</h2><div class="plots">', *_figures(found), "</div>"] if found.total.turns else []),
            *_table(found),
            *_heat(found),
            "</body></html>",
        ]
    )


def _preface(found: Report, hours: str) -> str:
    period = found.period
    first, last = (local_time(moment, found.zone) for moment in (period.since, period.until - 1))
    seen = local_time(period.now, found.zone)
    lines = [
        f"{first:%d %B %Y} to {last:%d %B %Y}, as seen on {seen:%d %B %Y at %H:%M} ({escape(str(found.zone))}).",
        f"Times are business time{': ' + escape(hours) if hours else ' (always open)'}.",
        "Waits that go on count with what they have lasted so far; each counts in the period in which it began.",
    ]
    return "".join(f'<p class="dim">{line}</p>' for line in lines)


def _cards(found: Report) -> Iterator[str]:
    total = found.total
    numbers = sorted(total.cases)
    yield _card("Conversations", f"{len(numbers)}", f"{total.messages} messages", _numbers(numbers))
    for kind, name in ((Kind.FIRST, "First response"), (Kind.NEXT, "Later responses"), (Kind.RESOLUTION, "Resolution")):
        measured = total.measured(kind, found.targets)
        if measured.waits:
            yield _card(name, spoken(measured.median, measured), _told(measured, found, kind), _listed(measured, found))
    if total.bot:
        told = f"answered {len(total.bot)} of {total.turns} waits, {total.bot_only} of them alone"
        yield _card("The bot", share(total.bot_only, total.turns), told, "")
    spent = found.time
    if whole := spent.shop + spent.bot + spent.customer:
        parts = f"{share(spent.bot, whole)} after the bot's answer, {share(spent.customer, whole)} for the customer"
        yield _card("Waiting for the shop", share(spent.shop, whole), f"{parts}; of all business time", "")


def _card(name: str, value: str, told: str, behind: str) -> str:
    return f'<div class="card">{escape(name)}<b>{escape(value)}</b><small>{escape(told)}</small>{behind}</div>'


def _told(measured: Measured, found: Report, kind: Kind) -> str:
    waiting = f"{measured.waiting} still {'open' if kind is Kind.RESOLUTION else 'waiting'}"
    parts = [f"9 of 10 within: {spoken(measured.p90, measured)}", waiting]
    if measured.closed:
        parts.append(f"{measured.closed} closed unanswered")
    if kind in found.targets:
        limit = found.targets[kind].total_seconds() / 3600
        parts.append(f"{share(measured.within, measured.judged) or 'none judged'} within {limit:g} h")
    parts.append(f"on the clock: {spoken(measured.median_wall, measured)}, {spoken(measured.p90_wall, measured)}")
    return "; ".join(["half within", *parts]).replace("half within; ", "half within this; ", 1)


def _numbers(numbers: Sequence[int]) -> str:
    listed = ", ".join(f"#{number}" for number in numbers[:LISTED])
    return f"<details><summary>which</summary>{listed}{_more(len(numbers))}</details>" if numbers else ""


def _listed(measured: Measured, found: Report) -> str:
    longest = sorted(measured.waits, key=lambda wait: -wait.business)[:LISTED]
    rows = "".join(_wait(wait, found) for wait in longest)
    head = "<tr><th>conversation</th><th>began</th><th>business</th><th>clock</th><th>how</th></tr>"
    table = f'<div class="scroll"><table>{head}{rows}</table></div>'
    return f"<details><summary>which</summary>{table}{_more(len(measured.waits))}</details>"


def _wait(wait: Wait, found: Report) -> str:
    began = local_time(wait.began, found.zone)
    how = wait.who or ("closed" if wait.kind is Kind.RESOLUTION else "answered") if wait.over else wait.how
    how = "open" if wait.how is How.WAITING and wait.kind is Kind.RESOLUTION else how
    values = (f"#{wait.case}", f"{began:%Y-%m-%d %H:%M}", spoken(wait.business), spoken(wait.wall), how)
    return f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in values)}</tr>"


def _more(count: int) -> str:
    return f"<p>and {count - LISTED} more: inbox-bridge report --csv</p>" if count > LISTED else ""


def _figures(found: Report) -> Iterator[str]:
    for title, svg in plots(found):
        yield f"<figure><figcaption>{escape(title)}</figcaption>{svg}</figure>"


def _table(found: Report) -> Iterator[str]:
    if not found.groups:
        return
    yield f'<h2>By {found.by}</h2><div class="scroll"><table><tr><th>{found.by}</th>'
    yield "".join(f"<th>{heading}</th>" for heading in HEADINGS) + "</tr>"
    for group in (*found.groups, found.total):
        name = "all" if group is found.total else name_of(group, found.by)
        yield _row(name, group, found)
    yield "</table></div>"


def _row(name: str, group: Group, found: Report) -> str:
    return f"<tr>{''.join(f'<td>{escape(value)}</td>' for value in (name, *cells(group, found)))}</tr>"


def _heat(found: Report) -> Iterator[str]:
    """When customers write: the darker, the more."""
    most = max(map(max, found.written))
    if not most:
        return
    yield '<h2>When customers write</h2><div class="scroll"><table class="heat"><tr><th></th>'
    yield "".join(f"<th>{hour}</th>" for hour in range(24)) + "</tr>"
    for name, counts in zip(WEEKDAYS, found.written, strict=True):
        yield f"<tr><td>{name}</td>{''.join(_cell(count, most) for count in counts)}</tr>"
    yield "</table></div>"


def _cell(count: int, most: int) -> str:
    shade = round(count / most, 2)
    colour = "#fff" if shade > 0.55 else "#24292f"
    return f'<td style="background:rgba(31,111,235,{shade});color:{colour}">{count or ""}</td>'
