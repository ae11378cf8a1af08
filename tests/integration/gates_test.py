"""Gates: a person is asked, told what to type, and decides; conditions decide by themselves.

    gates_test.py BUILD
"""

import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, tranche  # noqa: E402
from checker import Picture  # noqa: E402

# Phases above 2.8 fail: about one sample in 13.
CAMPAIGN = """\
tranche: 1
name: gates
parameters:
  work:  {{range: [0.02, 0.3]}}
  phase: {{range: [0.1, 3.0]}}
design: {{method: nested-lhs, points: 300, seed: 7}}
stages:
  - {{name: pilot, upto: 10%, gate: {first}}}
  - {{name: scout, upto: 50%, gate: {second}}}
  - {{name: full, upto: 100%}}
simulator: {{plugin: {plugin}, timeout: 20 s}}
axes:
  k: {{linear: [0, 1], n: 4}}
outputs:
  curve: {{axes: [k]}}
store: {{epoch: 200 ms}}
"""


class Gates:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder

    def campaign(self, name, first, second="pass"):
        path = os.path.join(self.folder, name)
        os.makedirs(path)
        with open(os.path.join(path, "campaign.yaml"), "w") as file:
            file.write(CAMPAIGN.format(first=first, second=second, plugin=self.programs.plugin("lumpy")))
        return path

    def run(self, path, *arguments):
        return Run(self.programs, path, *arguments).wait()

    def sealed(self, path):
        return [stage for (_, stage), row in sorted(Picture(path).stages.items()) if row["digest"]]

    def check_ask(self):
        judge, path = self.judge, self.campaign("ask", "ask", "ask")
        before = tranche(self.programs, path, "approve", "pilot")
        judge.code(2, before, "approve before the first run")
        done = self.run(path, "-j", "2")
        judge.code(3, done, "a run up to a gate that asks")
        judge.says(["pilot", "tranche approve pilot"], done[2], "it says which gate, and what to type")
        judge(self.sealed(path) == [1], "the stage before the gate is sealed, the next has not begun", self.sealed(path))
        again = self.run(path, "-n", "2", "-j", "1")
        judge.code(3, again, "again, on 2 ranks")
        judge.says(["tranche approve pilot"], again[2], "it says the same again")
        status = tranche(self.programs, path, "status", "--exit-code")
        judge.code(3, status, "status --exit-code")
        judge.says(["tranche approve pilot"], status[1], "status says what to type")

        for wrong, words in (("pilto", ["pilto", "did you mean", "pilot"]), ("scout", ["scout", "not complete"]),
                             ("full", ["full", "no gate"]), ("9", ["9", "pilot, scout, full"])):
            done = tranche(self.programs, path, "approve", wrong)
            judge.code(2, done, f"approve {wrong}")
            judge.says(words, done[2], f"approve {wrong} says {words}")
        judge.code(0, tranche(self.programs, path, "approve", "pilot"), "approve pilot")
        judge.code(0, tranche(self.programs, path, "approve", "1"), "approve it again, by number")
        status = tranche(self.programs, path, "status", "--exit-code")
        judge.code(4, status, "status --exit-code of an open gate")
        judge.says(["tranche run"], status[1], "status says: tranche run")

        judge.code(3, self.run(path, "-n", "2", "-j", "1"), "the next run, up to the next gate")
        judge(self.sealed(path) == [1, 2], "two stages are sealed", self.sealed(path))
        judge.code(0, tranche(self.programs, path, "approve", "scout"), "approve scout")
        judge.code(0, self.run(path), "the last run")
        judge.code(0, self.run(path), "a run when all is done")
        judge.code(2, tranche(self.programs, path, "approve", "full"), "approve the last stage")
        judge.code(0, tranche(self.programs, path, "status", "--exit-code"), "status --exit-code at the end")
        judge.code(0, tranche(self.programs, path, "verify"), "verify")

    def check_conditions(self):
        judge = self.judge
        path = self.campaign("holds", "{require: [fail_rate < 90%, core_hours < 50], otherwise: stop}")
        judge.code(0, self.run(path), "a gate whose conditions hold")

        path = self.campaign("asks", "pass", "{require: [fail_rate < 0.1%, core_hours < 50], otherwise: ask}")
        done = self.run(path)
        judge.code(3, done, "a gate whose conditions do not hold, otherwise ask")
        judge(self.sealed(path) == [1, 2], "both stages before it are sealed", self.sealed(path))
        status = tranche(self.programs, path, "status")
        judge.says(["fail_rate", "tranche approve scout"], status[1], "status says which condition, and what to type")
        judge.code(0, tranche(self.programs, path, "approve", "scout"), "approve it")
        judge.code(0, self.run(path), "and it goes on")

        path = self.campaign("stops", "{require: [fail_rate < 0.1%], otherwise: stop}")
        done = self.run(path)
        judge.code(3, done, "a gate whose conditions do not hold, otherwise stop")
        judge.says(["pilot", "stopped", "fail_rate"], done[2], "it says that it is stopped, and why")
        judge.code(3, self.run(path), "it stays stopped")
        judge.code(0, tranche(self.programs, path, "approve", "pilot"), "a person may open it all the same")
        judge.code(0, self.run(path), "and it goes on")

    def check_until(self):
        judge, path = self.judge, self.campaign("until", "pass")
        done = self.run(path, "--until", "sout")
        judge.code(2, done, "--until a stage that does not exist")
        judge.says(["sout", "scout"], done[2], "it names those that do")
        judge.code(2, self.run(path, "--stage", "scout"), "--stage scout before pilot is done")
        judge(not os.path.exists(os.path.join(path, "ledger.sqlite")), "none of these has begun anything")
        judge.code(0, self.run(path, "--until", "pilot"), "--until pilot")
        judge(self.sealed(path) == [1], "it ends there", self.sealed(path))
        judge.code(0, self.run(path, "--until", "pilot"), "--until pilot again has nothing to do")
        judge.code(4, tranche(self.programs, path, "status", "--exit-code"), "status: incomplete")
        judge.code(0, self.run(path, "--stage", "2"), "--stage 2")
        judge(self.sealed(path) == [1, 2], "two stages are sealed", self.sealed(path))
        code, out, _ = tranche(self.programs, path, "--json", "run")
        judge(code == 0 and json.loads(out)["exit_code"] == 0, "--json run: one document on stdout", out)
        judge(self.sealed(path) == [1, 2, 3], "all are sealed", self.sealed(path))


def main():
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        gates = Gates(judge, Programs(sys.argv[1]), folder)
        gates.check_ask()
        gates.check_conditions()
        gates.check_until()
    judge.end()


if __name__ == "__main__":
    main()
