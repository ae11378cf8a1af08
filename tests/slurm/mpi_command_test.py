"""MPI-parallel samples on a real Slurm: each sample is a step of srun with two ranks, beside others, on the node of its
slot.

    mpi_command_test.py BUILD CLUSTER
"""

import glob
import os
import sqlite3
import sys

import h5py

from slurm_support import SlurmTest, wait_until

POINTS = ((0.25, "fine"), (0.5, "fine"), (0.125, "crash"), (1, "fine"), (2, "fine"))

CAMPAIGN = """\
tranche: 1
name: ranks
parameters: {{x: {{range: [0, 2]}}, mode: {{values: [fine, crash, hang]}}}}
design: {{method: list, points: points.csv, order: file}}
simulator: {{command: ["{program}", "{{x}}", "{{mode}}"], timeout: 60 s{launch}}}
retries: {{crashed: 0}}
outputs:
  sum:   {{store: {{dtype: float64}}, read: {{key: sum}}}}
  ranks: {{read: {{key: ranks}}}}
resources: {{ranks: 2}}
"""


class Ranks(SlurmTest):
    def check(self, name, launch):
        judge = self.judge
        path = self.campaign(name, CAMPAIGN, launch=launch,
                             program=os.path.join(self.programs.build, "tests", "programs", "mpi_sum"))
        with open(os.path.join(path, "points.csv"), "w") as file:
            file.write("x,mode\n" + "".join(f"{x},{mode}\n" for x, mode in POINTS))
        done = self.cluster.on("login", "salloc", "-Q", "--nodes=2", "--ntasks-per-node=1", "--exclusive",
                               self.programs.tranche, "-C", path, "run", limit_s=240)
        if not judge.code(0, done, f"{name}: a campaign of MPI programs inside an allocation of two nodes"):
            return
        rows = {}
        for stage in glob.glob(os.path.join(path, "store", "r1.s*.h5")):
            with h5py.File(stage) as file:
                rows.update({int(index): (float(file["sum"][k]), float(file["ranks"][k]))
                             for k, index in enumerate(file["index"])})
        wanted = {k: (2 * x, 2) for k, (x, mode) in enumerate(POINTS) if mode == "fine"}
        judge({k: rows[k] for k in wanted} == wanted, f"{name}: two ranks of one world each", rows)
        db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
        runs = dict(db.execute("SELECT idx, state FROM runs_text"))
        slots = db.execute("SELECT slots FROM jobs").fetchone()[0]
        db.close()
        judge(runs[2] == "failed", f"{name}: a rank that aborts fails its sample only", runs)
        judge(slots == 2, f"{name}: four CPUs of a node are two slots of two ranks", slots)
        wait_until("no step is left", lambda: not self.cluster.slurm("squeue", "-h").strip(), 60)


def main():
    test = Ranks(*sys.argv[1:3])
    test.check("default", "")
    test.check("own", ', launch: "srun --overlap --quiet --mpi=pmix --cpu-bind=none -N1 -n {ranks}"')
    test.end()


if __name__ == "__main__":
    main()
