"""One rank in trouble and the others not: it cannot write, it throws, it falls silent.

    ranks_test.py BUILD [--silent | --minute]

--silent: with a limit of some seconds; --minute: with the real one.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_hostile, replace_in, wait_until  # noqa: E402
from checker import Picture, compare  # noqa: E402

TWO_RANKS = ["-n", "2", "-j", "1"]
LIMIT_S = 6
SOON = {"TRANCHE_SILENCE_S": str(LIMIT_S)}


class Ranks:
    def __init__(self, programs, folder):
        self.judge, self.programs, self.folder = Judge(), programs, folder
        calm = self.campaign("calm")
        self.judge.code(0, Run(programs, calm, "-j", "2").wait(), "undisturbed")
        self.calm = Picture(calm).digests()

    def campaign(self, name):
        """10 ms a sample, so that every rank has some; one epoch a stage, at its end."""
        path = make_hostile(os.path.join(self.folder, name), self.programs, [("slow", 10)] * 60, first="30%")
        replace_in(os.path.join(path, "campaign.yaml"), "epoch: 200 ms", "epoch: 1 h")
        return path

    def goes_on(self, path, before, what):
        self.judge.code(0, Run(self.programs, path, *TWO_RANKS).wait(), f"{what}: the next run")
        after = Picture(path)
        findings = before.findings + after.findings + compare(before, after)
        self.judge(not findings, f"{what}: nothing lost, changed or run again", *findings[:5])
        self.judge(after.digests() == self.calm, f"{what}: digest equal")

    def cannot_write(self, name, rank):
        judge, what = self.judge, f"rank {rank} fails at {name}"
        path = self.campaign(f"{name}{rank}")
        run = Run(self.programs, path, *TWO_RANKS, failpoint=f"{name}:io_error:rank={rank}")
        code, out, err = run.wait()
        judge(code == 7, f"{what}: exit 7", code, out, err)
        judge.says([f"failpoint {name}: No space left on device", f"rank {rank}", "tranche run"], err,
                   f"{what}: whose words, and what to type")
        run.wait_gone()
        before = Picture(path)
        judge(not before.runs, f"{what}: nothing of the epoch is recorded, by any rank", list(before.runs)[:5])
        self.goes_on(path, before, what)

    def throws(self, name, rank):
        """In the second stage, so that something is recorded."""
        judge, what = self.judge, f"rank {rank} throws at {name}"
        path = self.campaign(f"throws{rank}")
        run = Run(self.programs, path, *TWO_RANKS, failpoint=f"{name}:throw:nth=2:rank={rank}")
        run.process.stderr.readline()  # the failpoint's own words
        begin = time.monotonic()
        err = run.process.stderr.read()
        code = run.process.wait()
        run.wait_gone()
        took = time.monotonic() - begin
        judge(took < 10, f"{what}: everything is over {took:.1f} s later")
        judge(code == 1, f"{what}: exit 1", code, err)
        judge.says([f"error: rank {rank} on {socket.gethostname()}: failpoint {name}"], err, f"{what}: rank, host, text")
        before = Picture(path)
        judge(before.runs, f"{what}: {len(before.runs)} runs were recorded")
        self.goes_on(path, before, what)

    def silent(self, limit_s, environment=None):
        """Stopped between two epochs: the master starts no other, hears nothing, and says of whom."""
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "silent"), self.programs, [("slow", 200)] * 600, first="50%")
        replace_in(os.path.join(path, "campaign.yaml"), "epoch: 200 ms", "epoch: 10 s")
        run = Run(self.programs, path, *TWO_RANKS, environment=environment)
        wait_until("an epoch is recorded", lambda: Picture(path).runs)
        ranks = sorted(run.roles()["rank"])
        os.kill(ranks[1], signal.SIGSTOP)
        begin = time.monotonic()
        try:
            code, out, err = run.wait(150)
        except subprocess.TimeoutExpired:
            run.kill()
            sys.exit("nobody noticed a silent rank for 150 s")
        took = time.monotonic() - begin
        run.wait_gone()
        judge(code == 7, f"silent rank: exit 7 after {took:.0f} s", code, out, err)
        judge.says(["rank 1", socket.gethostname(), "silent", "tranche run"], err, "silent rank: rank, host, what to type")
        judge(took > limit_s - 3, f"silent rank: noticed after {took:.0f} s")
        before = Picture(path)
        judge(not before.findings and before.runs, "silent rank: sound", *before.findings[:5])

    def silent_in_an_epoch(self, rank):
        """Stopped between its write and the agreement: its partner waits in a collective call, and ends the run."""
        judge, what = self.judge, f"rank {rank} stopped in an epoch"
        path = self.campaign(f"epoch{rank}")
        run = Run(self.programs, path, *TWO_RANKS, failpoint=f"flush:stop:nth=2:rank={rank}", environment=SOON)
        run.process.stderr.readline()  # the failpoint's own words
        begin = time.monotonic()
        try:
            code, out, err = run.wait(120)
        except subprocess.TimeoutExpired:
            run.kill()
            sys.exit(f"{what}: nobody noticed for 120 s")
        took = time.monotonic() - begin
        run.wait_gone()
        judge(code == 7, f"{what}: exit 7 after {took:.0f} s", code, out, err)
        judge(took > LIMIT_S - 1, f"{what}: not before the limit")
        judge.says([f"rank {rank} on {socket.gethostname()} has been silent for", "an epoch needs all ranks", "tranche run"],
                   err, f"{what}: which rank, what for, what to type")
        if rank != 0:  # else the one that publishes is the silent one
            with open(os.path.join(path, "status.json")) as file:
                status = json.load(file)
            judge(status["phase"] == "failed" and f"rank {rank} on" in status["text"] and status["exit_code"] == 7,
                  f"{what}: status.json says so, too", status["phase"], status["text"])
        left = [name for name in os.listdir(os.path.join(path, "logs")) if name.startswith("outcome-")]
        judge(not left, f"{what}: no file of signs is left", left)
        before = Picture(path)
        judge(before.runs, f"{what}: {len(before.runs)} runs were recorded")
        self.goes_on(path, before, what)

    def slow_in_an_epoch(self):
        """Three times the limit in one write is not silence, whoever waits."""
        judge, begin = self.judge, time.monotonic()
        runs = {}
        for rank in (0, 1):
            path = self.campaign(f"slow{rank}")
            failpoint = f"flush:sleep={3 * LIMIT_S}:nth=2:rank={rank}"
            runs[path] = Run(self.programs, path, *TWO_RANKS, failpoint=failpoint, environment=SOON)
        for rank, (path, run) in enumerate(runs.items()):
            what = f"rank {rank} slow in an epoch"
            judge.code(0, run.wait(), f"{what}: the run comes to its end")
            judge(time.monotonic() - begin > 3 * LIMIT_S, f"{what}: it was slow")
            judge(Picture(path).digests() == self.calm, f"{what}: digest equal")


def main():
    with tempfile.TemporaryDirectory() as folder:
        ranks = Ranks(Programs(sys.argv[1]), folder)
        if "--minute" in sys.argv:
            ranks.silent(60)
        elif "--silent" in sys.argv:
            ranks.silent(LIMIT_S, SOON)
            ranks.silent_in_an_epoch(1)
            ranks.silent_in_an_epoch(0)
            ranks.slow_in_an_epoch()
        else:
            ranks.cannot_write("write", 1)
            ranks.cannot_write("flush", 0)
            ranks.throws("sent", 1)
            ranks.throws("committed", 0)
        ranks.judge.end()


if __name__ == "__main__":
    main()
