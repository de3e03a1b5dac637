#!/usr/bin/python3
"""Recomputes the epsilon of a release with Google's dp_accounting alone (PyPI: dp-accounting), so that nobody has to trust dpdm's accountant.

usage: check-statement.py STATEMENT.json        (release/statement.json of a run)

Nothing of dpdm is used. The events, delta and unit are the statement's; what they mean is written in docs/privacy/statement.md. Exit 0: the
claim is at least what dp_accounting's pessimistic estimate says, up to that estimate's own coarseness (0.1 %, or 0.001); exit 1: it is less."""
import json
import math
import sys

COARSENESS = 1e-3  # of dp_accounting's grid of losses, relative and absolute


def losses(event, group):
    """The privacy-loss distribution of one step of an event, for a unit of `group` records."""
    from dp_accounting.pld import privacy_loss_distribution as pld
    rate, noise = event["sampling_rate"], event["noise_multiplier"]
    if group == 1:
        return pld.from_gaussian_mechanism(noise, sampling_prob=rate)
    weights = [math.comb(group, k) * rate ** k * (1 - rate) ** (group - k) for k in range(group + 1)]
    return pld.from_mixture_gaussian_mechanism(noise, list(range(group + 1)), weights)


def recompute(statement):
    """Upper estimate of epsilon at the statement's delta."""
    group, total = max(1, int(statement.get("owner_cap", 0))), None
    for event in statement["events"]:
        if event["sampling_rate"] == 0:
            continue
        one = losses(event, group).self_compose(int(event["steps"]))
        total = one if total is None else total.compose(one)
    return total.get_epsilon_for_delta(statement["delta"]) if total else 0.0


def main(path):
    with open(path, encoding="utf-8") as file:
        statement = json.load(file)
    try:
        claimed, delta = float(statement["epsilon_upper"]), float(statement["delta"])
        found = recompute(statement)
    except KeyError as missing:
        sys.exit(f"{path}: {missing} is missing: is this a release/statement.json?")
    print(f"claimed: epsilon <= {claimed:.6g} at delta {delta:g} for {statement.get('unit', 'one record')}")
    print(f"dp_accounting: epsilon <= {found:.6g}")
    if not statement.get("private", True):
        sys.exit(f"{path}: makes no privacy claim (the run was seeded)")
    if not found <= claimed * (1 + COARSENESS) + COARSENESS:
        sys.exit(f"{path}: the claim is less than dp_accounting's estimate: it does not hold by that account")
    print("the claim holds by this account")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
