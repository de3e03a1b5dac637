"""Compares dpdm's certified bracket with two public accountants on random compositions.

A case is a sampling rate, a noise multiplier, a number of steps and a delta, drawn log-uniformly, with an epsilon between
0.01 and 100 (by dpdm's Renyi accountant). For each, three things must hold:

  * dpdm's lower bound is not above dp-accounting's pessimistic PLD bound;
  * dpdm's upper bound is not below prv-accountant's lower bound;
  * dpdm's upper bound is within 0.1 % or 1e-3 of prv-accountant's estimate, or else prv-accountant's own interval is wider
    than that and holds all of dpdm's bracket.

The exit code is 1 if any fails. Times are wall times of one answer each (dpdm: the whole process).
"""

import argparse
import json
import logging
import math
import os
import random
import signal
import subprocess
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("absl").setLevel(logging.ERROR)
PEER_SECONDS = 120  # a peer that takes longer counts as having no answer


class TooLong(Exception):
    pass


def limited(function):
    """function() and its seconds; (None, seconds) if it fails or takes too long."""

    def stop(*_):
        raise TooLong

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(PEER_SECONDS)
    start = time.perf_counter()
    try:
        value = function()
    except (Exception, TooLong):  # noqa: a peer's failure is a result
        value = None
    signal.alarm(0)
    return value, time.perf_counter() - start


def dpdm(program, case, accountant):
    start = time.perf_counter()
    done = subprocess.run(
        [program, "account", "--json", "--accountant", accountant, "--sampling-rate", repr(case["q"]),
         "--noise-multiplier", repr(case["sigma"]), "--steps", str(case["steps"]), "--delta", repr(case["delta"])],
        capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{case}: {done.stderr}")
    answer = json.loads(done.stdout)
    return answer["epsilon_upper"], answer["epsilon_lower"], time.perf_counter() - start


def dp_accounting_pld(case, epsilon):
    from dp_accounting.pld import privacy_loss_distribution as pld

    interval = 1e-4 if epsilon < 5 else 1e-3
    one = pld.from_gaussian_mechanism(case["sigma"], sampling_prob=case["q"], value_discretization_interval=interval)
    return one.self_compose(case["steps"]).get_epsilon_for_delta(case["delta"])


def dp_accounting_rdp(case):
    import dp_accounting
    from dp_accounting import rdp

    accountant = rdp.RdpAccountant()
    event = dp_accounting.PoissonSampledDpEvent(case["q"], dp_accounting.GaussianDpEvent(case["sigma"]))
    accountant.compose(event, case["steps"])
    return accountant.get_epsilon(case["delta"])


def prv(case, epsilon):
    from prv_accountant import PRVAccountant, PoissonSubsampledGaussianMechanism

    mechanism = PoissonSubsampledGaussianMechanism(sampling_probability=case["q"], noise_multiplier=case["sigma"])
    accountant = PRVAccountant(prvs=mechanism, max_self_compositions=case["steps"],
                               eps_error=max(0.002, 0.001 * epsilon), delta_error=case["delta"] / 1000)
    return [float(x) for x in accountant.compute_epsilon(delta=case["delta"], num_self_compositions=case["steps"])]


def log_uniform(rng, low, high):
    return math.exp(rng.uniform(math.log(low), math.log(high)))


def draw(rng, program):
    while True:
        case = {"q": log_uniform(rng, 1e-4, 1), "sigma": log_uniform(rng, 0.4, 50),
                "steps": int(log_uniform(rng, 1, 10000)), "delta": log_uniform(rng, 1e-10, 1e-4)}
        if 0.01 <= dpdm(program, case, "rdp")[0] <= 100:
            return case


def judge(row):
    """The failures of a row."""
    failures = []
    upper, lower = row["dpdm_upper"], row["dpdm_lower"]
    if lower > upper:
        failures.append("bracket inverted")
    if row["dp_pld"] is not None and lower > row["dp_pld"] + 1e-9:
        failures.append("lower bound above dp-accounting's upper bound")
    if row["dp_rdp"] is not None and lower > row["dp_rdp"] + 1e-9:
        failures.append("lower bound above dp-accounting's Renyi bound")
    if row["prv"] is not None:
        prv_lower, estimate, prv_upper = row["prv"]
        if upper < prv_lower - 1e-9:
            failures.append("upper bound below prv_lower")
        tolerance = max(1e-3, 1e-3 * estimate)
        inside = prv_lower - 1e-9 <= lower and upper <= prv_upper + 1e-9
        if abs(upper - estimate) > tolerance and not inside:
            failures.append(f"upper bound {upper:.6g} off prv's estimate {estimate:.6g}")
    return failures


def measure(case, program):
    upper, lower, seconds = dpdm(program, case, "pld")
    row = dict(case, dpdm_upper=upper, dpdm_lower=lower, dpdm_seconds=seconds)
    row["dp_pld"], row["dp_pld_seconds"] = limited(lambda: dp_accounting_pld(case, upper))
    row["dp_rdp"], row["dp_rdp_seconds"] = limited(lambda: dp_accounting_rdp(case))
    row["prv"], row["prv_seconds"] = limited(lambda: prv(case, upper))
    row["failures"] = judge(row)
    return row


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if values else float("nan")


def report(rows):
    width = [(r["dpdm_upper"] - r["dpdm_lower"]) / max(r["dpdm_upper"], 1) for r in rows]
    print(f"cases {len(rows)}, failures {sum(bool(r['failures']) for r in rows)}")
    print(f"width of dpdm's bracket, relative (absolute below 1): median {median(width):.1e}, largest {max(width):.1e}")
    for name, key in (("dpdm", "dpdm"), ("dp-accounting PLD", "dp_pld"), ("dp-accounting RDP", "dp_rdp"),
                      ("prv-accountant", "prv")):
        seconds = [r[key + "_seconds"] for r in rows]
        answers = sum(r.get("dpdm_upper" if key == "dpdm" else key) is not None for r in rows)
        print(f"{name:18s} answers {answers:4d}  seconds: median {median(seconds):7.3f}  largest {max(seconds):7.2f}")
    for key in ("dp_pld", "dp_rdp"):
        excess = [r[key] / r["dpdm_upper"] - 1 for r in rows if r[key] is not None and r["dpdm_upper"] > 0.01]
        print(f"{key}: above dpdm's upper bound by {median(excess):.2%} (median), {max(excess):.2%} (most)")
    for r in rows:
        for failure in r["failures"]:
            print(f"FAILED q {r['q']!r} sigma {r['sigma']!r} steps {r['steps']} delta {r['delta']!r}: {failure}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dpdm", required=True)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    rows = []
    if os.path.exists(args.out):
        with open(args.out) as file:
            rows = [json.loads(line) for line in file]
    known = {(r["q"], r["sigma"], r["steps"], r["delta"]) for r in rows}
    wanted = [draw(rng, args.dpdm) for _ in range(args.cases)]
    with open(args.out, "a") as file:
        for case in wanted:
            if (case["q"], case["sigma"], case["steps"], case["delta"]) not in known:
                rows.append(measure(case, args.dpdm))
                file.write(json.dumps(rows[-1]) + "\n")
                file.flush()
    kept = {(c["q"], c["sigma"], c["steps"], c["delta"]) for c in wanted}
    rows = [r for r in rows if (r["q"], r["sigma"], r["steps"], r["delta"]) in kept]
    report(rows)
    sys.exit(any(r["failures"] for r in rows))


if __name__ == "__main__":
    main()
