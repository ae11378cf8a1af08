"""The end of a job comes before the campaign's: Slurm's signal, a final epoch, exit 4; the chain goes on until all is
done, and the digest is that of an undisturbed run.

    signal_test.py BUILD CLUSTER
"""

import os
import subprocess
import sys

from slurm_support import SlurmTest, compare, Picture
from campaigns import make_hostile

LINKS = 6
# 12 slots need 30 s; a limit of a minute with its signal 45 s before leaves a job some 6 to 20 s.
POINTS = [("slow", 400)] * 900


class Signal(SlurmTest):
    def hostile(self, name, points):
        path = make_hostile(os.path.join(self.folder, name), self.programs, points, first="10%")
        with open(os.path.join(path, "campaign.yaml"), "a") as file:
            file.write("cluster: {nodes: 3, time: 1 min, signal: 45 s}\n")
        return path

    def check_chain(self):
        judge, cluster, path = self.judge, self.cluster, self.hostile("chain", POINTS)
        jobs = self.submit(path, "--chain", str(LINKS))
        before, codes = None, []
        for job in jobs:
            facts = cluster.wait_end(job)
            codes.append(facts["ExitCode"])
            after = Picture(path)
            findings = after.findings + (compare(before, after) if before else [])
            judge(not findings, f"after job {job} ({codes[-1]}): nothing lost, {len(after.runs)} runs", *findings[:5])
            before = after
        logs = [cluster.log_of(path, job) for job in jobs]
        judge(codes[0] == "4:0", "the first job was told to end, and did with exit 4", codes, logs[0])
        judge.says(["stopped: a signal asked for it"], logs[0], "it says why")
        judge(set(codes) == {"4:0", "0:0"} and codes == sorted(codes, reverse=True),
              "the chain went on until all was done", codes, *logs)
        judge("nothing is left to do" in logs[-1], "the last link had nothing left to do", logs[-1])
        judge(len(before.runs) == len(POINTS), "every sample was run once", len(before.runs))
        judge.code(0, self.tranche(path, "status", "--exit-code"), "status --exit-code: finished")
        return path


def main():
    test = Signal(*sys.argv[1:3])
    path = test.check_chain()
    calm = make_hostile(os.path.join(test.folder, "calm"), test.programs, POINTS, first="10%")
    done = subprocess.run([test.programs.tranche, "-C", calm, "-q", "run", "-j", "64"], text=True, capture_output=True)
    test.judge.code(0, (done.returncode, done.stdout, done.stderr), "an undisturbed run on one rank")
    test.sound(path, calm, "the chain")
    test.end()


if __name__ == "__main__":
    main()
