"""What `doctor` can find out about a component. A component is there once: while the bridge runs it cannot look too."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from bridge.connector import Finding, FindingLevel
from connectors.xmpp.check import either, failure, ok
from connectors.xmpp.contacts.link import Link
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.contacts.settings import ContactsSettings
from connectors.xmpp.failures import Failed, NoSession, Refused
from connectors.xmpp.features import upload_service


class _Deaf:
    """Whoever only looks around hears nothing."""

    def new_session(self) -> None:
        """See Listener."""

    def message(self, stanza: ET.Element) -> None:
        """See Listener."""

    def presence(self, stanza: ET.Element) -> None:
        """See Listener."""

    def question(self, stanza: ET.Element) -> None:
        """See Listener."""


@dataclass(frozen=True, slots=True)
class _Seen:
    upload: str
    limit: int


async def check_component(settings: ContactsSettings) -> Sequence[Finding]:
    """Connect, look around, leave."""
    link = Link(settings, _Deaf(), f"{DESK}@{settings.domain}", patience=3)
    seen: asyncio.Future[_Seen] = asyncio.get_running_loop().create_future()

    async def begin() -> None:
        await link.ping()
        try:
            found = _Seen(*await upload_service(link, link.server))
        except Failed:
            found = _Seen("", 0)
        if not seen.done():
            seen.set_result(found)

    holding = asyncio.create_task(link.run(begin))
    both: set[asyncio.Future[None] | asyncio.Future[_Seen]] = {holding, seen}
    try:
        done: set[asyncio.Future[None] | asyncio.Future[_Seen]] = set()
        while not done and not link.trouble:
            done, _ = await asyncio.wait(both, timeout=0.25, return_when=asyncio.FIRST_COMPLETED)
        if seen.done():
            return _findings(settings, seen.result())
        if not done:
            todo = "see whether the server runs and takes components there (Prosody: component_ports)"
            return [failure(link.trouble, todo)]
        await holding
    except Refused as error:
        return _refused(str(error))
    except (Failed, NoSession) as error:
        return [failure(f"the server takes the component, but answers: {error}", "correct `server`, its own domain")]
    finally:
        holding.cancel()
        await asyncio.wait([holding])
    return [failure("the server ended the connection while it was looked at", "try again")]


def _refused(reason: str) -> list[Finding]:
    if "conflict" in reason:
        what = "the server has this component already: the bridge runs, and its secret is right"
        return [ok(what)]
    return [failure(reason, "correct domain and secret, in the connector's table or in the server's configuration")]


def _findings(settings: ContactsSettings, seen: _Seen) -> list[Finding]:
    local = settings.host in ("127.0.0.1", "localhost", "::1") or settings.host.startswith("127.")
    megabytes = seen.limit / 1024 / 1024
    return [
        ok(f"the server takes us for the component {settings.domain}: the secret is right"),
        either(
            local,
            "the connection does not leave this machine",
            f"the connection to {settings.host} is not encrypted: whoever is in between reads everything",
            "let the server take components on 127.0.0.1 of the bridge's machine, or use a tunnel",
        ),
        either(
            bool(seen.upload),
            "files can be shown" + (f" up to {megabytes:g} MB" if seen.limit else ""),
            "the server has no upload service, so that owners see no files",
            f"switch XEP-0363 on, for {settings.domain} too (Prosody: http_file_share_access of http_file_share)",
        ),
        Finding(
            level=FindingLevel.OK,
            what="what owners write while the bridge is away comes back to them: a component has no archive",
        ),
    ]
