"""A real Dovecot for tests: IMAP, IMAP over TLS and LMTP on free ports, from a temporary folder, gone afterwards.

    server = start()
    server.put(content, at=moment)      a mail lies in INBOX, as if delivered then
    server.kill(); server.up()          gone with all its children, as after a power cut; back again

It runs as `nobody` where we are root.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

DEBIAN_PACKAGES = ("dovecot-imapd", "dovecot-lmtpd")
USER, PASSWORD = "shop@mail.test", 'p"w\\ä'
_PROGRAM = "/usr/sbin/dovecot"
_SETTINGS = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap lmtp
listen = 127.0.0.1
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_home = {folder}/mail/%u
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
first_valid_gid = 1
mailbox_idle_check_interval = 1s
mail_max_userip_connections = 100
imap_capability = {capability}
namespace inbox {{
  inbox = yes
  separator = /
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
protocol lmtp {{
  postmaster_address = postmaster@mail.test
}}
"""


class Missing(Exception):
    """There is no Dovecot on this machine."""


@dataclass
class Dovecot:
    """A server; `imap`, `imaps` and `lmtp` are its ports, `certificate` is what to trust."""

    folder: Path
    imap: int
    imaps: int
    lmtp: int
    process: subprocess.Popen[bytes] | None = None
    _numbers: count[int] = field(default_factory=lambda: count(1))

    @property
    def certificate(self) -> Path:
        """Its certificate, which is its own authority."""
        return self.folder / "cert.pem"

    def maildir(self, user: str = USER, folder: str = "INBOX") -> Path:
        """Where the mail of a folder lies."""
        root = self.folder / "mail" / user / "Maildir"
        return root if folder == "INBOX" else root / f".{folder}"

    def put(self, content: bytes, *, at: datetime | None = None, user: str = USER, folder: str = "INBOX") -> None:
        """Put a mail into a folder behind the server's back, as a delivery to a Maildir does."""
        home = self.maildir(user, folder)
        if not (home / "new").is_dir():
            for part in ("tmp", "cur", "new"):
                self._make(home / part)
        number = next(self._numbers)
        file = home / "tmp" / f"{1_000_000_000 + number}.M{number}P1.mail"
        file.write_bytes(content)
        self._give(file)
        if at is not None:
            os.utime(file, (at.timestamp(), at.timestamp()))
        file.rename(home / "new" / file.name)

    def deliver(self, content: bytes, sender: str = "anna@there.example", user: str = USER) -> None:
        """Deliver a mail by LMTP, as a mail server does. Blocks."""
        with smtplib.LMTP("127.0.0.1", self.lmtp) as client:
            client.sendmail(sender, [user], content)

    def remove_state(self, user: str = USER) -> None:
        """Forget how the mail of INBOX was numbered: UIDVALIDITY changes. The server should be down."""
        for file in self.maildir(user).glob("dovecot*"):
            if file.is_file():
                file.unlink()

    def flags(self, user: str = USER, folder: str = "INBOX") -> list[str]:
        """The flags of each mail in a folder, as its file's name has them (S is seen, a to z are keywords)."""
        home = self.maildir(user, folder)
        return sorted(file.name.partition(":2,")[2] for part in ("new", "cur") for file in (home / part).glob("*"))

    def up(self) -> None:
        """Start, on the same ports as ever, and wait until it greets."""
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                [_PROGRAM, "-F", "-c", self.folder / "dovecot.conf"],
                stdout=out,
                stderr=out,
                cwd=self.folder,
                process_group=0,
                **_user(),
            )
        deadline = time.monotonic() + 15
        while not _greets(self.imap):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"Dovecot did not start:\n{(self.folder / 'out').read_text()}")
            time.sleep(0.02)

    def kill(self) -> None:
        """End it with all its children, without a word to anybody."""
        if self.process is None:
            return
        # Its children stay in its process group.
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(10)
        self.process = None

    def stop(self) -> None:
        """End it for good."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(mode=0o700)
            self._give(folder)

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(path, nobody.pw_uid, nobody.pw_gid)


def start(*, idle: bool = True) -> Dovecot:
    """A running server; without `idle` it does not offer IDLE. Raises Missing."""
    if not Path(_PROGRAM).exists() or shutil.which("openssl") is None:
        raise Missing(f"no {_PROGRAM} or no openssl; install the Debian packages {' '.join(DEBIAN_PACKAGES)} openssl")
    # In memory where that can be: ten thousand files take a disk half a minute.
    memory = os.access("/dev/shm", os.W_OK)
    folder = Path(tempfile.mkdtemp(prefix="inbox-bridge-imap-", dir="/dev/shm" if memory else "/tmp"))
    imap, imaps, lmtp = _free_ports(3)
    server = Dovecot(folder=folder, imap=imap, imaps=imaps, lmtp=lmtp)
    nobody = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    names = {"user": nobody.pw_name, "group": _group_of(nobody.pw_gid)}
    capability = "" if idle else "IMAP4rev1 SASL-IR LITERAL+ ID ENABLE UIDPLUS MOVE"
    ports = {"imap": imap, "imaps": imaps, "lmtp": lmtp}
    (folder / "dovecot.conf").write_text(_SETTINGS.format(folder=folder, capability=capability, **names, **ports))
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", "/CN=mail.test", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True,
        capture_output=True,
    )  # fmt: skip
    for path in [folder, *folder.iterdir()]:
        server._give(path)
    for path in (server.folder / "run", server.folder / "mail"):
        server._make(path)
    server.up()
    return server


def _group_of(number: int) -> str:
    import grp  # noqa: PLC0415 - a name for one setting

    return grp.getgrgid(number).gr_name


def _user() -> dict[str, Any]:
    return {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}


def _free_ports(number: int) -> list[int]:
    probes = [socket.socket() for _ in range(number)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as probe:
            probe.settimeout(3)
            return probe.recv(100).startswith(b"* OK")
    except OSError:
        return False
