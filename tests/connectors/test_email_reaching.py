"""Why a server cannot be reached: words that say what to look at, not what a library calls it."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from connectors.email.reaching import speaks_no_tls, unreachable


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "check the spelling of host"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "DNS gives no answer"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "nothing answers on that port"),
        (OSError(errno.ENETUNREACH, "unreachable"), "this machine has no network"),
        (TimeoutError(), "firewall"),
        (OSError("Multiple exceptions"), "Multiple exceptions"),
        (OSError(), "OSError"),
    ],
)
def test_why(error: OSError, words: str) -> None:
    wrapped = OSError("what a library says")
    wrapped.__cause__ = error
    assert words in unreachable(error)
    assert unreachable(wrapped) == unreachable(error)
    assert not speaks_no_tls(wrapped)


def test_no_tls() -> None:
    wrapped = OSError("x")
    wrapped.__cause__ = ssl.SSLError(1, "WRONG_VERSION_NUMBER")
    assert speaks_no_tls(wrapped)
