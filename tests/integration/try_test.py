"""try: what it keeps, and what it warns of; worker test: verdicts for a command and a plug-in.

    try_test.py BUILD
"""

import json
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, make_campaign, make_hostile, replace_in, tranche  # noqa: E402

CAMPAIGN = """\
tranche: 1
name: curve
parameters:
  a: {{range: [1, 2]}}
  b: {{range: [1, 2]}}
constants: {{slope: 2}}
design: {{method: nested-lhs, points: 20, seed: 1}}
simulator:
  command: [./code.sh, "{{a}}"]
  inputs: {{in/deck.nml: deck.nml.in}}
  stdin: in/deck.nml
  timeout: 60 s
axes: {{k: {{linear: [1, {end}], n: 5, unit: Hz}}}}
outputs:
  y: {{axes: [k], checks: [], store: {{dtype: float64{store}}}, read: {{file: curve.dat, axis_column: 1, column: 2, resample: linear}}}}
  L: {{read: {{key: L}}}}
"""
DECK = "&in a = {a}, b = {b}, slope = {slope}, braces = {{}} /\n"
GOOD = "cat; printf '1 1\\n5 5\\n' > curve.dat; echo L = $1; echo quite well >&2"
PYTHON = """\
tranche: 1
name: python
parameters: {x: {range: [0, 1]}}
design: {method: nested-lhs, points: 4, seed: 1}
simulator: {python: model:f}
outputs: {y: {}}
"""


