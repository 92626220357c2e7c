"""Who may hand mail to the listener, where not everybody may: logins (RFC 4954) and networks that are trusted.

Without users and without trusted networks anybody may, and only our own recipients are taken, as on any MX. With
either, a sender has logged in or stands in such a network. Logins are taken over TLS only.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hmac
import ipaddress
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

LOG = logging.getLogger(__name__)

MECHANISMS = "PLAIN LOGIN"
_WRONG_LOGIN_SECONDS = 1.0
_MOST_WRONG_LOGINS = 3

Challenge = Callable[[bytes], Awaitable[bytes]]
"""Sends `334` with these words (base64 is put on them) and gives the line that comes back."""


class LoginRefused(Exception):
    """The login ends here; `reply` is the whole reply."""

    def __init__(self, reply: str) -> None:
        super().__init__(reply)
        self.reply = reply


class GuestList:
    """Users with their passwords, and networks (`192.0.2.0/24`) whose machines need none."""

    def __init__(self, users: Mapping[str, str], trusted: Sequence[str]) -> None:
        self._users = {name.encode(): password.encode() for name, password in users.items()}
        self._trusted = [ipaddress.ip_network(network) for network in trusted]

    @property
    def has_users(self) -> bool:
        """Whether there is anything to log in to."""
        return bool(self._users)

    def refusal(self, peer: str, *, logged_in: bool) -> str:
        """The reply to a MAIL command of somebody who may not send; empty for who may."""
        if logged_in or self._trusts(peer) or not (self._users or self._trusted):
            return ""
        if self._users:
            return "530 5.7.0 log in first, over TLS"
        return "554 5.7.1 mail is not taken from your address"

    def knows(self, login: bytes, password: bytes) -> bool:
        """Whether this is a user and that the password. Takes as long for a user that there is not."""
        expected = self._users.get(login)
        fits = hmac.compare_digest(password, password if expected is None else expected)
        return fits and expected is not None

    def _trusts(self, peer: str) -> bool:
        try:
            address = ipaddress.ip_address(peer.partition("%")[0])
        except ValueError:  # a socket without an address
            return False
        return any(address in network for network in self._trusted)


class Logins:
    """The logins that one connection tries. Guessing is slow work: a pause after each wrong one, and only three."""

    def __init__(self, guests: GuestList) -> None:
        self._guests = guests
        self._wrong = 0

    async def answer(self, arguments: str, challenge: Challenge) -> tuple[str, str]:
        """The reply to an AUTH command with these arguments, and who has logged in; empty for nobody."""
        try:
            login, password = await _credentials(arguments, challenge)
        except LoginRefused as refused:
            return refused.reply, ""
        if self._guests.knows(login, password):
            return "235 2.7.0 logged in", login.decode("utf-8", "replace")
        LOG.warning("smtp_login_refused")
        self._wrong += 1
        await asyncio.sleep(_WRONG_LOGIN_SECONDS)
        if self._wrong >= _MOST_WRONG_LOGINS:
            return "421 4.7.0 too many wrong logins", ""
        return "535 5.7.8 user name or password is wrong", ""


async def _credentials(arguments: str, challenge: Challenge) -> tuple[bytes, bytes]:
    """User name and password of an AUTH command. Raises LoginRefused."""
    mechanism, _, initial = arguments.partition(" ")
    if mechanism.upper() == "PLAIN":
        said = _decoded(initial) if initial else _decoded(await challenge(b""))
        # RFC 4616 section 2: whom to act as (ours act as themselves), who, password.
        parts = said.split(b"\0")
        if len(parts) != 3:
            raise LoginRefused("501 5.5.2 that is no user name and password")
        return parts[1], parts[2]
    if mechanism.upper() == "LOGIN":
        login = _decoded(initial) if initial else _decoded(await challenge(b"Username:"))
        return login, _decoded(await challenge(b"Password:"))
    raise LoginRefused(f"504 5.5.4 only {MECHANISMS} are known here")


def _decoded(line: str | bytes) -> bytes:
    raw = (line.encode("ascii", "replace") if isinstance(line, str) else line).strip()
    if raw == b"*":
        raise LoginRefused("501 5.7.0 given up")
    try:
        return b"" if raw == b"=" else base64.b64decode(raw, validate=True)
    except binascii.Error:
        raise LoginRefused("501 5.5.2 that is not base64") from None
