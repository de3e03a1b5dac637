"""Compares dpdm's certified bracket with two public accountants on random compositions.

A case is a sampling rate, a noise multiplier, a number of steps and a delta, drawn log-uniformly, with an epsilon between
0.01 and 100 (by dpdm's Renyi accountant). For each, three things must hold:

  * dpdm's lower bound is not above dp-accounting's pessimistic PLD bound or its Renyi bound;
  * dpdm's upper bound is not below prv-accountant's lower bound or dp-accounting's optimistic PLD estimate;
  * dpdm's upper bound is within 0.1 % or 1e-3 of prv-accountant's estimate, or else prv-accountant's own interval is wider
    than that and holds all of dpdm's bracket.

The exit code is 1 if any fails, or if dpdm takes more than 0.2 s for an answer or 2 s for a calibration in DPDM's own
setting. Seconds are processor time of one answer each (dpdm: of the whole process). The peers' answers are kept in a file
and used again; dpdm's are always computed anew.
"""

import argparse
import json
import logging
import math
import os
import random
import resource
import signal
import subprocess
import sys
import time
import warnings

warnings.filterwarnings("ignore")
logging.getLogger("absl").setLevel(logging.ERROR)
PEER_SECONDS = 300  # of wall time: a peer that takes longer counts as having no answer
DPDM_SETTING = {"q": 4096 / 60000, "sigma": 0.8, "steps": 4395, "delta": 1e-5}


class TooLong(Exception):
    pass


