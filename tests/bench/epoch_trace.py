"""Whether a slot idles while its rank writes an epoch: the ledger's own trace of starts and ends.

    epoch_trace.py BUILD [--noop] [--points 100000] [--slots 2]

For each slot: samples a second and the longest gap between the end of one sample and the start of the next,
within the epochs' writes and outside of them. The simulator takes about 200 us a sample; with --noop next
to nothing, which is faster than any ledger: slots then wait when a gigabyte of rows does.
Numbers, not a test: they depend on the machine and on who else uses it.
"""

import argparse
import os
import shutil
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, make_campaign, replace_in, tranche  # noqa: E402

NOOP = os.path.join(os.path.dirname(__file__), "..", "..", "campaigns", "noop", "campaign.yaml")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=100_000)
    parser.add_argument("--noop", action="store_true")
    parser.add_argument("--slots", type=int, default=2)
    options = parser.parse_args()
    programs = Programs(options.build)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "noop")
        if options.noop:
            os.makedirs(path)
            shutil.copy(NOOP, path)
            replace_in(os.path.join(path, "campaign.yaml"), "points: 1_000_000", f"points: {options.points}")
        else:
            make_campaign(path, programs, points=options.points, epoch="1 s")
        code, _, err = tranche(programs, path, "run", "-j", str(options.slots), limit_s=600)
        if code != 0:
            sys.exit(err)
        ledger = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
        writes = [(at - duration, at) for at, duration in ledger.execute(
            "SELECT at, duration_s FROM epochs WHERE stage = 2 ORDER BY epoch")][:-1]  # at the last all is finished
        inside = sum(end - begin for begin, end in writes)
        last = max(end for _, end in writes)
        for slot in range(options.slots):
            starts = [(start, start + wall) for start, wall in ledger.execute(
                "SELECT started_at, wall_s FROM samples WHERE stage = 2 AND slot = ? ORDER BY started_at", (slot,))
                if start < last]
            gaps = [(end, max(start - end, 0.0)) for (_, end), (start, _) in zip(starts, starts[1:])]
            during = [gap for at, gap in gaps if any(begin <= at <= end for begin, end in writes)]
            samples = sum(1 for start, _ in starts if any(begin <= start <= end for begin, end in writes))
            whole = starts[-1][0] - starts[0][0]
            print(f"slot {slot}: {samples / inside:.0f} samples/s during {len(writes)} epochs' writes ({inside:.2f} s), "
                  f"{(len(starts) - samples) / (whole - inside):.0f} /s outside; longest gap {1e3 * max(during):.1f} ms "
                  f"during a write, {1e3 * max(gap for _, gap in gaps):.1f} ms at all")
            at, gap = max(gaps, key=lambda item: item[1])
            nearest = min(writes, key=lambda write: abs(write[0] - at))
            print(f"        the longest began {at - starts[0][0]:.2f} s after the first sample, {at - nearest[0]:+.2f} s from the begin "
                  f"of a write of {nearest[1] - nearest[0]:.2f} s")
        ledger.close()
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
