#!/usr/bin/env python3
"""The budget of a trace record: counted instructions, so it holds on a busy machine too."""
from lib import checks, etl_cost
from lib.checks import Skip, expect, expect_equal
from lib.programs import BUILD, DATA, RELEASE

ROOT_OF_DATA = DATA.parent


def meter():
    found = etl_cost.Meter(BUILD, ROOT_OF_DATA)
    if not found.trace.exists():
        raise Skip(f"no {found.trace}")
    return found


def decoding_allocates_nothing_for_a_longer_trace():
    for what in ("walk", "decode"):
        expect_equal(meter().of_pass(what).allocations, 0, f"further allocations of {what}")


def a_network_record_costs_at_most_600_instructions():
    walk, decode = (meter().of_pass(what).instructions for what in ("walk", "decode"))
    checks.detail(f"walk {walk:.0f}, with decode {decode:.0f} instructions a record")
    expect(10 < walk < decode <= etl_cost.BUDGET, f"{decode:.0f} instructions a record")


def the_whole_route_stays_in_the_budget():
    replay = meter().of_replay(RELEASE)
    checks.detail(f"{replay:.0f} instructions a record")
    expect(10 < replay <= etl_cost.BUDGET, f"{replay:.0f} instructions a record")


if __name__ == "__main__":
    checks.run(decoding_allocates_nothing_for_a_longer_trace,
               a_network_record_costs_at_most_600_instructions,
               the_whole_route_stays_in_the_budget)
