"""Two starts on one directory: one works, the other says who does.

    owner_test.py BUILD
"""

import json
import os
import sqlite3
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, let_go, make_hostile, tranche, wait_until  # noqa: E402
from checker import Picture  # noqa: E402


def campaign(programs, folder, name):
    """500 samples, of which the last does not end before let_go()."""
    points = [("slow", 10) if k % 7 else ("failed", k) for k in range(499)] + [("held", 1)]
    return make_hostile(os.path.join(folder, name), programs, points, timeout="30 min")


def check_second(judge, programs, folder, calm):
    path = campaign(programs, folder, "second")
    first = Run(programs, path, "-j", "2")
    wait_until("a run is recorded", lambda: Picture(path).runs)
    with open(os.path.join(path, "owner")) as file:
        owner = json.load(file)
    for arguments in ([], ["-n", "2", "-j", "1"]):
        second = Run(programs, path, *arguments)
        done = second.wait(60)
        what = "a second run" + " on 2 ranks" * bool(arguments)
        judge.code(6, done, what)
        judge.says([owner["host"], str(owner["pid"]), "tranche status", "tranche stop"], done[2],
                   f"{what} names host and pid of the first, and what to type")
        judge(not second.names(), f"{what} leaves no process behind", second.names())
    judge(owner["pid"] in first.pids(), "the pid it names is of the first run")
    for verb in (["verify"], ["export", "-o", os.path.join(folder, "x.h5")]):
        done = tranche(programs, path, *verb)
        judge.code(6, done, f"{verb[0]} while it runs")
        judge.says([owner["host"], str(owner["pid"])], done[2], f"{verb[0]} says who owns the campaign")
    let_go(path)
    judge.code(0, first.wait(), "the first run")
    judge(Picture(path).digests() == calm, "the first run was not disturbed: digest equal")
    db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    jobs = db.execute("SELECT job, how FROM jobs").fetchall()
    db.close()
    judge(jobs == [(1, "exit 0")], "only the first run is among the jobs", jobs)
    judge.code(0, tranche(programs, path, "verify"), "verify")


def check_race(judge, programs, folder, calm):
    path = campaign(programs, folder, "race")
    let_go(path)
    runs = [Run(programs, path, "-j", "1") for _ in range(4)]
    ends = [run.wait() for run in runs]
    codes = sorted(code for code, _, _ in ends)
    judge(codes == [0, 6, 6, 6], "of four simultaneous starts one works", codes, *[err for _, _, err in ends])
    judge(Picture(path).digests() == calm, "its digest is that of an undisturbed run")
    judge.code(0, tranche(programs, path, "verify"), "verify")


def check_dead(judge, programs, folder, calm):
    path = campaign(programs, folder, "dead")
    run = Run(programs, path, "-j", "2")
    wait_until("a run is recorded", lambda: Picture(path).runs)
    run.kill()
    judge(os.path.exists(os.path.join(path, "owner")), "after a kill the owner file is still there")
    judge.code(11, tranche(programs, path, "status", "--exit-code"), "status --exit-code says dead")
    let_go(path)
    judge.code(0, Run(programs, path, "-j", "2").wait(60), "a new run takes over at once")
    judge(Picture(path).digests() == calm, "digest equal")
    db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    jobs = [how for (how,) in db.execute("SELECT how FROM jobs ORDER BY job")]
    db.close()
    judge(jobs == ["died", "exit 0"], "the ledger says how both ended", jobs)


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        path = campaign(programs, folder, "calm")
        let_go(path)
        judge.code(0, Run(programs, path, "-j", "2").wait(), "undisturbed")
        calm = Picture(path).digests()
        check_second(judge, programs, folder, calm)
        check_race(judge, programs, folder, calm)
        check_dead(judge, programs, folder, calm)
    judge.end()


if __name__ == "__main__":
    main()
