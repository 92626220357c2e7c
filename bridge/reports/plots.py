"""The drawings of a report, as SVG that stands in a page by itself: no script, no font, nothing to fetch.

Each is drawn small, and a wide page sets several beside each other: letters are as large on a telephone as on a desk.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from bridge.language import Language
from bridge.reports.figures import Report, local_time
from bridge.reports.survival import curve
from bridge.reports.waits import Wait
from bridge.reports.wording import KINDS, WEEKDAYS
from bridge.targets import Kind

WIDTH, HEIGHT = 380, 260
_HOUR = 3600 * 1_000_000
_COLOURS = ("#1f6feb", "#d9730d")
_POINTS = 100
"""More than that cannot be told apart at this width."""


def plots(found: Report, speech: Language) -> Sequence[tuple[str, str]]:
    """Each drawing's title and SVG; those that have nothing to show are left out."""
    waits = found.total.waits
    drawn = (
        (
            speech.say("Answered within so many business hours, in percent"),
            _answered({kind: waits[kind] for kind in (Kind.FIRST, Kind.NEXT)}, speech),
        ),
        (speech.say("Messages by hour"), _bars([f"{hour}" for hour in range(24)], _by_hour(found))),
        (speech.say("Messages by weekday"), _bars(_weekdays(speech), [sum(hours) for hours in found.written])),
        (speech.say("Waits for an answer that began, by day"), _days(found)),
    )
    return [(title, svg) for title, svg in drawn if svg]


def _by_hour(found: Report) -> list[int]:
    return [sum(day[hour] for day in found.written) for hour in range(24)]


def _weekdays(speech: Language) -> list[str]:
    return [speech.say(name)[:2] for name in WEEKDAYS]


def _answered(waits: Mapping[Kind, Sequence[Wait]], speech: Language) -> str:
    """The share that had an answer, by how long they had waited; those who wait are no less for it."""
    lines = [
        (speech.say(KINDS[kind]), _steps(curve((wait.business, wait.over) for wait in some)))
        for kind, some in waits.items()
    ]
    if not any(points for _, points in lines):
        return ""
    chart = _pygal().XY(**_settings("answered"), stroke=True, dots_size=1, legend_at_bottom=True, range=(0, 100))
    for name, points in lines:
        chart.add(name, points)
    return _svg(chart)


def _steps(steps: Sequence[tuple[int, float]]) -> list[tuple[float, float]]:
    """Up to nine tenths and a bit: what is beyond would press all else together."""
    points = [(round(length / _HOUR, 2), round(100 * (1 - left), 1)) for length, left in steps]
    kept = [point for point in points if point[1] <= 95] or points[:1]
    thinned = [*kept[:: max(1, len(kept) // _POINTS)], kept[-1]] if kept else []
    return [(0.0, 0.0), *dict.fromkeys(thinned)] if thinned else []


def _days(found: Report) -> str:
    days = Counter(
        local_time(wait.began, found.zone).date()
        for kind in (Kind.FIRST, Kind.NEXT)
        for wait in found.total.waits[kind]
    )
    if not days:
        return ""
    first = min(days).toordinal()
    every = [type(min(days)).fromordinal(day) for day in range(first, max(days).toordinal() + 1)]
    labels = [f"{day:%m-%d}" for day in every]
    return _bars(labels, [days[day] for day in every], every=max(1, len(labels) // 6))


def _bars(labels: Sequence[str], counts: Sequence[int], every: int = 1) -> str:
    if not any(counts):
        return ""
    shown = every if every > 1 else max(1, len(labels) // 12)
    chart = _pygal().Bar(
        **_settings(f"bars{len(labels)}"),
        show_legend=False,
        x_labels=labels,
        x_labels_major_every=shown,
        show_minor_x_labels=False,
        spacing=2,
        margin=8,
    )
    chart.add("", counts)
    return _svg(chart)


def _pygal() -> Any:
    """The library, loaded by those who want a page."""
    import pygal  # noqa: PLC0415 - see above

    # It puts an importer of its own before all others, for plug-ins of its own, by a way that Python 3.12 has dropped.
    sys.meta_path[:] = [finder for finder in sys.meta_path if type(finder).__module__ != "pygal"]
    return pygal


def _settings(name: str) -> dict[str, Any]:
    from pygal.style import Style  # noqa: PLC0415 - see above

    style = Style(
        background="transparent",
        plot_background="transparent",
        foreground="#24292f",
        foreground_strong="#24292f",
        foreground_subtle="#8c959f",
        colors=_COLOURS,
        font_family="system-ui, sans-serif",
        label_font_size=12,
        major_label_font_size=12,
        legend_font_size=13,
        opacity="1",
        opacity_hover=".8",
    )
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "style": style,
        "js": (),  # tooltips would be fetched from a server of pygal's
        "classes": (name,),
        "explicit_size": False,
        "truncate_label": -1,
        "max_scale": 6,
    }


def _bare(root: Any) -> Any:
    """The drawing without what is none: the library's settings as a script, and comments with the day's date."""
    for parent in list(root.iter()):
        for child in list(parent):
            if callable(child.tag) or child.tag.endswith("script"):
                parent.remove(child)
    return root


def _svg(chart: Any) -> str:
    # Else a number by chance, and the same report would be another file each time.
    chart.uuid = "-".join(("plot", *chart.config.classes))
    chart.add_xml_filter(_bare)
    return str(chart.render(is_unicode=True, disable_xml_declaration=True))
