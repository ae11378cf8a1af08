"""An owner that stands still is replaced, wakes up, writes nothing more into the campaign and ends with 6.

    takeover_test.py BUILD             the batch system says that its job has ended: no waiting
    takeover_test.py BUILD --silent    nobody says anything: 60 s of silence, twice; 2 ranks
"""

import json
import os
import signal
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_campaign, tranche, wait_until  # noqa: E402
from checker import Picture  # noqa: E402


def contents(path):
    """Every file of the campaign but the logs: name -> bytes."""
    found = {}
    for folder, _, names in os.walk(path):
        if os.path.basename(folder) == "logs":
            continue
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                found[os.path.relpath(os.path.join(folder, name), path)] = file.read()
    return found


def move_elsewhere(path):
    """The owner file now names another host: its process cannot be judged from here."""
    with open(os.path.join(path, "owner"), "r+b") as file:
        text = file.read()
        at = text.index(b'"host":"') + len(b'"host":"')
        file.seek(at)
        file.write(b"z" if text[at:at + 1] != b"z" else b"y")  # in place: the owner writes its counter here


def state_of(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "X"


def wake(run):
    """Everything of a stopped run; the first that wakes up may end others before their turn comes."""
    for pid in run.pids():
        try:
            os.kill(pid, signal.SIGCONT)
        except ProcessLookupError:
            pass


def stopped_ranks(run):
    return [pid for pid, name in run.names().items() if name == "tranched" and state_of(pid) == "T"]


def events_and_jobs(path):
    db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    events = [(kind, json.loads(text)) for kind, text in db.execute("SELECT kind, detail FROM events ORDER BY event")]
    jobs = [how for (how,) in db.execute("SELECT how FROM jobs ORDER BY job")]
    db.close()
    return events, jobs


class Takeover:
    def __init__(self, programs, folder):
        self.judge, self.programs, self.folder = Judge(), programs, folder
        calm = make_campaign(os.path.join(folder, "calm"), programs, points=3000)
        self.judge.code(0, Run(programs, calm, "-j", "2").wait(), "undisturbed")
        self.calm = Picture(calm).digests()
        self.squeue = os.path.join(folder, "fake")
        os.makedirs(self.squeue)
        with open(os.path.join(self.squeue, "squeue"), "w") as file:
            file.write("#!/bin/sh\nexit 0\n")  # lists nothing: the job has ended
        os.chmod(os.path.join(self.squeue, "squeue"), 0o755)
        self.ended = {"PATH": self.squeue + ":" + os.environ["PATH"]}

    def standing_still(self, name, failpoint=None, ranks=1, **environment):
        """A run that has recorded something and is stopped: at a failpoint its rank, else everything."""
        path = make_campaign(os.path.join(self.folder, name), self.programs, points=3000)
        arguments = ["-n", str(ranks), "-j", "1"]
        run = Run(self.programs, path, *arguments, failpoint=failpoint, environment=environment)
        if failpoint:
            wait_until("the rank stops", lambda: stopped_ranks(run))
        else:
            wait_until("something is recorded", lambda: Picture(path).runs)
            for pid in run.pids():
                os.kill(pid, signal.SIGSTOP)
        move_elsewhere(path)
        return path, run

    def wakes_up(self, path, run, what):
        """The replaced owner writes nothing, and says why it ends."""
        before = contents(path)
        wake(run)
        code, out, err = run.wait(120)
        run.wait_gone()
        self.judge(code == 6, f"{what}: the old owner wakes up and ends with 6", code, out, err)
        self.judge.says(["another run has taken"], err, f"{what}: it says why")
        after = contents(path)
        # What it was making has no name yet, and it may take it away again.
        changed = [name for name in before.keys() | after.keys()
                   if before.get(name) != after.get(name) and ".new/" not in name + "/"]
        self.judge(not changed, f"{what}: it has changed no byte of the campaign", changed)

    def sound(self, path, what):
        picture = Picture(path)
        self.judge(not picture.findings, f"{what}: the independent checker finds nothing", *picture.findings[:5])
        self.judge(picture.digests() == self.calm, f"{what}: digest equal")
        self.judge.code(0, tranche(self.programs, path, "verify"), f"{what}: verify")

    def job_has_ended(self, failpoint=None):
        judge, what = self.judge, failpoint or "everything stopped"
        path, old = self.standing_still(what.replace(":", "-"), failpoint, SLURM_JOB_ID="4711")
        # Slurm's word makes it owner at once; the ledger is still locked by what Slurm does not know of.
        new = Run(self.programs, path, "-j", "1", environment=self.ended)
        judge.code(0, new.wait(), f"{what}: the new owner, at once by the batch system's word")
        events, jobs = events_and_jobs(path)
        judge(events == [], f"{what}: no event `takeover`: nothing that looked alive was replaced", events)
        judge(jobs == ["died", "exit 0"], f"{what}: the ledger says how both ended", jobs)
        self.sound(path, what)
        self.wakes_up(path, old, what)
        self.sound(path, f"{what}, afterwards")

    def change(self):
        """A command that becomes owner for a moment asks Slurm, too; the ledger is still locked by who stands still."""
        judge, what = self.judge, "pause"
        path, old = self.standing_still("pause", "committed:stop:nth=2", SLURM_JOB_ID="4711")
        judge.code(0, tranche(self.programs, path, "pause", environment=self.ended), f"{what}: at once by the batch system's word")
        done = Run(self.programs, path, "-j", "1").wait()
        judge.code(3, done, f"{what}: it holds")
        self.wakes_up(path, old, what)
        judge.code(0, Run(self.programs, path, "-j", "1", "--resume").wait(), f"{what}: run --resume")
        self.sound(path, what)

    def waits_for_a_partner(self):
        """The owner is in a collective call with a rank that does not answer, and cannot look by itself."""
        judge, what = self.judge, "in a collective call"
        path, old = self.standing_still("collective", "flush:stop:nth=3:rank=1", ranks=2, SLURM_JOB_ID="4711")
        judge.code(0, Run(self.programs, path, "-j", "1", environment=self.ended).wait(), f"{what}: the new owner")
        code, out, err = old.wait(60)
        old.wait_gone()
        judge(code == 6, f"{what}: the old owner ends with 6, without its partner", code, out, err)
        judge.says(["another run has taken"], err, f"{what}: it says why")
        judge.code(0, tranche(self.programs, path, "status", "--exit-code"), f"{what}: status.json is the new one's")
        self.sound(path, what)

    def wakes_beside_the_new_one(self):
        judge, what = self.judge, "both awake"
        path, old = self.standing_still("both", SLURM_JOB_ID="4711")
        recorded = len(Picture(path).runs)
        new = Run(self.programs, path, "-j", "1", "--takeover", environment=self.ended)
        wait_until("the new owner records", lambda: len(Picture(path).runs) > recorded or new.process.poll() is not None)
        wake(old)
        code, out, err = old.wait(120)
        judge(code == 6, f"{what}: the old owner ends with 6", code, out, err)
        judge.code(0, new.wait(), f"{what}: the new one is not disturbed")
        judge.code(0, tranche(self.programs, path, "status", "--exit-code"), f"{what}: status.json is the new one's")
        self.sound(path, what)

    def silence(self):
        judge, what = self.judge, "60 s of silence"
        path, old = self.standing_still("silent", ranks=2)
        before = contents(path)
        code, out, err = Run(self.programs, path, "-j", "1").wait(200)
        judge(code == 6, f"{what}: a normal run ends with 6", code, out, err)
        judge.says(["did not move for", "tranche run --takeover"], err, f"{what}: it says what to type")
        after = contents(path)
        judge(before == after, f"{what}: it has changed nothing")
        new = Run(self.programs, path, "-n", "2", "-j", "1", "--takeover")
        judge.code(0, new.wait(300), f"{what}: run --takeover")
        events, jobs = events_and_jobs(path)
        judge(len(events) == 1 and events[0][0] == "takeover" and events[0][1]["nonce"] in before["owner"].decode(),
              f"{what}: one event `takeover`, with the facts of the old owner", events)
        judge(jobs == ["died", "exit 0"], f"{what}: the ledger says how both ended", jobs)
        self.sound(path, what)
        self.wakes_up(path, old, what)
        self.sound(path, f"{what}, afterwards")


def main():
    with tempfile.TemporaryDirectory() as folder:
        takeover = Takeover(Programs(sys.argv[1]), folder)
        if "--silent" in sys.argv:
            takeover.silence()
        else:
            takeover.job_has_ended()
            takeover.job_has_ended("write:stop:nth=4")
            takeover.job_has_ended("mid-commit:stop:nth=4")
            takeover.wakes_beside_the_new_one()
            takeover.waits_for_a_partner()
            takeover.change()
        takeover.judge.end()


if __name__ == "__main__":
    main()
