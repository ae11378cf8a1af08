"""What happens to jobs on a cluster, at random instants, and the judgement afterwards: processes and nodes that die, a
job that is requeued, preempted, cancelled, told to stop or started twice, a controller that restarts. Used by
disturb_test.py and tools/soak.
"""

import json
import os
import random
import re
import shlex
import signal
import subprocess
import time

from slurm_support import Cluster, make_hostile, wait_until
from campaigns import tranche
from killing import Damage, judge

SAMPLE_MS = 100
ENDED = ("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "FORGOTTEN")
FOLLOW_S = 180   # ranks without partners have noticed; Slurm and the launcher have ended what there was of a job
START_S = 60     # ranks that do not meet are given up
GHOST_S = 30     # a job that runs has processes
RESTART_S = 300  # a job that waits for nothing but its turn runs; a controller that was killed lets some wait for minutes


class Job:
    """A job of a campaign on the cluster."""

    def __init__(self, cluster, programs, path, number):
        self.cluster, self.programs, self.path, self.number = cluster, programs, path, number
        self.empty_since = None
        self.tolerated = set()  # exit codes that what has happened to it explains

    @staticmethod
    def submit(cluster, programs, path, *arguments):
        code, out, err = cluster.on("login", "env", f"TRANCHE_START_S={START_S}", programs.tranche, "-C", path, "-q", "--json",
                                    "submit", *arguments)
        if code != 0:
            raise Damage(f"submit: exit {code}\n{out}{err}")
        return Job(cluster, programs, path, json.loads(out)["jobs"][0]["job_id"])

    def state(self):
        """FORGOTTEN: a controller that was killed does not know the jobs of its last seconds."""
        code, out, err = self.cluster.on("login", "squeue", "-h", "-t", "all", "-j", self.number, "-o", "%T")
        if code != 0 and "Invalid job id" not in err:
            raise Damage(f"squeue: exit {code}\n{out}{err}")
        return out.strip() or "FORGOTTEN"

    def help_to_start(self):
        """What an administrator does after a controller was killed: it holds jobs, and drains nodes that had a job it
        does not know."""
        reason = self.cluster.on("login", "squeue", "-h", "-j", self.number, "-o", "%r")[1]
        if "held" in reason or "JobHeld" in reason:
            self.cluster.on("login", "scontrol", "release", self.number)
        elif "DRAINED" in reason or "NodeDown" in reason:
            mend(self.cluster)

    def has_ended(self):
        """A controller that was killed may hold a job for running whose end it has missed: that is cancelled."""
        state = self.state()
        if state == "PENDING":
            self.help_to_start()
        if state != "RUNNING" or self.processes():
            self.empty_since = None
        else:
            self.empty_since = self.empty_since or time.monotonic()
            if time.monotonic() - self.empty_since > GHOST_S:
                self.empty_since = None
                self.cluster.on("login", "scancel", self.number)
        return state in ENDED

    def restarts(self):
        """How often Slurm has started it again; nothing of a job that it has forgotten."""
        found = re.search(r"Restarts=(\d+)", self.cluster.on("login", "scontrol", "show", "job", self.number)[1])
        return int(found[1]) if found else None

    def nodes(self):
        """Where it runs, or ran last."""
        listed = self.cluster.on("login", "squeue", "-h", "-t", "all", "-j", self.number, "-o", "%N")[1].strip()
        return self.cluster.slurm("scontrol", "show", "hostnames", listed).split() if listed else ["n1"]

    def ask(self, *words):
        """A command of Slurm's about this job, which may have ended meanwhile."""
        code, out, err = self.cluster.on("login", *words, self.number)
        if code != 0 and not self.has_ended():
            raise Damage(f"{' '.join(words)} {self.number}: exit {code}\n{out}{err}")

    def processes(self, node=None):
        """pid -> name of what runs for the job, Slurm's own processes excepted; on every node or on one."""
        mark = f"SLURM_JOB_ID={self.number}".encode()
        configuration = f"SLURM_CONF={self.cluster.folder}/slurm.conf".encode()
        place = self.cluster.namespace(node) if node else None
        found = {}
        for entry in os.listdir("/proc"):
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    environment = file.read().split(b"\0")
                if mark not in environment or configuration not in environment:
                    continue
                with open(f"/proc/{entry}/stat") as file:
                    name, rest = file.read().rsplit(")", 1)
                if rest.split()[0] not in "ZX" and place in (None, os.readlink(f"/proc/{entry}/ns/mnt")):
                    found[int(entry)] = name.split("(", 1)[1]
            except OSError:
                continue
        return found

    def kill(self, pids):
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def owner(self):
        """Nonce of whoever owns the campaign; empty if nobody does."""
        try:
            with open(os.path.join(self.path, "owner")) as file:
                return json.loads(file.read())["nonce"]
        except (FileNotFoundError, ValueError):
            return ""

    def log(self):
        return self.cluster.log_of(self.path, self.number)

    def wait_quiet(self):
        """Waits until the job has ended or waits to be started again, and nothing of it is left: its state."""
        def is_quiet():
            state = self.state()
            return (state in ENDED or state == "PENDING") and not self.processes() and state

        return wait_until(f"nothing of job {self.number} is left ({self.state()})", is_quiet, FOLLOW_S)

    def look(self, before, what):
        """What is recorded while nothing of the job runs, judged; `before` if it runs again already."""
        waits = self.wait_quiet() == "PENDING"
        if waits:
            self.cluster.on("login", "scontrol", "hold", self.number)
        if self.state() == "RUNNING":
            return before
        picture = judge(self.path, before, f"after: {what}")
        if waits:
            self.ask("scontrol", "release")
        return picture

    def require_sane_end(self, what, also=()):
        """Only a job that ended by itself has an exit code that means something."""
        if self.state() == "FORGOTTEN":
            return 4
        facts = self.cluster.wait_end(self.number)
        code = int(facts["ExitCode"].split(":")[0])
        if facts["JobState"] in ("COMPLETED", "FAILED") and code not in (0, 4, *also, *self.tolerated):
            raise Damage(f"{what}: job {self.number} ended with {code}\n{self.log()}")
        if code == 7 and not any(words in self.log() for words in REASONS_FOR_7):
            raise Damage(f"{what}: job {self.number} ended with 7, and does not say why\n{self.log()}")
        return code


# --- disturbances: each says what it was, and whether the job must end (or wait again) because of it --------


def kill_process(job, dice):
    """A slot is replaced; without any of the others the run ends by itself."""
    victims = job.processes()
    if not victims:
        return "killed nothing", False
    victim = dice.choice(sorted(victims))
    job.kill([victim])
    return f"killed one {victims[victim]}", False


def kill_rank(job, dice):
    """Everything of the job on one node."""
    node = dice.choice(job.nodes())
    victims = job.processes(node)
    job.kill(victims)
    return f"killed its {len(victims)} processes on {node}", bool(victims)


def kill_all(job, dice):
    victims = job.processes()
    job.kill(victims)
    return f"killed all its {len(victims)} processes", bool(victims)


def requeue(job, dice):
    job.ask("scontrol", "requeue")
    return "requeued", True


def take_down(cluster, node):
    cluster.slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=test")


def bring_back(cluster, node):
    """Twice: a node that is back already refuses."""
    def is_usable():
        state = cluster.slurm("sinfo", "-h", "-n", node, "-N", "-o", "%T").split()[0]
        if state.startswith(("down", "drain")) or state.endswith("*"):
            cluster.on("login", "scontrol", "update", f"nodename={node}", "state=resume")
            return False
        return True

    wait_until(f"{node} is back", is_usable, 60)


def wait_left(job, node):
    """A node that works again before its old step has ended is idle to Slurm while a job has it: srun waits for ever."""
    wait_until(f"job {job.number} has left {node}", lambda: not job.processes(node), FOLLOW_S)
    time.sleep(1)


def node_down(job, dice):
    """An administrator takes a node out while it works."""
    node = dice.choice(job.nodes())
    take_down(job.cluster, node)
    wait_left(job, node)
    bring_back(job.cluster, node)
    return f"{node} set down", True


def node_lost(job, dice):
    """All that runs on a node dies at once; sometimes Slurm is told, sometimes the ranks find out. A batch script that is
    gone Slurm itself would miss only after minutes."""
    nodes = job.nodes()
    node = dice.choice(nodes)
    told = node == nodes[0] or dice.random() < 0.5
    job.cluster.control("kill", node)
    if told:
        take_down(job.cluster, node)
    time.sleep(dice.uniform(0, 1))
    job.cluster.control("start", node)
    bring_back(job.cluster, node)
    return f"{node} lost{' and set down' if told else ''}", True


def node_unreachable(job, dice):
    """Slurm takes a node for lost and starts the job elsewhere, but what ran there lives on for a while."""
    node = dice.choice(job.nodes())
    job.cluster.control("kill", node, "--daemon-only")
    take_down(job.cluster, node)
    time.sleep(dice.uniform(0, 15))
    old = job.processes(node)
    job.cluster.control("start", node)
    bring_back(job.cluster, node)
    # Nobody ends them: Slurm would find them by control groups, which the test cluster does not have.
    begin = time.monotonic()
    wait_until(f"what ran on {node} has noticed: {old}", lambda: not set(old) & set(job.processes(node)), FOLLOW_S)
    return f"{node} cut off; what ran there was over after {time.monotonic() - begin:.0f} s", True


def cancel(job, dice):
    how = dice.choice([[], ["--batch", "--signal=KILL"], ["--full", "--signal=KILL"], ["--full", "--signal=TERM"]])
    job.ask("scancel", *how)
    return " ".join(["scancel", *how]), not how


def stop(job, dice):
    """An orderly end on request. USR1 only asks how much time is left; one to the steps reaches single ranks."""
    how = dice.choice(["stop", "stop", "TERM", "INT", "HUP", "USR1", "steps"])
    if how == "stop":
        node = dice.choice(["login", "n1", "n2", "n3"])
        job.cluster.on(node, job.programs.tranche, "-C", job.path, "stop")
        return f"stop from {node}", False
    where = ["--signal=USR1"] if how == "steps" else ["--batch", f"--signal={how}"]
    job.ask("scancel", *where)
    return " ".join(["scancel", *where]), False


def preempt(job, dice):
    """Some nodes are wanted by a job of partition `urgent` for a moment."""
    nodes = dice.randint(1, 3)
    urgent = job.cluster.slurm("sbatch", "--parsable", f"-N{nodes}", "--exclusive", "-p", "urgent", "-o", "/dev/null", "--wrap",
                               f"sleep {dice.uniform(0.1, 2):.1f}").strip()
    job.cluster.wait_for(urgent, ("COMPLETED",), RESTART_S)
    # With fewer nodes there may have been room beside the job.
    return f"preempted on {nodes} nodes", nodes == 3


def restart_controller(job, dice, how="TERM"):
    job.cluster.control("kill", "slurmctld", "--signal", how)
    time.sleep(dice.uniform(0, 2))
    job.cluster.control("start", "slurmctld")
    return f"slurmctld ended by {how} and restarted", False


def kill_controller(job, dice):
    """It may hold a job for running that has ended meanwhile, and let others wait, for minutes."""
    return restart_controller(job, dice, how="KILL")


def second_start(job, dice):
    """The batch script of a job that runs, once more: on a node of it, with what the first start was told."""
    node = dice.choice(job.nodes())
    code, out, err = start_again(job, node)
    if code == 4:  # it came when the job had just ended
        wait_until(f"job {job.number} has ended: {out}{err}", job.has_ended, FOLLOW_S)
    elif code not in (0, 6) or code == 6 and "owns this campaign" not in err:
        raise Damage(f"a second start on {node}: exit {code}\n{out}{err}\n{job.log()}")
    return f"started once more on {node} (exit {code})", False


def environment_of(job):
    """Slurm's part of the environment of the batch script, while it runs."""
    for pid, name in job.processes().items():
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                words = [word.decode(errors="surrogateescape") for word in file.read().split(b"\0")]
        except OSError:
            continue
        if name == "tranche":
            return [word for word in words if word.startswith(("SLURM", "OMPI_ALLOW"))]
    return []


def start_again(job, node):
    """(exit code, stdout, stderr) of `tranche run --job` beside the first."""
    environment = environment_of(job)
    if not environment:
        return 0, "", ""  # the first is not there any more
    command = " ".join(["exec", shlex.quote(job.programs.tranche), "-C", shlex.quote(job.path), "run", "--job"])
    return job.cluster.on(node, "env", *environment, "sh", "-c", command, limit_s=300)


KINDS = {kill_process: 4, kill_rank: 3, kill_all: 2, requeue: 3, node_down: 3, node_lost: 3, node_unreachable: 1, cancel: 4,
         stop: 4, preempt: 3, restart_controller: 1, kill_controller: 1, second_start: 1}

# Exit codes besides 0 and 4. Which of two starts comes first is chance. A launcher whose helpers died while it started
# cannot tell that from a machine that is unfit. 1 is Slurm's own word for a batch script it has lost sight of.
REASONS_FOR_7 = ("has been silent for", "the launcher returned", "have not come together")
TOLERATED = {second_start: (6,), kill_process: (7,), kill_rank: (7,), kill_all: (7,), node_down: (1, 7), node_lost: (1, 7),
             restart_controller: (1,), kill_controller: (1,), node_unreachable: (1, 6, 7)}


# --- campaigns -------------------------------------------------------------------------------------------


def make_campaign(path, programs, points, nodes=3, launcher="mpirun"):
    """Samples that sleep; a slot that is killed from outside does not use up their attempts."""
    make_hostile(path, programs, [("slow", SAMPLE_MS)] * points, crashed=20, first="10%")
    with open(os.path.join(path, "campaign.yaml"), "a") as file:
        file.write(f"cluster: {{nodes: {nodes}, time: 20 min, launcher: {launcher}}}\n")


def undisturbed(programs, path, points):
    """Digests by stage, of a run on one rank without Slurm."""
    make_campaign(path, programs, points)
    code, _, err = tranche(programs, path, "-q", "run", "-j", "64", limit_s=300)
    if code != 0:
        raise Damage(f"undisturbed run: exit {code}\n{err}")
    digests = judge(path, None, "after an undisturbed run").digests()
    if len(digests) != 2 or not all(digests.values()):
        raise Damage(f"undisturbed run: not every stage is sealed: {digests}")
    return digests


def live_until_the_moment(job, earlier_owner, dice):
    """Waits for a random instant: one in four while the job starts, else while it works. False: it has ended."""
    def is_there():
        return job.has_ended() or job.state() == "RUNNING"

    wait_until(f"job {job.number} runs", is_there, RESTART_S)
    if dice.random() < 0.25:
        time.sleep(dice.uniform(0, 1.5))
    else:
        wait_until("the job owns the campaign", lambda: job.owner() not in ("", earlier_owner) or job.has_ended(), RESTART_S)
        time.sleep(dice.uniform(0, 2.5))
    return not job.has_ended()


def finish(job, before, expected, points):
    """The campaign comes to its end, in this job or a new one."""
    wait_until(f"job {job.number} has ended", job.has_ended, 300)
    job.require_sane_end("the last job", also=(1,))
    if job.state() != "COMPLETED":
        job = Job.submit(job.cluster, job.programs, job.path)
        wait_until(f"job {job.number} has ended", job.has_ended, 300)
    if job.state() != "COMPLETED":
        raise Damage(f"the last job: {job.state()}\n{job.log()}")
    picture = judge(job.path, before, "at the end")
    if picture.digests() != expected:
        raise Damage(f"digests {picture.digests()}, undisturbed {expected}\n{job.log()}")
    if len(picture.done) != points:
        raise Damage(f"{len(picture.done)} of {points} samples are finished")
    # Where Slurm can be asked: a rank that Slurm ends just after its last word leaves its name in `owner`.
    code, out, err = job.cluster.on("login", job.programs.tranche, "-C", job.path, "verify")
    if code != 0:
        raise Damage(f"verify: exit {code}\n{out}{err}")


def mend(cluster):
    """Every daemon runs and every node works."""
    for name in ["slurmctld", "n1", "n2", "n3"]:
        if not cluster.daemon_lives(name):
            cluster.control("start", name)
        if name != "slurmctld":
            bring_back(cluster, name)


class SlurmSoak:
    """Random campaigns under random disturbances. Every campaign is removed if sound and kept if not."""

    def __init__(self, programs, cluster, folder, points, seed, tell=print, without=()):
        self.programs, self.cluster, self.folder, self.points, self.tell = programs, cluster, folder, points, tell
        unknown = set(without) - {kind.__name__ for kind in KINDS}
        if unknown:
            raise SystemExit(f"no such disturbances: {', '.join(sorted(unknown))}")
        self.weights = {kind: weight for kind, weight in KINDS.items() if kind.__name__ not in without}
        self.dice = random.Random(seed)
        self.kinds, self.campaigns, self.damaged, self.calm = {}, 0, [], {}
        self.begin = time.monotonic()

    def reached(self):
        return sum(self.kinds.values())

    def abandon(self):
        mend(self.cluster)
        self.cluster.cancel_all()

    def expected(self, points):
        if points not in self.calm:
            self.calm[points] = undisturbed(self.programs, os.path.join(self.folder, f"calm-{points}"), points)
        return self.calm[points]

    def choose(self):
        """What has not happened yet comes first, so that a short soak has seen much."""
        new = [kind for kind in self.weights if kind.__name__ not in self.kinds]
        if new:
            return self.dice.choice(new)
        return self.dice.choices(list(self.weights), list(self.weights.values()))[0]

    def disturb(self, job, before):
        """One disturbance: what was recorded afterwards, as far as that could be seen while nothing ran; and who
        owned the campaign, if that run is over."""
        kind = self.choose()
        owner, restarts, begin = job.owner(), job.restarts(), time.monotonic()
        what, must_end = kind(job, self.dice)
        self.kinds[kind.__name__] = self.kinds.get(kind.__name__, 0) + 1
        # Some ends take a while: what explains this one is still known when it comes.
        job.tolerated.update(TOLERATED.get(kind, ()))
        if must_end:
            # An owner says nothing: this start may have become it only just now.
            wait_until(f"{what}: job {job.number} ends or starts again",
                       lambda: job.state() != "RUNNING" or job.restarts() != restarts, FOLLOW_S)
        else:
            time.sleep(1)
        is_over = job.state() != "RUNNING" or job.restarts() != restarts
        code = 0
        if job.state() != "RUNNING":
            before = job.look(before, what)
            if job.has_ended():
                code = job.require_sane_end(what)
        if job.restarts() != restarts:
            job.tolerated.clear()
        state = f"exit {code}" if code else job.state()
        self.tell(f"  {what}: {state}, {len(before.runs) if before else 0} runs recorded "
                  f"({time.monotonic() - begin:.0f} s)")
        return before, owner if is_over else ""

    def campaign(self, most):
        dice = self.dice
        self.campaigns += 1
        points = dice.choice(self.points)
        expected = self.expected(points)
        path = os.path.join(self.folder, f"campaign-{self.campaigns}")
        nodes, launcher = dice.choice([1, 2, 3, 3, 3]), dice.choice(["mpirun", "srun"])
        make_campaign(path, self.programs, points, nodes, launcher)
        self.tell(f"campaign {self.campaigns}: {points} samples, {nodes} nodes, {launcher}")
        before, owner = None, ""
        self.cluster.cancel_all()
        job = Job.submit(self.cluster, self.programs, path)
        target = self.reached() + most
        while self.reached() < target:
            if not live_until_the_moment(job, owner, dice):
                if job.require_sane_end("a job that was left alone") == 0:
                    break
            else:
                before, owner = self.disturb(job, before)
            if job.has_ended() and job.state() != "COMPLETED":
                job = Job.submit(self.cluster, self.programs, path)
        finish(job, before, expected, points)
        return path

    def verdict(self):
        minutes = round((time.monotonic() - self.begin) / 60)
        digests = "digests equal" if not self.damaged else "see " + ", ".join(self.damaged)
        kinds = ", ".join(f"{name} {count}" for name, count in sorted(self.kinds.items()))
        return (f"{self.reached()} disturbances ({kinds}), {self.campaigns} campaigns, {len(self.damaged)} damaged, {digests}, "
                f"{minutes // 60} h {minutes % 60} min")
