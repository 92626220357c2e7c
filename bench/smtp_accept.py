"""Durable SMTP accept rate against a bare no-op aiosmtpd: ten connections, 2 KB mails, in turns, in one run.

The bridge does all its work meanwhile: mails are read in the worker process, decided and shown to the owner. Each round
counts only if every mail was relayed within ten seconds after the last was accepted.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring.bridge import Bridge, free_port
from measuring.results import keep

CONNECTIONS = 10
ROUNDS = 5
HERE = Path(__file__).parent / "measuring"


def load(port: int, count: int, name: str) -> float:
    """Mails a second, from a process of its own."""
    done = subprocess.run(
        [sys.executable, str(HERE / "smtp_load.py"), str(port), str(count), str(CONNECTIONS), name],
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main(count: int = 3000) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        port = free_port()
        noop = subprocess.Popen([sys.executable, str(HERE / "noop_smtpd.py"), str(port)])
        bridge = Bridge(Path(folder))
        bridge.start()
        time.sleep(1)
        load(port, 500, "warm")
        load(bridge.port, 500, "warm")
        bridge.wait_for(500, "number ", 30)
        bare, ours, relayed = [], [], []
        for number in range(ROUNDS):
            bare.append(load(port, count, f"n{number}"))
            ours.append(load(bridge.port, count, f"r{number}"))
            accepted = time.monotonic()
            relayed.append(bridge.wait_for(count, "number ", 60)[-1][0] - accepted)
        bridge.stop()
        noop.kill()
        noop.wait()
    keep(
        "smtp_accept",
        mails_per_round=count,
        rounds=ROUNDS,
        bare_per_second=round(statistics.median(bare)),
        durable_per_second=round(statistics.median(ours)),
        ratio_median=round(statistics.median(b / a for a, b in zip(bare, ours, strict=True)), 3),
        ratios=[round(b / a, 3) for a, b in zip(bare, ours, strict=True)],
        last_relayed_after_seconds=[round(seconds, 2) for seconds in relayed],
        within_10_s=all(seconds <= 10 for seconds in relayed),
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
