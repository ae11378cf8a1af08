"""pause and stop, with and without a live run: stop lets the next run go on, pause holds it back until
`run --resume`.

    pause_test.py BUILD
"""

import json
import os
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_hostile, tranche, wait_until  # noqa: E402
from checker import Picture, compare  # noqa: E402


class Pauses:
    def __init__(self, judge, programs, path):
        self.judge, self.programs, self.path = judge, programs, path

    def tranche(self, *arguments):
        return tranche(self.programs, self.path, *arguments)

    def begin(self, *arguments):
        recorded = len(Picture(self.path).runs)
        run = Run(self.programs, self.path, *arguments)
        wait_until("a run is recorded", lambda: len(Picture(self.path).runs) > recorded or run.process.poll() is not None)
        return run

    def kinds(self):
        with sqlite3.connect(os.path.join(self.path, "ledger.sqlite")) as db:
            return [kind for (kind,) in db.execute("SELECT kind FROM events WHERE kind != 'drain' ORDER BY event")]

    def check_held(self, what):
        """Later runs end at once, and say since when, by whom and what to type."""
        judge, before = self.judge, Picture(self.path)
        status = self.tranche("status", "--exit-code")
        judge.code(3, status, f"{what}: status --exit-code")
        judge.says(["paused", "paused since 2", "@", "next: tranche run --resume"], status[1], f"{what}: status says so")
        for arguments in ([], ["-n", "2", "-j", "1"], ["--until", "first"]):
            done = Run(self.programs, self.path, *arguments).wait()
            judge.code(3, done, f"{what}: run {arguments}")
            judge.says(["paused since 2", "@", "tranche run --resume"], done[2], f"{what}: it says who, and what to type")
        judge(Picture(self.path).runs == before.runs, f"{what}: nothing ran")
        judge(json.loads(self.tranche("--json", "status")[1])["health"] == "paused", f"{what}: the same in JSON")

    def check_stop(self):
        judge = self.judge
        run = self.begin("-j", "2")
        before = Picture(self.path)
        done = self.tranche("stop", "--wait")
        judge.code(0, done, "stop --wait")
        judge.says(["ended", "stopped"], done[1], "stop --wait says how it ended")
        judge(not os.path.exists(os.path.join(self.path, "owner")), "it has ended")
        judge.code(4, run.wait(30), "the stopped run")
        judge(not compare(before, Picture(self.path)), "nothing is lost")
        for arguments in (["stop"], ["stop", "--wait"]):
            done = self.tranche(*arguments)
            judge.code(0, done, f"{arguments} when nothing runs")
            judge.says(["nothing runs"], done[1], f"{arguments} says so")

    def check_pause(self):
        judge = self.judge
        run = self.begin("-n", "2", "-j", "1")
        done = self.tranche("pause", "--wait")
        judge.code(0, done, "pause --wait")
        judge.says(["paused since 2", "@", "ended", "tranche run --resume"], done[1], "pause --wait says all")
        code, out, err = run.wait(30)
        judge.code(3, (code, out, err), "the paused run")
        judge.says(["paused since", "tranche run --resume"], err, "it says so")
        judge("mpirun" not in out + err and "-----" not in out + err, "no noise of the launcher", out, err)
        self.check_held("paused by request")
        again = self.tranche("pause")
        judge.code(0, again, "pause once more")
        judge(again[1].split("\n")[0] == done[1].split("\n")[0], "since is that of the first", again[1], done[1])
        judge(self.kinds() == ["pause"], "one event", self.kinds())

        run = self.begin("--resume", "-j", "2")
        judge.code(10, self.tranche("status", "--exit-code"), "resumed: status --exit-code")
        judge.code(0, self.tranche("stop", "--wait"), "stop it")
        judge.code(4, run.wait(30), "a resumed run is stopped as any other")
        judge(self.kinds() == ["pause", "resume"], "both events", self.kinds())

        done = self.tranche("--json", "pause")
        judge.code(0, done, "pause at rest")
        told = json.loads(done[1])
        judge(told["tranche_pause"] == 1 and told["running"] is False and "@" in told["by"], "pause --json", told)
        self.check_held("paused at rest")

    def check_all(self):
        judge = self.judge
        judge.code(2, self.tranche("pause"), "pause before the first run")
        self.check_stop()
        self.check_pause()
        judge.code(0, Run(self.programs, self.path, "--resume", "-j", "32").wait(), "the last run")
        done = self.tranche("pause")
        judge.code(2, done, "pause of a complete campaign")
        judge.says(["complete"], done[2], "it says why")
        judge.code(0, Run(self.programs, self.path).wait(), "run again: nothing to do")
        judge.code(0, self.tranche("verify"), "verify")


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        path = make_hostile(os.path.join(folder, "campaign"), programs, [("slow", 10)] * 1500)
        Pauses(judge, programs, path).check_all()
    judge.end()


if __name__ == "__main__":
    main()
