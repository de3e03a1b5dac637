#!/bin/sh
# One training on several nodes under Slurm, one process a node, with all its cores.
# Usage: sbatch --nodes N examples/slurm.sh RECIPE.yaml RUN [TRAIN-OPTION...]. Data and RUN lie on a file system of all nodes.
# Submitted again after a time limit or a lost node it goes on where it stopped, on any number of nodes.
#SBATCH --job-name=dpdm
#SBATCH --ntasks-per-node=1
#SBATCH --exclusive
#SBATCH --signal=B:TERM@120
set -eu
dpdm=${DPDM:-dpdm}
recipe=$1
run=$2
shift 2
[ ! -e "$run/state" ] || set -- "$@" --resume
# mpirun asks Slurm for the nodes. Where srun can start this MPI itself ('srun --mpi=list'), 'srun' does in its place.
exec mpirun -n "$SLURM_NTASKS" --bind-to none "$dpdm" train --config "$recipe" --out "$run" --ranks mpi \
  --threads "$((SLURM_CPUS_ON_NODE / SLURM_NTASKS_PER_NODE))" "$@"
