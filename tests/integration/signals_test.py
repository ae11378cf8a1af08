"""Signals and `tranche stop`: a final epoch, exit 4, nothing lost, nothing left behind, and the same digest in
the end. What the launcher thinks of it is not shown.

    signals_test.py BUILD --ranks 2
"""

import argparse
import glob
import os
import pty
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_hostile, tranche, wait_until  # noqa: E402
from checker import Picture, compare  # noqa: E402

NOISE = ["mpirun", "-----", "PRTE", "ORTE", "primary job", "Primary job", "\x1b", "\r", "MPI_ABORT"]


def slow_points(count):
    """10 ms each: a run lasts until the signal has come."""
    return [("slow", 10) if k % 10 else ("failed", k) for k in range(count)]


class Signals:
    def __init__(self, programs, folder, ranks):
        self.judge, self.programs, self.folder = Judge(), programs, folder
        self.arguments = ["-n", str(ranks), "-j", "2" if ranks == 1 else "1"]

    def check_talk(self, out, err, what):
        found = [noise for noise in NOISE if noise in out + err]
        self.judge(not found, f"{what}: no word from the launcher, no control codes", found, out, err)

    def begin(self, path, **how):
        """A run that has recorded something of its own."""
        recorded = len(Picture(path).runs)
        run = Run(self.programs, path, *self.arguments, **how)
        wait_until("a run of this job is recorded",
                   lambda: len(Picture(path).runs) > recorded or run.process.poll() is not None)
        return run

    def check_stopped(self, path, run, before, what, words):
        judge = self.judge
        begin = time.monotonic()
        code, out, err = run.wait(60)
        judge(code == 4, f"{what}: exit 4 after {time.monotonic() - begin:.1f} s", f"exit {code}", out, err)
        judge.says(words + ["tranche run"], err, f"{what}: says so, and what to type")
        self.check_talk(out, err, what)
        judge(err.splitlines() == [f"stopped: {words[-1]}", "  next: tranche run"], f"{what}: these two lines and no other", err)
        left = run.names()
        judge(not left, f"{what}: no process is left", left)
        after = Picture(path)
        findings = after.findings + compare(before, after)
        judge(not findings, f"{what}: nothing lost, {len(after.runs)} runs recorded", *findings[:5])
        judge(len(after.runs) > len(before.runs), f"{what}: the final epoch was recorded")
        judge.code(4, tranche(self.programs, path, "status", "--exit-code"), f"{what}: status --exit-code")
        judge(not os.path.exists(os.path.join(path, "owner")), f"{what}: the campaign is free again")
        return after

    def check_all(self, count):
        judge = self.judge
        calm = make_hostile(os.path.join(self.folder, "calm"), self.programs, slow_points(count))
        code, out, err = Run(self.programs, calm, *self.arguments).wait()
        judge.code(0, (code, out, err), "undisturbed")
        self.check_talk(out, err, "undisturbed")
        path = make_hostile(os.path.join(self.folder, "disturbed"), self.programs, slow_points(count))
        before = Picture(path)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGHUP):
            run = self.begin(path)
            os.kill(run.process.pid, number)
            before = self.check_stopped(path, run, before, number.name, ["stopped", "a signal asked for it"])
        run = self.begin(path)
        answer = tranche(self.programs, path, "stop")
        judge.code(0, answer, "tranche stop")
        before = self.check_stopped(path, run, before, "tranche stop", ["tranche stop"])
        judge.code(0, tranche(self.programs, path, "stop"), "tranche stop when nothing runs")
        before = self.check_closed_pipes(path, before)
        before = self.check_lost_terminal(path, before)
        judge.code(0, Run(self.programs, path, *self.arguments).wait(), "the last run")
        after = Picture(path)
        findings = after.findings + compare(before, after)
        judge(not findings, "at the end nothing is lost, changed or run again", *findings[:5])
        judge(after.digests() == Picture(calm).digests(), "the digest is that of the undisturbed campaign")

    def check_closed_pipes(self, path, before):
        """Nobody reads what it says: it goes on, and can still be stopped."""
        run = Run(self.programs, path, *self.arguments)
        run.process.stdout.close()
        run.process.stderr.close()
        wait_until("a run is recorded", lambda: len(Picture(path).runs) > len(before.runs))
        os.kill(run.process.pid, signal.SIGTERM)
        code = run.process.wait(60)
        self.judge(code == 4, "with closed pipes TERM ends it all the same: exit 4", f"exit {code}")
        run.wait_gone()
        return Picture(path)

    def check_lost_terminal(self, path, before):
        """A progress bar on a terminal; the terminal goes, as when an ssh session is lost: the run drains."""
        judge = self.judge
        master, slave = pty.openpty()
        run = Run(self.programs, path, *self.arguments, terminal=slave)
        os.close(slave)
        shown = b""
        os.set_blocking(master, False)

        def bar_and_record():
            nonlocal shown
            try:
                shown += os.read(master, 65536)
            except BlockingIOError:
                pass
            return b"\r\x1b[K" in shown and b"%" in shown and len(Picture(path).runs) > len(before.runs)

        wait_until("a bar is shown and a run is recorded", bar_and_record)
        os.close(master)
        code = run.process.wait(60)
        judge(code == 4, "a lost terminal ends it in order: exit 4", f"exit {code}")
        run.wait_gone()
        after = Picture(path)
        findings = after.findings + compare(before, after)
        judge(not findings and len(after.runs) > len(before.runs), "nothing is lost", *findings[:5])
        judge.code(4, tranche(self.programs, path, "status", "--exit-code"), "a lost terminal: status --exit-code")
        return after

    def check_reader_that_leaves(self):
        """tranche run | head -1: the run does not mind, and its exit code is right."""
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "piped"), self.programs, slow_points(60))
        arguments = " ".join(self.arguments)
        done = subprocess.run(["bash", "-c", f"{self.programs.tranche} -C {path} run {arguments} | head -1;"
                                             " exit ${PIPESTATUS[0]}"],
                              env=dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1"),
                              capture_output=True, text=True, timeout=120)
        judge.code(0, (done.returncode, done.stdout, done.stderr), "run | head -1")
        judge(done.stdout.startswith("stage first") and done.stdout.count("\n") == 1, "head got its line", done.stdout)
        judge(done.stderr.splitlines() == ["the campaign is complete", "  next: tranche verify, then tranche export"],
              "stderr has two lines", done.stderr)
        judge(len(Picture(path).runs) == 60 and not Picture(path).findings, "all is recorded")

    def check_second_interrupt(self):
        """The first INT waits for the samples that run; the second does not."""
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "twice"), self.programs,
                            [("ok", 1)] * 20 + [("slow", 1)] * 80 + [("slow", 60000)] * 4 + [("ok", 1)] * 4,
                            timeout="100 s", first="80%")
        run = self.begin(path)
        wait_until("only the long samples are left", lambda: len(Picture(path).runs) >= 100)
        before = Picture(path)
        os.kill(run.process.pid, signal.SIGINT)
        time.sleep(0.5)
        begin = time.monotonic()
        os.kill(run.process.pid, signal.SIGINT)
        code, out, err = run.wait(60)
        judge(code == 4, f"INT INT: exit 4 after {time.monotonic() - begin:.1f} s", f"exit {code}", out, err)
        judge.says(["killed", "tranche run"], err, "INT INT: says that it was killed")
        self.check_talk(out, err, "INT INT")
        run.wait_gone()
        findings = compare(before, Picture(path))
        judge(not findings, "INT INT: nothing recorded is lost", *findings)
        judge.code(11, tranche(self.programs, path, "status", "--exit-code"), "INT INT: status --exit-code")

    def check_while_a_file_is_made(self):
        """A stop does not wait for the file of a stage, which may have terabytes; nothing of it is left."""
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "making"), self.programs, [("ok", 1)] * 20)
        run = Run(self.programs, path, *self.arguments, failpoint="create:sleep=3:nth=1")
        wait_until("the file is being made", lambda: glob.glob(os.path.join(path, "store", "*.new")))
        judge.code(0, tranche(self.programs, path, "stop"), "stop while a stage's file is made")
        code, out, err = run.wait()
        judge(code == 4, "it ends the run: exit 4", code, out, err)
        judge(os.listdir(os.path.join(path, "store")) == [], "no file is left", os.listdir(os.path.join(path, "store")))
        judge.code(0, Run(self.programs, path, *self.arguments).wait(), "the next run")
        judge(len(Picture(path).runs) == 20 and not Picture(path).findings, "all is recorded")

    def check_early_signals(self):
        """Signals that come before anybody listens kill nothing: they wait."""
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "early"), self.programs, slow_points(1000))
        for delay_s in (0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.15, 0.2):
            run = Run(self.programs, path, *self.arguments)
            wait_until("it takes signals", lambda: takes(run.process.pid, signal.SIGINT) or run.process.poll() is not None)
            time.sleep(delay_s)
            os.kill(run.process.pid, signal.SIGINT)
            code, out, err = run.wait(60)
            judge(code == 4 and "killed" not in err, f"INT after {delay_s} s: an orderly end", code, out, err)


def takes(pid, number):
    """Whether a process blocks or handles a signal."""
    with open(f"/proc/{pid}/status") as file:
        masks = [int(line.split()[1], 16) for line in file if line.startswith(("SigBlk", "SigCgt"))]
    return any(mask >> number - 1 & 1 for mask in masks)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--ranks", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        signals = Signals(Programs(options.build), folder, options.ranks)
        signals.check_all(count=1200)
        signals.check_second_interrupt()
        signals.check_early_signals()
        signals.check_while_a_file_is_made()
        signals.check_reader_that_leaves()
        signals.judge.end()


if __name__ == "__main__":
    main()
