"""Limits and budget end a run by themselves: the last epoch, exit 5 or 3, the reason, what to type; and the
next run goes on as docs/formats/campaign.md says.

    limits_test.py BUILD
"""

import json
import os
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_hostile, replace_in, tranche  # noqa: E402
from checker import Picture, compare  # noqa: E402


class Limits:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder

    def campaign(self, name, points, keys):
        path = make_hostile(os.path.join(self.folder, name), self.programs, points, first="100%")
        yaml = os.path.join(path, "campaign.yaml")
        replace_in(yaml, "  - {name: all, upto: 100%}\n", "")
        replace_in(yaml, "retries: {crashed: 0}\n", keys)
        return path

    def run(self, path, *arguments):
        return Run(self.programs, path, *arguments).wait()

    def events(self, path, kind):
        with sqlite3.connect(os.path.join(path, "ledger.sqlite")) as db:
            return [json.loads(text) for (text,) in
                    db.execute("SELECT detail FROM events WHERE kind = ? ORDER BY event", (kind,))]

    def check_ended(self, path, done, code, words, status_code, what):
        """One end by itself: code, reason and advice in all places; nothing lost. Returns the picture."""
        judge = self.judge
        judge.code(code, done, what)
        judge.says(words, done[2], f"{what}: it says why, and what to type")
        judge("\x1b" not in done[1] + done[2] and "mpirun" not in done[2], f"{what}: no noise", *done[1:])
        status = tranche(self.programs, path, "status", "--exit-code")
        judge.code(status_code, status, f"{what}: status --exit-code")
        judge.says([" ".join(word.split()) for word in words], " ".join(status[1].split()), f"{what}: status says the same")
        picture = Picture(path)
        judge(not picture.findings, f"{what}: sound", *picture.findings[:5])
        return picture

    def check_fail_rate(self):
        judge = self.judge
        path = self.campaign("rate", [("slow", 10), ("failed", 1)] * 2000, "limits: {fail_rate: 40% after 60}\n")
        words = ["failure limit", "the limit is 40 % after 60", "tranche failures", "limits"]
        first = self.check_ended(path, self.run(path, "-j", "2"), 5, words, 4, "fail_rate")
        judge(60 <= len(first.runs) < 10000, "it ended in the middle", len(first.runs))
        event = self.events(path, "limit")
        judge(len(event) == 1 and event[0]["finished"] >= 60 and event[0]["failures"] * 2.5 >= event[0]["finished"],
              "the event has the counts", event)
        second = self.check_ended(path, self.run(path, "-n", "2", "-j", "1"), 5, words, 4, "fail_rate again, 2 ranks")
        judge(not compare(first, second), "what was recorded stays", *compare(first, second)[:3])
        judge(len(second.runs) >= len(first.runs) + 60 - 8, "the second run counted anew",
              len(first.runs), len(second.runs))
        replace_in(os.path.join(path, "campaign.yaml"), "40% after 60", "90% after 60")
        judge.code(0, self.run(path, "-j", "32"), "with the limit raised it goes on to the end")
        judge(len(Picture(path).runs) == 4000 and len(self.events(path, "limit")) == 2, "all ran once")
        judge.code(0, tranche(self.programs, path, "verify"), "verify")

    def check_consecutive(self):
        judge = self.judge
        points = [("slow", 10), ("failed", 1)] * 40 + [("segfault", 1), ("failed", 1)] * 10 + [("slow", 10)] * 1000
        path = self.campaign("row", points, "retries: {crashed: 0}\nlimits: {fail_rate: 99%, consecutive: 20}\n")
        words = ["failure limit", "samples in a row failed; the limit is 20", "tranche failures"]
        done = self.check_ended(path, self.run(path, "-j", "1"), 5, words, 4, "consecutive")
        judge(100 <= len(done.runs) < 1100, "it ended behind the row", len(done.runs))
        judge.code(0, self.run(path, "-j", "32"), "the next run counts from its own start, and goes on")

    def check_budget(self):
        judge = self.judge
        path = self.campaign("budget", [("slow", 10)] * 1000, "budget: {core_hours: 0.0003}\n")
        words = ["the budget of 0.0003 core hours is spent", "raise `budget: {core_hours: ...}`", "tranche run"]
        first = self.check_ended(path, self.run(path, "-j", "2"), 3, words, 3, "budget")
        judge(100 <= len(first.runs) < 400, "it ended in the middle", len(first.runs))
        again = self.check_ended(path, self.run(path), 3, words, 3, "budget again")
        judge(again.runs == first.runs, "it ended at once")
        judge(len(self.events(path, "budget")) == 1, "one event", self.events(path, "budget"))
        replace_in(os.path.join(path, "campaign.yaml"), "core_hours: 0.0003", "core_hours: 1")
        judge.code(0, self.run(path, "-j", "32"), "with a larger budget it goes on to the end")
        judge.code(0, self.run(path), "a finished campaign asks for no budget")


def main():
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        limits = Limits(judge, Programs(sys.argv[1]), folder)
        limits.check_fail_rate()
        limits.check_consecutive()
        limits.check_budget()
    judge.end()


if __name__ == "__main__":
    main()
