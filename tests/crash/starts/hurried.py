"""`python -m bridge`, but what happens hourly or after many seconds happens at once: for the crash points in there."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import bridge.backoff
import bridge.daemon.daemon
import bridge.daemon.upkeep
from bridge.cli import main
from bridge.steps.supervise import Supervisor, Terms

bridge.backoff.FIRST = timedelta(milliseconds=40)
bridge.daemon.upkeep.SWEEP_EVERY = timedelta(milliseconds=100)
vars(bridge.daemon.daemon)["Supervisor"] = partial(Supervisor, terms=Terms(renew=0.2, healthy=0.1))

# The parsing worker imports this file, too, without being told to run anything.
if __name__ == "__main__":
    main()
