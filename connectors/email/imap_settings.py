"""What the configuration says about a mailbox that mail is fetched from, and what is wrong with it."""

from __future__ import annotations

import re
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from bridge.connector import Secret, Settings, StatePath, one_line
from connectors.email.oauth_settings import OAuth, is_loopback
from connectors.email.setting_types import MEBIBYTE, Address, Host, Seconds

# RFC 3501 section 9: an atom, which is what a keyword may be.
_KEYWORD = re.compile(r"[A-Za-z$][A-Za-z0-9$._-]{0,63}")


def _checked_folder(text: str) -> str:
    if not text or not text.isprintable() or len(text) > 200:
        raise ValueError(f"{one_line(text, 80)!r} is not a folder's name; write it as your mail program shows it")
    return "INBOX" if text.upper() == "INBOX" else text


def _checked_keyword(text: str) -> str:
    if not _KEYWORD.fullmatch(text):
        raise ValueError(f"{one_line(text, 80)!r} is no keyword: letters, digits, $ . _ - only, at most 64")
    return text


Folder = Annotated[str, AfterValidator(_checked_folder)]


class Imap(Settings):
    """One table `[[imap]]`: an account on a mail server, and the folders of it that mail is fetched from (IMAP).

    Whether a mail was read is neither looked at nor changed. Each folder has a connection of its own. Sizes are bytes,
    times seconds.
    """

    host: Host
    """The mail server's name."""
    port: int = Field(default=993, ge=1, le=65535)
    """Its port: 993 for TLS."""
    security: Literal["tls", "none"] = "tls"
    """How the connection is protected; `none` is for a server on this machine."""
    username: str = Field(min_length=1, max_length=500)
    """The login: often the address."""
    password: Secret = Field(default="", repr=False)
    """Its password: a secret."""
    oauth: OAuth | None = None
    """Tokens, where the server takes no password."""
    ca_file: StatePath | None = None
    """A PEM file with the authority to trust in place of the system's."""
    addresses: tuple[Address, ...] = ()
    """Addresses whose mail ends up here, besides the business's own and a login that is one: answers go to none of
    them."""
    folders: tuple[Folder, ...] = Field(default=("INBOX",), min_length=1)
    """The folders that mail is fetched from."""
    first_sweep: Literal["new", "all"] = "new"
    """What to do with the mail that is there before the bridge has ever looked: `new` leaves it alone and takes only
    what arrives from then on, `all` takes it too. Nothing that is older than an hour is answered automatically."""
    handled: Literal["leave", "mark", "move"] = "leave"
    """What becomes of a mail once it is stored here: it is left alone, marked with `keyword`, or moved to `move_to`."""
    keyword: Annotated[str, AfterValidator(_checked_keyword)] = "InboxBridge"
    """The keyword (flag) of `handled = "mark"`."""
    move_to: Folder | None = None
    """The folder of `handled = "move"`; it has to be there."""
    size_limit: int = Field(default=25 * MEBIBYTE, ge=64 * 1024, le=200 * MEBIBYTE)
    """The largest mail, in bytes. Of a larger one the header is taken, with a notice; it stays in its folder."""
    idle_seconds: float = Field(default=45, gt=0, lt=600)
    """How long to wait for the server to speak (IDLE) before asking whether it is still there."""
    poll_seconds: float = Field(default=30, gt=0, lt=600)
    """How often to look for mail where the server has no IDLE."""
    timeout: Seconds = 30
    """How long the server may take for an answer."""
    longest_wait: Seconds = 30
    """The longest wait between two tries to connect; the first ones are shorter."""

    @model_validator(mode="after")
    def _one_login(self) -> Self:
        if bool(self.password) == (self.oauth is not None):
            raise ValueError("give password, or a table [imap.oauth], and not both")
        if self.security == "none" and not is_loopback(self.host):
            raise ValueError('security = "none" would send login and mail readable; it is for 127.0.0.1 only')
        if self.ca_file is not None and self.security == "none":
            raise ValueError('ca_file has no use with security = "none"; leave one of them out')
        return self

    @model_validator(mode="after")
    def _folders_fit(self) -> Self:
        if len(set(self.folders)) != len(self.folders):
            raise ValueError("folders names a folder twice")
        if (self.handled == "move") != (self.move_to is not None):
            raise ValueError('handled = "move" and move_to belong together: give both, or neither')
        if self.move_to in self.folders:
            raise ValueError(f"move_to is {self.move_to}, which is one of the folders: mail would never leave it")
        return self
