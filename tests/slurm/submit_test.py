"""submit, gate by gate: the script, the job on three nodes, the gate that is no failure, the chain.

    submit_test.py BUILD CLUSTER
"""

import json
import os
import re
import shlex
import subprocess
import sys

from slurm_support import CPUS, NODES, NOOP, ROOT, SlurmTest, replace_in

PAGE = os.path.join(ROOT, "docs", "how-to", "slurm.md")


class Submit(SlurmTest):
    def calm(self):
        """The same campaign, on one rank without Slurm."""
        path = self.campaign("calm", gate="pass")
        done = subprocess.run([self.programs.tranche, "-C", path, "-q", "run"], text=True, capture_output=True)
        self.judge.code(0, (done.returncode, done.stdout, done.stderr), "an undisturbed run on one rank")
        return path

    def check_script(self):
        judge, path = self.judge, self.campaign("script")
        code, out, err = self.tranche(path, "submit", "--dry-run", "--nodes", "2", "--time", "90min", "--until", "pilot")
        judge.code(0, (code, out, err), "submit --dry-run")
        lines = out.splitlines()
        judge(lines[0] == "#!/bin/bash", "it is a bash script", out)
        for line in ("#SBATCH --nodes=2", "#SBATCH --ntasks-per-node=1", "#SBATCH --time=01:30:00",
                     "#SBATCH --signal=B:USR1@300", "#SBATCH --open-mode=append", "#SBATCH --requeue",
                     "#SBATCH --partition=main", "#SBATCH --exclusive"):
            judge(line in lines, line, out)
        judge(lines[-1].startswith("exec ") and lines[-1].endswith(f"/tranche -C {path} run --job --until pilot"),
              "it ends in exec tranche run", lines[-1])
        judge(sorted(os.listdir(path)) == ["campaign.yaml"], "nothing was written", os.listdir(path))
        judge(self.cluster.slurm("squeue", "-h") == "", "nothing was submitted")
        bash = subprocess.run(["bash", "-n"], input=out, text=True, capture_output=True)
        judge(bash.returncode == 0, "bash can read it", bash.stderr)

    def check_template(self):
        judge, path = self.judge, self.campaign("it's a 100% odd folder")
        template = os.path.join(path, "my_job.sh")
        text = ("#!/bin/sh\n#SBATCH -N {{nodes}}\n#SBATCH -o {{output}}\n"
                "cd {{directory}}\nexec {{tranche}} run --job {{arguments}}\n")
        with open(template, "w") as file:
            file.write(text + "# {{nods}}\n")
        done = self.tranche(path, "submit", "--template", template)
        judge.code(2, done, "a template with an unknown word")
        judge.says(["my_job.sh:6:", "{{nods}}", "did you mean `{{nodes}}`", "directory"], done[2], "it says where and what")
        with open(template, "w") as file:
            file.write(text)
        code, out, err = self.cluster.on("login", "env", f"TRANCHE_JOB_TEMPLATE={template}", self.programs.tranche, "-C",
                                         path, "submit", "--dry-run", "--nodes", "1")
        judge(code == 0 and out.startswith("#!/bin/sh\n#SBATCH -N 1\n"), "a site's template, by the environment", code, out, err)
        replace_in(os.path.join(path, "campaign.yaml"), "cluster:", "cluster:\n  template: my_job.sh")
        job, = self.submit(path, "--until", "pilot", "--nodes", "1")
        facts = self.cluster.wait_end(job)
        judge(facts["ExitCode"] == "0:0" and facts["NodeCnt"] == "1", "a job of the site's own template ends well",
              facts, self.cluster.log_of(path, job))
        judge.code(2, self.tranche(path, "submit", "--template", "nowhere.sh"), "a template that is not there")

    def check_gates(self, calm):
        judge, cluster, path = self.judge, self.cluster, self.campaign("gates")
        first, second = self.submit(path, "--chain", "2")
        facts = cluster.wait_end(first)
        judge(facts["JobState"] == "COMPLETED" and facts["ExitCode"] == "0:0" and facts["NodeCnt"] == str(NODES),
              "the first job, on three nodes, ends at the gate with 0", facts, cluster.log_of(path, first))
        facts = cluster.wait_end(second)
        judge(facts["ExitCode"] == "0:0", "the second finds the gate closed: 0", facts, cluster.log_of(path, second))
        status = self.tranche(path, "status", "--exit-code")
        judge.code(3, status, "status --exit-code at the gate")
        judge.says(["waiting", "tranche approve pilot"], status[1], "status says that it waits, and what to type")
        judge.says([f"on {NODES * CPUS} slots"], cluster.log_of(path, first), "12 slots ran")
        judge.says(["tranche approve pilot"], cluster.log_of(path, first), "the log says what to type")
        with open(os.path.join(path, "status.json")) as file:
            agents = json.load(file)["agents"]
        judge(sorted((agent["host"], agent["slots"]) for agent in agents) == [("n1", CPUS), ("n2", CPUS), ("n3", CPUS)],
              "one rank on each node, a slot for each CPU of it", agents)

        warned = self.tranche(path, "submit", "--dry-run")
        judge.says(["will end at once", "tranche approve pilot"], warned[2], "submit warns that a gate waits")
        judge.code(0, self.tranche(path, "approve", "pilot", node="n2"), "approve, on another node")
        first, second = self.submit(path, "--chain", "2")
        judge(cluster.wait_end(first)["ExitCode"] == "0:0", "after approval the chain goes on",
              cluster.log_of(path, first))
        judge(cluster.wait_end(second)["ExitCode"] == "0:0", "its second link finds nothing left to do: 0")
        log = cluster.log_of(path, second)
        judge(log == "the campaign is complete: nothing is left to do\n", "it says so, and nothing else", log)
        judge.code(0, self.tranche(path, "status", "--exit-code"), "status --exit-code: finished")
        picture = self.sound(path, calm, "three nodes")
        judge(len(picture.runs) == 2000, "every sample was run once", len(picture.runs))
        judge.code(0, self.tranche(path, "verify"), "verify, on the login node")
        judge.code(2, self.tranche(path, "submit"), "submit when all is done")
        names = sorted(os.listdir(os.path.join(path, "jobs")), key=lambda name: (name.split(".")[1], int(name.split(".")[0])))
        judge([name for name in names if name.endswith(".json")] == ["%d.json" % (int(second) + k) for k in range(-3, 1)],
              "each job is recorded", names)
        with open(os.path.join(path, "jobs", f"{second}.json")) as file:
            record = json.load(file)
        judge(record["job_id"] == second and record["after"] == first and record["nodes"] == NODES,
              "with its id and what it comes after", record)

    def check_page(self):
        """docs/how-to/slurm.md: its section `cluster`, and what it says to type."""
        judge = self.judge
        with open(PAGE) as file:
            page = file.read()
        section, = re.findall(r"^```yaml\n(cluster:.*?)^```", page, re.MULTILINE | re.DOTALL)
        doctor, = re.findall(r"^    (salloc .*)", page, re.MULTILINE)
        path = self.campaign("page", text=NOOP.split("cluster:")[0] + section)
        code, out, err = self.tranche(path, "submit", "--dry-run")
        judge(code == 0, "the page's section", err)
        judge.says(["--partition=medium", "--account=astro", "--nodes=4", "--time=03:00:00", "--qos=long", "module load openmpi"],
                   out, "every key of it is in the script")
        here = re.sub(r"\n  (account|modules|qos):.*", "", section).replace("medium", "main").replace("nodes: 4", "nodes: 3")
        path = self.campaign("page here", text=NOOP.split("cluster:")[0] + here)
        code, out, err = self.cluster.on("login", "env", f"PATH={self.programs.build}/bin:{os.environ['PATH']}",
                                         *shlex.split(doctor.replace("--nodes=4", "--nodes=3")), cwd=path)
        judge(code == 0 and "world" in out and "FAIL" not in out, doctor, code, out, err)
        commands = [line.strip() for line in re.findall(r"^    tranche ([^#\n]*)", page, re.MULTILINE)]
        judge(len(commands) > 3, f"{len(commands)} commands", commands)
        for command in commands:
            judge.code(0, self.tranche(path, *shlex.split(command)), f"tranche {command}")
        jobs = [name for name in os.listdir(os.path.join(path, "jobs")) if name.endswith(".json")]
        judge(len(jobs) == 2 + 4, "a chain as in the section, and one as on the command line", jobs)
        self.cluster.cancel_all()

    def check_after_live_jobs(self):
        judge, cluster, path = self.judge, self.cluster, self.campaign("queue")
        cluster.slurm("sbatch", "--exclusive", "-N3", "-o", "/dev/null", "--wrap", "sleep 300")
        self.submit(path, "--nodes", "9", "--chain", "2")  # can never start, nor what comes after it
        first, = self.submit(path)
        after = cluster.slurm("squeue", "-h", "-j", first, "-o", "%E").strip()
        judge(after == "(null)", "a job that cannot start is not waited for", after)
        second, = self.submit(path)
        after = cluster.slurm("squeue", "-h", "-j", second, "-o", "%E").strip()
        judge(after.startswith(f"afterany:{first}"), "a second submission comes after the job that waits", after)
        code, out, _ = self.tranche(path, "-q", "--json", "submit", "--chain", "2")
        report = json.loads(out)
        judge(code == 0 and [job["after"] for job in report["jobs"]] == [second, report["jobs"][0]["job_id"]],
              "--json: one document, with every job", out)
        cluster.cancel_all()

    def check_srun(self, calm):
        judge, path = self.judge, self.campaign("srun", gate="pass")
        replace_in(os.path.join(path, "campaign.yaml"), "cluster:", "cluster:\n  launcher: srun")
        done = self.cluster.on("login", "salloc", "-Q", "--ntasks=1", "--cpus-per-task=1", self.programs.tranche, "-C", path,
                               "-q", "submit")
        judge.code(0, done, "submit from within a job, whose CPUs are not the new one's")
        job = done[1].split()[2].rstrip(":")
        facts = self.cluster.wait_end(job)
        log = self.cluster.log_of(path, job)
        judge(facts["ExitCode"] == "0:0", "launcher: srun", facts, log)
        judge.says([f"on {NODES * CPUS} slots"], log, "12 slots ran")
        judge("srun:" not in log, "srun's own talk is not shown", log)
        self.sound(path, calm, "srun")


def main():
    test = Submit(*sys.argv[1:3])
    test.check_script()
    calm = test.calm()
    test.check_gates(calm)
    test.check_srun(calm)
    test.check_template()
    test.check_after_live_jobs()
    test.check_page()
    test.end()


if __name__ == "__main__":
    main()
