"""What `doctor` can find out about a component, which is there once: while the bridge runs Prosody lets nobody else in.

ejabberd does, and what is said to the domain then goes to either: hence a quick look, and whatever an owner says
meanwhile goes back to them.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from bridge.connector import Finding, FindingLevel
from connectors.xmpp.check import either, failure, ok
from connectors.xmpp.contacts.link import Link
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.contacts.settings import ContactsSettings
from connectors.xmpp.contacts.strangers import returned
from connectors.xmpp.failures import Failed, NoSession, Refused
from connectors.xmpp.features import upload_service
from connectors.xmpp.namespaces import CLIENT, tag

_ANSWER_SECONDS = 3.0
# ejabberd gives each answer to one of the component's connections, by chance.
_QUESTIONS = 8
_BACK = "The bridge is being looked at, and has not got this. Please send it again."
_TWICE = "the server takes us for the component, and gives its answers to another one: the bridge runs, on ejabberd"


class Around:
    """Whoever only looks around can take nothing: what is said to it goes back, so that nobody takes it for read."""

    link: Link

    def new_session(self) -> None:
        """See Listener."""

    def message(self, stanza: ET.Element) -> None:
        """See Listener."""
        if stanza.find(tag(CLIENT, "body")) is not None and stanza.get("type") != "error":
            with contextlib.suppress(NoSession):
                self.link.put(returned(stanza, "wait", "recipient-unavailable", _BACK))

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
    around = Around()
    patient = settings.model_copy(update={"timeout": min(settings.timeout, _ANSWER_SECONDS)})
    link = around.link = Link(patient, around, f"{DESK}@{settings.domain}", patience=3)
    seen: asyncio.Future[_Seen] = asyncio.get_running_loop().create_future()

    async def begin() -> None:
        for _ in range(_QUESTIONS):
            await link.ping()
        found = _Seen(*await upload_service(link, link.server))
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
        return [_not_answered(error)]
    finally:
        holding.cancel()
        await asyncio.wait([holding])
    return [failure("the server ended the connection while it was looked at", "try again")]


def _not_answered(error: Failed | NoSession) -> Finding:
    if isinstance(error, Failed) and error.condition == "timeout":
        return Finding(level=FindingLevel.WARNING, what=_TWICE, todo="stop the bridge to have it looked at whole")
    return failure(f"the server takes the component, but answers: {error}", "correct `server`, its own domain")


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
