"""A shop on a real Prosody, its owner and its customers, each with an account of theirs."""

from __future__ import annotations

from pathlib import Path

from servers import prosody
from servers.member import Member
from servers.person import Person

from daemon.process import Running
from daemon.shop import Shop

_ACCOUNT = """
[connectors.xmpp]
type = "xmpp"
label = "XMPP"
jid = "{jid}"
password = "secret"
host = "127.0.0.1"
port = {port}
ca_file = "{authority}"
timeout = 5
ping_seconds = 2
"""

_CONTACTS = """
[connectors.contacts]
type = "xmpp-contacts"
label = "contacts"
domain = "{domain}"
secret = "{secret}"
owners = ["{owner}"]
port = {port}
ca_file = "{authority}"
fetch_hosts = ["127.0.0.1"]
timeout = 5
ping_seconds = 2
"""

_MEMBER = """
[[owners]]
name = "{name}"
[[owners.surfaces]]
connector = "contacts"
address = "{domain}"
member = "{owner}"
"""

_OWNER = """
[[owners]]
name = "Olga"
[[owners.surfaces]]
connector = "{connector}"
address = "{owner}"
"""


class Town:
    """The shop's account is `jid`. `port` and `component_port` are where the bridge finds the server."""

    def __init__(self, server: prosody.Prosody, folder: Path, *, port: int = 0, component_port: int = 0) -> None:
        self.server = server
        self.jid, self.anna, self.olga, self.mallory, self.paul = (
            server.register(name) for name in ("shop", "anna", "olga", "mallory", "paul")
        )
        self._component_port = component_port or server.component_port
        authority = server.certificates.authority
        account = _ACCOUNT.format(jid=self.jid, port=port or server.port, authority=authority)
        self.shop = Shop(folder, bottom=account)
        self._ready = 1

    def person(self, jid: str) -> Person:
        """Somebody with a client of their own."""
        return Person(jid, self.server.port, self.server.certificates.authority)

    def owned_by_olga(self) -> None:
        """Olga has no terminal: she reads and answers by XMPP, in one chat."""
        self._also(_OWNER.format(connector="xmpp", owner=self.olga))

    def owned_by_olga_with_contacts(self) -> None:
        """Olga has a contact for each conversation."""
        self._also(self._contacts(self.olga) + _OWNER.format(connector="contacts", owner=self.olga))
        self._ready += 1

    def owned_by_olga_and_paul_who_share_rooms(self) -> None:
        """Olga and Paul have one room for each conversation."""
        owners = {"Olga": self.olga, "Paul": self.paul}
        names = ", ".join(f'"{owner}" = "{name}"' for name, owner in owners.items())
        tables = [_MEMBER.format(name=name, domain=prosody.CONTACTS, owner=owner) for name, owner in owners.items()]
        shared = f'share = "rooms"\nnicknames = {{ {names} }}\n'
        self._also(self._contacts('", "'.join(owners.values())) + shared + "".join(tables))
        self._ready += 1

    def _contacts(self, owners: str) -> str:
        return _CONTACTS.format(
            domain=prosody.CONTACTS,
            secret=prosody.COMPONENT_SECRET,
            owner=owners,
            port=self._component_port,
            authority=self.server.certificates.authority,
        )

    def member(self, jid: str) -> Member:
        """Somebody who enters rooms."""
        return Member(jid, self.server.port, self.server.certificates.authority)

    def _also(self, tables: str) -> None:
        self.shop.bottom += tables
        self.shop.write()

    def ready(self, daemon: Running) -> None:
        """Wait until the bridge is signed in everywhere."""
        daemon.log.wait_for("xmpp.ready", self._ready)
