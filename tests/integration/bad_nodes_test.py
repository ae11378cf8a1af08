"""What is not the sample's fault costs it no attempt: a node on which nearly everything fails gets no more work, and
what failed there runs elsewhere; processes that are killed from outside; a rank that is killed.

    bad_nodes_test.py BUILD
"""

import json
import os
import signal
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_campaign, make_hostile, replace_in, tranche, wait_until  # noqa: E402
from checker import OK, Picture  # noqa: E402

STATE, FINAL = 1, -1  # columns of runs
LEMON = """\
tranche: 1
name: lemon
parameters:
  a: {{range: [0.1, 1]}}
  b: {{range: [0, 1]}}
design: {{method: nested-lhs, points: {points}, seed: 3}}
stages:
  - {{name: first, upto: 30%, gate: pass}}
  - {{name: all, upto: 100%}}
simulator: {{plugin: {plugin}, timeout: 20 s}}
retries: {{failed: 0, crashed: 0}}
axes:
  k: {{linear: [0, 1], n: 8}}
outputs:
  curve: {{axes: [k]}}
store: {{epoch: {epoch}}}
"""


def attempts(picture):
    """Index -> states of its runs, in order."""
    found = {}
    for run_id, row in sorted(picture.runs.items()):
        found.setdefault(run_id >> 8 & (1 << 40) - 1, []).append(row[STATE])
    return found


def events(path, kind):
    with sqlite3.connect(os.path.join(path, "ledger.sqlite")) as ledger:
        return [json.loads(detail) for (detail,) in ledger.execute("SELECT detail FROM events WHERE kind = ?", (kind,))]


def status_of(path):
    with open(os.path.join(path, "status.json")) as file:
        return json.load(file)


