"""Whether an agent keeps its slots at work: CPU time of two slots over the wall time of a run.

    two_slots.py BUILD [--points 40000] [--slots 2]

Numbers, not a test: they depend on the machine and on who else uses it.
"""

import argparse
import os
import sqlite3
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, Run, make_campaign, replace_in, wait_until  # noqa: E402
from idle_cpu import cpu_s  # noqa: E402


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=40000)
    parser.add_argument("--slots", type=int, default=2)
    options = parser.parse_args()
    programs = Programs(options.build)
    with tempfile.TemporaryDirectory() as folder:
        path = make_campaign(os.path.join(folder, "campaign"), programs, points=options.points, epoch="1 s")
        replace_in(os.path.join(path, "campaign.yaml"), "upto: 10%", "upto: 1%")
        run = Run(programs, path, "-j", str(options.slots))
        wait_until("slots run", lambda: len(run.roles()["slot"]) == options.slots)
        time.sleep(1)
        samples = []
        while run.process.poll() is None:
            roles = run.roles()
            try:
                samples.append((time.monotonic(), sum(cpu_s(pid) for pid in roles["slot"]),
                                sum(cpu_s(pid) for pid in roles["rank"])))
            except OSError:
                break
            time.sleep(0.2)
        code, _, err = run.wait()
        if code != 0:
            sys.exit(f"exit {code}\n{err}")
        middle = samples[1:-2]
        wall, slots, rank = (last - first for first, last in zip(middle[0], middle[-1]))
        db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
        count, busy = db.execute("SELECT count(*), sum(wall_s) FROM runs").fetchone()
        db.close()
        print(f"{options.slots} slots used {slots:.2f} s of CPU in {wall:.2f} s of wall time: {slots / wall:.2f} cores; "
              f"their rank {rank / wall:.2f} cores; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
        print(f"{count} runs, {1e6 * busy / count:.0f} us each by their own clock")


if __name__ == "__main__":
    main()
