"""A chain of jobs whose time is too short, with one of the two nets alone: Slurm's signal, where squeue does not answer;
and the job's own clock, where no signal was asked for. No job is killed by Slurm, every sample is run once, and the
digest is that of an undisturbed run.

    walltime_test.py BUILD CLUSTER signal|clock
"""

import json
import os
import sys

import disturbing
from slurm_support import Picture, SlurmTest, compare, replace_in

POINTS = 8000  # 67 s for 12 slots
SCRIPT = """\
#!/bin/bash
#SBATCH --nodes={{nodes}}
#SBATCH --ntasks-per-node=1
#SBATCH --time={{time}}
#SBATCH --output={{output}}
#SBATCH {{option}}
"""
SIGNAL = """\
#SBATCH --signal=B:USR1@{{signal}}
cd {{directory}}
export PATH="$PWD/mute:$PATH"
exec {{tranche}} run --job {{arguments}}
"""
CLOCK = """\
cd {{directory}}
exec {{tranche}} run --job {{arguments}}
"""


class Walltime(SlurmTest):
    def make(self, net):
        path = os.path.join(self.folder, net)
        disturbing.make_campaign(path, self.programs, POINTS)
        replace_in(os.path.join(path, "campaign.yaml"), "time: 20 min", "time: 1 min, signal: 30 s, template: job.sh")
        with open(os.path.join(path, "job.sh"), "w") as file:
            file.write(SCRIPT + (SIGNAL if net == "signal" else CLOCK))
        os.makedirs(os.path.join(path, "mute"))
        with open(os.path.join(path, "mute", "squeue"), "w") as file:
            file.write("#!/bin/sh\nexit 1\n")
        os.chmod(os.path.join(path, "mute", "squeue"), 0o755)
        return path

    def check(self, net):
        judge, cluster, path = self.judge, self.cluster, self.make(net)
        expected = disturbing.undisturbed(self.programs, os.path.join(self.folder, "calm"), POINTS)
        reason = {"signal": "a signal asked for it", "clock": "the allocation ends in"}[net]
        codes, before = [], None
        for job in self.in_turn(self.submit(path, "--chain", "12")):
            facts = cluster.wait_end(job, 240)
            codes.append(facts["ExitCode"])
            log = cluster.log_of(path, job)
            if codes[-1] not in ("0:0", "4:0"):
                judge(False, f"job {job} ends with 4 or 0", facts, log)
                break
            after = Picture(path)
            findings = after.findings + (compare(before, after) if before else [])
            judge(not findings, f"job {job} ({codes[-1]}): nothing lost or run again, {len(after.runs)} runs", *findings[:5])
            before = after
            if codes[-1] == "0:0":
                break
            judge.says([reason], log, "its log says why it ended")
            with open(os.path.join(path, "status.json")) as file:
                print(f"      lost: {json.load(file)['lost']}")
        judge(codes[0] == "4:0" and codes[-1] == "0:0", f"the chain went on until all was done: {codes}")
        judge(len(before.runs) == POINTS, "every sample was run once", len(before.runs))
        judge(before.digests() == expected, "the digests are those of an undisturbed run", before.digests(), expected)


def main():
    test = Walltime(*sys.argv[1:3])
    test.check(sys.argv[3])
    test.end()


if __name__ == "__main__":
    main()
