"""kill -9 at random instants: nothing recorded is lost, changed or run again, and the finished campaign has the
digest of one that was never killed.

    kill_test.py BUILD --ranks 2 --kills 8 [--points 20000] [--seed N]      everything at once
    kill_test.py BUILD --ranks 2 --kills 8 --one                            one process, the others must follow
"""

import argparse
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, Run, make_campaign  # noqa: E402
from killing import (Damage, arguments_for, finish, judge, kill_all, kill_one, live_until_the_moment,  # noqa: E402
                     undisturbed)


def killed(programs, folder, options, dice, kills, expected):
    """Kills one campaign until it is done or `kills` are used up; returns the kills that hit it at work."""
    make_campaign(folder, programs, points=options.points)
    before, hits = None, 0
    while hits < kills:
        run = Run(programs, folder, *arguments_for(options.ranks))
        if not live_until_the_moment(run, folder, dice):
            break
        what = (kill_one if options.one else kill_all)(run, dice)
        hits += 1
        before = judge(folder, before, f"after kill {hits}")
        print(f"kill {hits}: {what}: {len(before.runs)} runs recorded", flush=True)
    finish(programs, folder, options.ranks, before, expected)
    return hits


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--kills", type=int, default=7)
    parser.add_argument("--points", type=int, default=20000)
    parser.add_argument("--one", action="store_true", help="kill one process instead of all")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    dice = random.Random(options.seed)
    programs = Programs(options.build)
    with tempfile.TemporaryDirectory() as folder:
        expected = undisturbed(programs, os.path.join(folder, "calm"), options.points)
        total, campaigns = 0, 0
        while total < options.kills:
            campaigns += 1
            if campaigns > 4 * options.kills:
                sys.exit("the campaign ends before it can be killed: raise --points")
            total += killed(programs, os.path.join(folder, f"killed{campaigns}"), options, dice,
                            options.kills - total, expected)
    print(f"{total} kills on {options.ranks} ranks, {campaigns} campaigns: sound, digest equal")


if __name__ == "__main__":
    try:
        main()
    except Damage as damage:
        sys.exit(f"FOUND: {damage}")
