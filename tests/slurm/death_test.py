"""A rank on another node dies: the job ends within seconds and says which; the next job of the chain goes on.

    death_test.py BUILD CLUSTER mpirun|srun
"""

import os
import signal
import subprocess
import sys

from slurm_support import Picture, SlurmTest, compare, make_hostile, wait_until

POINTS = [("slow", 100)] * 1200  # 10 s for 12 slots


class Death(SlurmTest):
    def hostile(self, name, launcher):
        path = make_hostile(os.path.join(self.folder, name), self.programs, POINTS, first="10%")
        with open(os.path.join(path, "campaign.yaml"), "a") as file:
            file.write(f"cluster: {{nodes: 3, time: 10 min, launcher: {launcher}}}\n")
        return path

    def rank_on(self, node, path):
        """Pid of the rank there: its first process, the others are the children of that."""
        _, out, _ = self.cluster.on(node, "sh", "-c", f"for p in $(pgrep -x tranched); do "
                                    "test \"$(readlink /proc/$p/ns/uts)\" = \"$(readlink /proc/self/ns/uts)\" && "
                                    f"grep -qF {path} /proc/$p/cmdline && echo $p; done")
        pids = [int(word) for word in out.split()]
        return next((pid for pid in pids if self.parent(pid) not in pids), None)

    @staticmethod
    def parent(pid):
        try:
            with open(f"/proc/{pid}/stat") as file:
                return int(file.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            return 0

    def check(self, launcher):
        judge, cluster, path = self.judge, self.cluster, self.hostile("killed", launcher)
        first, second = self.submit(path, "--chain", "2")
        wait_until("the job records something", lambda: len(Picture(path).runs) > 0, 120)
        os.kill(self.rank_on("n2", path), signal.SIGKILL)
        facts = cluster.wait_end(first)
        log = cluster.log_of(path, first)
        judge(facts["ExitCode"] == "4:0", f"{launcher}: a killed rank ends the job with 4", facts, log)
        judge.says(["on node n2 died", "nothing recorded is lost"], log, f"{launcher}: its log says which")
        before = Picture(path)
        judge(0 < len(before.runs) < len(POINTS), f"{launcher}: {len(before.runs)} runs were recorded")
        facts = cluster.wait_end(second)
        judge(facts["ExitCode"] == "0:0", f"{launcher}: the next job of the chain goes on to the end", facts,
              cluster.log_of(path, second))
        calm = self.hostile("calm", launcher)
        done = subprocess.run([self.programs.tranche, "-C", calm, "-q", "run", "-j", "64"], text=True, capture_output=True)
        judge.code(0, (done.returncode, done.stdout, done.stderr), "an undisturbed run on one rank")
        after = self.sound(path, calm, launcher)
        findings = compare(before, after)
        judge(not findings, f"{launcher}: nothing recorded is lost, changed or run again", *findings[:5])


def main():
    test = Death(*sys.argv[1:3])
    test.check(sys.argv[3])
    test.end()


if __name__ == "__main__":
    main()
