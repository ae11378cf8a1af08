"""status and stop from a login node, which shares nothing with the job but the campaign's directory: each state a
campaign can be in, with real jobs.

    status_test.py BUILD CLUSTER
"""

import json
import os
import re
import signal
import sys
import time

from slurm_support import Picture, SlurmTest, let_go, make_hostile, wait_until

POINTS = [("slow", 100)] * 1200  # 10 s for 12 slots, 8 of them before the gate
POINTS[959] = ("held", 1)  # the first stage ends when it is let go, however busy the machine is
STOPS_WITHIN_S = 60  # seconds on a machine that has nothing else to do


class Status(SlurmTest):
    def hostile(self, name):
        path = make_hostile(os.path.join(self.folder, name), self.programs, POINTS, first="80%", gate="ask")
        with open(os.path.join(path, "campaign.yaml"), "a") as file:
            file.write("cluster: {nodes: 3, time: 5 min}\n")
        return path

    def look(self, path, node="login"):
        """status --json."""
        code, out, err = self.tranche(path, "--json", "status", node=node)
        if code != 0:
            sys.exit(f"status: exit {code}\n{out}{err}")
        return json.loads(out)

    def expect(self, path, health, code, words, what):
        """The page of that state, its exit code, and that it fits; Slurm may need a moment to say so."""
        wait_until(f"{what}: status says {health} (it says {self.look(path)['health']})",
                   lambda: self.look(path)["health"] == health, 90)
        done = self.tranche(path, "status", "--exit-code")
        self.judge.code(code, done, f"{what}: {health}")
        self.judge.says([health, *words], " ".join(done[1].split()), f"{what}: {words}")
        wide = [line for line in done[1].splitlines() if len(line) > 80]
        self.judge(not wide, f"{what}: 80 columns", *wide)
        return self.look(path)

    def queued(self, path, job):
        return next((each for each in self.look(path)["queued"] or [] if each["job_id"] == job), None)

    def wait_reason(self, path, job, reason):
        return wait_until(f"job {job} waits with reason {reason} ({self.queued(path, job)})",
                          lambda: (self.queued(path, job) or {}).get("reason") == reason and self.queued(path, job), 60)

    def processes(self, job):
        """Pids of all that runs for a job, on any node. Slurm's own stay: it takes minutes to notice that they are gone."""
        marks = {f"SLURM_JOB_ID={job}".encode(), f"SLURM_CONF={self.cluster.folder}/slurm.conf".encode()}
        found = []
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    marked = marks <= set(file.read().split(b"\0"))
                with open(f"/proc/{entry}/comm") as file:
                    if marked and not file.read().startswith("slurm"):
                        found.append(int(entry))
            except OSError:
                pass
        return found

    def kill_all(self, job):
        def none_is_left():
            pids = self.processes(job)
            for pid in pids:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            return not pids
        wait_until("everything of the job is killed", none_is_left)

    # --- the states, in the order of a campaign's life --------------------------------------------------------

    def check_queued(self, path):
        judge, cluster = self.judge, self.cluster
        seen = self.expect(path, "not started", 4, ["tranche check, then tranche run"], "before the first run")
        judge(seen["slurm"]["asked"] is False and seen["queued"] is None, "without jobs Slurm is not asked", seen)
        blocker = cluster.slurm("sbatch", "--parsable", "--exclusive", "-N3", "-t", "10", "-o", "/dev/null", "--wrap",
                                "sleep 600").strip()
        cluster.wait_for(blocker, ("RUNNING",))
        first, second = self.submit(path, "--chain", "2")
        self.wait_reason(path, first, "Resources")
        start = wait_until("Slurm expects a start", lambda: self.queued(path, first)["start"], 60)
        seen = self.expect(path, "queued", 4, [f"job {first} waits: Resources (no nodes are free), expected to start "
                                               + start.replace("T", " "),
                                               f"job {second} waits: Dependency (it comes after job {first})",
                                               f"scancel {first}"], "behind another job")
        judge([job["job_id"] for job in seen["queued"]] == [first, second] and seen["slurm"]["answered"],
              "--json has both jobs", seen["queued"])

        cluster.slurm("scontrol", "update", f"jobid={first}", "StartTime=now+1hour")
        self.wait_reason(path, first, "BeginTime")
        self.expect(path, "queued", 4, ["BeginTime (its time has not come)"], "with a begin time")
        cluster.slurm("scontrol", "update", f"jobid={first}", "StartTime=now")
        cluster.slurm("scontrol", "uhold", first)
        self.wait_reason(path, first, "JobHeldUser")
        self.expect(path, "not started", 4, [f"job {first} cannot start: JobHeldUser", "scontrol release"], "held")
        done = self.tranche(path, "stop", node="n2")
        judge(done[0] == 0 and "nothing runs here" in done[1] and "scancel" in done[1] and {first, second} <= set(
            re.findall(r"\d+", done[1])), "stop names the jobs that wait", done)
        cluster.slurm("scontrol", "release", first)
        cluster.slurm("scancel", blocker)
        return first, second

    def check_running_and_stop(self, path, jobs):
        judge, cluster = self.judge, self.cluster
        for job, node in zip(jobs, ("login", "n2")):
            before = len(Picture(path).runs)
            wait_until("the job records something", lambda: len(Picture(path).runs) > before, 120)
            seen = self.expect(path, "running", 10, [f"Slurm job {job}", "12 slots on 3 hosts", "tranche stop"], "a job")
            # A loaded machine may delay a heartbeat by 10 s.
            judge(seen["slurm"]["asked"] is False or seen["heartbeat_age_s"] > 10, "Slurm is not asked about a fresh heartbeat", seen)
            judge(seen["estimate"] is None or seen["estimate"]["links_submitted"] == len(jobs) - 1 - jobs.index(job),
                  "the links that are submitted are counted", seen["estimate"])
            if job == jobs[0]:
                self.check_estimate(path)
            begin = time.monotonic()
            judge.code(0, self.tranche(path, "stop", node=node), f"stop, from {node}")
            facts = cluster.wait_end(job)
            took = time.monotonic() - begin
            judge(facts["ExitCode"] == "4:0" and took < STOPS_WITHIN_S, f"stop from {node}: the job has ended after "
                  f"{took:.1f} s, with 4", facts, cluster.log_of(path, job))
        seen = self.expect(path, "incomplete", 4, ["nothing runs", "next: tranche submit goes on"], "stopped")
        judge(seen["queued"] == [] and not Picture(path).findings, "no job waits, and what was recorded is sound", seen["queued"])

    def check_estimate(self, path):
        ends_at = wait_until("the run knows when its job ends", lambda: self.look(path)["ends_at"], 30)
        self.judge(0 < ends_at - time.time() <= 330, "within the 5 minutes it asked for", ends_at - time.time())
        estimate = wait_until("there is an estimate", lambda: self.look(path)["estimate"], 30)
        self.judge(estimate["more_links"] == 0 and estimate["beyond_s"] < 0, "the work ends before the job", estimate)

    def check_dead(self, path):
        judge, cluster = self.judge, self.cluster
        job, = self.submit(path)
        before = len(Picture(path).runs)
        wait_until("the job records something", lambda: len(Picture(path).runs) > before, 120)
        self.kill_all(job)
        facts = cluster.wait_end(job)
        judge(facts["JobState"] == "FAILED" and os.path.exists(os.path.join(path, "owner")), "killed, its owner file is left", facts)
        seen = self.expect(path, "dead", 11, [f"Slurm job {job} is gone without a word; Slurm: FAILED", "what it recorded is safe",
                                              "next: tranche submit goes on"], "killed")
        judge(10 < seen["heartbeat_age_s"], "after 10 s of silence", seen["heartbeat_age_s"])
        done = self.tranche(path, "stop")
        judge(done[0] == 0 and "the last run died, tranche submit goes on" in done[1], "stop says so at once", done)
        self.forgotten(path, job)
        self.mute_slurm(path)

    def forgotten(self, path, job):
        """Slurm answers "Invalid job id" for a job that it has forgotten. The files are put back afterwards."""
        files = {name: os.path.join(path, name) for name in ("owner", "status.json", f"jobs/{job}.json")}
        texts = {}
        for name, file in files.items():
            with open(file) as stream:
                texts[name] = stream.read()
            changed = re.sub(rf'"{job}"', '"3999999"', texts[name])
            changed = re.sub(r'("(?:updated_at|since)": ?)[\d.]+', lambda m: f"{m.group(1)}{time.time() - 100:.0f}", changed)
            with open(file, "w") as stream:
                stream.write(changed)
        try:
            self.expect(path, "dead", 11, ["Slurm has no record of its job"], "a job that Slurm has forgotten")
        finally:
            for name, file in files.items():
                with open(file, "w") as stream:
                    stream.write(texts[name])

    def mute_slurm(self, path):
        with open(os.path.join(self.cluster.folder, "run", "slurmctld.pid")) as file:
            pid = int(file.read().split()[0])
        os.kill(pid, signal.SIGSTOP)
        try:
            begin = time.monotonic()
            done = self.tranche(path, "status")
            took = time.monotonic() - begin
            self.judge(done[0] == 0 and "Slurm gives no answer" in done[1] and took >= 2,
                       f"a Slurm that does not answer is waited for 2 s: status took {took:.1f} s", done)
        finally:
            os.kill(pid, signal.SIGCONT)

    def check_gate_and_end(self, path):
        judge, cluster = self.judge, self.cluster
        let_go(path)
        job, = self.submit(path)
        facts = cluster.wait_end(job)
        judge(facts["ExitCode"] == "0:0", "the next job takes the campaign over, and runs to the gate", facts, cluster.log_of(path, job))
        seen = self.expect(path, "waiting", 3, ["tranche approve first and tranche submit"], "at the gate")
        judge(seen["next_step"].endswith("tranche submit"), "--json says what to type", seen["next_step"])
        done = self.tranche(path, "approve", "first", node="n3")
        judge(done[0] == 0 and "next: tranche submit" in done[1], "approve: then tranche submit", done)
        self.expect(path, "incomplete", 4, ["next: tranche submit goes on"], "approved")
        job, = self.submit(path)
        facts = cluster.wait_end(job)
        judge(facts["ExitCode"] == "0:0", "the last job", facts, cluster.log_of(path, job))
        seen = self.expect(path, "finished", 0, ["tranche verify"], "at the end")
        judge(seen["slurm"]["asked"] is False, "Slurm is not asked about a finished campaign", seen["slurm"])
        picture = Picture(path)
        judge(not picture.findings and len(picture.runs) == len(POINTS), "every sample ran once", len(picture.runs), *picture.findings[:5])


def main():
    test = Status(*sys.argv[1:3])
    path = test.hostile("life")
    test.check_running_and_stop(path, test.check_queued(path))
    test.check_dead(path)
    test.check_gate_and_end(path)
    test.end()


if __name__ == "__main__":
    main()
