"""`python -m bridge`, but what happens hourly or after many seconds happens at once: for the crash points in there."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

import bridge.backoff
import bridge.daemon
import bridge.upkeep
from bridge.cli import main
from bridge.supervise import Supervisor, Terms

bridge.backoff.FIRST = timedelta(milliseconds=40)
bridge.upkeep.SWEEP_EVERY = timedelta(milliseconds=100)
vars(bridge.daemon)["Supervisor"] = partial(Supervisor, terms=Terms(renew=0.2, healthy=0.1))

# The parsing worker imports this file, too, without being told to run anything.
if __name__ == "__main__":
    main()
