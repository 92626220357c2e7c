"""Why a server could not be reached, in words that say what to look at. Pure."""

from __future__ import annotations

import errno
import socket
import ssl

from bridge.connector import one_line

_WORDS = {
    errno.ECONNREFUSED: "nothing answers on that port; check host and port",
    errno.EHOSTUNREACH: "there is no way to that machine; check host, and this machine's network",
    errno.ENETUNREACH: "this machine has no network",
    errno.ETIMEDOUT: "no answer; check host and port, or whether a firewall is in between",
}


def unreachable(error: BaseException) -> str:
    """What an OSError means, also where a library has wrapped it."""
    cause = _innermost(error)
    if isinstance(cause, socket.gaierror):
        if cause.errno == socket.EAI_AGAIN:
            return "DNS gives no answer at the moment"
        return "there is no server of that name; check the spelling of host"
    if isinstance(cause, TimeoutError):
        return _WORDS[errno.ETIMEDOUT]
    if isinstance(cause, OSError) and cause.errno in _WORDS:
        return _WORDS[cause.errno]
    return one_line(getattr(cause, "strerror", None) or str(cause), 200) or type(cause).__name__


def speaks_no_tls(error: BaseException) -> bool:
    """Whether a server was reached that does not begin with TLS on this port."""
    return isinstance(_innermost(error), ssl.SSLError)


def _innermost(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error
