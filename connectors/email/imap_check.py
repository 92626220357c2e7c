"""What `doctor` can find out about a mailbox. It opens folders for reading only, beside a connection that runs."""

from __future__ import annotations

from collections.abc import AsyncIterator

from bridge.connector import Finding, FindingLevel
from connectors.email.imap_connection import ConnectionLost, Refused
from connectors.email.imap_login import Account, LoginRefused
from connectors.email.imap_session import Session, connected
from connectors.email.imap_settings import Imap
from connectors.email.imap_wire import Selected

PATIENCE_SECONDS = 15.0


async def check_mailbox(account: Account) -> list[Finding]:
    """Whether the server can be reached and trusted, lets us in, and has the folders and the rights that we need."""
    # Somebody waits for the answer.
    settings = account.settings.model_copy(update={"timeout": min(account.settings.timeout, PATIENCE_SECONDS)})
    where = f"the mailbox {settings.username} on {settings.host}:{settings.port}"
    try:
        async with connected(settings) as session:
            await account.log_in(session)
            findings = [_ok(f"{where} lets us in" + (" by token" if settings.oauth else ""))]
            findings.append(_pushes(session, settings))
            return findings + [finding async for finding in _folders(session, settings)]
    except LoginRefused as refused:
        return [_failure(str(refused), "correct the login in [[imap]]; some providers want an app password, or tokens")]
    except (ConnectionLost, Refused) as error:
        return [
            _failure(f"the mailbox {settings.username}: {error}", "correct [[imap]], or ask whoever runs that server")
        ]


def _pushes(session: Session, settings: Imap) -> Finding:
    if session.pushes:
        return _ok(f"{settings.host} tells of new mail at once (IDLE)")
    return _warning(
        f"{settings.host} has no IDLE: new mail is looked for every {settings.poll_seconds:g} seconds",
        "make poll_seconds smaller if that is too slow",
    )


async def _folders(session: Session, settings: Imap) -> AsyncIterator[Finding]:
    for folder in settings.folders:
        yield await _folder(session, settings, folder)
    if settings.handled == "move":
        yield await _target(session, settings)


async def _folder(session: Session, settings: Imap, folder: str) -> Finding:
    try:
        # Opened as it will be: a server says only then what may be changed. This alone changes nothing.
        opened = await session.select(folder, writable=settings.handled != "leave")
    except Refused as refused:
        return _failure(f"{refused}", f"make the folder {folder} on the server, or correct folders in [[imap]]")
    if not opened.uidvalidity:
        return _failure(
            f"the folder {folder} has no UIDVALIDITY", "mail cannot be fetched from such a folder once only"
        )
    return _rights(settings, folder, opened) or _ok(f"mail is fetched from {folder} (UIDVALIDITY {opened.uidvalidity})")


def _rights(settings: Imap, folder: str, opened: Selected) -> Finding | None:
    if settings.handled == "mark" and not opened.permits(settings.keyword):
        return _failure(
            f"the folder {folder} does not keep the keyword {settings.keyword}", 'set handled = "leave" or "move"'
        )
    if settings.handled == "move" and opened.read_only:
        return _failure(f"the folder {folder} is read-only, so no mail can be moved away", 'set handled = "leave"')
    return None


async def _target(session: Session, settings: Imap) -> Finding:
    target = settings.move_to or ""
    if not session.can("MOVE"):
        return _failure(f"{settings.host} cannot move mail (no MOVE)", 'set handled = "mark" or "leave"')
    if not await session.exists(target):
        return _failure(
            f"the folder {target}, for handled mail, is not there", "make it, or correct move_to in [[imap]]"
        )
    return _ok(f"handled mail is moved to {target}")


def _ok(what: str) -> Finding:
    return Finding(level=FindingLevel.OK, what=what)


def _warning(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.WARNING, what=what, todo=todo)


def _failure(what: str, todo: str) -> Finding:
    return Finding(level=FindingLevel.FAILURE, what=what, todo=todo)
