"""What tests of connectors share: real servers, started once a process."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from servers import ejabberd, prosody


@pytest.fixture(scope="session")
def prosody_server() -> Iterator[prosody.Prosody]:
    """A Prosody that tests register accounts of their own on, and do not stop."""
    with prosody.running() as server:
        yield server


@pytest.fixture(scope="session")
def ejabberd_server() -> Iterator[ejabberd.Ejabberd]:
    """An ejabberd, likewise."""
    try:
        server = ejabberd.start()
    except prosody.Missing as missing:
        pytest.skip(str(missing))
    yield server
    server.stop()


@pytest.fixture(scope="session", params=["prosody", "ejabberd"])
def xmpp_server(request: pytest.FixtureRequest) -> prosody.Prosody:
    """Each of the two in turn."""
    server: prosody.Prosody = request.getfixturevalue(f"{request.param}_server")
    return server
