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
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, Run, make_campaign, tranche, wait_until  # noqa: E402
from checker import Picture, compare  # noqa: E402

FOLLOW_S = 30  # after the death of one process the others are gone within this time


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
    code, _, err = Run(programs, folder, "-j", "2").wait()
    if code != 0:
        sys.exit(f"undisturbed run: exit {code}\n{err}")
    picture = judge(folder, None, "after an undisturbed run")
    digests = picture.digests()
    if len(digests) != 2 or not all(digests.values()):
        sys.exit(f"undisturbed run: not every stage is sealed: {digests}")
    return digests


def live_until_the_moment(run, folder, dice):
    """Waits for a random instant: one in four while the run starts, else while it works. False: it has ended."""
    if dice.random() < 0.25:
        time.sleep(dice.uniform(0.02, 0.8))
    else:
        owner = os.path.join(folder, "owner")
        wait_until("the run owns its campaign", lambda: os.path.exists(owner) or run.process.poll() is not None)
        time.sleep(dice.uniform(0, 1.2))
    return run.process.poll() is None


def kill_all(run, dice):
    run.kill()
    return "everything"


def kill_one(run, dice):
    """A slot is replaced and the run goes on; without any of the others it ends by itself."""
    roles = run.roles()
    if roles["slot"] and dice.random() < 0.5:
        victim = dice.choice(roles["slot"])
        os.kill(victim, 9)
        time.sleep(0.5)
        if run.process.poll() not in (None, 0):
            sys.exit(f"the run ended with {run.process.returncode} because a slot was killed\n{run.wait()}")
        roles = run.roles()
    role = dice.choice([role for role in ("parent", "mpirun", "rank", "zygote") if roles[role]] or ["parent"])
    victim = dice.choice(roles[role] or [run.process.pid])
    print(f"killing {role} {victim}", flush=True)
    begin = time.monotonic()
    _, err = run.kill([victim], limit_s=FOLLOW_S)
    if role == "rank" and roles["mpirun"] and run.process.returncode == 4 and "on node" not in err:
        sys.exit(f"a rank died, and nobody says which:\n{err}")
    return f"{role}; the others followed after {time.monotonic() - begin:.1f} s"


def killed(programs, folder, options, dice, kills):
    """Kills one campaign until it is done or `kills` are used up; returns the kills that hit it at work."""
    make_campaign(folder, programs, points=options.points)
    arguments = ["-n", str(options.ranks), "-j", "2" if options.ranks == 1 else "1"]
    before, hits = None, 0
    while hits < kills:
        run = Run(programs, folder, *arguments)
        if not live_until_the_moment(run, folder, dice):
            run.wait()
            break
        what = (kill_one if options.one else kill_all)(run, dice)
        hits += 1
        after = judge(folder, before, f"after kill {hits}")
        print(f"kill {hits}: {what}: {len(after.runs)} runs recorded", flush=True)
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
            hits, digests = killed(programs, os.path.join(folder, f"killed{campaigns}"), options, dice,
                                   options.kills - total)
            if digests != expected:
                sys.exit(f"digests {digests}, undisturbed {expected}")
            total += hits
    print(f"{total} kills on {options.ranks} ranks, {campaigns} campaigns: sound, digest equal")


if __name__ == "__main__":
    main()
