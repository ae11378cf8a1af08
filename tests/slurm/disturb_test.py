"""What happens to jobs: after each disturbance the campaign finishes with the digest of an undisturbed run, nothing that
was recorded is lost or changed, and no finished sample is run again.

    disturb_test.py BUILD CLUSTER preemption|grace|requeue|node-down|node-lost|lost-early|cut-off|scancel|controller|twice
"""

import argparse
import json
import os
import subprocess
import time

import disturbing
from disturbing import Job, bring_back, finish, start_again, take_down, undisturbed, wait_left
from slurm_support import Picture, SlurmTest, compare, wait_until

POINTS = 1500  # 12 s for 12 slots


class Disturb(SlurmTest):
    def __init__(self, build, folder):
        super().__init__(build, folder)
        self.calm = {}

    def expected(self, points):
        if points not in self.calm:
            self.calm[points] = undisturbed(self.programs, os.path.join(self.folder, f"calm-{points}"), points)
        return self.calm[points]

    def make(self, name, points=POINTS, nodes=3):
        path = os.path.join(self.folder, name)
        disturbing.make_campaign(path, self.programs, points, nodes=nodes)
        return path

    def job(self, path, number):
        return Job(self.cluster, self.programs, path, number)

    def begun(self, name, *arguments, **how):
        """Jobs of a new campaign, the first of which has recorded something."""
        path = self.make(name, **how)
        jobs = [self.job(path, number) for number in self.submit(path, *arguments)]
        self.wait_recorded(path)
        return jobs

    def wait_recorded(self, path, after=None):
        def records():
            try:
                with open(os.path.join(path, "status.json")) as file:
                    status = json.load(file)
            except FileNotFoundError:
                return False
            return status["phase"] == "running" and status["epoch"] > 1 and status["started_at"] != after \
                and status["started_at"]
        return wait_until("the job records something", records, 120)

    def paused(self, job, what):
        """What is recorded, once the job has ended or waits."""
        picture = job.look(None, what)
        self.judge(0 < len(picture.runs) < POINTS, f"{what}: {len(picture.runs)} runs are recorded", job.state())
        return picture

    def finished(self, job, before, what, points=POINTS):
        try:
            finish(job, before, self.expected(points), points)
            self.judge(True, f"{what}: the campaign finishes, digests are those of an undisturbed run, nothing ran twice")
        except disturbing.Damage as damage:
            self.judge(False, f"{what}: the campaign finishes", damage)

    # --- each on its own ----------------------------------------------------------------------------------

    def preemption(self):
        job, = self.begun("preemption")
        urgent = self.cluster.slurm("sbatch", "--parsable", "-N3", "--exclusive", "-p", "urgent", "-o", "/dev/null", "--wrap",
                                    "sleep 2").strip()
        self.cluster.wait_for(urgent, ("RUNNING", "COMPLETED"), 60)
        before = self.paused(job, "preempted")
        self.finished(job, before, "preempted")
        self.judge(job.restarts() == 1, "the same job was started again", job.restarts())

    def grace(self):
        """A partition that gives a job time before it is preempted: its limit stays, its end does not."""
        self.cluster.slurm("scontrol", "update", "partitionname=main", "gracetime=100")
        try:
            job, = self.begun("grace", nodes=1, points=4000)  # 100 s for 4 slots
            urgent = self.cluster.slurm("sbatch", "--parsable", "-N3", "--exclusive", "-p", "urgent", "-o", "/dev/null",
                                        "--wrap", "true").strip()
            wait_until("the run knows of its new end", lambda: "ends_at" in (status := self.status(job)) and
                       status["ends_at"] and status["ends_at"] - time.time() < 105, 90)
            # A job on one node has no step that Slurm could end at once.
            self.judge(job.state() == "RUNNING", "the job uses its time of grace", job.state(), job.log())
            self.cluster.wait_for(urgent, ("RUNNING", "COMPLETED"), 150)
            self.judge.says(["no sample begins any more"], job.log(), "it ends before it is ended")
            lost = self.status(job).get("lost")
            self.judge(lost is not None, f"what that lost is known: {lost}")
        finally:
            self.cluster.slurm("scontrol", "update", "partitionname=main", "gracetime=0")
        self.finished(job, None, "preempted after a time of grace", points=4000)

    def status(self, job):
        with open(os.path.join(job.path, "status.json")) as file:
            return json.load(file)

    def requeue(self):
        job, = self.begun("requeue")
        before, begun = None, None
        for turn in (1, 2):
            begun = self.wait_recorded(job.path, after=begun)
            self.cluster.slurm("scontrol", "requeue", job.number)
            after = self.paused(job, f"requeued, turn {turn}")
            findings = compare(before, after) if before else []
            self.judge(not findings, f"turn {turn}: nothing lost or run again", *findings[:5])
            before = after
        self.finished(job, before, "requeued twice")
        self.judge(job.restarts() == 2, "the same job was started again twice", job.restarts())

    def node_down(self):
        for node in ("n1", "n3"):
            what = f"{node} set down"
            job, = self.begun(f"down-{node}")
            take_down(self.cluster, node)
            before = self.paused(job, what)
            wait_left(job, node)
            bring_back(self.cluster, node)
            self.finished(job, before, what)
            self.judge(job.restarts() == 1, f"{what}: the same job was started again", job.restarts())

    def node_lost(self):
        """Everything on it dies, the node's daemon too."""
        for node in ("n1", "n2"):
            what = f"{node} lost"
            first, second = self.begun(f"lost-{node}", "--chain", "2")
            self.cluster.control("kill", node)
            if node == "n2":
                # To Slurm it is completing until the node is back, or known to be down.
                wait_until("the job has ended", lambda: first.state() != "RUNNING", 120)
                take_down(self.cluster, node)
                wait_until("Slurm knows that it has ended", first.has_ended, 60)
                self.judge.says(["n2", "nothing recorded is lost"], first.log(), f"{what}: the log says which")
                facts = self.cluster.wait_end(first.number)
                self.judge(facts["ExitCode"] == "4:0", f"{what}: exit 4", facts, first.log())
            else:
                take_down(self.cluster, node)
            self.cluster.control("start", node)
            bring_back(self.cluster, node)
            # Of the first node Slurm starts the job again; of another one the next of the chain goes on.
            wait_until("the last of them has ended", lambda: first.has_ended() and second.has_ended(), 300)
            self.finished(second, None, what)

    def lost_early(self):
        """A node is lost while the launcher starts: it would wait for that node's helper for ever."""
        path = self.make("lost-early")
        agent, mark = os.path.join(path, "agent.sh"), os.path.join(path, "started")
        with open(agent, "w") as file:
            file.write(f"#!/bin/sh\ntest $(hostname) = n2 && touch '{mark}' && exec sleep 600\nexec orted \"$@\"\n")
        os.chmod(agent, 0o755)
        code, out, err = self.cluster.on("login", "env", "TRANCHE_START_S=15", f"OMPI_MCA_orte_launch_agent={agent}",
                                         self.programs.tranche, "-C", path, "-q", "--json", "submit")
        self.judge.code(0, (code, out, err), "submit")
        job = self.job(path, json.loads(out)["jobs"][0]["job_id"])
        wait_until("the helper on n2 has begun", lambda: os.path.exists(mark), 120)
        self.cluster.control("kill", "n2")
        self.cluster.control("start", "n2")
        bring_back(self.cluster, "n2")
        wait_until("the job has ended", job.has_ended, 180)
        facts = self.cluster.wait_end(job.number)
        self.judge(facts["ExitCode"] == "7:0", "lost while it started: exit 7", facts, job.log())
        self.judge.says(["the ranks have not come together within 15", "nothing recorded is lost", "TRANCHE_START_S"], job.log(),
                        "its log says what happened, and what to do")
        job.tolerated.add(7)
        self.finished(job, None, "lost while it started")

    def cut_off(self):
        """Slurm takes the node for lost and starts the job elsewhere while its only rank lives on."""
        job, = self.begun("cut-off", nodes=1)
        old = job.processes("n1")
        self.judge(any(name == "tranched" for name in old.values()), "the job runs on n1", old)
        self.cluster.control("kill", "n1", "--daemon-only")
        take_down(self.cluster, "n1")
        wait_until("the job runs on another node", lambda: job.state() == "RUNNING" and job.nodes() != ["n1"], 120)
        new = job.nodes()[0]
        wait_until("what ran on n1 has noticed", lambda: not job.processes("n1"), 120)
        self.judge.says(["another run has taken over"], job.log(), f"it ends when the start on {new} owns the campaign")
        self.cluster.control("start", "n1")
        bring_back(self.cluster, "n1")
        self.finished(job, None, "cut off")

    def scancel(self):
        for how in ([], ["--batch", "--signal=KILL"], ["--full", "--signal=KILL"], ["--full", "--signal=TERM"],
                    ["--batch", "--signal=TERM"], ["--signal=KILL"]):
            what = " ".join(["scancel", *how])
            first, second = self.begun(what.replace(" ", ""), "--chain", "2")
            self.cluster.slurm("scancel", *how, first.number)
            wait_until(f"{what}: the job ends", first.has_ended, 120)
            wait_until(f"{what}: so does the next of the chain", second.has_ended, 300)
            self.judge(second.state() == "COMPLETED", f"{what}: the next of the chain goes on", second.state(), second.log())
            self.finished(second, None, what)
        job, = self.begun("USR1")
        self.cluster.slurm("scancel", "--batch", "--signal=USR1", job.number)
        self.finished(job, None, "scancel --batch --signal=USR1")
        self.judge(job.state() == "COMPLETED" and job.restarts() == 0, "USR1 long before the end ends nothing", job.log())

    def controller(self):
        for how in ("TERM", "KILL"):
            what = f"slurmctld ended by {how}"
            job, = self.begun(f"controller-{how}")
            self.cluster.control("kill", "slurmctld", "--signal", how)
            time.sleep(3)
            self.cluster.control("start", "slurmctld")
            self.finished(job, None, what)
            if how == "TERM":  # one that was killed may have lost sight of the job
                self.judge(job.state() == "COMPLETED" and job.restarts() == 0, f"{what}: the job went on", job.log())

    def twice(self):
        # With one rank, which needs no place of its own in the job: the same host, and another.
        for node in ("n1", "n2"):
            job, = self.begun(f"twice-{node}", nodes=1)
            done = start_again(job, node)
            self.judge.code(6, done, f"started once more on {node}, while the first runs")
            self.judge.says(["owns this campaign"], done[2], "it says why")
            self.finished(job, None, f"started once more on {node}")
            self.judge(self.cluster.noted(job.number)[-1]["ExitCode"] == "0:0", "the first was not disturbed", job.log())
        self.at_once()

    def at_once(self):
        """Both starts of the batch script on the same node in the same moment, as after a controller's crash."""
        path = self.make("at-once")
        script = os.path.join(path, "twice.sh")
        run = f"{self.programs.tranche} -C {path} run --job"
        with open(script, "w") as file:
            file.write("#!/bin/bash\n#SBATCH --nodes=3 --ntasks-per-node=1 --exclusive --time=10 --no-requeue\n"
                       f"{run} & a=$!\n{run} & b=$!\nwait $a; x=$?\nwait $b; echo codes $x $?\n")
        number = self.cluster.slurm("sbatch", "--parsable", "-o", os.path.join(path, "log"), script).strip()
        job = self.job(path, number)
        wait_until("both have ended", job.has_ended, 300)
        with open(os.path.join(path, "log")) as file:
            log = file.read()
        codes = sorted(int(word) for word in log.split("codes ")[1].split()[:2])
        # The second is refused, or comes when the first is through.
        self.judge(codes in ([0, 6], [0, 0]), f"two starts at once: exit {codes}", log)
        self.finished(job, None, "two starts at once")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("cluster")
    parser.add_argument("what")
    options = parser.parse_args()
    test = Disturb(options.build, options.cluster)
    try:
        getattr(test, options.what.replace("-", "_"))()
    finally:
        disturbing.mend(test.cluster)
    test.end()


if __name__ == "__main__":
    main()
