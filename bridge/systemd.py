"""The service manager's protocol (sd_notify(3)): a datagram to the socket it names. Silent where there is none."""

from __future__ import annotations

import os
import socket
import time
from datetime import timedelta


def notify(*lines: str) -> bool:
    """Tell the service manager; whether there was one to tell."""
    name = os.environ.get("NOTIFY_SOCKET", "")
    if not name:
        return False
    address = "\0" + name[1:] if name.startswith("@") else name
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        try:
            sender.connect(address)
            sender.sendall("\n".join(lines).encode())
        except OSError:
            return False
    return True


def ready(status: str) -> None:
    """Everything is up."""
    notify("READY=1", f"STATUS={status}")


def reloading() -> None:
    """A new configuration is being read; `ready` ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")


def stopping() -> None:
    """The daemon is on its way out."""
    notify("STOPPING=1")


def alive() -> None:
    """The daemon is not stuck."""
    notify("WATCHDOG=1")


def watchdog_interval() -> timedelta | None:
    """How often `alive` is to be called: half of what the service manager allows; None where it does not watch."""
    allowed = os.environ.get("WATCHDOG_USEC", "")
    pid = os.environ.get("WATCHDOG_PID", str(os.getpid()))
    if not allowed.isdecimal() or not int(allowed) or pid != str(os.getpid()):
        return None
    return timedelta(microseconds=int(allowed) / 2)
