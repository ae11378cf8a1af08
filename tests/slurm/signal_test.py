"""The end of a job comes before the campaign's: a final epoch, exit 4; the next job of the chain goes on, and in the end
the digest is that of an undisturbed run.

    signal_test.py BUILD CLUSTER [--walltime]

A person ends the job (TERM, by scancel), after a USR1 that is no reason to end: time is left. Or, which takes minutes,
Slurm does, when the job's time is over.
"""

import os
import subprocess
import sys

from slurm_support import Picture, SlurmTest, compare, make_hostile, wait_until

# Work for 12 slots. Slurm looks every 30 s whether a signal is due.
SHORT = [("slow", 100)] * 1200
LONG = [("slow", 400)] * 2500


class Signal(SlurmTest):
    def __init__(self, build, folder, walltime):
        super().__init__(build, folder)
        self.walltime = walltime
        self.points = LONG if walltime else SHORT

    def hostile(self, name):
        path = make_hostile(os.path.join(self.folder, name), self.programs, self.points, first="10%")
        with open(os.path.join(path, "campaign.yaml"), "a") as file:
            file.write("cluster: {nodes: 3, time: 1 min, signal: 58 s}\n" if self.walltime else
                       "cluster: {nodes: 3, time: 10 min}\n")
        return path

    def wait_signalled(self, path, job, before):
        """The end of a job, to which a person has sent the signals once it had recorded something."""
        if not self.walltime:
            self.cluster.wait_for(job, ("RUNNING",), 60)
            wait_until("the job records something", lambda: len(Picture(path).runs) > len(before.runs))
            self.cluster.slurm("scancel", "--batch", "--signal=USR1", job)
            recorded = len(Picture(path).runs)
            wait_until("it goes on after USR1", lambda: len(Picture(path).runs) > recorded)
            self.cluster.slurm("scancel", "--batch", "--signal=TERM", job)
        return self.cluster.wait_end(job)

    def check_chain(self):
        judge, cluster, path = self.judge, self.cluster, self.hostile("chain")
        jobs = self.submit(path, "--chain", "5")
        before, codes = Picture(path), []
        for number, job in enumerate(self.in_turn(jobs)):
            facts = self.wait_signalled(path, job, before) if number < 2 else cluster.wait_end(job)
            codes.append(facts["ExitCode"])
            after = Picture(path)
            findings = after.findings + compare(before, after)
            judge(not findings, f"after job {job} ({codes[-1]}): nothing lost, {len(after.runs)} runs", *findings[:5])
            before = after
        logs = [cluster.log_of(path, job) for job in jobs]
        judge(codes[0] == "4:0", "the first job was told to end, and did with exit 4", codes, logs[0])
        why = "no sample begins any more" if self.walltime else "stopped: a signal asked for it"
        judge.says([why], logs[0], "it says why")
        judge(set(codes) == {"4:0", "0:0"} and codes == sorted(codes, reverse=True),
              f"the chain went on until all was done: {codes}", *logs)
        judge("nothing is left to do" in logs[-1], "the last link had nothing left to do", logs[-1])
        judge(len(before.runs) == len(self.points), "every sample was run once", len(before.runs))
        judge.code(0, self.tranche(path, "status", "--exit-code"), "status --exit-code: finished")
        return path


def main():
    test = Signal(*sys.argv[1:3], walltime="--walltime" in sys.argv[3:])
    path = test.check_chain()
    calm = test.hostile("calm")
    done = subprocess.run([test.programs.tranche, "-C", calm, "-q", "run", "-j", "64"], text=True, capture_output=True)
    test.judge.code(0, (done.returncode, done.stdout, done.stderr), "an undisturbed run on one rank")
    test.sound(path, calm, "the chain")
    test.end()


if __name__ == "__main__":
    main()
