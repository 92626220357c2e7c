"""The logins of a test's Postfix: a Dovecot that serves no mail, only the question whether a password is right."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from servers.ports import free_port

DEBIAN_PACKAGE = "dovecot-core"
_PROGRAM = Path("/usr/sbin/dovecot")

_SETTINGS = """\
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols =
ssl = no
default_internal_user = nobody
default_internal_group = nogroup
default_login_user = nobody
auth_mechanisms = plain login
auth_failure_delay = 0
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
service auth {{
  inet_listener {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


class Missing(Exception):
    """There is no Dovecot on this machine."""


@dataclass
class Logins:
    """A running server that Postfix can ask (`smtpd_sasl_path = inet:127.0.0.1:PORT`)."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Stop it, and wait until it is gone."""
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def start(users: Mapping[str, str]) -> Logins:
    """Start one that knows these names and passwords; it runs as nobody. Raises Missing."""
    if not _PROGRAM.exists():
        raise Missing(f"Dovecot is not installed; install the Debian package {DEBIAN_PACKAGE}")
    folder = Path(tempfile.mkdtemp(prefix="inbox-bridge-sasl-", dir="/tmp"))
    port = free_port()
    (folder / "run").mkdir()
    (folder / "users").write_text("".join(f"{name}:{{PLAIN}}{password}\n" for name, password in users.items()))
    (folder / "dovecot.conf").write_text(_SETTINGS.format(folder=folder, port=port))
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    with (folder / "out").open("wb") as out:
        process = subprocess.Popen(
            [_PROGRAM, "-F", "-c", folder / "dovecot.conf"],
            stdout=out,
            stderr=out,
            cwd=folder,
            user=nobody.pw_uid,
            group=nobody.pw_gid,
            extra_groups=[],
        )
    logins = Logins(folder, port, process)
    _wait_until_up(logins)
    return logins


def _wait_until_up(logins: Logins) -> None:
    deadline = time.monotonic() + 15
    while True:
        try:
            socket.create_connection(("127.0.0.1", logins.port), 1).close()
        except OSError:
            if logins.process.poll() is not None or time.monotonic() > deadline:
                said = "".join((logins.folder / name).read_text() for name in ("out", "log"))
                logins.stop()
                raise RuntimeError(f"Dovecot did not start:\n{said}") from None
            time.sleep(0.02)
        else:
            return
