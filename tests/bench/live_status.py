"""What looking at a live run costs, and what the run's memory does: `tranche status --json` beside a campaign of
no-op samples.

    live_status.py BUILD [--points 30000000] [--window 20] [--rate 10] [--dir DIR]

Windows without and with RATE calls a second take turns until the campaign ends. Printed: the time of a call; how many
samples a second were recorded in either kind of window, and the share of the cores that the calls took; resident
memory of the rank each ten seconds; and, from strace over one call, which files of the campaign it opened.
Numbers, not a test: they depend on the machine and on who else uses it.
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


def files_opened(programs, path):
    trace = os.path.join(path, "trace")
    subprocess.run(["strace", "-f", "-e", "trace=openat,open", "-o", trace, programs.tranche, "-C", path, "status",
                    "--json"], check=True, stdout=subprocess.DEVNULL)
    with open(trace) as file:
        names = re.findall(r'open(?:at)?\([^"]*"([^"]+)".*= \d+', file.read())
    return sorted({os.path.relpath(name, path) for name in names if os.path.abspath(name).startswith(path)})


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
        """(recorded samples a second of own time between commits, processor seconds of the calls), or None at the end."""
        first = recorded(self.path)
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        end = time.monotonic() + length
        while time.monotonic() < end:
            if self.run.process.poll() is not None:
                return None
            begin = time.monotonic()
            if rate:
                code, _, err = tranche(self.programs, self.path, "status", "--json")
                if code != 0:
                    sys.exit(f"status: exit {code}\n{err}")
                self.calls.append(time.monotonic() - begin)
            time.sleep(max(0, begin + 1 / (rate or 2) - time.monotonic()))
        now = resource.getrusage(resource.RUSAGE_CHILDREN)
        last = recorded(self.path)
        cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        return (last[0] - first[0]) / (last[1] - first[1]) if last[1] > first[1] else None, cpu / length


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=30_000_000)
    parser.add_argument("--window", type=float, default=20)
    parser.add_argument("--rate", type=float, default=10)
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
        quiet, asked, shares = [], [], []
        opened = files_opened(programs, path)
        while True:
            watch.remember_memory()
            calm = watch.window(options.window, 0)
            watch.remember_memory()
            looked = calm and watch.window(options.window, options.rate)
            if not looked or calm[0] is None or looked[0] is None:
                break
            quiet.append(calm[0])
            asked.append(looked[0])
            shares.append(looked[1])
        code, _, err = run.wait()
        if code != 0:
            sys.exit(f"the run: exit {code}\n{err}")
    calls = sorted(watch.calls)
    print(json.dumps({
        "points": options.points,
        "call_ms": {"median": 1e3 * statistics.median(calls), "p99": 1e3 * calls[int(0.99 * len(calls))],
                    "longest": 1e3 * calls[-1], "calls": len(calls)},
        "opened": opened,
        "samples_per_s": {"quiet": quiet, "asked": asked},
        "cores_of_calls": statistics.mean(shares) if shares else None,
        "memory": [{"s": round(s), "rss_mb": round(kb / 1e3, 1), "recorded": done} for s, kb, done in watch.memory],
    }, indent=2))


if __name__ == "__main__":
    main()
