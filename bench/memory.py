"""PSS of the daemon and all its processes, idle, with email alone: the listener is up, the parse worker has worked."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring.bridge import Bridge
from measuring.results import family, keep, pss_mb

LOAD = Path(__file__).parent / "measuring/smtp_load.py"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        bridge = Bridge(Path(folder))
        bridge.start()
        subprocess.run([sys.executable, LOAD, str(bridge.port), "100", "10", "m"], check=True, capture_output=True)
        bridge.wait_for(100, "number ", 30)
        time.sleep(3)
        assert bridge.process is not None
        pid = bridge.process.pid
        by_process = {"daemon" if one == pid else f"worker {one}": pss_mb_of(one) for one in family(pid)}
        keep("memory", pss_mb=pss_mb(pid), by_process=by_process)
        bridge.stop()


def pss_mb_of(pid: int) -> float:
    """One process alone."""
    rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    return round(next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")) / 1024, 1)


if __name__ == "__main__":
    main()
