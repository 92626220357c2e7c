"""What the server can do, by its own word (XEP-0030): asked for once in each session, and by `doctor`."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

from connectors.xmpp.address import domain
from connectors.xmpp.failures import Failed
from connectors.xmpp.namespaces import (
    ARCHIVE,
    BLOCKING,
    CARBONS,
    DISCO_INFO,
    DISCO_ITEMS,
    PUSH,
    UPLOAD,
    tag,
)
from connectors.xmpp.stanza import child
from connectors.xmpp.stream import Stream

_DATA = "jabber:x:data"
SERVICES_AT_MOST = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Features:
    """What there is. `upload` is the JID of the upload service, `upload_limit` its largest file in bytes or 0."""

    archive: bool = False
    carbons: bool = False
    blocking: bool = False
    push: bool = False
    upload: str = ""
    upload_limit: int = 0


async def discover(session: Stream, account: str) -> Features:
    """Ask the server. Raises NoSession, and Failed where it does not answer at all."""
    server = domain(account)
    ours = await information(session, account)
    theirs = await information(session, server)
    upload, limit = await upload_service(session, server)
    return Features(
        archive=ARCHIVE in _names(ours),
        # XEP-0280 section 4: announced by the server; ejabberd says it of the account, too.
        carbons=CARBONS in _names(theirs) | _names(ours),
        blocking=BLOCKING in _names(theirs) | _names(ours),
        # XEP-0357 section 3: announced by the account.
        push=PUSH in _names(ours),
        upload=upload,
        upload_limit=limit,
    )


async def upload_service(session: Stream, server: str) -> tuple[str, int]:
    """The JID of this server's upload service and its largest file in bytes; "" and 0 where there is none.

    A component is not asked about itself: who only looks around does not answer. Raises NoSession.
    """
    try:
        answer = await session.ask("get", ET.Element(tag(DISCO_ITEMS, "query")), server)
    except Failed:
        return "", 0
    query = child(answer, "query", DISCO_ITEMS)
    named = [item.get("jid", "") for item in query] if query is not None else []
    services = [jid for jid in named if not session.sender or jid != domain(session.sender)]
    for service in services[:SERVICES_AT_MOST]:
        try:
            info = await information(session, service)
        except Failed:
            continue
        if UPLOAD in _names(info):
            return service, _largest(info)
    return "", 0


async def information(session: Stream, jid: str) -> ET.Element | None:
    """What this JID says of itself. Raises Failed, NoSession."""
    return child(await session.ask("get", ET.Element(tag(DISCO_INFO, "query")), jid), "query", DISCO_INFO)


def _names(info: ET.Element | None) -> frozenset[str]:
    return (
        frozenset(one.get("var", "") for one in info.findall(tag(DISCO_INFO, "feature")))
        if info is not None
        else frozenset()
    )


def _largest(info: ET.Element | None) -> int:
    """The form field max-file-size (XEP-0363 section 4)."""
    for field in info.iter(tag(_DATA, "field")) if info is not None else ():
        value = field.findtext(tag(_DATA, "value"), "")
        if field.get("var") == "max-file-size" and value.isascii() and value.isdigit():
            return int(value[:18])
    return 0
