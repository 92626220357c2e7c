"""Catching up from our own archive (XEP-0313) at the start of each session, from the last item that was *stored*.

What stream management counts as handled may never have been stored: it says nothing about what we have. The archive
does. Its pages are asked for one by one, and each is stored before the next. An archive that no longer knows the id
where we were (`item-not-found`) is asked by date, with a margin; what comes twice is known by its id.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from xml.etree import ElementTree as ET

from connectors.xmpp.address import bare
from connectors.xmpp.failures import Failed
from connectors.xmpp.namespaces import ARCHIVE, RSM, tag
from connectors.xmpp.reports import report
from connectors.xmpp.session import Session
from connectors.xmpp.stanza import MESSAGE, child

PAGE = 50
MARGIN = timedelta(hours=1)
"""How far before the last stored moment an archive that is asked by date begins: clocks differ."""

ID, AT = "archive_id", "archive_at"
"""The keys of the connector's position: the last stored id, and when that was."""

_DATA = "jabber:x:data"

Store = Callable[[Sequence[ET.Element], str], Awaitable[None]]
"""Store these results, and that we are at this id."""


@dataclass(eq=False)
class Archive:
    """Questions to the archive of our own account. Results come as messages: `collect` is given each of them."""

    session: Session
    account: str
    _asked: dict[str, list[ET.Element]] = field(default_factory=dict)

    def collect(self, stanza: ET.Element) -> bool:
        """Take a result of a question of ours; False for anything else, also for what only looks like one."""
        result = child(stanza, "result", ARCHIVE)
        if result is None or (stanza.get("from") or self.account) != self.account:
            return False
        results = self._asked.get(result.get("queryid", ""))
        if results is None:
            return False
        results.append(stanza)
        return True

    async def catch_up(self, position: Mapping[str, str], first: timedelta, store: Store) -> None:
        """Everything since `position`; at the very first start, everything of the last `first`. Raises as `ask`."""
        after, start = position.get(ID, ""), None
        if not after:
            start = _since(position) or datetime.now(UTC) - first
        while True:
            try:
                page = await self._page(after, start)
            except Failed as error:
                if error.condition != "item-not-found" or not after:
                    raise
                after, start = "", _since(position) or datetime.now(UTC) - first
                continue
            if page.results or page.last:
                await store(page.results, page.last)
            if page.complete or not page.last:
                return
            after, start = page.last, None

    async def has_sent(self, origin_id: str, with_jid: str, since: datetime) -> bool:
        """Whether a message that we sent to `with_jid` under this id is in the archive. Raises as `ask`."""
        return await self._any(partial(_bears, origin_id), with_jid, since)

    async def confirmed(self, origin_id: str, with_jid: str, since: datetime) -> bool:
        """Whether the archive has the word of `with_jid` that they got what we sent under this id. Raises as `ask`."""
        return await self._any(partial(_confirms, origin_id, with_jid), with_jid, since)

    async def _any(self, wanted: Callable[[ET.Element], bool], with_jid: str, since: datetime) -> bool:
        """Whether a message of those with `with_jid` is wanted."""
        after, start = "", since
        while True:
            page = await self._page(after, start, with_jid)
            if any(wanted(message) for result in page.results for message in _messages(result)):
                return True
            if page.complete or not page.last:
                return False
            after = page.last

    async def keeps_all(self) -> bool:
        """Whether the archive keeps what we send to anybody, so that what is not in it was not sent."""
        answer = await self.session.ask("get", ET.Element(tag(ARCHIVE, "prefs")))
        preferences = child(answer, "prefs", ARCHIVE)
        if preferences is None:
            return False
        never = child(preferences, "never", ARCHIVE)
        return preferences.get("default") == "always" and (never is None or len(never) == 0)

    async def _page(self, after: str, start: datetime | None, with_jid: str = "") -> _Page:
        query_id = secrets.token_hex(8)
        query = ET.Element(tag(ARCHIVE, "query"), {"queryid": query_id})
        query.append(_form(start, with_jid))
        paging = ET.SubElement(query, tag(RSM, "set"))
        ET.SubElement(paging, tag(RSM, "max")).text = str(PAGE)
        if after:
            ET.SubElement(paging, tag(RSM, "after")).text = after
        results = self._asked[query_id] = []
        try:
            answer = await self.session.ask("set", query)
        finally:
            del self._asked[query_id]
        return _Page.of(answer, results)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Page:
    results: Sequence[ET.Element]
    last: str
    complete: bool

    @classmethod
    def of(cls, answer: ET.Element, results: Sequence[ET.Element]) -> _Page:
        fin = child(answer, "fin", ARCHIVE)
        paging = child(fin, "set", RSM) if fin is not None else None
        last = paging.findtext(tag(RSM, "last"), "") if paging is not None else ""
        complete = fin is None or fin.get("complete") in ("true", "1")
        return cls(results=results, last=last, complete=complete)


def _form(start: datetime | None, with_jid: str) -> ET.Element:
    form = ET.Element(tag(_DATA, "x"), {"type": "submit"})
    fields = {"FORM_TYPE": ARCHIVE, "with": with_jid}
    if start is not None:
        fields["start"] = start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    for name, value in fields.items():
        if value:
            one = ET.SubElement(form, tag(_DATA, "field"), {"var": name})
            ET.SubElement(one, tag(_DATA, "value")).text = value
    return form


def _since(position: Mapping[str, str]) -> datetime | None:
    try:
        return datetime.fromisoformat(position[AT]).astimezone(UTC) - MARGIN
    except (KeyError, ValueError):
        return None


def _messages(result: ET.Element) -> Iterator[ET.Element]:
    """What was archived."""
    return (message for message in result.iter(MESSAGE) if message is not result)


def _bears(origin_id: str, message: ET.Element) -> bool:
    """Whether the archived message is the one that we sent under this id."""
    return message.get("id") == origin_id


def _confirms(origin_id: str, sender: str, message: ET.Element) -> bool:
    """Whether it is their receipt, or a marker, for what we sent under this id."""
    told = report(message, "") if bare(message.get("from", "")) == sender else None
    return told is not None and told.refers_to == origin_id
