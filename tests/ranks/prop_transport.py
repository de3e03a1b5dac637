#!/usr/bin/env python3
"""Ranks exchange sums, items and failures over each MPI library that is there: prop_transport.py PEER. Says which were tried; skips without any."""
import sys

import mpi

PEER = sys.argv[1]
for name, launcher in mpi.LAUNCHERS:
    for ranks in (1, 2, 3, 4):
        result = mpi.run([PEER, str(ranks)], ranks, launcher)
        assert result.returncode == 0 and "%d ranks" % ranks in result.stdout, (name, ranks, result.stdout, result.stderr)

alone = mpi.run([PEER, "1"])
assert alone.returncode == 1 and "was not started by MPI" in alone.stderr, alone.stderr
lost = mpi.run([PEER, "1"], DPDM_MODULES="/nowhere", PMI_SIZE="1")
assert lost.returncode == 1 and "dpdm-mpich.so cannot be loaded" in lost.stderr and "libmpich-dev" in lost.stderr, lost.stderr
print("tried:", ", ".join(name for name, _ in mpi.LAUNCHERS) or "no MPI library")
sys.exit(0 if mpi.LAUNCHERS else mpi.SKIPPED)
