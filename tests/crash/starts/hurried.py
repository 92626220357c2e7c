"""`python -m bridge`, but what happens hourly or after many seconds happens at once: for the crash points in there."""

from __future__ import annotations

from datetime import timedelta

import bridge.backoff
import bridge.daemon
import bridge.supervise
from bridge.cli import main

bridge.backoff.FIRST = timedelta(milliseconds=40)
bridge.daemon.SWEEP_EVERY = timedelta(milliseconds=100)
bridge.supervise.RENEW_SECONDS = 0.2
bridge.supervise.HEALTHY_SECONDS = 0.1

# The parsing worker imports this file, too, without being told to run anything.
if __name__ == "__main__":
    main()
