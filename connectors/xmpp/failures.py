"""What can go wrong with a connection to an XMPP server, by what follows from it."""

from __future__ import annotations

from bridge.connector import one_line


class Refused(Exception):
    """The server does not let us in, or has thrown us out: no try will mend it by itself. The words are the owner's."""


class Lost(Exception):
    """The session ended before the server said that it took the stanza."""


class NoSession(Exception):
    """There is no session now; nothing was sent."""


class Failed(Exception):
    """The server answered a question with an error. `condition` as in RFC 6120 section 8.3.3."""

    def __init__(self, condition: str, text: str = "") -> None:
        super().__init__(one_line(f"{condition}: {text}" if text else condition, 200))
        self.condition = condition
