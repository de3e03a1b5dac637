#!/usr/bin/env python3
"""Ranks exchange sums, items and failures over each MPI library that is there: prop_transport.py PEER. Says which were tried; skips (77) without any."""
import os
import shutil
import subprocess
import sys

PEER = sys.argv[1]
MODULES = os.environ["DPDM_BUILD"]
# root may run mpirun only when it says so; more ranks than cores are meant
ENVIRONMENT = dict(os.environ, DPDM_MODULES=MODULES, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_mpi_yield_when_idle="1")


def run(words, **environment):
    return subprocess.run(words, capture_output=True, text=True, timeout=300, env=dict(ENVIRONMENT, **environment))


tried = []
for name in ("openmpi", "mpich"):
    launcher = shutil.which("mpirun." + name)
    if not launcher or not os.path.exists(os.path.join(MODULES, "dpdm-%s.so" % name)):
        continue
    for ranks in (1, 2, 3, 4):
        result = run([launcher, "-n", str(ranks), PEER, str(ranks)])
        assert result.returncode == 0 and "%d ranks" % ranks in result.stdout, (name, ranks, result.stdout, result.stderr)
    tried.append(name)

alone = run([PEER, "1"])
assert alone.returncode == 1 and "was not started by MPI" in alone.stderr, alone.stderr
lost = run([PEER, "1"], DPDM_MODULES="/nowhere", PMI_SIZE="1")
assert lost.returncode == 1 and "dpdm-mpich.so cannot be loaded" in lost.stderr and "libmpich-dev" in lost.stderr, lost.stderr
print("tried:", ", ".join(tried) or "no MPI library")
sys.exit(0 if tried else 77)
