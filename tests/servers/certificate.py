"""A certificate of a test server's own making: whoever trusts it trusts that server and no other."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificate:
    """Two PEM files. `cert` is its own authority."""

    cert: Path
    key: Path


def certificate(folder: Path, name: str) -> Certificate:
    """One for `name`, for localhost and for 127.0.0.1, made by openssl in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Certificate(folder / "cert.pem", folder / "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},DNS:localhost,IP:127.0.0.1",
         "-keyout", made.key, "-out", made.cert],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made
