"""A real Prosody for tests: in a temporary folder, on free ports, gone afterwards.

    server = prosody.start()            a running server; Missing says which Debian packages it lacks
    server.register("shop", "secret")   an account; works while it is stopped, too
    server.kill(); server.resume()      as a power cut would; on the same ports and data

Prosody refuses to run as root, so that root runs it as `nobody`. It talks to no other server. A test of what depends on
no server, or on this one, is marked `@prosody.only`: all others of the fixture `xmpp_server` run on ejabberd, too.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from servers.certificates import Certificates, make

DEBIAN_PACKAGES = "prosody lua-sec lua-event lua-unbound"
DOMAIN = "shop.test"
CONTACTS = f"customers.{DOMAIN}"
UNPROVEN = "elsewhere.test"
"""A domain that it serves without a certificate for it."""
COMPONENT_SECRET = "s3cret"

_CONFIG = """\
daemonize = false
pidfile = "{folder}/prosody.pid"
data_path = "{folder}/data"
interfaces = {{ "127.0.0.1" }}
local_interfaces = {{ "127.0.0.1" }}
c2s_ports = {{ {port} }}
c2s_direct_tls_ports = {{ {tls_port} }}
http_ports = {{ }}
https_ports = {{ {https_port} }}
https_interfaces = {{ "127.0.0.1" }}
component_ports = {{ {component_port} }}
component_interfaces = {{ "127.0.0.1" }}
plugin_paths = {{ "{folder}" }}
modules_enabled = {{ "roster", "saslauth", "disco", "ping", "posix", {modules} }}
modules_disabled = {{ {disabled} }}
c2s_require_encryption = {require_tls}
authentication = "internal_hashed"
storage = "internal"
network_settings = {{ nagle = false }}
smacks_hibernation_time = {hibernation}
limits = {{ c2s = {{ rate = "10mb/s"; burst = "2s" }}; }}
log = {{ info = "{folder}/prosody.log"; }}
ssl = {{ certificate = "{certificate}"; key = "{key}" }}
https_ssl = {{ certificate = "{certificate}"; key = "{key}" }}
c2s_direct_tls_ssl = {{ certificate = "{certificate}"; key = "{key}" }}
archive_expires_after = "1w"
{more}
VirtualHost "{domain}"
VirtualHost "{unproven}"
Component "rooms.{domain}" "muc"
  muc_room_locking = false
Component "upload.{domain}" "http_file_share"
  http_host = "127.0.0.1"
  http_external_url = "https://127.0.0.1:{https_port}/"
  http_file_share_size_limit = 1048576
  http_file_share_access = {{ "{domain}", "{contacts}" }}
Component "{contacts}"
  component_secret = "{secret}"
"""

MODULES = ("tls", "mam", "smacks", "carbons", "blocklist", "offline", "pep", "csi_simple", "uptime")

DIES_IN_BETWEEN = "the server dies here"
"""A message that says so kills a server that was started to be `dying`: it is in its sender's archive by then, and not
in its receiver's.
"""

only = pytest.mark.parametrize("xmpp_server", ["prosody"], indirect=True)


class Missing(Exception):
    """There is no Prosody on this machine."""


@dataclass
class Prosody:
    """A server with the accounts that a test registers."""

    folder: Path
    certificates: Certificates
    port: int
    tls_port: int
    https_port: int
    component_port: int
    process: subprocess.Popen[bytes] | None = None
    domain: str = DOMAIN
    accounts: dict[str, str] = field(default_factory=dict)

    def jid(self, user: str) -> str:
        """An account's bare JID."""
        return f"{user}@{self.domain}"

    def register(self, user: str, password: str = "secret") -> str:
        """Make an account; its bare JID."""
        command: list[str | Path] = ["prosodyctl", "--config", self._config, "register", user, self.domain, password]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **unprivileged())
        self.accounts[user] = password
        return self.jid(user)

    @property
    def _config(self) -> Path:
        return self.folder / "prosody.cfg.lua"

    def resume(self) -> None:
        """Start it, on the same ports and data; return when it listens."""
        with (self.folder / "out").open("ab") as out:
            command: list[str | Path] = ["prosody", "--config", self._config, "-F"]
            self.process = process = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self.folder, **unprivileged()
            )
        end = time.monotonic() + 20
        while not all(listens(port) for port in (self.port, self.tls_port, self.https_port, self.component_port)):
            if process.poll() is not None or time.monotonic() > end:
                said = (self.folder / "out").read_text()
                self.kill()
                raise RuntimeError(f"Prosody did not start:\n{said[-3000:]}")
            time.sleep(0.02)

    def kill(self) -> None:
        """As a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(10)

    def shut_down(self) -> None:
        """As an administrator does; it can be resumed."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    def address_of(self, url: str) -> str:
        """What of an uploaded file's address the server goes by: another file's differs there."""
        return url.rpartition("/")[0]

    def forget_archive(self, user: str) -> None:
        """What an archive that has expired looks like: the ids are gone. Only while the server is stopped."""
        for folder in (self.folder / "data").glob("*/archive*"):
            for file in folder.glob(f"{user}.*"):
                file.unlink()

    def stop(self) -> None:
        """Stop it, wait until it is gone, remove its folder."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(
    *,
    without: tuple[str, ...] = (),
    require_tls: bool = True,
    hibernation: int = 60,
    dying: bool = False,
    more: str = "",
) -> Prosody:
    """A running server, with MODULES but for those in `without`; one that is `dying` does so at DIES_IN_BETWEEN. `more`
    is added to its settings. Raises Missing.
    """
    if shutil.which("prosody") is None or shutil.which("openssl") is None:
        raise Missing(f"install the Debian packages {DEBIAN_PACKAGES} openssl")
    folder = Path(tempfile.mkdtemp(prefix="inbox-bridge-prosody-", dir="/tmp"))
    certificates = make(folder / "certificates", DOMAIN, f"upload.{DOMAIN}")
    server = Prosody(folder, certificates, _free_port(), _free_port(), _free_port(), _free_port())
    (folder / "data").mkdir()
    modules = [name for name in MODULES if name not in without]
    for ours in Path(__file__).parent.glob("mod_*.lua"):
        shutil.copy(ours, folder)
    if dying:
        modules.append("dies_in_between")
    config = _CONFIG.format(
        folder=folder,
        port=server.port,
        tls_port=server.tls_port,
        https_port=server.https_port,
        component_port=server.component_port,
        contacts=CONTACTS,
        secret=COMPONENT_SECRET,
        domain=DOMAIN,
        unproven=UNPROVEN,
        modules=", ".join(f'"{name}"' for name in modules),
        disabled=", ".join(f'"{name}"' for name in ("s2s", *without)),
        certificate=certificates.certificate,
        key=certificates.key,
        hibernation=hibernation,
        more=more,
        require_tls=str(require_tls).lower(),
    )
    server._config.write_text(config)
    give_away(folder)
    server.resume()
    return server


@contextlib.contextmanager
def running(**settings: Any) -> Iterator[Prosody]:
    """The same for one test, which is skipped where there is none; stopped afterwards."""
    try:
        server = start(**settings)
    except Missing as missing:
        pytest.skip(str(missing))
    try:
        yield server
    finally:
        server.stop()


def unprivileged() -> dict[str, Any]:
    """How root starts a server as nobody."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give_away(folder: Path) -> None:
    """Let nobody have the folder, where root made it."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (folder, *folder.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def listens(port: int) -> bool:
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0
