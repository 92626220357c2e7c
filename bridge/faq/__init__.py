"""Common questions: the owner's entries, which of them a message asks for, and whether that is sure enough."""

import os

# Before numpy is first loaded: its threads wait by spinning, which costs more than they gain on a shop's small machine.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
