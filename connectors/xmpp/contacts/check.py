"""What `doctor` can find out about a component, which is there once: while the bridge runs Prosody lets nobody else in.

ejabberd does, and what is said to the domain then goes to either: hence a quick look, and whatever an owner says
meanwhile goes back to them.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial
from xml.etree import ElementTree as ET

from bridge.connector import Finding, FindingLevel
from connectors.xmpp.check import either, failure, ok
from connectors.xmpp.contacts.link import Link
from connectors.xmpp.contacts.names import DESK
from connectors.xmpp.contacts.settings import ContactsSettings
from connectors.xmpp.contacts.strangers import returned
from connectors.xmpp.failures import Failed, NoSession, Refused
from connectors.xmpp.features import upload_service
from connectors.xmpp.looking import PATIENCE_SECONDS, Deaf, Unreached, look
from connectors.xmpp.namespaces import CLIENT, tag

_ANSWER_SECONDS = 3.0
# ejabberd gives each answer to one of the component's connections, by chance.
_QUESTIONS = 8
_BACK = "The bridge is being looked at, and has not got this. Please send it again."
_TWICE = "the server takes us for the component, and gives its answers to another one: the bridge runs, on ejabberd"


class Around(Deaf):
    """Whoever only looks around can take nothing: what is said to it goes back, so that nobody takes it for read."""

    link: Link

    def message(self, stanza: ET.Element) -> None:
        """See Listener."""
        if stanza.find(tag(CLIENT, "body")) is not None and stanza.get("type") != "error":
            with contextlib.suppress(NoSession):
                self.link.put(returned(stanza, "wait", "recipient-unavailable", _BACK))

    def question(self, stanza: ET.Element) -> None:
        """See Listener."""


async def check_component(settings: ContactsSettings) -> Sequence[Finding]:
    """Connect, look around, leave."""
    around = Around()
    patient = settings.model_copy(update={"timeout": min(settings.timeout, _ANSWER_SECONDS)})
    link = around.link = Link(patient, around, f"{DESK}@{settings.domain}", PATIENCE_SECONDS)
    try:
        service, limit = await look(link, partial(_look, link))
    except Unreached as error:
        return [
            failure(str(error), "see whether the server runs and takes components there (Prosody: component_ports)")
        ]
    except Refused as error:
        return [_refused(str(error))]
    except (Failed, NoSession) as error:
        return [_not_answered(error)]
    return _findings(settings, service, limit)


async def _look(link: Link) -> tuple[str, int]:
    for _ in range(_QUESTIONS):
        await link.ping()
    return await upload_service(link, link.server)


def _not_answered(error: Failed | NoSession) -> Finding:
    if isinstance(error, Failed) and error.condition == "timeout":
        return Finding(level=FindingLevel.WARNING, what=_TWICE, todo="stop the bridge to have it looked at whole")
    return failure(f"the server takes the component, but answers: {error}", "correct `server`, its own domain")


def _refused(reason: str) -> Finding:
    if "conflict" in reason:
        return ok("the server has this component already: the bridge runs, and its secret is right")
    return failure(reason, "correct domain and secret, in the connector's table or in the server's configuration")


def _findings(settings: ContactsSettings, service: str, limit: int) -> list[Finding]:
    local = settings.host in ("127.0.0.1", "localhost", "::1") or settings.host.startswith("127.")
    megabytes = limit / 1024 / 1024
    return [
        ok(f"the server takes us for the component {settings.domain}: the secret is right"),
        either(
            local,
            "the connection does not leave this machine",
            f"the connection to {settings.host} is not encrypted: whoever is in between reads everything",
            "let the server take components on 127.0.0.1 of the bridge's machine, or use a tunnel",
        ),
        either(
            bool(service),
            "files can be shown" + (f" up to {megabytes:g} MB" if limit else ""),
            "the server has no upload service, so that owners see no files",
            f"switch XEP-0363 on, for {settings.domain} too (Prosody: http_file_share_access of http_file_share)",
        ),
        Finding(
            level=FindingLevel.OK,
            what="what owners write while the bridge is away comes back to them: a component has no archive",
        ),
    ]
