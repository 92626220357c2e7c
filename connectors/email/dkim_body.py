"""The hash of a mail's body for DKIM (RFC 6376 section 3.4). Pure, linear.

Our own, since dkimpy's expressions take time that grows with the square of a line's blanks (a body of 1 MB of them
would hold the process for hours), and hash the body again for each signature. Ends of lines are CR LF here.
"""

from __future__ import annotations

import hashlib

from connectors.email.evidence import Doubtful


def body_hash(body: memoryview, canonicalization: str) -> bytes:
    """SHA-256 of the body, put in order in this way ("simple", "relaxed"). Raises Doubtful for any other."""
    if canonicalization == "simple":
        return _sha256(bytes(body).rstrip(b"\r\n") + b"\r\n")
    if canonicalization == "relaxed":
        return _sha256(_relaxed(bytes(body)))
    raise Doubtful("it is not well written")


def _relaxed(body: bytes) -> bytes:
    body = body.replace(b"\t", b" ")
    # Each round halves every stretch of blanks: 25 rounds at most, where one expression would block all other threads.
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    body = body.replace(b" \r\n", b"\r\n").rstrip(b"\r\n")
    return body + b"\r\n" if body else b""


def _sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()
