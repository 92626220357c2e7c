"""What `doctor` can find out about an account: a login of its own, which is not seen and gets no messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from bridge.connector import Finding, FindingLevel
from connectors.xmpp.archive import Archive
from connectors.xmpp.failures import Failed, NoSession, Refused
from connectors.xmpp.features import Features, discover, information
from connectors.xmpp.looking import PATIENCE_SECONDS, Deaf, Unreached, look
from connectors.xmpp.session import Session
from connectors.xmpp.settings import XmppSettings


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    """What a session showed."""

    tls: str
    managed: bool
    features: Features
    keeps_all: bool
    says_uptime: bool
    no_rooms: Mapping[str, str]


async def check_account(settings: XmppSettings) -> Sequence[Finding]:
    """Log in, look around, leave."""
    session = Session(settings, Deaf(), PATIENCE_SECONDS)
    try:
        return _findings(settings, await look(session, partial(_look, session, settings)))
    except Unreached as error:
        return [failure(str(error), "see whether the server runs, and correct host and port")]
    except Refused as error:
        return [failure(str(error), "correct the connector's table, or ask whoever runs the server")]
    except (Failed, NoSession) as error:
        return [failure(f"the server lets us in, but answers: {error}", "try again, or ask whoever runs the server")]


async def _look(session: Session, settings: XmppSettings) -> _Seen:
    account = settings.jid
    features = await discover(session, account)
    keeps_all = False
    if features.archive:
        try:
            keeps_all = await Archive(session, account).keeps_all()
        except (Failed, NoSession):
            keeps_all = False
    return _Seen(
        tls=session.tls,
        managed=session.managed,
        features=features,
        keeps_all=keeps_all,
        says_uptime=await session.uptime() is not None,
        no_rooms=await _no_rooms(session, settings.rooms),
    )


async def _no_rooms(session: Session, rooms: Sequence[str]) -> Mapping[str, str]:
    """Those that are not there, and what was answered: whoever enters one makes it, and stands there alone."""
    missing = {}
    for room in rooms:
        try:
            await information(session, room)
        except Failed as error:
            if error.condition in ("item-not-found", "remote-server-not-found", "service-unavailable"):
                missing[room] = str(error)
    return missing


def _findings(settings: XmppSettings, seen: _Seen) -> list[Finding]:
    features = seen.features
    megabytes = features.upload_limit / 1024 / 1024
    size = f" up to {megabytes:g} MB" if features.upload_limit else ""
    return [
        ok(f"the login of {settings.jid} works, over {seen.tls}"),
        either(
            features.archive,
            "the server archives messages (MAM): what comes while the bridge is away is not lost",
            "the server keeps no archive (MAM): while the bridge is away it relies on the server's offline store, and "
            "after a broken connection some answers can only be marked as maybe sent",
            "switch XEP-0313 on for the account (Prosody: the module mam)",
        ),
        *([_keeps(seen)] if features.archive else []),
        either(
            seen.managed,
            "the server acknowledges what it takes (stream management)",
            "the server does not acknowledge what it takes (stream management)",
            "switch XEP-0198 on (Prosody: the module smacks)",
        ),
        either(
            seen.says_uptime,
            "the server says for how long it has run: what it had in hand when it broke down is known to be in doubt",
            "the server does not say for how long it has run: an answer that it had in hand when it broke down may be "
            "lost and count as sent",
            "switch XEP-0012 on (Prosody: the module uptime; ejabberd: mod_last)",
        ),
        either(
            features.carbons,
            "the server copies messages to all devices of the account (carbons)",
            "the server does not copy messages to all devices (carbons): another one may take them away",
            "switch XEP-0280 on (Prosody: the module carbons)",
        ),
        either(
            bool(features.upload),
            f"files can be sent{size}",
            "the server takes no files, so that none can be sent",
            "switch XEP-0363 on (Prosody: the component http_file_share)",
        ),
        either(
            features.blocking,
            "senders can be blocked on the server",
            "senders cannot be blocked on the server",
            "switch XEP-0191 on (Prosody: the module blocklist)",
        ),
        either(
            features.push,
            "the server wakes phones that sleep (push)",
            "the server does not wake phones that sleep (push): an owner whose account is there may read late",
            "switch XEP-0357 on (Prosody: the module cloud_notify; ejabberd: mod_push)",
        ),
        *(_room(room, seen.no_rooms.get(room, "")) for room in settings.rooms),
    ]


def _room(room: str, why: str) -> Finding:
    return either(
        not why,
        f"the room {room} is there",
        f"the room {room} is not there ({why}): nobody writes to the shop from it",
        "correct rooms, or make the room",
    )


def _keeps(seen: _Seen) -> Finding:
    return either(
        seen.keeps_all,
        "the archive keeps every conversation of the account",
        "the account's settings keep some conversations out of the archive: what is missed there is not caught up with",
        "set the account's archiving to `always` (any client's settings for XEP-0313)",
    )


def either(there: bool, good: str, bad: str, todo: str) -> Finding:  # noqa: FBT001 - the question itself
    """One thing that is there, or not."""
    return ok(good) if there else Finding(level=FindingLevel.WARNING, what=bad, todo=todo)


def ok(what: str) -> Finding:
    """All is well with it."""
    return Finding(level=FindingLevel.OK, what=what)


def failure(what: str, todo: str) -> Finding:
    """It does not work."""
    return Finding(level=FindingLevel.FAILURE, what=what, todo=todo)