class Trials:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder

    def command(self, name, script=GOOD, end="5", store=""):
        path = os.path.join(self.folder, name)
        os.makedirs(path)
        for file, text in (("campaign.yaml", CAMPAIGN.format(end=end, store=store)), ("deck.nml.in", DECK),
                           ("code.sh", f"#!/bin/sh\n{script}\n")):
            with open(os.path.join(path, file), "w") as stream:
                stream.write(text)
        os.chmod(os.path.join(path, "code.sh"), 0o755)
        return path

    def points(self, path, *arguments):
        done = tranche(self.programs, path, "--json", "try", *arguments)
        if done[0] not in (0, 7):
            sys.exit(f"try {' '.join(arguments)}: exit {done[0]}\n{done[2]}")
        points = json.loads(done[1])["points"]
        works = any(point["state"] == "ok" for point in points)
        self.judge.code(0 if works else 7, done, f"try {' '.join(arguments)}: does any point work")
        return points

    def check_kept(self):
        judge, path = self.judge, self.command("kept")
        done = tranche(self.programs, path, "try", "--index", "3", "--keep")
        judge.code(0, done, "try --index 3 --keep")
        place = os.path.join(path, "tried", "sample-3")
        judge.says(["in/deck.nml:", "&in a = 1.", "slope = 2, braces = {} /", f"kept: {place}"], done[1],
                   "it shows the rendered deck, and the place")
        names = sorted(os.listdir(place))
        judge(names == ["curve.dat", "in", "rerun.sh", "stderr.txt", "stdout.txt"], "the whole run directory is there", names)
        with open(os.path.join(place, "stderr.txt")) as file:
            judge(file.read() == "quite well\n", "stderr is there")
        with open(os.path.join(place, "stdout.txt")) as file:
            printed = file.read()
        os.unlink(os.path.join(place, "curve.dat"))
        again = subprocess.run(["sh", "rerun.sh"], cwd=place, capture_output=True, text=True)
        judge(again.stdout == printed and "L = 1." in printed and os.path.exists(os.path.join(place, "curve.dat")),
              "rerun.sh does the same there", printed, again.stdout, again.stderr)
        with open(os.path.join(place, "old"), "w"):
            pass
        kept = self.points(path, "--index", "3", "--keep", "--with", "slope=7")[0]["kept"]
        with open(os.path.join(place, "in", "deck.nml")) as file:
            deck = file.read()
        judge(kept == place and "slope = 7" in deck and not os.path.exists(os.path.join(place, "old")),
              "the next one takes its place, here with another constant", kept, deck)
        labels = [point["label"] for point in self.points(path, "-n", "3", "--keep")]
        judge(len(os.listdir(os.path.join(path, "tried"))) == 4, "each point has a place of its own", labels,
              os.listdir(os.path.join(path, "tried")))
        judge(self.points(path, "-n", "1")[0]["kept"] is None, "without --keep nothing is")

    def check_kept_elsewhere(self):
        judge = self.judge
        path = make_campaign(os.path.join(self.folder, "plugin"), self.programs, points=100)
        done = tranche(self.programs, path, "try", "-n", "1", "--keep")
        judge.code(0, done, "try --keep of a plug-in")
        judge.says(["a plug-in has no directory for each run", "stderr"], done[2], "it says what is not kept")
        path = os.path.join(self.folder, "python")
        os.makedirs(path)
        for file, text in (("campaign.yaml", PYTHON), ("model.py", "def f(x):\n    print('hello')\n    return x\n")):
            with open(os.path.join(path, file), "w") as stream:
                stream.write(text)
        done = tranche(self.programs, path, "try", "--index", "1", "--keep")
        judge.code(0, done, "try --keep of a Python function")
        judge.says(["a worker has no directory for each run", "its answer"], done[2], "it says what is kept")
        place = os.path.join(path, "tried", "sample-1")
        with open(os.path.join(place, "stderr.txt")) as file:
            judge(file.read() == "hello\n" and os.path.getsize(os.path.join(place, "answer.bin")) > 0,
                  "the answer and what it printed", os.listdir(place))

    def check_with(self):
        judge, path = self.judge, self.command("with")
        for wish, words in (("slop=7", ["no constant `slop`", "did you mean --with slope=7?"]),
                            ("a=1.5", ["`a` cannot change between attempts"]),
                            ("slope", ["is no NAME=VALUE", "--with dt=0.5"])):
            done = tranche(self.programs, path, "try", "--with", wish)
            judge.code(2, done, f"try --with {wish}")
            judge.says(words, done[2], "it says what is wrong")

    def warnings(self, name, *arguments, **how):
        found = self.points(self.command(name, **how), *arguments)
        return " ".join(" ".join(point["warnings"]) for point in found)

    def check_warnings(self):
        judge = self.judge
        judge(self.warnings("fine", "-n", "1") == "", "nothing to warn of")
        judge.says(["2 of 5 bins of k [Hz] lie beyond", "extrapolated"], self.warnings("beyond", "-n", "1", end="9"),
                   "bins beyond the program's axis are counted")
        judge.says(["all 5 bins of k [Hz] lie beyond", "that unit"],
                   self.warnings("other", "-n", "1", script=GOOD.replace("1 1\\n5 5", "1e9 1\\n5e9 5")),
                   "an axis in another unit is noticed")
        judge.says(["y is not finite in 2 of 5 places"],
                   self.warnings("nan", "-n", "1", script=GOOD.replace("5 5", "3 3\\n5 nan")), "NaN")
        judge.says(["y is at its floor everywhere"],
                   self.warnings("floor", "-n", "1", store=", transform: log10, floor: 1e-9",
                                 script=GOOD.replace("1 1\\n5 5", "1 0\\n5 0")), "exact zeros that become the floor")
        judge.says(["not reproducible"],
                   self.warnings("random", "-n", "1", "--repeat", "2", script=GOOD.replace("$1", "$(date +%N)")),
                   "another result at the second run")
        done = tranche(self.programs, self.command("unused"), "--json", "try")
        judge(json.loads(done[1])["unused_parameters"] == ["b"], "a parameter without effect", done[1], done[2])
        short = self.points(self.command("short", script=GOOD.replace("; printf '1 1\\n5 5\\n'", "; printf '5 1\\n1 5\\n3 1\\n'")),
                            "-n", "1")[0]
        judge(short["reason"] == "axis" and "curve.dat: point 3 of the axis" in short["message"],
              "an axis that is not monotonic", short["reason"], short["message"])

    def verdicts(self, path, code):
        done = tranche(self.programs, path, "--json", "worker", "test")
        self.judge.code(code, done, f"worker test in {os.path.basename(path)}")
        report = json.loads(done[1])
        return report["kind"], {check["name"]: check for check in report["checks"]}

    def check_conformance(self):
        judge = self.judge
        done = tranche(self.programs, self.command("fit"), "worker", "test")
        judge.code(0, done, "worker test of a command")
        judge.says(["command comes up in a slot", "all of 4 points are ok", "the same bits"], re.sub(r"\s+", " ", done[1]),
                   "its verdicts can be read")
        kind, checks = self.verdicts(self.command("dying", script="kill -SEGV $$"), 7)
        judge(kind == "command" and checks["points"]["fitness"] == "FAIL" and "sigsegv" in checks["points"]["text"],
              "a command that dies is unfit", checks)
        _, checks = self.verdicts(self.command("dicing", script=GOOD.replace("$1", "$(date +%N)")), 0)
        judge(checks["same again"]["fitness"] == "warn", "one with other numbers each time is warned of", checks)
        path = self.command("denied")
        os.chmod(os.path.join(path, "code.sh"), 0o644)
        done = tranche(self.programs, path, "worker", "test")
        judge.code(2, done, "worker test of a command that cannot be started")
        judge.says(["is not executable", "chmod +x"], done[2], "it says why")
        path = make_hostile(os.path.join(self.folder, "plugin-fit"), self.programs, [("ok", k) for k in range(4)])
        replace_in(os.path.join(path, "campaign.yaml"), "integer: [0, 99]", "integer: [0, 1]")
        kind, checks = self.verdicts(path, 0)
        judge(kind == "plug-in" and "plug-in comes up in a slot" in checks["start"]["text"], "worker test of a plug-in", checks)
        replace_in(os.path.join(path, "campaign.yaml"), "libhostile", "libbroken")
        done = tranche(self.programs, path, "worker", "test")
        judge(done[0] in (2, 7) and "libbroken" in done[1] + done[2], "of one that cannot be loaded", *done)


def main():
    judge = Judge()
    with tempfile.TemporaryDirectory(prefix="try-test-") as folder:
        trials = Trials(judge, Programs(sys.argv[1]), folder)
        trials.check_kept()
        trials.check_kept_elsewhere()
        trials.check_with()
        trials.check_warnings()
        trials.check_conformance()
    judge.end()


if __name__ == "__main__":
    main()
