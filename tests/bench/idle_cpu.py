"""What waiting costs: CPU time of each rank process while its slots sleep.

    idle_cpu.py BUILD [--ranks 2] [--seconds 5]

Numbers, not a test: they depend on the machine.
"""

import argparse
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, Run, make_hostile, wait_until  # noqa: E402


def cpu_s(pid):
    """User and system time, switches of the main thread."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def switches(pid):
    with open(f"/proc/{pid}/status") as file:
        return sum(int(line.split()[1]) for line in file if "ctxt_switches" in line)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=5)
    options = parser.parse_args()
    programs = Programs(options.build)
    with tempfile.TemporaryDirectory() as folder:
        points = [("slow", 1000 * (options.seconds + 5))] * (2 * options.ranks)
        path = make_hostile(os.path.join(folder, "campaign"), programs, points, timeout="100 s")
        run = Run(programs, path, "-n", str(options.ranks), "-j", "1")
        wait_until("slots run", lambda: len(run.roles()["slot"]) == options.ranks)
        time.sleep(2)
        roles = run.roles()
        pids = [(role, pid) for role in ("parent", "mpirun", "rank", "zygote", "slot") for pid in roles[role]]
        before = {pid: (cpu_s(pid), switches(pid)) for _, pid in pids}
        begin = time.monotonic()
        time.sleep(options.seconds)
        wall = time.monotonic() - begin
        for role, pid in pids:
            used = cpu_s(pid) - before[pid][0]
            turns = switches(pid) - before[pid][1]
            print(f"{role:7} {100 * used / wall:5.1f} % of a core ({used:.2f} s in {wall:.1f} s), "
                  f"{turns / wall:.0f} wake-ups/s")
        run.kill()


if __name__ == "__main__":
    main()
