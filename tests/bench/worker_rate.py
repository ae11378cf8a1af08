"""Samples a second of a Python function that does nothing and returns 177 numbers: tranche, and multiprocessing.Pool.

    worker_rate.py BUILD [--points 200000] [--slots 2] [--rounds 3]

For each the rate by the wall clock, and per core: by the CPU time that all its processes used. Rounds alternate. tranche also
computes the points, checks and records every number; the pool sends numbers to one process, which drops them.
Numbers, not a test: they depend on the machine and on who else uses it.
"""

import argparse
import multiprocessing
import os
import resource
import sqlite3
import statistics
import sys
import tempfile
import time

import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, Run  # noqa: E402

BINS = 177
CAMPAIGN = """\
tranche: 1
name: rate
parameters: {{a: {{range: [0, 1]}}, b: {{range: [0, 1]}}, c: {{range: [1, 10], scale: log}}}}
design: {{method: random, points: {points}, seed: 1}}
simulator: {{python: {{function: "noop:spectrum", interpreter: "{python}"}}}}
axes: {{nu: {{log: [1e8, 1e30], n: 177}}}}
outputs: {{sed: {{axes: [nu]}}}}
store: {{epoch: 10 s}}
"""
MODULE = f"""\
import numpy as np
SED = np.linspace(1, 2, {BINS})

def spectrum(a, b, c):
    return SED
"""
SED = np.linspace(1, 2, BINS)


def spectrum(point):
    return SED


def children_cpu_s():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def tranche_rate(programs, points, slots):
    """-> samples a second of wall time, of CPU time (start of the run and of Python included), of a slot's clock, and of
    the workers' CPU time alone."""
    with tempfile.TemporaryDirectory(prefix="worker-rate-") as base:
        folder = os.path.join(base, "campaign")
        os.makedirs(folder)
        with open(os.path.join(folder, "campaign.yaml"), "w") as file:
            file.write(CAMPAIGN.format(points=points, python=sys.executable))
        with open(os.path.join(folder, "noop.py"), "w") as file:
            file.write(MODULE)
        cpu = children_cpu_s()
        code, _, err = Run(programs, folder, "-j", str(slots)).wait()
        cpu = children_cpu_s() - cpu
        if code != 0:
            sys.exit(f"exit {code}\n{err}")
        db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
        count, first, last, wall, own = db.execute(
            "SELECT count(*), min(started_at), max(started_at + wall_s), sum(wall_s), sum(cpu_s) FROM runs").fetchone()
        db.close()
    return count / (last - first), count / cpu, count / wall, count / own


def pool_rate(points, slots):
    task = np.zeros(3)
    before = time.monotonic()
    cpu = children_cpu_s() + time.process_time()
    with multiprocessing.Pool(slots) as pool:
        for _ in pool.imap_unordered(spectrum, (task for _ in range(points)), chunksize=64):
            pass
        pool.close()
        pool.join()
    return points / (time.monotonic() - before), points / (children_cpu_s() + time.process_time() - cpu)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=200_000)
    parser.add_argument("--slots", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    programs = Programs(options.build)
    ours, pools = [], []
    for _ in range(options.rounds):
        ours.append(tranche_rate(programs, options.points, options.slots))
        pools.append(pool_rate(options.points, options.slots))
        print(f"tranche {ours[-1][0]:9,.0f} /s, {ours[-1][1]:9,.0f} /s of CPU, {ours[-1][2]:9,.0f} /s by a slot's clock, "
              f"{ours[-1][3]:9,.0f} /s of the workers' CPU;   "
              f"pool {pools[-1][0]:9,.0f} /s, {pools[-1][1]:9,.0f} /s of CPU;   load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"median of {options.rounds}: tranche {statistics.median(r[1] for r in ours):,.0f} samples/s per core, "
          f"pool {statistics.median(r[1] for r in pools):,.0f}; {os.cpu_count()} cores, {options.slots} processes")


if __name__ == "__main__":
    main()
