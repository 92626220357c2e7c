"""A FAQ that is right by itself, held against the shop: what it asks for and the shop does not have. Pure.

An entry with such a fault is left out, as one with any other: an answer with a hole where the opening hours should
stand must not reach a customer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from bridge.faq.entry import Entry
from bridge.faq.faq_file import Faq
from bridge.faq.faults import Fault, did_you_mean
from bridge.faq.placeholders import holes


def fitted(faq: Faq, *, connectors: Collection[str], has_hours: bool) -> Faq:
    """The same without the entries that this shop cannot use; what they lack is among the faults.

    `connectors` are the names of the shop's, `has_hours` says whether it has told its opening hours.
    """
    faults = [fault for entry in faq.entries for fault in _faults(entry, faq, connectors, has_hours=has_hours)]
    left_out = {fault.entry for fault in faults}
    kept = tuple(entry for entry in faq.entries if entry.id not in left_out)
    return replace(faq, entries=kept, faults=(*faq.faults, *faults))


def _faults(entry: Entry, faq: Faq, connectors: Collection[str], *, has_hours: bool) -> Iterator[Fault]:
    place = faq.places[entry.id]
    for channel in entry.channels:
        if channel not in connectors:
            what, todo = f"there is no connector {channel!r}", did_you_mean(channel, connectors)
            yield Fault(file=place.file, line=place.line, entry=entry.id, what=what, todo=todo)
    if not has_hours:
        for name in holes(f"{entry.answer}\n{entry.follow_up}", {}):
            what = f"nothing can stand for {{{name}}}: the configuration has no opening hours"
            todo = f"add a table [hours] to the configuration, or write what stands there instead: {{{name}|...}}"
            yield Fault(file=place.file, line=place.line, entry=entry.id, what=what, todo=todo)
