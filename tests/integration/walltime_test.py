"""The end of an allocation: nothing begins that would not end, what cannot end in any allocation of that length is
named, and the next run goes on.

    walltime_test.py BUILD
"""

import json
import os
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_hostile, replace_in, tranche, wait_until  # noqa: E402
from checker import Picture, compare  # noqa: E402


class Walltime:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder

    def campaign(self, name, points):
        path = make_hostile(os.path.join(self.folder, name), self.programs, points, timeout="10 min", first="100%")
        replace_in(os.path.join(path, "campaign.yaml"), "  - {name: all, upto: 100%}\n", "")
        return path

    def run(self, path, *arguments):
        return Run(self.programs, path, *arguments).wait()

    def runs(self, path):
        with sqlite3.connect(os.path.join(path, "ledger.sqlite")) as db:
            return db.execute("SELECT idx, state, reason FROM runs_text ORDER BY run_id").fetchall()

    def status(self, path):
        return json.loads(tranche(self.programs, path, "status", "--json")[1])

    def in_links(self):
        """Samples of 50 ms in allocations of some seconds."""
        judge = self.judge
        path = self.campaign("links", [("slow", 50)] * 400)
        before = None
        for link in range(20):
            begin = time.monotonic()
            done = self.run(path, "-j", "2", "--time", "6 s")
            took = time.monotonic() - begin
            picture = Picture(path)
            judge(not picture.findings, f"link {link}: sound", *picture.findings[:5])
            if before:
                judge(not compare(before, picture), f"link {link}: nothing lost or run again", *compare(before, picture)[:5])
            before = picture
            if done[0] == 0:
                break
            judge.code(4, done, f"link {link}")
            judge.says(["the allocation ends in", "no sample begins any more", "tranche run"], done[2], f"link {link}: why")
            lost = self.status(path)["lost"]
            judge(lost and lost["cut_s"] + lost["idle_s"] < lost["of_s"], f"link {link}: says what was lost", lost, took)
        judge(link >= 1 and len(before.runs) == 400, "it took several links, and every sample ran once", link, len(before.runs))
        judge.code(0, tranche(self.programs, path, "verify"), "verify")

    def one_too_long(self):
        """A sample that no allocation of this length can hold is recorded as such; the others are not held up."""
        judge = self.judge
        path = self.campaign("long", [("slow", 60_000)] + [("slow", 20)] * 100)
        long = []
        for link in range(6):  # where the start takes most of an allocation, the sample has not had one
            done = self.run(path, "-j", "2", "--time", "8 s")
            judge(done[0] in (0, 4), f"run {link} ends in order", done)
            long = [run for run in self.runs(path) if run[2] == "allocation"]
            if long:
                break
        judge(long == [(0, "timeout", "allocation")], "the long sample is a timeout", *long)
        shown = tranche(self.programs, path, "show", "0")
        judge.says(["timeout", "allocation", "it needs a longer one"], " ".join(shown[1].split()), "show says why")
        if done[0] == 4:
            judge.code(0, self.run(path, "-j", "2"), "the next run ends the campaign")
        judge(len(Picture(path).done) == 101, "all are finished")

    def all_too_long(self):
        """Known from before: the run does not even try."""
        judge = self.judge
        path = self.campaign("hopeless", [("slow", 4000)] * 8)
        judge.code(4, self.run(path, "-j", "2", "--time", "12 s"), "some samples end")
        begin = time.monotonic()
        done = self.run(path, "-j", "2", "--time", "3 s")
        judge.code(7, done, "an allocation that is too short for any")
        judge.says(["a sample takes 4", "more time"], done[2], "it says so, and what to do")
        judge(all(run[1] == "ok" for run in self.runs(path)), "nothing was recorded as a failure")
        judge.code(0, self.run(path, "-j", "4"), "with enough time all end")

    def stopped_while_draining(self):
        """Nobody has to wait for the end of an allocation, and the page says what is going on now."""
        judge = self.judge
        path = self.campaign("stopped", [("slow", 6000)] * 20)

        def draining(why):
            try:
                with open(os.path.join(path, "status.json")) as file:
                    status = json.load(file)
            except FileNotFoundError:
                return False
            return status["phase"] == "draining" and why in status["text"]

        run = Run(self.programs, path, "-j", "2", "--time", "20 s")
        wait_until("the drain begins", lambda: draining("the allocation ends in"))
        judge.code(0, tranche(self.programs, path, "stop"), "stop in the drain of an allocation")
        wait_until("the status says so while it drains, or it has drained",
                   lambda: draining("stopped: tranche stop") or run.process.poll() is not None)
        done = run.wait()
        judge.code(4, done, "it ends")
        judge.says(["stopped: tranche stop"], done[2], "for that reason")


def main():
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        walltime = Walltime(judge, Programs(sys.argv[1]), folder)
        walltime.in_links()
        walltime.one_too_long()
        walltime.all_too_long()
        walltime.stopped_while_draining()
    judge.end()


if __name__ == "__main__":
    main()
