"""kill -9 of mpirun and all ranks at random instants: nothing recorded is lost, changed or run again, and the
finished campaign has the digest of one that was never killed.

    kill_test.py BUILD --ranks 2 --kills 8 [--points 20000] [--seed N]
"""

import argparse
import os
import random
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, Run, make_campaign, tranche  # noqa: E402
from checker import Picture, compare  # noqa: E402


def fail(findings, context):
    for finding in findings[:10]:
        print(f"FOUND: {finding}")
    sys.exit(f"{len(findings)} findings {context}")


def judge(folder, before, context):
    after = Picture(folder)
    findings = after.findings + (compare(before, after) if before else [])
    if findings:
        fail(findings, context)
    return after


def undisturbed(programs, folder, points):
    make_campaign(folder, programs, points=points)
    code, _, err = Run(programs, folder).wait()
    if code != 0:
        sys.exit(f"undisturbed run: exit {code}\n{err}")
    picture = judge(folder, None, "after an undisturbed run")
    digests = picture.digests()
    if len(digests) != 2 or not all(digests.values()):
        sys.exit(f"undisturbed run: not every stage is sealed: {digests}")
    return digests


def killed(programs, folder, options, dice, kills):
    """Kills one campaign until it is done or `kills` are used up; returns the kills that hit it at work."""
    make_campaign(folder, programs, points=options.points)
    arguments = ["-n", str(options.ranks), "-j", "2" if options.ranks == 1 else "1"]
    before, hits = None, 0
    while hits < kills:
        run = Run(programs, folder, *arguments)
        time.sleep(dice.uniform(0.2, 2.2))
        if run.process.poll() is not None:
            run.wait()
            break
        run.kill()
        hits += 1
        after = judge(folder, before, f"after kill {hits}")
        print(f"kill {hits}: {len(after.runs)} runs recorded", flush=True)
        before = after
    code, _, err = Run(programs, folder, *arguments).wait()
    if code != 0:
        sys.exit(f"the run after {hits} kills: exit {code}\n{err}")
    picture = judge(folder, before, "at the end")
    code, out, err = tranche(programs, folder, "verify")
    if code != 0:
        sys.exit(f"verify after {hits} kills: exit {code}\n{out}{err}")
    return hits, picture.digests()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--kills", type=int, default=7)
    parser.add_argument("--points", type=int, default=20000)
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
            hits, digests = killed(programs, os.path.join(folder, f"killed{campaigns}"), options, dice,
                                   options.kills - total)
            if digests != expected:
                sys.exit(f"digests {digests}, undisturbed {expected}")
            total += hits
    print(f"{total} kills on {options.ranks} ranks, {campaigns} campaigns: sound, digest equal")


if __name__ == "__main__":
    main()
