"""What tranche costs a real campaign: the time of a bare loop of two processes over the samples of stage
`tenth` of the SSC campaign, which records nothing, divided by the makespan of that stage under tranche.

    efficiency.py BUILD [--points 20000] [--times 3]

The two run in turn. Makespan: from the start of the stage's first sample to its last commit. The tail is
the time in which only one of two processes (slots) had work left. CPU sums stand beside.
Numbers, not a test: they depend on the machine and on who else uses it.
"""

import argparse
import json
import os
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, replace_in, tranche  # noqa: E402

SSC = os.path.join(os.path.dirname(__file__), "..", "..", "campaigns", "ssc", "campaign.yaml")
STAGE = 3  # tenth


def make(folder, points):
    os.makedirs(folder)
    shutil.copy(SSC, folder)
    path = os.path.join(folder, "campaign.yaml")
    replace_in(path, "points: 200_000", f"points: {points}")
    replace_in(path, "upto: 0.1%, gate: ask", "upto: 0.1%, gate: pass")
    replace_in(path, "gate: {require: [fail_rate < 15%, core_hours < 1], otherwise: ask}", "gate: pass")
    return folder


def checked(done):
    code, out, err = done
    if code != 0:
        sys.exit(f"exit {code}\n{out}\n{err}")


def under_tranche(programs, folder, points):
    path = make(folder, points)
    checked(tranche(programs, path, "run", "-j", "2", "--until", "scout", limit_s=3600))
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    checked(tranche(programs, path, "run", "-j", "2", "--until", "tenth", limit_s=3600))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    ledger = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    first, = ledger.execute("SELECT min(started_at) FROM samples WHERE stage = ?", (STAGE,)).fetchone()
    last_commit, = ledger.execute("SELECT max(at) FROM epochs WHERE stage = ?", (STAGE,)).fetchone()
    ends = [end for end, in ledger.execute(
        "SELECT max(started_at + wall_s) FROM samples WHERE stage = ? GROUP BY slot", (STAGE,))]
    wall, = ledger.execute("SELECT sum(wall_s) FROM samples WHERE stage = ?", (STAGE,)).fetchone()
    ledger.close()
    return {"wall_s": last_commit - first, "tail_s": max(ends) - min(ends), "in_samples_s": wall,
            "cpu_s": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=20000)
    parser.add_argument("--times", type=int, default=3)
    options = parser.parse_args()
    programs = Programs(options.build)
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        for turn in range(options.times):
            bare = json.loads(subprocess.run(
                [os.path.join(options.build, "tests", "bare_loop"), make(os.path.join(folder, f"bare{turn}"), options.points),
                 "tenth", "2"], check=True, capture_output=True, text=True,
                env=dict(os.environ, OMP_NUM_THREADS="1")).stdout)
            ours = under_tranche(programs, os.path.join(folder, f"run{turn}"), options.points)
            ratios.append(bare["wall_s"] / ours["wall_s"])
            print(f"{bare['samples']} samples: bare {bare['wall_s']:.2f} s (CPU {bare['cpu_s']:.2f}, tail {bare['tail_s']:.2f}), "
                  f"tranche {ours['wall_s']:.2f} s (CPU {ours['cpu_s']:.2f}, tail {ours['tail_s']:.2f}, "
                  f"in samples {ours['in_samples_s']:.2f}), ratio {ratios[-1]:.3f}, load {os.getloadavg()[0]:.1f}", flush=True)
    print(f"median ratio {sorted(ratios)[len(ratios) // 2]:.3f}")


if __name__ == "__main__":
    main()
