"""Runs a second of a command that does nothing, two at a time: tranche beside a bare posix_spawn loop, xargs and GNU
parallel. They take turns, so that a busy machine is equally busy for all.

    command_rate.py BUILD [--count N] [--rounds R]

tranche records every run in its ledger; the others do not. Its time is that of the runs, from the first start to the
last end, as the ledger has it; the whole of `tranche run` is the row below.
"""

import argparse
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time

CAMPAIGN = """\
tranche: 1
name: rate
parameters: {{x: {{range: [0, 1]}}}}
design: {{method: nested-lhs, points: {count}, seed: 1}}
simulator: {{command: ["{program}"]}}
"""


def timed(command, **options):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return time.monotonic() - begin


def with_tranche(build, program, count, folder):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    with open(os.path.join(folder, "campaign.yaml"), "w") as file:
        file.write(CAMPAIGN.format(count=count, program=program))
    whole = timed([os.path.join(build, "bin", "tranche"), "-C", folder, "run", "-j", "2"])
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    runs, begin, end = db.execute("SELECT count(*), min(started_at), max(started_at + wall_s) FROM runs "
                                  "WHERE state = 1").fetchone()
    db.close()
    if runs != count:
        sys.exit(f"tranche has {runs} of {count} runs")
    return end - begin, whole


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    build = os.path.abspath(asked.build)
    program = os.path.join(build, "tests", "programs", "noop_command")
    loop = os.path.join(build, "tests", "programs", "spawn_loop")
    count = asked.count
    numbers = "\n".join(map(str, range(count))).encode()
    seconds = {}

    def add(name, value):
        seconds.setdefault(name, []).append(value)

    with tempfile.TemporaryDirectory() as folder:
        for k in range(asked.rounds):
            out = subprocess.run([loop, program, str(count), "2"], check=True, capture_output=True, text=True)
            add("posix_spawn loop", float(out.stdout))
            runs, whole = with_tranche(build, program, count, os.path.join(folder, "campaign"))
            add("tranche, its runs", runs)
            add("tranche run, all of it", whole)
            add("xargs -P2", timed(["xargs", "-P2", "-n1", program], input=numbers))
            if shutil.which("parallel"):
                add("GNU parallel -j2", timed(["parallel", "-j2", program, "{}"], input=numbers))
            print(f"round {k + 1} of {asked.rounds}, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    bare = statistics.median(seconds["posix_spawn loop"])
    print(f"{count} runs, {asked.rounds} rounds, load {os.getloadavg()[0]:.1f}; rate: median (all rounds)")
    for name, values in seconds.items():
        rate = ", ".join(f"{count / value:.0f}" for value in values)
        middle = statistics.median(values)
        print(f"{name:24} {count / middle:8.0f}/s  {bare / middle:5.0%} of the loop  ({rate})")
    if not shutil.which("parallel"):
        print("GNU parallel: not installed")


if __name__ == "__main__":
    main()
