"""The key that mails are signed with (DKIM, RFC 6376), and the DNS record that makes it known.

RSA only: RFC 8463's Ed25519 is checked by few receivers, and a mail that only they can check counts as unsigned.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from dkim.crypto import UnparsableKeyError, parse_pem_private_key

_SHORTEST_BITS = 1024
_LONGEST_FILE = 64 * 1024
# AlgorithmIdentifier of rsaEncryption, with its NULL (RFC 3279 section 2.3.1).
_RSA_ENCRYPTION = bytes.fromhex("300d06092a864886f70d0101010500")


class KeyUnusable(Exception):
    """The key's file cannot be used; the message says why, in words for an operator."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DkimKey:
    """A private key as its file has it (PEM), and the `p=` of its DNS record (RFC 6376 section 3.6.1)."""

    pem: bytes
    public: str

    @property
    def record(self) -> str:
        """The TXT record that belongs at SELECTOR._domainkey.DOMAIN."""
        return f"v=DKIM1; k=rsa; p={self.public}"


def read_key(path: Path) -> DkimKey:
    """The key in a file, read again when the file has changed. Blocks. Raises KeyUnusable."""
    try:
        status = path.stat()
        return _read(path, status.st_mtime_ns, status.st_ino, status.st_size)
    except OSError as error:
        raise KeyUnusable(f"the DKIM key {path} cannot be read: {error.strerror}") from error


@lru_cache(maxsize=8)
def _read(path: Path, *_version: int) -> DkimKey:
    with path.open("rb") as file:
        pem = file.read(_LONGEST_FILE)
    try:
        numbers = parse_pem_private_key(pem)
    except (UnparsableKeyError, ValueError, IndexError, KeyError, TypeError) as error:
        raise KeyUnusable(
            f"the DKIM key {path} is no RSA key in PEM without a password; make one: openssl genrsa -out {path} 2048"
        ) from error
    modulus, exponent = int(numbers["modulus"]), int(numbers["publicExponent"])
    if modulus.bit_length() < _SHORTEST_BITS:
        raise KeyUnusable(
            f"the DKIM key {path} has {modulus.bit_length()} bits; receivers want 2048, and take none below "
            f"{_SHORTEST_BITS} (RFC 8301 section 3.2)"
        )
    return DkimKey(pem=pem, public=base64.b64encode(_public(modulus, exponent)).decode())


def _public(modulus: int, exponent: int) -> bytes:
    """SubjectPublicKeyInfo in DER (RFC 5280 section 4.1)."""
    key = _der(0x30, _integer(modulus) + _integer(exponent))
    return _der(0x30, _RSA_ENCRYPTION + _der(0x03, b"\0" + key))


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content
