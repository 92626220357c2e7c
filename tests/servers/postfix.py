"""A real Postfix for tests: its own configuration and queue in a temporary folder, on free ports, gone afterwards.

    start({"shop.example": "smtp:[127.0.0.1]:2525"}, users={"shop": "secret"})
    server.smtp, server.submission, server.smtps      its ports: MX, STARTTLS and a login, TLS and a login
    server.access({"grey@there.example": "450 4.2.0 later"})

Nothing can leave the machine: what has no route is refused. Postfix has to be started by root and drops its privileges
itself; its logins come from a Dovecot that does nothing else (`sasl.py`). Retries come after seconds, not minutes.
"""

from __future__ import annotations

import json
import os
import pwd
import shutil
import smtplib
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from servers import sasl
from servers.certificate import Certificate, certificate
from servers.ports import free_port

DEBIAN_PACKAGE = "postfix"
_PROGRAMS = Path("/usr/sbin")
_DAEMONS = (Path("/usr/lib/postfix/sbin"), Path("/usr/libexec/postfix"))

_MAIN = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
default_privs = nobody
maillog_file = {folder}/mail.log
maillog_file_prefixes = /tmp, /var
myhostname = mx.relay.example
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
smtp_dns_support_level = disabled
smtp_host_lookup = native
default_transport = error:5.1.2 there is no way out of the tests
relay_transport = error:5.1.2 there is no way out of the tests
relay_domains = inline:{{ {relay_domains} }}
transport_maps = inline:{{ {transport} }}
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access texthash:{folder}/access
smtpd_delay_reject = yes
smtpd_forbid_bare_newline = yes
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{sasl}
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = {folder}/chain.pem
smtpd_tls_security_level = may
smtp_tls_security_level = may
smtp_tls_CAfile = {ca}
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
smtp_connect_timeout = 5s
maximal_queue_lifetime = 1d
bounce_queue_lifetime = 1d
smtpd_client_event_limit_exceptions = $mynetworks
"""

_MASTER = """\
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - smtpd
  -o smtpd_tls_security_level=encrypt
127.0.0.1:{smtps} inet n - n - - smtpd
  -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Missing(Exception):
    """Postfix cannot be run here; the message says why."""


@dataclass(kw_only=True)
class Postfix:
    """A running server. `folder/mail.log` says what it did."""

    folder: Path
    smtp: int
    submission: int
    smtps: int
    certificate: Certificate
    process: subprocess.Popen[bytes]
    logins: sasl.Logins
    _refused: Mapping[str, str] = field(default_factory=dict)

    def access(self, refused: Mapping[str, str]) -> None:
        """From now on these recipients are refused so, and no others."""
        _write_access(self.folder, refused)
        self._call("postfix", "reload")
        # Processes that serve already keep what they have read: wait for one that has not.
        for address in {**self._refused, **refused}:
            self._until_answered(address, refused.get(address, "250")[:3])
        self._refused = dict(refused)

    def _until_answered(self, address: str, code: str) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with smtplib.SMTP("127.0.0.1", self.smtp, timeout=10) as client:
                client.ehlo()
                client.mail("probe@there.example")
                if str(client.rcpt(address)[0]) == code:
                    return
            time.sleep(0.1)
        raise AssertionError(f"{address} is not answered {code}:\n{self.log}")

    @property
    def queue(self) -> list[dict[str, object]]:
        """The mails that wait."""
        return [json.loads(line) for line in self._call("postqueue", "-j").splitlines()]

    def flush(self) -> None:
        """Try all of them now."""
        self._call("postqueue", "-f")

    @property
    def log(self) -> str:
        """What it has logged so far."""
        path = self.folder / "mail.log"
        return path.read_text() if path.exists() else ""

    def _call(self, program: str, argument: str) -> str:
        command = (str(_PROGRAMS / program), "-c", str(self.folder), argument)
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        return done.stdout

    def stop(self) -> None:
        """Stop it, and wait until it is gone."""
        subprocess.run([_PROGRAMS / "postfix", "-c", self.folder, "stop"], capture_output=True, timeout=30, check=False)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)
        self.logins.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(routes: Mapping[str, str], users: Mapping[str, str]) -> Postfix:
    """Start one that takes mail for the domains in `routes` and passes it on there. Raises Missing."""
    if os.geteuid() != 0:
        raise Missing("Postfix has to be started by root, and these tests run as another user")
    daemons = next((place for place in _DAEMONS if (place / "master").exists()), None)
    if daemons is None or not (_PROGRAMS / "postfix").exists():
        raise Missing(f"Postfix is not installed; install the Debian package {DEBIAN_PACKAGE}")
    try:
        logins = sasl.start(users)
    except sasl.Missing as missing:
        raise Missing(str(missing)) from missing
    folder = Path(tempfile.mkdtemp(prefix="inbox-bridge-postfix-", dir="/tmp"))
    made = certificate(folder / "tls", "mx.relay.example")
    ports = {name: free_port() for name in ("smtp", "submission", "smtps")}
    values = {
        "folder": folder,
        "daemons": daemons,
        "sasl": logins.port,
        "ca": made.cert,
        "relay_domains": ", ".join(f"{{{domain} = x}}" for domain in routes),
        "transport": ", ".join(f"{{{domain} = {route}}}" for domain, route in routes.items()),
    }
    _write(folder, _MAIN.format(**values), _MASTER.format(**ports), made)
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [_PROGRAMS / "postfix", "-c", folder, "start-fg"], stdout=out, stderr=out, start_new_session=True
        )
    server = Postfix(
        folder=folder,
        smtp=ports["smtp"],
        submission=ports["submission"],
        smtps=ports["smtps"],
        certificate=made,
        process=process,
        logins=logins,
    )
    _wait_until_up(server)
    return server


def _write(folder: Path, main: str, master: str, made: Certificate) -> None:
    folder.chmod(0o755)
    (folder / "queue").mkdir()
    (folder / "data").mkdir()
    owner = pwd.getpwnam("postfix")
    os.chown(folder / "data", owner.pw_uid, owner.pw_gid)
    (folder / "main.cf").write_text(main)
    (folder / "master.cf").write_text(master)
    (folder / "chain.pem").write_text(made.key.read_text() + made.cert.read_text())
    _write_access(folder, {})


def _write_access(folder: Path, refused: Mapping[str, str]) -> None:
    (folder / "access").write_text("".join(f"{address} {answer}\n" for address, answer in refused.items()))


def _wait_until_up(server: Postfix) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with smtplib.SMTP("127.0.0.1", server.smtp, timeout=5):
                return
        except (OSError, smtplib.SMTPException):
            if server.process.poll() is not None or time.monotonic() > deadline:
                said = (server.folder / "out").read_text() + server.log
                server.stop()
                raise RuntimeError(f"Postfix did not start:\n{said}") from None
            time.sleep(0.05)
