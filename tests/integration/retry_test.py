"""retry: failed samples run again, at rest and while a run lives; sealed stages reopen and are sealed again; what is
ok is never touched. Timeouts are cured by a larger timeout: in the end the digest is that of a campaign that had it
from the start.

    retry_test.py BUILD
"""

import json
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_hostile, replace_in, tranche, wait_until  # noqa: E402
from checker import FAILED, OK, TIMEOUT, Picture  # noqa: E402

LATE = 400  # ms that a sample takes which a timeout of 200 ms kills
STATE, FINAL = 1, -1  # columns of runs


CONVERGING = """\
tranche: 1
name: converging
parameters: {x: {range: [0, 1]}}
constants: {dt: 1}
design: {method: nested-lhs, points: %d, seed: 1}
simulator:
  command: [./code.sh]
  inputs: {deck.in: deck.in.in}
  timeout: 60 s
  failures: [{match: "did not converge", reason: not_converged}]
outputs: {y: {store: {dtype: float64}, read: {key: y}}}
store: {epoch: 200 ms}
"""
CONVERGING_CODE = """\
#!/bin/sh
read dt < deck.in
[ $dt = 1 ] && [ $((TRANCHE_INDEX %% 5)) = 2 ] && { echo 'did not converge' >&2; exit 1; }
sleep %s
echo y = $dt
"""


def mixed(count):
    """Of ten samples one is late, one fails."""
    return [("slow", LATE) if k % 10 == 3 else ("failed", k) if k % 10 == 7 else ("ok", k) for k in range(count)]


def index_of(run_id):
    return run_id >> 8 & (1 << 40) - 1


def ok_runs(picture):
    return {run_id: row for run_id, row in picture.runs.items() if row[STATE] == OK}


def attempts(picture):
    """Index -> states of its runs, in order."""
    found = {}
    for run_id, row in sorted(picture.runs.items()):
        found.setdefault(index_of(run_id), []).append(row[STATE])
    return found


def text_of(path):
    """Empty while there is none."""
    try:
        with open(path) as file:
            return file.read()
    except FileNotFoundError:
        return ""


