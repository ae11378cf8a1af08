"""Every exit code of `tranche run` once, with its stderr line by line: reason, what to type, and nothing else.
Codes 3 and 5 of limits, budget and pause: limits_test.py, pause_test.py; 4: signals_test.py.

    exit_codes_test.py BUILD [--minute]
"""

import os
import re
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_hostile, replace_in, tranche, wait_until  # noqa: E402
from checker import Picture  # noqa: E402


class Codes:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder

    def campaign(self, name, points=(("ok", 1),) * 20, **how):
        return make_hostile(os.path.join(self.folder, name), self.programs, points, **how)

    def run(self, path, code, lines, what, *arguments):
        """`lines`: what stderr must be, a pattern each."""
        for ranks in ("1", "2"):
            done = Run(self.programs, path, "-n", ranks, "-j", "1", *arguments).wait()
            self.judge.code(code, done, f"{what}, {ranks} ranks")
            told = done[2].splitlines()
            fits = len(told) == len(lines) and all(re.fullmatch(pattern, line) for pattern, line in zip(lines, told))
            self.judge(fits, f"{what}, {ranks} ranks: stderr is what it should be", lines, done[2])

    def check_orderly(self):
        path = self.campaign("gate", gate="ask")
        self.run(path, 3, ["the gate after stage `first` waits for you", "  next: tranche approve first"], "gate")
        self.judge.code(0, tranche(self.programs, path, "approve", "first"), "approve")
        self.run(path, 0, ["the campaign is complete", "  next: tranche verify, then tranche export"], "done")
        self.run(path, 2, ["error: there is no stage `third`", "  stages: first, all"], "no such stage", "--until", "third")

    def check_usage(self):
        path = self.campaign("usage")
        replace_in(os.path.join(path, "campaign.yaml"), "name: hostile", "name: hostile\nnmae: x")
        done = Run(self.programs, path).wait()
        self.judge.code(2, done, "a mistake in campaign.yaml")
        self.judge(done[2].splitlines()[0] == f"{path}/campaign.yaml:3:1: error: unknown key `nmae`; did you mean `name`?"
                   or done[2].splitlines()[0].endswith("campaign.yaml:3:1: error: unknown key `nmae`; did you mean `name`?"),
                   "it says where and what", done[2])

    def check_owned(self):
        path = self.campaign("owned", [("slow", 20)] * 400)
        run = Run(self.programs, path, "-j", "1")
        wait_until("a run is recorded", lambda: len(Picture(path).runs) > 0 or run.process.poll() is not None)
        self.run(path, 6, [r"error: .*(owner|owns|owned).*", "  .*"], "another owner lives")
        self.judge.code(0, tranche(self.programs, path, "stop", "--wait"), "stop the owner")
        self.judge.code(4, run.wait(60), "the owner was not disturbed")

    def check_unfit(self):
        path = self.campaign("unfit")
        broken = os.path.join(path, "libmine.so")
        with open(broken, "w") as file:
            file.write("this is no library\n")
        replace_in(os.path.join(path, "campaign.yaml"), self.programs.plugin("hostile"), broken)
        done = Run(self.programs, path, "-j", "1").wait()
        self.judge.code(7, done, "a plug-in that cannot be loaded")
        self.judge.says(["libmine.so"], done[2], "it names the file")
        self.judge("mpirun" not in done[2] and "Primary job" not in done[2], "no noise of the launcher", done[2])

    def check_damaged(self):
        path = self.campaign("damaged")
        self.judge.code(0, Run(self.programs, path).wait(), "a campaign")
        os.remove(os.path.join(path, "ledger.sqlite"))
        self.run(path, 8, ["error: ledger.sqlite is missing or empty, yet there are stage files",
                           "  next: put the ledger back from a copy of the campaign"], "without its ledger")

    def check_minute(self):
        """Redirected output: one line a minute, without escape codes."""
        path = self.campaign("minute", [("slow", 100)] * 700, first="100%")
        replace_in(os.path.join(path, "campaign.yaml"), "  - {name: all, upto: 100%}\n", "")
        done = Run(self.programs, path, "-j", "1").wait()
        self.judge.code(0, done, "a run of 70 s")
        told = done[2].splitlines()
        self.judge(len(told) == 3 and told[0].startswith("first  ") and "%" in told[0], "one line, then the end", done[2])
        self.judge("\r" not in done[2] and "\x1b" not in done[2], "no escape codes", done[2])


def main():
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        codes = Codes(judge, Programs(sys.argv[1]), folder)
        if "--minute" in sys.argv:
            codes.check_minute()
        else:
            codes.check_orderly()
            codes.check_usage()
            codes.check_owned()
            codes.check_unfit()
            codes.check_damaged()
    judge.end()


if __name__ == "__main__":
    main()
