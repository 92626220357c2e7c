"""A real ejabberd for tests, with the face of `prosody.Prosody`: in a temporary folder, on free ports, gone afterwards.

It runs in the Erlang machine without a node name, so that no epmd is needed. Accounts are made over its own HTTP API.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from servers import prosody
from servers.certificates import make
from servers.ports import free_port
from servers.prosody import COMPONENT_SECRET, CONTACTS, DOMAIN, Prosody

DEBIAN_PACKAGES = "ejabberd"

_LIBRARIES = Path("/usr/lib/x86_64-linux-gnu")

_CONFIG = """\
loglevel: warning
acme: {{auto: false}}
hosts: ["{domain}"]
certfiles: ["{pem}"]
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, starttls_required: true}}
  - {{port: {tls_port}, ip: "127.0.0.1", module: ejabberd_c2s, tls: true}}
  - {{port: {https_port}, ip: "127.0.0.1", module: ejabberd_http, tls: true,
      request_handlers: {{"/upload": mod_http_upload}}}}
  - {{port: {api_port}, ip: "127.0.0.1", module: ejabberd_http, request_handlers: {{"/api": mod_http_api}}}}
  - {{port: {component_port}, ip: "127.0.0.1", module: ejabberd_service, access: all,
      hosts: {{"{contacts}": {{password: "{secret}"}}}}}}
auth_password_format: scram
acl:
  local: {{user_regexp: ""}}
  contacts: {{server: "{contacts}"}}
access_rules:
  local: [{{allow: local}}, {{allow: contacts}}]
api_permissions:
  everybody: {{who: {{ip: "127.0.0.1/8"}}, what: ["register"]}}
s2s_access: none
modules:
  mod_adhoc: {{}}
  mod_blocking: {{}}
  mod_caps: {{}}
  mod_carboncopy: {{}}
  mod_client_state: {{}}
  mod_disco: {{}}
  mod_http_api: {{}}
  mod_http_upload: {{put_url: "https://127.0.0.1:{https_port}/upload", host: "upload.{domain}", access: local,
    max_size: 1048576, docroot: "{folder}/uploads"}}
  mod_last: {{}}
  mod_mam: {{assume_mam_usage: true, default: always}}
  mod_muc: {{host: "rooms.{domain}"}}
  mod_offline: {{}}
  mod_ping: {{}}
  mod_privacy: {{}}
  mod_pubsub: {{plugins: [flat, pep]}}
  mod_push: {{}}
  mod_roster: {{}}
  mod_stream_mgmt: {{resend_on_timeout: if_offline}}
"""


class Ejabberd(Prosody):
    """A server with the accounts that a test registers."""

    api_port = 0

    def register(self, user: str, password: str = "secret") -> str:
        """Make an account; its bare JID."""
        asked = json.dumps({"user": user, "host": self.domain, "password": password}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.api_port}/api/register", asked)
        with urllib.request.urlopen(request, timeout=20):
            self.accounts[user] = password
        return self.jid(user)

    def address_of(self, url: str) -> str:
        """All of it counts."""
        return url

    def resume(self) -> None:
        """Start it, on the same ports and data; return when it listens."""
        environment = {
            **os.environ,
            "EJABBERD_CONFIG_PATH": str(self.folder / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(self.folder / "ejabberd.log"),
            "ERL_CRASH_DUMP": str(self.folder / "crash.dump"),
            "ERL_LIBS": str(_LIBRARIES),
            "HOME": str(self.folder),
        }
        command = ["erl", "-noinput", "+K", "true", "-mnesia", "dir", f'"{self.folder}/data"', "-s", "ejabberd"]
        with (self.folder / "out").open("ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self.folder, env=environment, **prosody.unprivileged()
            )
        end = time.monotonic() + 60
        ports = (self.port, self.tls_port, self.https_port, self.component_port, self.api_port)
        while not all(prosody.listens(port) for port in ports):
            if self.process.poll() is not None or time.monotonic() > end:
                said = (self.folder / "out").read_text() + (self.folder / "ejabberd.log").read_text()
                self.kill()
                raise RuntimeError(f"ejabberd did not start:\n{said[-3000:]}")
            time.sleep(0.05)


def start() -> Ejabberd:
    """A running server. Raises `prosody.Missing`."""
    if shutil.which("erl") is None or not any(_LIBRARIES.glob("ejabberd-*")):
        raise prosody.Missing(f"install the Debian packages {DEBIAN_PACKAGES} openssl")
    folder = Path(tempfile.mkdtemp(prefix="inbox-bridge-ejabberd-", dir="/tmp"))
    certificates = make(folder / "certificates", DOMAIN, f"upload.{DOMAIN}")
    pem = folder / "certificates/all.pem"
    pem.write_text(certificates.certificate.read_text() + certificates.key.read_text())
    server = Ejabberd(folder, certificates, free_port(), free_port(), free_port(), free_port())
    server.api_port = free_port()
    for name in ("data", "uploads"):
        (folder / name).mkdir()
    values = {"folder": folder, "domain": DOMAIN, "contacts": CONTACTS, "secret": COMPONENT_SECRET, "pem": pem}
    ports = {name: getattr(server, name) for name in ("port", "tls_port", "https_port", "api_port", "component_port")}
    (folder / "ejabberd.yml").write_text(_CONFIG.format(**values, **ports))
    prosody.give_away(folder)
    server.resume()
    return server
