"""How long a run of a nearly finished campaign takes from its start to the first sample: with N samples
finished the answer must not depend on N.

    first_grant.py BUILD [--finished 100000000] [--dir DIR]

Runs the campaign until its second stage is under way, then plays N finished runs into ledger and stage file by
SQL and h5py (70 B and 28 B a sample), and asks `tranche status --json` and `tranche run` how long they take.
Numbers, not a test: they depend on the machine and on who else uses it.
"""

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time

import h5py
import numpy

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, Run, tranche, wait_until  # noqa: E402

FIRST = 1000
LEFT = 3_000_000
BLOCK = 65_536
PAGE = 1_000_000
CAMPAIGN = """\
tranche: 1
name: long
parameters:
  a: {{range: [0, 1]}}
design: {{method: nested-lhs, points: {points}, seed: 1}}
stages:
  - {{name: first, upto: {share:.6f}%, gate: pass}}
  - {{name: all, upto: 100%}}
simulator: {{plugin: libnoop_plugin.so, timeout: 10 s}}
store: {{epoch: 1 s}}
"""


def play(path, finished):
    """Every sample of stage `all` but the last LEFT becomes ok."""
    ledger = sqlite3.connect(os.path.join(path, "ledger.sqlite"), isolation_level=None)
    first, = ledger.execute("SELECT first_index FROM stages WHERE stage = 2").fetchone()
    end = first + finished
    ledger.execute("DELETE FROM runs WHERE run_id >= ?", ((1 << 48) | (first << 8),))
    ledger.execute("DELETE FROM done WHERE stage = 2")
    for begin in range(first, end, PAGE):
        ledger.execute("BEGIN")
        ledger.executemany(
            "INSERT INTO runs SELECT (1 << 48) | (? << 8), 1, NULL, 1e-5, 1e-5, 5000, 1, 0, 1.7e9, 0, 0, NULL, 2, 1, 1, 1",
            ((index,) for index in range(begin, min(begin + PAGE, end))))
        ledger.execute("COMMIT")
        print(f"\r{begin - first} of {finished}", end="", file=sys.stderr)
    ledger.execute("BEGIN")
    for block in range(first // BLOCK, (end - 1) // BLOCK + 1):
        bits = numpy.zeros(BLOCK, dtype=bool)
        bits[max(first - block * BLOCK, 0):max(min(end - block * BLOCK, BLOCK), 0)] = True
        ledger.execute("INSERT INTO done(revision, stage, block, bitmap) VALUES(1, 2, ?, ?)",
                       (block, numpy.packbits(bits, bitorder="little").tobytes()))
    ledger.execute("UPDATE stages SET ok = ?, runs = ? WHERE stage = 2", (finished, finished))
    ledger.execute("COMMIT")
    ledger.close()
    with h5py.File(os.path.join(path, "store", "r1.s2.h5"), "r+") as file:
        file["state"][:finished] = 1
        file["checksum"][:finished] = 1


def status_of(path):
    with open(os.path.join(path, "status.json")) as file:
        return json.load(file)


def first_start(programs, path):
    """Seconds from the start of `tranche run` to the start of the first sample; and the rank's memory then."""
    epoch = status_of(path)["epoch"]
    begin = time.time()
    run = Run(programs, path, "-j", "2")
    wait_until("a sample is recorded", lambda: status_of(path)["epoch"] > epoch or run.process.poll() is not None, 600)
    rank, = run.roles()["rank"]
    with open(f"/proc/{rank}/status") as file:
        memory = next(line.split()[1] for line in file if line.startswith("VmRSS"))
    run.kill()
    ledger = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    started, = ledger.execute("SELECT min(started_at) FROM runs WHERE epoch > ?", (max(epoch, 2),)).fetchone()
    ledger.close()
    return started - begin, int(memory) / 1024


def seconds_of(programs, path, *arguments):
    times = []
    for _ in range(5):
        begin = time.monotonic()
        code, _, err = tranche(programs, path, *arguments)
        times.append(time.monotonic() - begin)
        if code != 0:
            sys.exit(err)
    return sorted(times)[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--finished", type=int, default=100_000_000)
    parser.add_argument("--dir", default=None)
    options = parser.parse_args()
    programs = Programs(options.build)
    with tempfile.TemporaryDirectory(dir=options.dir) as folder:
        path = os.path.join(folder, "long")
        os.makedirs(path)
        with open(os.path.join(path, "campaign.yaml"), "w") as file:
            file.write(CAMPAIGN.format(share=100 * FIRST / (FIRST + options.finished + LEFT),
                                       points=FIRST + options.finished + LEFT))
        begin = time.monotonic()
        run = Run(programs, path, "-j", "2")
        wait_until("the second stage is under way",
                   lambda: run.process.poll() is not None
                   or os.path.exists(os.path.join(path, "status.json")) and status_of(path)["epoch"] >= 2, 900)
        if run.process.poll() is not None:
            sys.exit(run.process.communicate()[1])
        run.kill()
        created = time.monotonic() - begin
        play(path, options.finished)
        size = os.path.getsize(os.path.join(path, "ledger.sqlite")) / 1e9
        idle = seconds_of(programs, path, "status", "--json")
        first, memory = first_start(programs, path)
        print(f"{options.finished} samples finished, ledger {size:.1f} GB, created in {created:.0f} s: "
              f"first sample {first:.2f} s after the start, {memory:.0f} MB in the rank; "
              f"status --json with no owner {1000 * idle:.0f} ms; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
