"""Inside an allocation: one rank a node, with the CPUs it was given; doctor; a shell of salloc on the login node.

    allocation_test.py BUILD CLUSTER
"""

import json
import os
import sys

from slurm_support import CPUS, NODES, SlurmTest, replace_in, wait_until

# Of one core each; the last is version 2.
GROUPS = {"cpu": {"cpu.cfs_period_us": "100000", "cpu.cfs_quota_us": "100000"},
          "cpuset": {"cpuset.mems": "0", "cpuset.cpus": "0"},
          "": {"cpu.max": "100000 100000"}}


class Allocation(SlurmTest):
    def checks(self, *words):
        """name -> check of a doctor in an allocation; `words`: salloc and its options, then the command."""
        code, out, err = self.cluster.on("login", *words)
        try:
            report = json.loads(out)
        except ValueError:
            sys.exit(f"no JSON from {' '.join(words)}: exit {code}\n{out}{err}")
        return code, {check["name"]: check for check in report["checks"]}

    def doctor(self, path, *arguments):
        return [self.programs.tranche, "-C", path, "--json", "doctor", *arguments]

    def check_doctor(self):
        judge, path = self.judge, self.campaign("doctor")
        whole = ["salloc", "-Q", "--nodes=3", "--ntasks-per-node=1", "--exclusive"]
        code, checks = self.checks(*whole, *self.doctor(path))
        judge(code == 0 and {check["fitness"] for check in checks.values()} == {"ok"}, "three nodes are fit", checks)
        judge(checks["world"]["text"] == f"{NODES} ranks on {NODES} hosts form one world", "a rank on each", checks["world"])
        judge(checks["cores"]["text"] == f"{NODES * CPUS} slots on {NODES * CPUS} cores", "with all its CPUs", checks["cores"])
        for name in ("shared directory", "parallel writes", "parallel store", "locks", "clocks"):
            judge(name in checks, f"{name}: {checks.get(name, {}).get('text')}")
        code, checks = self.checks(*whole, *self.doctor(path, "-n", "2"))
        judge(code == 0 and checks["world"]["fitness"] == "warn", "fewer ranks than nodes are warned of", checks["world"])
        judge(checks["cores"]["text"] == f"{2 * CPUS} slots on {2 * CPUS} cores", "on two of the nodes", checks["cores"])
        code, checks = self.checks(*whole, *self.doctor(path, "-n", "6"))
        judge(checks["cores"]["text"] == f"{NODES * CPUS} slots on {NODES * CPUS} cores",
              "two ranks on a node share its CPUs", checks["cores"])

    def check_ranks_in_one_place(self):
        """A launcher that does not know of Slurm."""
        judge, path = self.judge, self.campaign("blind")
        code, checks = self.checks("salloc", "-Q", "--nodes=3", "--ntasks-per-node=1", "--exclusive", "env",
                                   "OMPI_MCA_ras=^slurm", "OMPI_MCA_plm=^slurm", *self.doctor(path, "-n", "4"))
        judge(code == 7 and checks["world"]["fitness"] == "FAIL", "ranks that were not spread are unfit: exit 7", checks["world"])
        judge.says(["4 ranks on 1 host, and the job has 3 nodes", "launcher: srun"],
                   checks["world"]["text"] + checks["world"]["advice"], "doctor says what is wrong, and what to try")

    def check_parts_of_nodes(self):
        """Never more slots than CPUs were given."""
        judge, path = self.judge, self.campaign("parts")
        code, checks = self.checks("salloc", "-Q", "--nodes=2", "--ntasks-per-node=1", "--cpus-per-task=3",
                                   *self.doctor(path))
        judge(code == 0 and checks["cores"]["text"] == "6 slots on 6 cores", "3 CPUs of 2 nodes: 6 slots", checks["cores"])
        # 5 tasks of one CPU: 4 on one node, 1 on another.
        code, checks = self.checks("salloc", "-Q", "--nodes=2", "--ntasks=5", *self.doctor(path))
        judge(code == 0 and checks["cores"]["text"] == "5 slots on 5 cores", "4 and 1 CPUs: 5 slots", checks["cores"])
        code, checks = self.checks("salloc", "-Q", "--nodes=1", "--cpus-per-task=2", *self.doctor(path))
        judge(code == 0 and checks["cores"]["text"] == "2 slots on 2 cores" and "n1" not in checks["world"]["text"],
              "one node, from the login node: its rank runs there", checks["cores"])

    def check_step(self):
        """srun with a command of one task: its rank is alone, although srun has started it. It has the step's CPUs."""
        judge, path = self.judge, self.campaign("step")
        code, checks = self.checks("srun", "-Q", "--nodes=1", "--ntasks=1", "--exclusive", *self.doctor(path))
        judge(code == 0 and checks["cores"]["text"] == f"{CPUS} slots on {CPUS} cores", "a single task of srun", checks)
        for cpus in (1, 2, 3):
            code, checks = self.checks("salloc", "-Q", "--nodes=1", "--ntasks=1", "--cpus-per-task=3", "srun", "-Q",
                                       f"--cpus-per-task={cpus}", *self.doctor(path))
            slots = f"{cpus} slot{'s' if cpus > 1 else ''} on {cpus} core{'s' if cpus > 1 else ''}"
            judge(code == 0 and checks["cores"]["text"] == slots, f"a step of {cpus} of the job's 3 CPUs", checks.get("cores"))
        # One rank on each node has the CPUs of all tasks there, whoever starts it.
        for launcher in ("mpirun", "srun"):
            path = self.campaign(f"tasks-{launcher}")
            replace_in(os.path.join(path, "campaign.yaml"), "cluster:", f"cluster:\n  launcher: {launcher}")
            code, checks = self.checks("salloc", "-Q", "--nodes=2", "--ntasks-per-node=3", "--cpus-per-task=1",
                                       *self.doctor(path))
            judge(code == 0 and checks["cores"]["text"] == "6 slots on 6 cores", f"three tasks of one CPU, {launcher}",
                  checks.get("cores"))

    def check_narrowed(self):
        """A process bound to one core has one slot, whatever Slurm has given."""
        self.check_one_slot("bound", "exec taskset -c 0", "bound to one core")

    def check_one_slot(self, name, begin, what):
        judge, path = self.judge, self.campaign(name)
        script, report = os.path.join(path, "job.sh"), os.path.join(path, "report.json")
        with open(script, "w") as file:
            file.write("#!/bin/bash\n#SBATCH --nodes=1 --ntasks-per-node=1 --exclusive --time=5\n"
                       f"{begin} {' '.join(self.doctor(path))} > {report}\n")
        job = self.cluster.slurm("sbatch", "--parsable", "-o", os.path.join(path, "log"), script).strip()
        facts = self.cluster.wait_end(job)
        with open(report) as file:
            cores = {check["name"]: check for check in json.load(file)["checks"]}["cores"]
        judge(facts["ExitCode"] == "0:0" and cores["text"] == "1 slot on 1 core", f"{what}: one slot", facts, cores)

    def check_control_groups(self):
        """Real ones, where this machine lets them be made: Slurm of the test cluster makes none."""
        for name, files in GROUPS.items():
            group = os.path.join("/sys/fs/cgroup", name, f"tranche-test-{os.getpid()}")
            try:
                os.mkdir(group)
            except OSError as error:
                print(f"      not tested: a group of {name or 'version 2'}: {error}")
                continue
            try:
                for file, text in files.items():
                    # What is no control group has no such file, and shall have none.
                    with os.fdopen(os.open(os.path.join(group, file), os.O_WRONLY), "w") as stream:
                        stream.write(text)
            except OSError as error:
                print(f"      not tested: a group of {name or 'version 2'}: {error}")
                os.rmdir(group)
                continue
            try:
                self.check_one_slot(f"group-{name}", f"echo $$ > {group}/cgroup.procs && exec",
                                    f"control group {name or '2'} of one core")
            finally:
                wait_until("the group is empty", lambda: self.removed(group), 30)

    @staticmethod
    def removed(group):
        try:
            os.rmdir(group)
        except OSError:
            return False
        return True


def main():
    test = Allocation(*sys.argv[1:3])
    test.check_doctor()
    test.check_ranks_in_one_place()
    test.check_parts_of_nodes()
    test.check_step()
    test.check_narrowed()
    test.check_control_groups()
    test.end()


if __name__ == "__main__":
    main()
