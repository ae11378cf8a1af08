"""The test cluster as the tests use it: commands on its nodes, and what Slurm says of jobs."""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "support"))
from campaigns import Judge, Programs, make_hostile, replace_in, wait_until  # noqa: E402,F401
from checker import Picture, compare  # noqa: E402,F401

SKIPPED = 77
NODES, CPUS = 3, 4

NOOP = """\
tranche: 1
name: {name}
parameters:
  x: {{range: [0, 1]}}
  y: {{range: [0, 1]}}
design: {{method: nested-lhs, points: {points}, seed: 5}}
stages:
  - {{name: pilot, upto: 10%, gate: {gate}}}
  - {{name: full, upto: 100%}}
simulator: {{plugin: libnoop_plugin.so}}
cluster:
  partition: main
  nodes: 3
  time: 5 min
"""


def why_no_cluster(accounting=False):
    """Empty if there can be one."""
    if os.geteuid() != 0:
        return "virtual nodes need root"
    accounts = ("slurmdbd", "sacctmgr", "mariadbd", "my_print_defaults") if accounting else ()
    missing = [name for name in ("slurmctld", "slurmd", "sbatch", "munged", *accounts)
               if shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin") is None]
    return f"not installed: {', '.join(missing)}" if missing else ""


class Cluster:
    """`folder`: private folder of scripts/slurm/cluster. Campaigns go into `work`, which all nodes see."""

    def __init__(self, folder):
        self.folder = folder
        self.work = os.path.join(folder, "work")

    def control(self, *arguments, limit_s=120):
        """(stdout, stderr) of scripts/slurm/cluster; ends the test if it fails."""
        verb, *rest = arguments
        done = subprocess.run([os.path.join(ROOT, "scripts", "slurm", "cluster"), verb, "--dir", self.folder, *rest],
                              text=True, capture_output=True, timeout=limit_s, stdin=subprocess.DEVNULL)
        if done.returncode != 0:
            sys.exit(f"cluster {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout, done.stderr

    def command(self, node, *words):
        return [os.path.join(ROOT, "scripts", "slurm", "cluster"), "exec", "--dir", self.folder, node, "--", *words]

    def on(self, node, *words, limit_s=120, **how):
        """Runs a command on a node to its end: (exit code, stdout, stderr)."""
        done = subprocess.run(self.command(node, *words), text=True, capture_output=True, timeout=limit_s,
                              stdin=subprocess.DEVNULL, errors="backslashreplace", **how)
        return done.returncode, done.stdout, done.stderr

    def slurm(self, *words):
        """Output of one of Slurm's commands on the login node."""
        code, out, err = self.on("login", *words)
        if code != 0:
            sys.exit(f"{' '.join(words)}: exit {code}\n{out}{err}")
        return out

    def namespace(self, node):
        """What /proc/PID/ns/mnt says of every process on the node."""
        with open(os.path.join(self.folder, "run", f"{node}.node.pid")) as file:
            return os.readlink(f"/proc/{file.read().split()[0]}/ns/mnt")

    def daemon_lives(self, name):
        """`name`: slurmctld, or the node of a slurmd."""
        with open(os.path.join(self.folder, "run", f"{name}.pid")) as file:
            pid = file.read().split()[0]
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except FileNotFoundError:
            return False

    def state(self, job):
        return self.slurm("squeue", "-h", "-t", "all", "-j", str(job), "-o", "%T").strip()

    def wait_for(self, job, states, limit_s=120):
        """The state of the job once it is one of these."""
        return wait_until(f"job {job} is {' or '.join(states)} (it is {self.state(job)})",
                          lambda: (self.state(job) in states) and self.state(job), limit_s)

    def wait_end(self, job, limit_s=180):
        """What Slurm noted of the job: JobState, ExitCode, ... of its last end."""
        self.wait_for(job, ("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL", "PREEMPTED"), limit_s)
        return wait_until(f"job {job} is noted as ended", lambda: self.noted(job), 30)[-1]

    def noted(self, job):
        """One dictionary for each end of the job, from jobcomp.txt."""
        try:
            with open(os.path.join(self.folder, "log", "jobcomp.txt")) as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return []
        facts = [dict(re.findall(r"(\w+)=(\S*)", line)) for line in lines]
        return [each for each in facts if each.get("JobId") == str(job)]

    def log_of(self, campaign, job):
        try:
            with open(os.path.join(campaign, "logs", f"job-{job}.log")) as file:
                return file.read()
        except FileNotFoundError:
            return "(there is no log)"

    def cancel_all(self):
        self.on("login", "scancel", "--user=root")
        wait_until("no job is left", lambda: not self.slurm("squeue", "-h").strip(), 60)


class SlurmTest:
    """A test's cluster, programs and campaigns."""

    def __init__(self, build, folder):
        self.cluster, self.programs, self.judge = Cluster(folder), Programs(build), Judge()
        if not os.path.exists(os.path.join(folder, "slurm.conf")):
            print(f"skipped: {why_no_cluster() or 'there is no cluster in ' + folder}")
            sys.exit(SKIPPED)
        self.cluster.cancel_all()
        self.folder = tempfile.mkdtemp(dir=self.cluster.work)

    def end(self):
        self.cluster.cancel_all()
        self.judge.end()  # ends the program if something did not hold: the campaigns stay to be looked at
        shutil.rmtree(self.folder)

    def campaign(self, folder, text=NOOP, **values):
        path = os.path.join(self.folder, folder)
        os.makedirs(path)
        values = {"name": "noop", "points": 2000, "gate": "ask", **values}
        with open(os.path.join(path, "campaign.yaml"), "w") as file:
            file.write(text.format(**values))
        return path

    def tranche(self, path, *arguments, node="login", **how):
        return self.cluster.on(node, self.programs.tranche, "-C", path, *arguments, **how)

    def submit(self, path, *arguments):
        """Ids of the submitted jobs."""
        done = self.tranche(path, "-q", "submit", *arguments)
        if not self.judge.code(0, done, f"submit {' '.join(arguments)}"):
            sys.exit("nothing was submitted")
        first, rest = re.match(r"submitted job (\d+):[^;]*(?:; then (.*))?", done[1]).groups()
        return [first] + (rest.split(", ") if rest else [])

    def in_turn(self, jobs):
        """Each job of a chain; the next may start when the caller asks for it, and has looked at what this one left."""
        for job in jobs[1:]:
            self.cluster.slurm("scontrol", "hold", job)
        for job in jobs:
            if job != jobs[0]:
                self.cluster.slurm("scontrol", "release", job)
            yield job

    def sound(self, path, calm, what):
        """The checker finds nothing, and the digests are those of the undisturbed campaign."""
        picture = Picture(path)
        self.judge(not picture.findings, f"{what}: the checker finds nothing", *picture.findings[:5])
        digests = picture.digests()
        self.judge(all(digests.values()) and digests == Picture(calm).digests(),
                   f"{what}: the digests are those of an undisturbed run on one rank", digests)
        return picture
