"""What the tests of ranks share: the MPI libraries that are there, and how programs are run under them."""
import os
import shutil
import subprocess

MODULES = os.environ["DPDM_BUILD"]
# MPI libraries leave memory behind, most of it taken by components that they have unloaded by then: their leaks have no name that a
# suppression could match, so none are looked for in programs under mpirun. All other errors are.
SANITIZERS = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "detect_leaks=0"]))
# root may run mpirun only when it says so; more ranks than cores are meant
ENVIRONMENT = dict(os.environ, DPDM_MODULES=MODULES, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                   OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_mpi_yield_when_idle="1")
# Two libraries are one too many for a job without an MPI of its own, and none is a skipped test.
LAUNCHERS = [(name, launcher) for name in ("openmpi", "mpich") for launcher in [shutil.which("mpirun." + name)]
             if launcher and os.path.exists(os.path.join(MODULES, "dpdm-%s.so" % name))]
SKIPPED = 77


def run(words, ranks=None, launcher=None, timeout=900, **environment):
    if ranks:
        words = [launcher, "-n", str(ranks)] + words
        environment = dict(environment, ASAN_OPTIONS=SANITIZERS)
    return subprocess.run(words, capture_output=True, text=True, timeout=timeout, env=dict(ENVIRONMENT, **environment))