class Nodes:
    def __init__(self, programs, folder):
        self.judge, self.programs, self.folder = Judge(), programs, folder

    def lemon(self, name):
        return make_campaign(os.path.join(self.folder, name), self.programs, points=2000, text=LEMON, plugin="lemon")

    def sound(self, path, what):
        picture = Picture(path)
        self.judge(not picture.findings, f"{what}: the checker finds nothing", *picture.findings[:5])
        self.judge.code(0, tranche(self.programs, path, "verify"), f"{what}: verify")
        return picture

    def bad_node(self):
        judge, what = self.judge, "one bad rank of three"
        calm = self.lemon("calm")
        with open(os.path.join(calm, "lemon"), "w") as file:
            file.write("0\n")
        judge.code(0, Run(self.programs, calm, "-n", "2", "-j", "1").wait(), "a campaign on sound nodes")
        path = self.lemon("bad")
        code, out, err = Run(self.programs, path, "-n", "3", "-j", "1").wait()
        judge.code(0, (code, out, err), what)
        after = self.sound(path, what)
        status = status_of(path)
        bad = [agent for agent in status["agents"] if agent["quarantined"]]
        judge(len(bad) == 1, f"{what}: it is in quarantine, and no other", status["agents"])
        words = [bad[0]["host"] if bad else "?", "it gets no more work", "failed there"]
        judge.says(words, "\n".join(status["attention"]), f"{what}: status says so with its host")
        judge.says(words, err, f"{what}: and so does the run")
        told = tranche(self.programs, path, "--json", "status")
        judge(any(agent["quarantined"] for agent in json.loads(told[1])["agents"]), f"{what}: status --json", told[1])
        found = events(path, "quarantine")
        judge(len(found) == 1 and found[0]["rank"] == bad[0]["rank"] and found[0]["failures"] >= 20,
              f"{what}: an event in the ledger", found)
        judge(after.digests() == Picture(calm).digests(), f"{what}: the digests are those of sound nodes")
        twice = [states for states in attempts(after).values() if len(states) > 1]
        judge(twice, f"{what}: {len(twice)} samples ran again")
        judge(all(states[-1] == OK and OK not in states[:-1] for states in twice), f"{what}: and ended well", twice[:5])

    def restart(self):
        """Killed after the quarantine: what the ledger says is enough to forgive the attempts made there."""
        judge, what = self.judge, "killed after the quarantine"
        path = self.lemon("restart")
        replace_in(os.path.join(path, "campaign.yaml"), "{failed: 0, crashed: 0}", "{failed: 1, crashed: 1}")
        run = Run(self.programs, path, "-n", "3", "-j", "1")
        wait_until("an agent is in quarantine", lambda: os.path.exists(os.path.join(path, "status.json"))
                   and any(agent["quarantined"] for agent in status_of(path)["agents"]) or run.process.poll() is not None)
        run.kill()
        judge(events(path, "quarantine"), f"{what}: the event is there")
        judge.code(0, Run(self.programs, path, "-n", "2", "-j", "1").wait(), f"{what}: the next run")
        after = self.sound(path, what)
        judge(all(states[-1] == OK for states in attempts(after).values()), f"{what}: everything ended well")

    def killed_processes(self):
        """Three times: what the machine does when it runs out of memory. retries.crashed is 0."""
        judge, what = self.judge, "simulator processes killed from outside"
        path = make_hostile(os.path.join(self.folder, "killed"), self.programs, [("held", 1)] + [("ok", 1)] * 3, crashed=0)
        run = Run(self.programs, path, "-j", "1")
        seen = set()
        for _ in range(3):
            slot = wait_until("another process has the sample", lambda: set(run.roles()["slot"]) - seen)
            seen |= slot
            wait_until("it has begun", lambda: any(agent["in_flight"] for agent in status_of(path)["agents"]))
            for pid in slot:
                os.kill(pid, signal.SIGKILL)
        open(os.path.join(path, "go"), "w").close()
        judge.code(0, run.wait(), what)
        after = self.sound(path, what)
        judge(all(states[-1] == OK for states in attempts(after).values()), f"{what}: all samples end well", attempts(after))
        judge(len(attempts(after)[0]) <= 4, f"{what}: the first ran {len(attempts(after)[0])} times", attempts(after))

    def killed_rank(self):
        judge, what = self.judge, "a rank killed"
        path = make_hostile(os.path.join(self.folder, "rank"), self.programs, [("slow", 20)] * 200, crashed=0)
        run = Run(self.programs, path, "-n", "2", "-j", "1")
        wait_until("something is recorded", lambda: Picture(path).runs)
        run.kill(sorted(run.roles()["rank"])[1:])
        judge.code(0, Run(self.programs, path, "-n", "2", "-j", "1").wait(), f"{what}: the next run")
        after = self.sound(path, what)
        judge(all(states == [OK] for states in attempts(after).values()), f"{what}: no sample has lost an attempt")

    def killed_zygote(self):
        """Of what dies on a node first it may be the first: that is no unfit machine."""
        judge = self.judge
        for ranks in (1, 2):
            what = f"the process that starts simulators is killed, {ranks} ranks"
            path = make_hostile(os.path.join(self.folder, f"zygote-{ranks}"), self.programs, [("slow", 20)] * 200)
            run = Run(self.programs, path, "-n", str(ranks), "-j", "1")
            wait_until("something is recorded", lambda: Picture(path).runs)
            run.kill(sorted(run.roles()["zygote"])[-1:])
            judge.code(4, run.wait(), what)
            judge.code(0, Run(self.programs, path, "-n", "2", "-j", "1").wait(), f"{what}: the next run")
            self.sound(path, what)


def main():
    with tempfile.TemporaryDirectory() as folder:
        nodes = Nodes(Programs(sys.argv[1]), folder)
        nodes.bad_node()
        nodes.restart()
        nodes.killed_processes()
        nodes.killed_rank()
        nodes.killed_zygote()
        nodes.judge.end()


if __name__ == "__main__":
    main()
