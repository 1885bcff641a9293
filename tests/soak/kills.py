#!/usr/bin/env python3
"""Many more replays killed at random moments, with the seed of this round."""
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
import kill  # noqa: E402 (found only now)
from lib import checks  # noqa: E402

if __name__ == "__main__":
    kill.SEED = 1000 + int(os.environ.get("KANARI_SEED", "1"))
    checks.run(kill.an_existing_store_survives, kill.a_new_store_is_whole_or_not_there)
