"""A certificate authority of the tests' own, and a server's certificate by it, made with openssl."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2")


@dataclass(frozen=True)
class Certificates:
    """PEM files: what to trust, and what a server shows."""

    authority: Path
    certificate: Path
    key: Path


def make(folder: Path, *names: str) -> Certificates:
    """An authority, and a certificate by it for these DNS names and 127.0.0.1."""
    folder.mkdir(parents=True, exist_ok=True)
    authority, authority_key = folder / "ca.pem", folder / "ca.key"
    request, certificate, key = folder / "server.csr", folder / "server.pem", folder / "server.key"
    extensions = folder / "server.ext"
    alternatives = ",".join([*(f"DNS:{name}" for name in names), "IP:127.0.0.1"])
    extensions.write_text(f"subjectAltName={alternatives}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n")
    _openssl("req", "-x509", *_KEY, "-subj", "/CN=Test authority", "-keyout", authority_key, "-out", authority)
    _openssl("req", "-new", *_KEY[:-2], "-subj", f"/CN={names[0]}", "-keyout", key, "-out", request)
    by = ("-CA", authority, "-CAkey", authority_key, "-CAcreateserial", "-days", "2", "-extfile", extensions)
    _openssl("x509", "-req", "-in", request, *by, "-out", certificate)
    key.chmod(0o644)  # the server may run as somebody else
    return Certificates(authority=authority, certificate=certificate, key=key)


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)
