#!/bin/sh
#SBATCH --job-name=graphaudit-fleet
#SBATCH --array=0-7
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=05:00:00
#SBATCH --requeue
# Eight tasks share the tenants; one that is requeued goes on with what is left. Findings (1) and rules not evaluated
# (3) are answers: --exit-zero makes them 0, so that a task that failed is one that could not audit. Afterwards, once:
#   graphaudit fleet report results --tenants tenants.yaml --output html=fleet.html
exec graphaudit fleet --tenants tenants.yaml --output-dir results \
    --index "$SLURM_ARRAY_TASK_ID" --of "$SLURM_ARRAY_TASK_COUNT" \
    --parallel "${SLURM_CPUS_PER_TASK:-1}" --tenant-timeout 2h --exit-zero
