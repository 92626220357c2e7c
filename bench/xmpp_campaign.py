"""The long count on XMPP: 200 lines each way under 40 faults, for each of ten seeds, in both ways to answer.

    python bench/xmpp_campaign.py [--seeds 10] [--first 1] [--faults 40]

Each round is a JSON line in bench/results/xmpp_campaign.jsonl: what happened, and what was lost, doubled without a
mark, or out of order. Exit code 1 if there is any such thing; its round's folder is kept then, and named.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from measuring.results import keep

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from daemon.postmortem import report
from daemon.storm import weather


def main() -> int:
    """Run it; whether anything was wrong."""
    parser = argparse.ArgumentParser(description="The long count on XMPP.")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--faults", type=int, default=40)
    given = parser.parse_args()
    bad = 0
    for seed in range(given.first, given.first + given.seeds):
        for contacts in (False, True):
            folder = Path(tempfile.mkdtemp(prefix="xmpp-campaign-"))
            figures = asyncio.run(weather(folder, seed, given.faults, contacts=contacts))
            if figures["wrong"]:
                bad += len(figures["wrong"])
                print(f"kept in {folder}:\n{report(figures)}")
            else:
                shutil.rmtree(folder, ignore_errors=True)
            keep("xmpp_campaign", **figures)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
