#!/usr/bin/env python3
"""How training scales over nodes: measures compute and messages here, fits the model of docs/scaling.md and prints its tables.

usage: scaling.py [BUILD]     BUILD: the build folder (default build), with bench_ranks and a module for Open MPI

Measured: nominal GFLOP/s of one core in a DP step (`dpdm bench --threads 1`), and the messages of a step with 2 to 4 ranks on this machine, through shared memory and through TCP on the loopback. Assumed: the nodes and the network
named in NODE. Plans (steps, batch, draws, floating-point operations) are those of `dpdm train --dry-run`."""
import json
import math
import os
import re
import subprocess
import sys

BUILD = sys.argv[1] if len(sys.argv) > 1 else "build"
NODE = {"cores": 64, "memory": 200e9, "network": 3e9, "latency": 30e-6}  # bytes a second; 25 Gbit/s Ethernet
NODES = (1, 8, 64, 1000)
SIZES = (1, 1000, 100000, 1753345)
WIDER = 6  # a network 6 times as wide has 36 times the parameters and operations
NOISE = 15e-9  # seconds of a core for the exact noise of a parameter (docs/privacy/sampler.md)
RECIPES = ("dpdm-mnist-eps10", "dpdm-mnist-eps1", "dpdm-mnist-eps02", "dpdm-fmnist-eps10", "dpdm-fmnist-eps1", "dpdm-fmnist-eps02", "dpdm-celeba32-eps10",
           "dpdm-celeba32-eps1", "dpdm-celeba64-eps10", "dpdm-cifar10-eps10", "dpdm-imagenet32-eps10")


def run(words, **environment):
    return subprocess.run(words, check=True, capture_output=True, text=True, env=dict(os.environ, **environment)).stdout


def dpdm(*words):
    return json.loads(run([os.path.join(BUILD, "dpdm"), *words, "--json"]))


def messages(ranks, carrier):
    """{P: (sum, gather)} in seconds."""
    out = run(["mpirun", "-n", str(ranks), "--mca", "btl", "self," + carrier, os.path.join(BUILD, "bench", "bench_ranks"), *map(str, SIZES)],
              DPDM_MODULES=BUILD, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_rmaps_base_oversubscribe="1",
              OMPI_MCA_mpi_yield_when_idle="1")
    return {int(p): (float(s) / 1e3, float(g) / 1e3) for p, s, g in re.findall(r"(\d+): sum ([\d.]+) ms, gather ([\d.]+) ms", out)}


def exchange(ranks, parameters, latency, bandwidth):
    """The model of both collectives: log2 R rounds for what is short; each rank sends and receives (R - 1) / R of 8 P and of 4 P bytes."""
    if ranks == 1:
        return 0
    return 2 * math.ceil(math.log2(ranks)) * latency + 12 * parameters * (ranks - 1) / ranks / bandwidth


def step(plan, nodes, rate):
    """Seconds of compute, of the sums of a node's threads, of noise, of messages."""
    cores, images = NODE["cores"] * nodes, plan["batch"]
    image = plan["multiplicity"] * plan["flops_per_draw"] / rate
    compute = math.ceil(images / cores) * image  # one core works on an image: fewer images than cores leave cores idle
    threads = min(NODE["cores"], math.ceil(images / nodes))
    p = plan["trained_parameters"]
    sums = 2 * 8 * p * threads / NODE["memory"]  # cleared, then read once
    return compute, sums, NOISE * p / cores, exchange(nodes, p, NODE["latency"], NODE["network"])


def duration(seconds):
    return "%.0f min" % (seconds / 60) if seconds < 7200 else "%.1f h" % (seconds / 3600) if seconds < 48 * 3600 else "%.1f days" % (seconds / 86400)


def main():
    bench = dpdm("bench", "--preset", "dpdm-fmnist-eps10", "--threads", "1", "--seconds", "2")
    rate = bench["gflops"] * 1e9
    print("measured: %.0f nominal GFLOP/s a core in a DP step, kernel set %s\n" % (rate / 1e9, bench["kernels"]))
    print("| ranks | through | latency, us | P 100,000: sum + gather, ms | P 1,753,345: sum + gather, ms | fitted GB/s | model, ms |")
    print("|---|---|---|---|---|---|---|")
    for carrier, name in (("vader", "shared memory"), ("tcp", "TCP, loopback")):
        for ranks in (2, 3, 4):
            m = messages(ranks, carrier)
            latency = sum(m[1]) / 2 / math.ceil(math.log2(ranks))
            short, long = sum(m[SIZES[2]]), sum(m[SIZES[3]])
            bandwidth = 12 * (SIZES[3] - SIZES[2]) * (ranks - 1) / ranks / (long - short)
            print("| %d | %s | %.0f | %.2f + %.2f | %.1f + %.1f | %.2f | %.1f |" % (
                ranks, name, latency * 1e6, *(1e3 * t for t in m[SIZES[2]]), *(1e3 * t for t in m[SIZES[3]]), bandwidth / 1e9,
                1e3 * exchange(ranks, SIZES[3], latency, bandwidth)))
    print("\n| network | nodes of %d cores | compute, s | sums of threads, s | noise, s | messages, s | step, s | images a core | efficiency |" % NODE["cores"])
    print("|---|---|---|---|---|---|---|---|---|")
    published = dpdm("train", "--preset", "dpdm-fmnist-eps10", "--dry-run")
    for plan in (published, dict(published, **{key: WIDER ** 2 * published[key] for key in ("trained_parameters", "flops_per_draw")})):
        alone = sum(step(plan, 1, rate))
        for nodes in NODES:
            parts = step(plan, nodes, rate)
            print("| P %.2fM, %.3g GFLOP a draw, B %d, K %d | %d | %.3f | %.3f | %.4f | %.3f | %.3f | %.2f | %.0f %% |" % (
                plan["trained_parameters"] / 1e6, plan["flops_per_draw"] / 1e9, plan["batch"], plan["multiplicity"], nodes, *parts, sum(parts),
                plan["batch"] / nodes / NODE["cores"], 100 * alone / nodes / sum(parts)))
    print("\n| recipe | steps | B | K | million draws | %s |" % " | ".join("%d nodes" % n for n in NODES))
    print("|---|---|---|---|---|---|---|---|---|")
    for name in RECIPES:
        plan = dpdm("train", "--preset", name, "--data", "unread", "--dry-run")
        draws = plan["steps"] * plan["batch"] * plan["multiplicity"]
        print("| %s | %d | %d | %d | %.0f | %s |" % (name, plan["steps"], plan["batch"], plan["multiplicity"], draws / 1e6,
                                                  " | ".join(duration(plan["steps"] * sum(step(plan, n, rate))) for n in NODES)))


main()
