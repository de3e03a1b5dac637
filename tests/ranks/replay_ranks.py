#!/usr/bin/env python3
"""A step over ranks releases the bits of one process, whatever the number of ranks and threads, and stops as one: replay_ranks.py PEER."""
import re
import sys

import mpi

PEER = sys.argv[1]
alone = mpi.run([PEER, "none", "1"])
assert alone.returncode == 0 and re.fullmatch(r"[0-9a-f]{64}\n", alone.stdout), (alone.stdout, alone.stderr)
for name, launcher in mpi.LAUNCHERS:
    for ranks, threads in ((1, 2), (2, 1), (3, 2), (4, 1)):
        result = mpi.run([PEER, "mpi", str(threads)], ranks, launcher)
        assert result.returncode == 0 and result.stdout == alone.stdout, (name, ranks, threads, result.stdout, result.stderr)
    result = mpi.run([PEER, "mpi", "1", "2"], 3, launcher)
    assert result.returncode == 0, (name, result.stdout, result.stderr)
    told = sorted(result.stdout.split("\n"))[1:]
    assert told[2] == "rank 2: stopped in step 2" and all("rank 2 of 3 ended: DPDM_ECANCELLED" in line for line in told[:2]), told
sys.exit(0 if mpi.LAUNCHERS else mpi.SKIPPED)
