#!/usr/bin/env python3
"""What a Kernel-Network record costs, in instructions beside a bare walk from header to header."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))
from lib import etl_cost  # noqa: E402, the path comes first

if __name__ == "__main__":
    row = etl_cost.measure()
    row["budget"] = etl_cost.BUDGET
    row["budget_met"] = (row["instructions_replay"] <= etl_cost.BUDGET and
                         row["more_allocations"] == 0)
    print(json.dumps(row))
