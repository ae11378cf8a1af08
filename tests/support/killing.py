"""Ways to disturb a run at random instants, and the judgement afterwards. Used by kill_test.py and tools/soak."""

import os
import random
import signal
import time

from campaigns import Run, make_campaign, replace_in, tranche, wait_until
from checker import Picture, compare

FOLLOW_S = 30  # after the death of one process the others are gone within this time
FAILPOINTS = ["write", "agree", "flush", "sent", "mid-commit", "committed", "state", "create", "rename", "seal", "view"]


class Damage(Exception):
    """Something recorded was lost, changed or run again; or a run did not end as it should."""


def judge(folder, before, context):
    after = Picture(folder)
    findings = after.findings + (compare(before, after) if before else [])
    if findings:
        raise Damage("\n".join([f"{len(findings)} findings {context}", *findings[:10]]))
    return after


def arguments_for(ranks):
    return ["-n", str(ranks), "-j", "2" if ranks == 1 else "1"]


def undisturbed(programs, folder, points):
    """Digests by stage."""
    make_campaign(folder, programs, points=points)
    code, _, err = Run(programs, folder, "-j", "2").wait()
    if code != 0:
        raise Damage(f"undisturbed run: exit {code}\n{err}")
    digests = judge(folder, None, "after an undisturbed run").digests()
    if len(digests) != 2 or not all(digests.values()):
        raise Damage(f"undisturbed run: not every stage is sealed: {digests}")
    return digests


def live_until_the_moment(run, folder, dice):
    """Waits for a random instant: one in four while the run starts, else while it works. False: it has ended."""
    if dice.random() < 0.25:
        time.sleep(dice.uniform(0.02, 0.8))
    else:
        owner = os.path.join(folder, "owner")
        wait_until("the run owns its campaign", lambda: os.path.exists(owner) or run.process.poll() is not None)
        time.sleep(dice.uniform(0, 1.2))
    if run.process.poll() is None:
        return True
    code, _, err = run.wait()
    if code != 0:
        raise Damage(f"the run ended with {code} before anything was done to it\n{err}")
    return False


def kill_all(run, dice):
    run.kill()
    return "everything"


def kill_one(run, dice):
    """A slot is replaced and the run goes on; without any of the others it ends by itself."""
    roles = run.roles()
    if roles["slot"] and dice.random() < 0.5:
        victim = dice.choice(roles["slot"])
        try:
            os.kill(victim, signal.SIGKILL)
        except ProcessLookupError:
            pass  # replaced meanwhile
        time.sleep(0.5)
        if run.process.poll() not in (None, 0):
            raise Damage(f"the run ended with {run.process.returncode} because a slot was killed\n{run.wait()}")
        roles = run.roles()
    role = dice.choice([role for role in ("parent", "mpirun", "rank", "zygote") if roles[role]] or ["parent"])
    # Whatever the parent starts for a moment has its name, too.
    victim = run.process.pid if role == "parent" else dice.choice(roles[role])
    begin = time.monotonic()
    _, err = run.kill([victim], limit_s=FOLLOW_S)
    if role == "zygote" and run.process.returncode not in (0, 4):
        raise Damage(f"the run ended with {run.process.returncode} because a zygote was killed\n{err}")
    # A launcher that hangs after the death of a rank never says which it was.
    named = "on node" in err or "the launcher waited on" in err
    if role == "rank" and roles["mpirun"] and run.process.returncode == 4 and not named:
        raise Damage(f"a rank died, and nobody says which:\n{err}")
    return f"{role}; the others followed after {time.monotonic() - begin:.1f} s"


def stop(run, programs, folder, dice):
    """An orderly end on request."""
    how = dice.choice(["SIGINT", "SIGTERM", "SIGUSR1", "SIGHUP", "stop"])
    if how == "stop":
        tranche(programs, folder, "stop")
    else:
        os.kill(run.process.pid, getattr(signal, how))
    code, _, err = run.wait()
    run.wait_gone()
    # A run that had not begun to listen is simply killed by the signal.
    if code not in (0, 4, -getattr(signal, how, 0)):
        raise Damage(f"{how}: exit {code}\n{err}")
    return how