class Retries:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder

    def campaign(self, name, points, timeout):
        return make_hostile(os.path.join(self.folder, name), self.programs, points, timeout=timeout)

    def run(self, path, *arguments):
        return Run(self.programs, path, *arguments).wait()

    def tranche(self, path, *arguments):
        return tranche(self.programs, path, *arguments)

    def sound(self, path, what):
        picture = Picture(path)
        self.judge(not picture.findings, f"{what}: the checker finds nothing", *picture.findings[:5])
        self.judge.code(0, self.tranche(path, "verify"), f"{what}: verify")
        return picture

    def check_mistakes(self, path, before):
        judge = self.judge
        for arguments, words in ((["--state", "ok"], ["ok never runs again"]),
                                 (["--state", "timout"], ["did you mean", "timeout"]),
                                 (["--reason", "no_rot"], ["did you mean", "no_root"]),
                                 (["--stage", "third"], ["stages: first, all"]),
                                 (["--index", "0"], ["sample 0 is ok", "tranche show 0"]),
                                 (["--index", "4000"], ["no sample 4000"])):
            done = self.tranche(path, "retry", *arguments)
            judge.code(2, done, f"retry {arguments}")
            judge.says(words, done[2], f"retry {arguments} says what is wrong")
        done = self.tranche(path, "retry", "--state", "crashed")
        judge.code(0, done, "retry of a state that nothing has")
        judge.says(["nothing runs again"], done[1], "it says so")
        done = self.tranche(path, "--json", "retry", "--state", "timeout", "--dry-run")
        judge.code(0, done, "--dry-run")
        told = json.loads(done[1])
        judge([(s["name"], s["samples"], s["reopened"]) for s in told["stages"]] == [("first", 2, True), ("all", 2, True)],
              "--dry-run says how many, and which stages would reopen", told)
        judge(Picture(path).runs == before.runs and Picture(path).digests() == before.digests(), "nothing changed")

    def check_at_rest(self):
        judge, points = self.judge, mixed(40)
        calm = self.campaign("calm", points, "20 s")
        judge.code(0, self.run(calm, "-j", "2"), "a campaign with a long timeout")
        path = self.campaign("rest", points, "200 ms")
        judge.code(2, self.tranche(path, "retry"), "retry before the first run")
        judge.code(0, self.run(path, "-j", "2"), "a campaign with a short timeout")
        before = self.sound(path, "before")
        self.check_mistakes(path, before)

        replace_in(os.path.join(path, "campaign.yaml"), "timeout: 200 ms", "timeout: 20 s")
        done = self.tranche(path, "retry", "--state", "timeout")
        judge.code(0, done, "retry --state timeout")
        judge.says(["stage first: 2 samples", "open again", "next: tranche run"], done[1], "it says what, and what to type")
        reopened = self.sound(path, "reopened")
        judge(set(reopened.digests().values()) == {None}, "both stages are open", reopened.digests())
        judge(ok_runs(reopened) == ok_runs(before), "what is ok is as it was")
        status = self.tranche(path, "status", "--exit-code")
        judge.code(4, status, "status --exit-code")
        judge.says(["next: tranche run", "will run again"], status[1], "status says what to type")
        judge.code(0, self.run(path, "-n", "2", "-j", "1"), "the next run")
        after = self.sound(path, "after")
        judge(after.digests() == Picture(calm).digests(), "the digests are those of the calm campaign")
        judge([stage["generation"] for stage in after.stages.values()] == [2, 2], "generation 2")
        judge(all(ok_runs(after)[run] == row for run, row in ok_runs(before).items()), "what was ok is as it was")
        late = [states for index, states in attempts(after).items() if index % 10 == 3]
        judge(late == [[TIMEOUT, OK]] * 4, "late samples have both attempts", late)
        again = self.tranche(path, "retry", "--index", "7")
        judge.code(0, again, "retry --index 7")
        judge.code(0, self.run(path), "it runs")
        judge(attempts(Picture(path))[7] == [FAILED, FAILED], "and fails again", attempts(Picture(path))[7])
        judge([stage["generation"] for stage in self.sound(path, "at the end").stages.values()] == [3, 2], "only its stage was sealed again")

    def check_timeout(self):
        """A time limit for the retried samples only; it survives a kill of the run that has it."""
        judge = self.judge
        points = [("slow", 2000) if k in (3, 13) else ("ok", k) for k in range(20)]
        path = self.campaign("timeout", points, "200 ms")
        judge.code(0, self.run(path), "a campaign with a short timeout")
        done = self.tranche(path, "retry", "--state", "timeout", "--timeout", "soon")
        judge.code(2, done, "--timeout soon")
        judge.says(["--timeout soon", "5 min"], done[2], "it says what to write")
        done = self.tranche(path, "retry", "--index", "3", "--timeout", "1min")
        judge.code(0, done, "retry --index 3 --timeout 1min")
        judge.says(["1 sample will run again, for 1 min"], done[1], "it says for how long")
        run = Run(self.programs, path)
        wait_until("it runs", lambda: run.roles()["slot"] or run.process.poll() is not None)
        run.kill()
        judge.code(0, self.run(path), "killed, and run once more")
        judge.code(0, self.tranche(path, "retry", "--index", "13"), "retry --index 13")
        judge.code(0, self.run(path), "it runs with the campaign's limit")
        after = attempts(self.sound(path, "timeout"))
        judge(after[3] == [TIMEOUT, OK], "the first had its time", after[3])
        judge(after[13] == [TIMEOUT, TIMEOUT], "the second had not", after[13])
        judge.says(["deadline", "signal 9", "killed after 200 ms"], self.tranche(path, "show", "13")[1], "show says how it ended")

    def check_live(self):
        """Stage 1 is sealed and has failures; stage 2 runs and has some too: both run again in this run."""
        judge = self.judge
        points = mixed(20) + [("failed", 1)] * 4 + [("slow", 20)] * 300
        path = make_hostile(os.path.join(self.folder, "live"), self.programs, points, timeout="20 s", first="6.17%")
        run = Run(self.programs, path, "-n", "2", "-j", "1")
        wait_until("failures of stage 2 are recorded",
                   lambda: {20, 21, 22, 23} <= {index_of(i) for i, row in Picture(path).runs.items()
                                                if row[STATE] == FAILED} or run.process.poll() is not None)
        begin = time.monotonic()
        done = self.tranche(path, "--json", "retry", "--reason", "no_root")
        judge.code(0, done, f"retry while a run lives, answered after {time.monotonic() - begin:.1f} s")
        told = json.loads(done[1])
        judge(told["by_run"] and [s["name"] for s in told["stages"]] == ["first", "all"], "the run did it, in both stages", told)
        judge.code(0, run.wait(), "the run goes on to the end")
        after = self.sound(path, "live")
        wanted = sorted(k for k, (mode, _) in enumerate(points) if mode == "failed")
        twice = sorted(index for index, states in attempts(after).items() if states == [FAILED, FAILED])
        judge(twice == wanted, "what had failed ran once more in the same run", twice, wanted)
        judge([stage["generation"] for stage in after.stages.values()] == [2, 1], "stage 1 was sealed again")

    def check_while_a_stage_opens(self):
        """A request that comes while rank 0 takes a stage up waits until there is a file to change."""
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "opening"), self.programs, [("failed", 1)] * 3 + [("slow", 20)] * 60)
        run = Run(self.programs, path, "-j", "1", failpoint="committed:die:nth=1")
        run.wait()
        run.wait_gone()
        before = Picture(path)
        judge(any(row[STATE] == FAILED for row in before.runs.values()), "a run died after its first epoch", before.runs)
        with open(os.path.join(path, "owner")) as file:
            dead = file.read()
        run = Run(self.programs, path, "-n", "2", "-j", "1", failpoint="state:sleep=3:nth=1")
        wait_until("the next run owns the campaign", lambda: text_of(os.path.join(path, "owner")) not in ("", dead))
        done = self.tranche(path, "--json", "retry", "--reason", "no_root")
        judge.code(0, done, "retry while a stage opens")
        judge.code(0, run.wait(), "that run comes to its end")
        after = self.sound(path, "opening")
        judge(all(states[:2] == [FAILED, FAILED] for index, states in attempts(after).items() if index < 3),
              "what had failed ran once more", attempts(after))

    def check_failing_disk(self):
        """The ledger has it, the store cannot follow: the run ends with 7, and the next one makes both agree."""
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "disk"), self.programs, [("failed", 1)] * 3 + [("slow", 20)] * 200)
        run = Run(self.programs, path, "-j", "1", failpoint="state:io_error:nth=2")
        wait_until("a failure is recorded",
                   lambda: any(row[STATE] == FAILED for row in Picture(path).runs.values()) or run.process.poll() is not None)
        self.tranche(path, "retry", "--index", "1")
        code, out, err = run.wait()
        judge(code == 7, "states that cannot be written end the run with 7", code, out, err)
        judge.code(0, self.run(path, "-j", "2"), "the next run")
        self.sound(path, "disk")


    def converging(self, name, pause, points=40):
        path = os.path.join(self.folder, name)
        os.makedirs(path)
        for file, text in (("campaign.yaml", CONVERGING % points), ("deck.in.in", "{dt}\n"),
                           ("code.sh", CONVERGING_CODE % pause)):
            with open(os.path.join(path, file), "w") as stream:
                stream.write(text)
        os.chmod(os.path.join(path, "code.sh"), 0o755)
        return path

    def check_converged(self, path, points, what):
        """Every fifth ran again with another value; that is what `show` says, and how to do it again."""
        judge = self.judge
        states = attempts(self.sound(path, what))
        wanted = {k: [FAILED, OK] if k % 5 == 2 else [OK] for k in range(points)}
        judge(states == wanted, f"{what}: what had failed is ok now", states)
        code, out, err = self.tranche(path, "--json", "show", "2")
        told = json.loads(out)
        judge([run["with"] for run in told["runs"]] == ["", "dt=0.25"] and told["outputs"]["y"] == [0.25],
              f"{what}: show says what the second attempt had", told["runs"])
        judge(told["again"].endswith("try --index 2 --with dt=0.25"), f"{what}: and what runs it again", told["again"])
        shown = self.tranche(path, "show", "2")[1]
        judge.says(["with", "dt=0.25", "stderr:\n    did not converge\n", "left:  failed/not_converged/r1-2-0/", "--with dt=0.25"],
                   shown, f"{what}: as text too, with what the first one said, and where it lies")
        again = json.loads(self.tranche(path, "--json", *told["again"].split()[-5:])[1])["points"][0]
        judge(again["state"] == "ok" and again["outputs"][0]["hi"] == 0.25, f"{what}: it does", again)

    def check_with(self):
        """Other arguments for the retried samples only; they survive a kill of the run that has them."""
        judge, path = self.judge, self.converging("with", "0.05")
        judge.code(0, self.run(path, "-j", "2"), "a campaign of which every fifth sample does not converge")
        for wish, words in (("dtt=0.25", ["no constant `dtt`", "did you mean --with dt=0.25?"]),
                            ("x=0.5", ["`x` cannot change between attempts"]), ("dt=small", ["is no NAME=VALUE"])):
            done = self.tranche(path, "retry", "--with", wish)
            judge.code(2, done, f"retry --with {wish}")
            judge.says(words, done[2], "it says what is wrong")
        asked = ("retry", "--reason", "not_converged", "--with", "dt=0.25")
        done = self.tranche(path, *asked, "--dry-run")
        judge.says(["8 samples would run again with dt=0.25: 8 failed (not_converged)"], done[1], "--dry-run says with what")
        judge.code(0, self.tranche(path, *asked), "retry --with")
        run = Run(self.programs, path, "-j", "1")
        wait_until("it runs", lambda: run.roles()["slot"] or run.process.poll() is not None)
        run.kill()
        judge.code(0, self.run(path), "killed, and run once more")
        self.check_converged(path, 40, "with")
        hostile = self.campaign("plugin", mixed(10), "20 s")
        judge.code(0, self.run(hostile), "a campaign with a plug-in")
        done = self.tranche(hostile, "retry", "--with", "dt=0.25")
        judge.code(2, done, "retry --with of a plug-in")
        judge.says(["--with is for commands", "is a plug-in", "`attempt`"], done[2], "it says why, and what to do instead")

    def check_with_live(self):
        judge, path = self.judge, self.converging("with-live", "0.2", 60)
        run = Run(self.programs, path, "-n", "2", "-j", "1")
        wait_until("a failure is recorded", lambda: any(row[STATE] == FAILED for row in Picture(path).runs.values())
                   or run.process.poll() is not None)
        done = self.tranche(path, "--json", "retry", "--index", "2", "--with", "dt=0.25")
        judge.code(0, done, "retry --with while a run lives")
        judge(json.loads(done[1])["by_run"], "the run did it", done[1])
        judge.code(0, run.wait(), "the run goes on to the end")
        states = attempts(self.sound(path, "live with"))
        judge(states[2] == [FAILED, OK] and states[7] == [FAILED], "that sample had other arguments, and no other", states)
        judge.code(0, self.tranche(path, "retry", "--reason", "not_converged", "--with", "dt=0.25"), "retry of the rest")
        judge.code(0, self.run(path), "run")
        self.check_converged(path, 60, "live with")


def main():
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        retries = Retries(judge, Programs(sys.argv[1]), folder)
        retries.check_while_a_stage_opens()
        retries.check_failing_disk()
        retries.check_at_rest()
        retries.check_timeout()
        retries.check_live()
        retries.check_with()
        retries.check_with_live()
    judge.end()


if __name__ == "__main__":
    main()
