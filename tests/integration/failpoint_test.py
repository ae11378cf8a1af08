"""Death at every failpoint: what was recorded stays, nothing is run twice, and the campaign that goes on has the
digest of one that was never disturbed.

    failpoint_test.py BUILD --ranks 1 [--names create,seal] [--times 5] [--seed N]
"""

import argparse
import glob
import os
import random
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_campaign, tranche  # noqa: E402
from checker import Picture, compare  # noqa: E402

# Name -> instants it has (docs/states.md). Those of the agents are reached by every rank.
AGENTS = {"write": 1, "agree": 2, "flush": 1, "sent": 1}
MASTER = {"mid-commit": 2, "committed": 1, "state": 1, "create": 1, "rename": 2, "seal": 2, "view": 1}
INSTANTS = {**AGENTS, **MASTER}
# More calls than these there may be or not: it depends on how many epochs a stage takes.
MOST_CALLS = {"write": 12, "agree": 12, "flush": 6, "sent": 6, "mid-commit": 12, "committed": 6, "state": 6,
              "create": 2, "rename": 12, "seal": 4, "view": 4}
# Calls until the next of the same instant that every campaign makes on one rank: of another epoch or stage.
SECOND_TIME = {"write": 3, "agree": 2, "flush": 1, "sent": 1, "mid-commit": 2, "committed": 1, "state": 1, "create": 1,
               "rename": 4, "seal": 2, "view": 1}
HOT_JOURNAL = b"\xd9\xd5\x05\xf9"


def is_hot(campaign):
    journal = os.path.join(campaign, "ledger.sqlite-journal")
    if not os.path.exists(journal):
        return False
    with open(journal, "rb") as file:
        return file.read(4) == HOT_JOURNAL


class Deaths:
    def __init__(self, programs, folder, options):
        self.judge, self.programs, self.folder = Judge(), programs, folder
        self.ranks, self.points = options.ranks, options.points
        self.arguments = ["-n", str(options.ranks), "-j", "2" if options.ranks == 1 else "1"]
        self.campaigns, self.thorough = 0, bool(options.times)
        self.calm = self.digests_of_undisturbed()

    def campaign(self):
        self.campaigns += 1
        return make_campaign(os.path.join(self.folder, f"c{self.campaigns}"), self.programs, points=self.points,
                             epoch="100 ms")

    def digests_of_undisturbed(self):
        path = self.campaign()
        self.judge.code(0, Run(self.programs, path, *self.arguments).wait(), "undisturbed")
        picture = Picture(path)
        self.judge(not picture.findings and len(picture.digests()) == 2, "undisturbed: sound, two stages",
                   *picture.findings)
        return picture.digests()

    def die(self, path, failpoint):
        """Whether the run came to the failpoint and died there."""
        run = Run(self.programs, path, *self.arguments, failpoint=failpoint)
        code, out, err = run.wait()
        run.wait_gone()
        if code == 0:
            return False
        if ":kill_job" in failpoint:
            self.judge(code == -9, f"{failpoint}: everything is killed", code, out, err)
        else:
            self.judge(code == 4 and f"failpoint {failpoint.split(':')[0]}" in err and "nothing recorded is lost" in err,
                       f"{failpoint}: exit 4", code, out, err)
        return True

    def readers_of_a_hot_journal(self, path, before, what):
        """Nobody reads the half commit: `status` opens no ledger, the others recover first."""
        judge, recorded = self.judge, {key for _, key in before.done}
        judge(is_hot(path), f"{what}: the journal is hot")
        unrecorded = next(index for index in range(20, self.points) if index not in recorded)
        known = next(iter(recorded))
        commands = {"status": (["status"], 0), "failures": (["failures"], 0), "verify": (["verify"], 0),
                    "show": (["show", str(unrecorded)], 0), "show known": (["show", str(known)], 0),
                    "export": (["export", "-o", os.path.join(self.folder, "export.h5")], 0)}
        for name, (arguments, code) in commands.items():
            copy = os.path.join(self.folder, "copy")
            shutil.copytree(path, copy)
            done = tranche(self.programs, copy, *arguments)
            judge.code(code, done, f"{what}: {name} right after the death")
            hot = is_hot(copy)
            judge(hot == (name == "status"), f"{what}: {name} {'leaves the journal alone' if hot else 'has recovered'}")
            if name == "show":
                judge("ok" not in done[1].split(), f"{what}: sample {unrecorded} has no run", done[1])
            after = Picture(copy)
            judge(after.runs == before.runs and not after.findings, f"{what}: the recorded rows are the same", name)
            shutil.rmtree(copy)

    def goes_on(self, path, before, what):
        judge = self.judge
        judge(not before.findings, f"{what}: sound, {len(before.runs)} runs recorded", *before.findings[:5])
        judge.code(0, Run(self.programs, path, *self.arguments).wait(), f"{what}: the next run")
        after = Picture(path)
        findings = after.findings + compare(before, after)
        judge(not findings, f"{what}: nothing lost, changed or run again", *findings[:5])
        judge(after.digests() == self.calm, f"{what}: digest equal", after.digests(), self.calm)
        if self.thorough:
            judge.code(0, tranche(self.programs, path, "verify"), f"{what}: verify")
        left = glob.glob(os.path.join(path, "**", "*.new"), recursive=True)
        judge(not left, f"{what}: no half file is left", left)

    def at(self, failpoint):
        path = self.campaign()
        if not self.die(path, failpoint):
            return False
        before = Picture(path)
        if failpoint.startswith("mid-commit:die:nth=4") and not self.thorough:
            self.readers_of_a_hot_journal(path, before, failpoint)
        self.goes_on(path, before, failpoint)
        return True

    def once_each(self, names):
        """At calls that every campaign makes; with one rank the second of each instant, with rows recorded before."""
        for name in names:
            for instant in range(1, INSTANTS[name] + 1):
                how = f"die:nth={instant + SECOND_TIME[name]}" if self.ranks == 1 else f"kill_job:nth={instant}"
                rank = f":rank={self.ranks - 1}" if name in AGENTS else ""
                self.judge(self.at(f"{name}:{how}{rank}"), f"{name} {instant} is reached")

    def random(self, names, times, dice):
        """Each instant `times` times, at random calls and ranks, one process or all."""
        for name in names:
            for instant in range(INSTANTS[name]):
                done = 0
                most = MOST_CALLS[name]
                while done < times:
                    nth = instant + 1 + INSTANTS[name] * dice.randrange(max(1, most // INSTANTS[name]))
                    action = dice.choice(["die", "kill_job"])
                    rank = f":rank={dice.randrange(self.ranks)}" if name in AGENTS else ""
                    if self.at(f"{name}:{action}:nth={nth}{rank}"):
                        done += 1
                    elif nth <= INSTANTS[name]:
                        sys.exit(f"{name} is never reached")
                    else:
                        most = max(1, most // 2)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--names", type=lambda text: text.split(","), default=list(INSTANTS))
    parser.add_argument("--times", type=int, help="at random calls, so often each")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    with tempfile.TemporaryDirectory() as folder:
        deaths = Deaths(Programs(options.build), folder, options)
        if options.times:
            deaths.random(options.names, options.times, random.Random(options.seed))
        else:
            deaths.once_each(options.names)
        deaths.judge.end()


if __name__ == "__main__":
    main()
