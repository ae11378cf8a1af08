"""What looking at a live run costs, and what the run's memory does: `tranche status --json` beside a campaign of
no-op samples.

    live_status.py BUILD [--points 150000000] [--pairs 3] [--window 20] [--rate 10] [--traced 600] [--dir DIR]

After a window that does not count, windows without and with RATE calls a second take turns (ABBA ...), PAIRS of them; then the run is stopped. Printed: the
time of a call; how many samples a second were recorded in either kind of window, from commit to commit; what the calls, and this program
that starts them, took of the cores; the change of the rate beyond that share, in percent, with its standard error;
resident memory of the rank; and, from strace over TRACED calls beside the live run, which files of the campaign they
opened. Exit code 1 if the ledger is among them. Otherwise numbers, not a test: they depend on the machine and on who
else uses it.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, Run, tranche, wait_until  # noqa: E402

CAMPAIGN = """\
tranche: 1
name: live
parameters:
  a: {{range: [0, 1]}}
design: {{method: nested-lhs, points: {points}, seed: 1}}
stages:
  - {{name: all, upto: 100%}}
simulator: {{plugin: libnoop_plugin.so, timeout: 10 s}}
"""


def recorded(path):
    """Samples in the ledger, as the owner last said, and when it said so."""
    with open(os.path.join(path, "status.json")) as file:
        status = json.load(file)
    return sum(stage["tally"]["samples"]["ok"] for stage in status["stages"]), status["epoch_at"]


def memory_kb(pid):
    with open(f"/proc/{pid}/status") as file:
        return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))


def files_opened(programs, path, calls, rate):
    """By any of these calls, one after the other, not more than RATE a second."""
    trace, opened = os.path.join(os.path.dirname(path), "trace"), set()
    for _ in range(calls):
        begin = time.monotonic()
        subprocess.run(["strace", "-f", "-e", "trace=openat,open", "-o", trace, programs.tranche, "-C", path, "status",
                        "--json"], check=True, stdout=subprocess.DEVNULL)
        with open(trace) as file:
            names = re.findall(r'open(?:at)?\([^"]*"([^"]+)".*= \d+', file.read())
        opened |= {os.path.relpath(name, path) for name in names if os.path.abspath(name).startswith(path)}
        time.sleep(max(0, begin + 1 / rate - time.monotonic()))
    return sorted(opened)


def cpu_s():
    """Of this program and the calls that have ended; the run is not over, so it is not among them."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


class Watch:
    def __init__(self, programs, path, run):
        self.programs, self.path, self.run = programs, path, run
        self.calls, self.memory = [], []
        self.begin = time.time()

    def remember_memory(self):
        ranks = self.run.roles()["rank"]
        if ranks:
            self.memory.append((time.time() - self.begin, memory_kb(ranks[0]), recorded(self.path)[0]))

    def window(self, length, rate):
        """(recorded samples a second, cores that the calls took), from one commit to another, calls all the while."""
        old = recorded(self.path)
        first = wait_until("a commit", lambda: recorded(self.path) != old and recorded(self.path), 120)
        used, begin, last = cpu_s(), time.monotonic(), first
        while last[1] < first[1] + length:
            if self.run.process.poll() is not None:
                sys.exit("the campaign is over too early: more --points")
            call = time.monotonic()
            if rate:
                code, _, err = tranche(self.programs, self.path, "status", "--json")
                if code != 0:
                    sys.exit(f"status: exit {code}\n{err}")
                self.calls.append(time.monotonic() - call)
            last = recorded(self.path)
            time.sleep(max(0, call + 1 / (rate or 2) - time.monotonic()))
        share = (cpu_s() - used) / (time.monotonic() - begin)
        return (last[0] - first[0]) / (last[1] - first[1]), share


def beyond_their_share(quiet, asked, cores):
    """Change of the rate in percent, of each pair, when what the calls took of the cores is taken off."""
    return [100 * (with_calls[0] / (alone[0] * (1 - (with_calls[1] - alone[1]) / cores)) - 1)
            for alone, with_calls in zip(quiet, asked)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=150_000_000)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--window", type=float, default=20)
    parser.add_argument("--rate", type=float, default=10)
    parser.add_argument("--traced", type=int, default=600)
    parser.add_argument("--dir")
    options = parser.parse_args()
    programs = Programs(options.build)
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        path = os.path.realpath(os.path.join(folder, "live"))
        os.makedirs(path)
        with open(os.path.join(path, "campaign.yaml"), "w") as file:
            file.write(CAMPAIGN.format(points=options.points))
        run = Run(programs, path, "-j", "2")
        wait_until("the first commit", lambda: os.path.exists(os.path.join(path, "status.json")) and
                   recorded(path)[0] > 0, 120)
        watch = Watch(programs, path, run)
        watch.window(options.window, 0)  # the first epochs are faster or slower than the rest
        watch.remember_memory()
        quiet, asked = [], []
        for pair in range(options.pairs):
            for rate in (0, options.rate) if pair % 2 == 0 else (options.rate, 0):
                (asked if rate else quiet).append(watch.window(options.window, rate))
                watch.remember_memory()
        opened = files_opened(programs, path, options.traced, options.rate)
        code, out, err = tranche(programs, path, "stop", "--wait")
        if code != 0 or run.wait()[0] != 4:
            sys.exit(f"stop: exit {code}, run {run.wait()}\n{out}{err}")
    cores = len(os.sched_getaffinity(0))
    changes = beyond_their_share(quiet, asked, cores)
    ledger = [name for name in opened if name.startswith("ledger")]
    calls = sorted(watch.calls)
    print(json.dumps({
        "points": options.points,
        "call_ms": {"median": 1e3 * statistics.median(calls), "p99": 1e3 * calls[int(0.99 * len(calls))],
                    "longest": 1e3 * calls[-1], "calls": len(calls)},
        "opened": {"calls": options.traced, "files": opened, "ledger": ledger},
        "samples_per_s": {"quiet": [rate for rate, _ in quiet], "asked": [rate for rate, _ in asked]},
        "cores": cores,
        "cores_of_calls": [share for _, share in asked],
        "change_percent": {"each": changes, "mean": statistics.mean(changes),
                           "standard_error": statistics.stdev(changes) / len(changes) ** 0.5 if len(changes) > 1 else None},
        "memory": [{"s": round(s), "rss_mb": round(kb / 1e3, 1), "recorded": done} for s, kb, done in watch.memory],
    }, indent=2))
    return 1 if ledger else 0


if __name__ == "__main__":
    sys.exit(main())
