"""What Slurm does not want is shown with the line it is about, and with what could stand there.

    refusals_test.py BUILD CLUSTER
"""

import os
import sys

from slurm_support import SlurmTest, replace_in

# (what is changed, into what, line:column, what is said)
REFUSED = [
    ("partition: main", "partition: mian", "12:3", ["invalid partition", "mian", "one of main, urgent"]),
    ("partition: main", "partiton: main", "12:3", ["unrecognized option", "did you mean `partition`"]),
    ("partition: main", "constraint: gpu", "12:3", ["nvalid feature"]),
    ("partition: main", "gres: gpu:3", "12:3", ["gres"]),
    ("partition: main", "mem: 900G", "12:3", ["emory"]),
    ("partition: main", "begin: tomorrowx", "12:3", ["tomorrowx"]),
    ("partition: main", "sbatch: [--exclusive, --foo=3]", "12:25", ["unrecognized option", "--foo"]),
]


class Refusals(SlurmTest):
    def check_lines(self):
        for number, (old, new, place, words) in enumerate(REFUSED):
            path = self.campaign(f"refused{number}")
            replace_in(os.path.join(path, "campaign.yaml"), old, new)
            code, out, err = self.tranche(path, "submit")
            self.judge(code == 2 and f"campaign.yaml:{place}: error: Slurm refuses the job" in err,
                       f"{new}: exit 2, at {place}", code, out, err)
            self.judge.says(words, err, f"{new}: says {words}")
            left = [name for name in os.listdir(os.path.join(path, "jobs"))]
            self.judge(not left, f"{new}: no job is recorded, no script is left", left)

    def check_command_line(self):
        judge, path = self.judge, self.campaign("line")
        for arguments in (["--time", "5"], ["--time", "soon"], ["--nodes", "0"], ["--until", "pilto"], ["--chain", "0"]):
            judge.code(2, self.tranche(path, "submit", *arguments), f"submit {' '.join(arguments)}")
        done = self.tranche(path, "submit", "--nodes", "9")
        judge.says(["Slurm took job", "lets it wait with reason Partition", "scancel"], done[2], "a job that can never start is warned of")
        judge(done[0] == 0 and self.cluster.slurm("squeue", "-h", "-o", "%D").split() == ["9"], "Slurm took it", *done)

    def check_no_slurm(self):
        judge, path = self.judge, self.campaign("none")
        done = self.cluster.on("login", "env", "PATH=/nowhere", self.programs.tranche, "-C", path, "submit")
        judge.code(7, done, "without sbatch")
        judge.says(["no sbatch", "tranche run"], done[2], "it says what to do")
        done = self.cluster.on("login", "env", "PATH=/nowhere", self.programs.tranche, "-C", path, "submit", "--dry-run")
        judge.code(0, done, "--dry-run needs no Slurm")

    def check_local_folder(self):
        judge = self.judge
        code, out, err = self.cluster.on("login", "sh", "-c", f"cp -r {self.campaign('copied')} /tmp/copied && "
                                         f"{self.programs.tranche} -C /tmp/copied submit --dry-run")
        judge.code(0, (code, out, err), "a campaign in /tmp")
        judge.says(["warning", "/tmp", "each node has for itself"], err, "submit warns of a folder that nodes do not share")


def main():
    test = Refusals(*sys.argv[1:3])
    test.check_lines()
    test.check_command_line()
    test.check_no_slurm()
    test.check_local_folder()
    test.end()


if __name__ == "__main__":
    main()