def limited(function):
    """function() and its seconds; (None, seconds) if it fails or takes too long."""

    def stop(*_):
        raise TooLong

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(PEER_SECONDS)
    start = time.process_time()
    try:
        value = function()
    except (Exception, TooLong):  # noqa: a peer's failure is a result
        value = None
    signal.alarm(0)
    return value, time.process_time() - start


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def dpdm_run(program, *arguments):
    """The answer of a dpdm command as JSON, and its seconds."""
    start = processor_seconds()
    done = subprocess.run([program, *map(str, arguments), "--json"], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{arguments}: {done.stderr}")
    return json.loads(done.stdout), processor_seconds() - start


def dpdm(program, case, accountant):
    answer, seconds = dpdm_run(
        program, "account", "--accountant", accountant, "--sampling-rate", repr(case["q"]),
        "--noise-multiplier", repr(case["sigma"]), "--steps", case["steps"], "--delta", repr(case["delta"]))
    return answer["epsilon_upper"], answer["epsilon_lower"], seconds


def dp_accounting_pld(case, epsilon, **rounding):
    from dp_accounting.pld import privacy_loss_distribution as pld

    interval = 1e-4 if epsilon < 5 else 1e-3
    one = pld.from_gaussian_mechanism(case["sigma"], sampling_prob=case["q"], value_discretization_interval=interval,
                                      **rounding)
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
    if row["dp_low"] is not None and upper < row["dp_low"] - 1e-9:
        failures.append("upper bound below dp-accounting's optimistic estimate")
    if row["prv"] is not None:
        prv_lower, estimate, prv_upper = row["prv"]
        if upper < prv_lower - 1e-9:
            failures.append("upper bound below prv_lower")
        tolerance = max(1e-3, 1e-3 * estimate)
        inside = prv_lower - 1e-9 <= lower and upper <= prv_upper + 1e-9
        if abs(upper - estimate) > tolerance and not inside:
            failures.append(f"upper bound {upper:.6g} off prv's estimate {estimate:.6g}")
    return failures


def ask_peers(row, upper):
    """Adds what each peer says that has not been asked yet; `upper` only chooses how finely they compute. Whether any was."""
    asked = False
    for name, answer in (
            ("dp_pld", lambda: dp_accounting_pld(row, upper)),
            ("dp_low", lambda: dp_accounting_pld(row, upper, pessimistic_estimate=False, use_connect_dots=False)),
            ("dp_rdp", lambda: dp_accounting_rdp(row)),
            ("prv", lambda: prv(row, upper))):
        if name not in row:
            row[name], row[name + "_seconds"] = limited(answer)
            asked = True
    return asked


def median(values):
    values = sorted(values)
    return values[len(values) // 2] if values else float("nan")


def report(rows):
    width = [(r["dpdm_upper"] - r["dpdm_lower"]) / max(r["dpdm_upper"], 1) for r in rows]
    print(f"cases {len(rows)}, failures {sum(bool(r['failures']) for r in rows)}")
    print(f"width of dpdm's bracket, relative (absolute below 1): median {median(width):.1e}, largest {max(width):.1e}")
    for name, key in (("dpdm", "dpdm"), ("dp-accounting PLD", "dp_pld"), ("dp-accounting RDP", "dp_rdp"),
                      ("prv-accountant", "prv")):
        seconds = [r[key + "_seconds"] for r in rows if key + "_seconds" in r]
        answers = sum(r.get("dpdm_upper" if key == "dpdm" else key) is not None for r in rows)
        print(f"{name:18s} answers {answers:4d}  seconds: median {median(seconds):7.3f}  largest {max(seconds):7.2f}")
    for key in ("dp_pld", "dp_rdp"):
        excess = [r[key] / r["dpdm_upper"] - 1 for r in rows if r[key] is not None and r["dpdm_upper"] > 0.01]
        print(f"{key}: above dpdm's upper bound by {median(excess):.2%} (median), {max(excess):.2%} (most)")
    apart = [abs(r["dpdm_upper"] - r["prv"][1]) / max(1, r["prv"][1]) for r in rows if r["prv"]]
    print(f"upper bound and prv's estimate apart, relative (absolute below 1): median {median(apart):.1e}, largest {max(apart):.1e};"
          f" above 1e-3: {sum(x > 1e-3 for x in apart)}")
    for r in rows:
        for failure in r["failures"]:
            print(f"FAILED q {r['q']!r} sigma {r['sigma']!r} steps {r['steps']} delta {r['delta']!r}: {failure}")


def dpdm_setting(program):
    """Times in DPDM's own setting; whether they are within what is promised."""
    _, _, answer = dpdm(program, DPDM_SETTING, "pld")
    rate, noise, steps = (("--sampling-rate", repr(DPDM_SETTING["q"])), ("--noise-multiplier", 2),
                          ("--steps", DPDM_SETTING["steps"]))
    slowest = 0
    print(f"DPDM's setting: an answer takes {answer:.3f} s", end="")
    for wanted, known in (("noise multiplier", rate + steps), ("number of steps", rate + noise), ("rate", noise + steps)):
        _, seconds = dpdm_run(program, "calibrate", "--epsilon", 10, "--delta", 1e-5, *known)
        slowest = max(slowest, seconds)
        print(f", calibrating the {wanted} {seconds:.3f} s", end="")
    print()
    return answer < 0.2 and slowest < 2


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dpdm", required=True)
    parser.add_argument("--cases", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", required=True)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    known = {}
    if os.path.exists(args.out):
        with open(args.out) as file:
            known = {(r["q"], r["sigma"], r["steps"], r["delta"]): r for r in map(json.loads, file)}
    rows = []
    with open(args.out, "a") as file:
        for _ in range(args.cases):
            case = draw(rng, args.dpdm)
            upper, lower, seconds = dpdm(args.dpdm, case, "pld")
            row = known.get((case["q"], case["sigma"], case["steps"], case["delta"]), case)
            if ask_peers(row, upper):
                file.write(json.dumps(row) + "\n")
                file.flush()
            rows.append(dict(row, dpdm_upper=upper, dpdm_lower=lower, dpdm_seconds=seconds))
            rows[-1]["failures"] = judge(rows[-1])
    report(rows)
    quick = dpdm_setting(args.dpdm)
    sys.exit(not quick or any(r["failures"] for r in rows))


if __name__ == "__main__":
    main()