def random_failpoint(ranks, dice):
    rank = f":rank={dice.randrange(ranks)}" if dice.random() < 0.5 else ""
    action = dice.choice(["die", "die", "kill_job", "kill_job", "throw", "io_error"])
    # Nothing may be thrown through SQLite's own code.
    nth = 2 * dice.randrange(6) + 1 if action in ("throw", "io_error") else dice.randrange(12) + 1
    return f"{dice.choice(FAILPOINTS)}:{action}:nth={nth}{rank}"


def die_at(run, failpoint):
    """Whether the failpoint was reached."""
    code, _, err = run.wait()
    run.wait_gone()
    if code == 0:
        return False
    if code not in {"throw": (1,), "io_error": (7,)}.get(failpoint.split(":")[1], (4, 1, 7, -signal.SIGKILL)):
        raise Damage(f"{failpoint}: exit {code}\n{err}")
    return True


def finish(programs, folder, ranks, before, expected):
    code, _, err = Run(programs, folder, *arguments_for(ranks)).wait()
    if code != 0:
        raise Damage(f"the last run: exit {code}\n{err}")
    picture = judge(folder, before, "at the end")
    code, out, err = tranche(programs, folder, "verify")
    if code != 0:
        raise Damage(f"verify: exit {code}\n{out}{err}")
    if picture.digests() != expected:
        raise Damage(f"digests {picture.digests()}, undisturbed {expected}")


class Soak:
    """Random campaigns under random disturbances. Every campaign is removed if sound and kept if not."""

    def __init__(self, programs, folder, ranks, points, seed, tell=print):
        self.programs, self.folder, self.ranks, self.points, self.tell = programs, folder, ranks, points, tell
        self.dice = random.Random(seed)
        self.kills, self.stops, self.campaigns, self.damaged = 0, 0, 0, []
        self.calm = {}
        self.begin = time.monotonic()

    def reached(self):
        return self.kills

    def abandon(self):
        if Run.latest:
            Run.latest.kill()

    def expected(self, points):
        if points not in self.calm:
            self.calm[points] = undisturbed(self.programs, os.path.join(self.folder, f"calm-{points}"), points)
        return self.calm[points]

    def disturb(self, path, ranks):
        """One run and what happens to it: what, and whether that was a kill. None: it came to its end."""
        what = self.dice.choices(["all", "one", "failpoint", "stop"], [35, 35, 20, 10])[0]
        if what == "failpoint":
            failpoint = random_failpoint(ranks, self.dice)
            run = Run(self.programs, path, *arguments_for(ranks), failpoint=failpoint)
            return (f"failpoint {failpoint}", True) if die_at(run, failpoint) else None
        run = Run(self.programs, path, *arguments_for(ranks))
        if not live_until_the_moment(run, path, self.dice):
            return None
        if what == "stop":
            return stop(run, self.programs, path, self.dice), False
        return "killed " + {"all": kill_all, "one": kill_one}[what](run, self.dice), True

    def campaign(self, most_kills):
        dice = self.dice
        self.campaigns += 1
        ranks, points = dice.choice(self.ranks), dice.choice(self.points)
        expected = self.expected(points)
        path = os.path.join(self.folder, f"campaign-{self.campaigns}")
        make_campaign(path, self.programs, points=points, epoch=dice.choice(["100 ms", "200 ms", "1 s"]))
        if dice.random() < 0.25:
            replace_in(os.path.join(path, "campaign.yaml"), "\nstore: {", "\nstore: {write: collective, ")
        self.tell(f"campaign {self.campaigns}: {points} points, {ranks} ranks")
        before, kills = None, 0
        while kills < most_kills:
            disturbance = self.disturb(path, ranks)
            if disturbance is None:
                break
            what, is_kill = disturbance
            kills += is_kill
            self.kills += is_kill
            self.stops += not is_kill
            before = judge(path, before, f"after {what}")
            self.tell(f"  {what}: {len(before.runs)} runs recorded")
        finish(self.programs, path, ranks, before, expected)
        return path

    def verdict(self):
        minutes = round((time.monotonic() - self.begin) / 60)
        digests = "digests equal" if not self.damaged else "see " + ", ".join(self.damaged)
        return (f"{self.kills} kills, {self.stops} stops, {self.campaigns} campaigns, {len(self.damaged)} damaged, "
                f"{digests}, {minutes // 60} h {minutes % 60} min")
