"""Which message a stanza holds, and who vouches for that: carbons, archived and plain ones. Pure.

Anybody can send a stanza that looks like a carbon or like a result of an archive. Only our own account's counts
(XEP-0280 section 11, XEP-0313 section 8): the server stamps `from` on everything that reaches us, so that what says it
comes from our own bare JID does. An archive's result counts only where we had asked for it (`via`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from xml.etree import ElementTree as ET

from connectors.xmpp.address import bare
from connectors.xmpp.namespaces import ARCHIVE, CARBONS, CLIENT, DELAY, FORWARD, SIDS
from connectors.xmpp.stanza import MESSAGE, child

Via = Literal["stream", "archive"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """The message that a stanza holds.

    account     our own bare JID
    outgoing    our account wrote it, from this or another device
    carbon      it came to, or from, another device of our account
    archive_id  how our account's archive calls it; "" where it does not say
    sent_at     when it was first sent, where that is not now
    fault       why it is not what it looks like; the message is then the outer one, and whatever it wraps is nobody's
    """

    message: ET.Element
    account: str
    outgoing: bool = False
    carbon: bool = False
    archive_id: str = ""
    sent_at: datetime | None = None
    fault: str = ""

    @property
    def sender(self) -> str:
        """The sender's JID as stamped: our own account where there is none (RFC 6120 section 8.1.2.1)."""
        return self.message.get("from") or self.account

    @property
    def type(self) -> str:
        """chat, normal, error, headline or groupchat (RFC 6121 section 5.2.2)."""
        kind = self.message.get("type", "normal")
        return kind if kind in ("chat", "error", "headline", "groupchat") else "normal"


def open_stanza(stanza: ET.Element, account: str, via: Via) -> Opened:
    """The message in a stanza that reached `account` (our bare JID) by its stream, or out of its archive."""
    if via == "archive":
        return _from_archive(stanza, account)
    wrapped = next((one for one in stanza if one.tag in _CARBONS), None)
    if wrapped is None:
        return _plain(stanza, account)
    if (stanza.get("from") or account) != account:
        return Opened(message=stanza, account=account, fault="a carbon that our own server did not make")
    inner, sent_at = _forwarded(wrapped)
    if inner is None:
        return Opened(message=stanza, account=account, fault="a carbon without a message")
    return _judged(inner, account, carbon=True, sent_at=sent_at, archive_id=_archive_id(inner, account))


_CARBONS = (f"{{{CARBONS}}}received", f"{{{CARBONS}}}sent")


def _plain(stanza: ET.Element, account: str) -> Opened:
    delay = child(stanza, "delay", DELAY)
    return _judged(stanza, account, sent_at=_stamp(delay), archive_id=_archive_id(stanza, account))


def _from_archive(stanza: ET.Element, account: str) -> Opened:
    result = child(stanza, "result", ARCHIVE)
    if result is None or (stanza.get("from") or account) != account:
        return Opened(message=stanza, account=account, fault="a result that is not of our own archive")
    inner, sent_at = _forwarded(result)
    if inner is None:
        return Opened(message=stanza, account=account, fault="an archived stanza without a message")
    return _judged(inner, account, sent_at=sent_at, archive_id=result.get("id", ""))


def _judged(
    message: ET.Element,
    account: str,
    *,
    carbon: bool = False,
    sent_at: datetime | None = None,
    archive_id: str = "",
) -> Opened:
    outgoing = bare(message.get("from") or account) == account
    return Opened(
        message=message, account=account, outgoing=outgoing, carbon=carbon, sent_at=sent_at, archive_id=archive_id
    )


def _forwarded(wrapper: ET.Element) -> tuple[ET.Element | None, datetime | None]:
    """The one message in a wrapper's `forwarded` (XEP-0297), and its delay. What is wrapped twice is not unwrapped."""
    forwarded = child(wrapper, "forwarded", FORWARD)
    if forwarded is None:
        return None, None
    inner = child(forwarded, "message", CLIENT)
    return inner, _stamp(child(forwarded, "delay", DELAY))


def _archive_id(message: ET.Element, account: str) -> str:
    """What our own archive calls it (XEP-0359 section 3): only the word of our own account counts."""
    for found in message.findall(f"{{{SIDS}}}stanza-id"):
        if found.get("by") == account:
            return found.get("id", "")
    return ""


def _stamp(delay: ET.Element | None) -> datetime | None:
    """The moment of a delay (XEP-0082); None where it is none, or none that can be."""
    if delay is None:
        return None
    try:
        moment = datetime.fromisoformat(delay.get("stamp", ""))
        return moment.astimezone(UTC) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def is_message(stanza: ET.Element) -> bool:
    """Whether it is a message at all."""
    return stanza.tag == MESSAGE
