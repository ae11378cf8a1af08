"""Samples that misbehave cost nothing but themselves: one typed final run each, every other row bit for bit that
of a campaign where they behave.

    misbehave_test.py BUILD [--rounds N]

With N rounds what writes wildly, and what multiplies, runs N times more.
"""

import argparse
import json
import os
import sqlite3
import sys
import tempfile

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_hostile, replace_in, tranche  # noqa: E402
from checker import Picture  # noqa: E402

# mode: state and reason of the run it must give
EXPECTED = {
    "failed": ("failed", "no_root"),
    "failed_silently": ("failed", "error"),
    "bad_point": ("invalid", "bad_point"),
    "odd_return": ("failed", "error"),
    "nan": ("failed", "finite"),
    "negative": ("failed", "nonnegative"),
    "segfault": ("crashed", "sigsegv"),
    "stack_overflow": ("crashed", "sigsegv"),
    "abort": ("crashed", "sigabrt"),
    "exit_zero": ("crashed", "exit"),
    "exit_three": ("crashed", "exit"),
    "hang": ("timeout", "deadline"),
    "spin": ("timeout", "deadline"),
    "touch": ("crashed", "memory"),
    "touch_shared": ("crashed", "memory"),
    "huge_new": ("crashed", "memory"),
    "throws": ("failed", "exception"),
    "overrun": ("crashed", "overrun"),
    "flood_stdout": ("ok", None),
    "flood_stderr": ("failed", "error"),
    "change_surroundings": ("ok", None),
    "close_descriptors": ("ok", None),
    "sigkill": ("crashed", "sigkill"),
    "leave_child": ("crashed", "sigabrt"),
    "infinite": ("failed", "finite"),
    "subnormal": ("ok", None),
    "underrun": ("crashed", "overrun"),
    "overrun_between": ("crashed", "overrun"),
    "scribble": ("crashed", "overrun"),
    "scribble_crash": ("crashed", "overrun"),
    "scribble_hang": ("crashed", "overrun"),
    "forge_count": ("crashed", "overrun"),
    "become_program": ("crashed", "exit"),
    "thread_exit": ("crashed", "exit"),
    "leave_thread": ("ok", None),
    "stop_itself": ("timeout", "deadline"),
    "terminate": ("crashed", "sigabrt"),
    "throws_through_c": ("failed", "exception"),
    "leave_alarm": ("ok", None),
    "leave_helper": ("ok", None),
    "leave_daemon": ("ok", None),
    "leak": ("ok", None),
    "deaf_hang": ("timeout", "deadline"),
    "close_standard": ("ok", None),
    "own_handlers": ("ok", None),
}
EVERYWHERE = tuple(EXPECTED)
POINTS = 420
# They write over what their slot shares with its agent.
WILD = ("scribble", "scribble_crash", "scribble_hang", "forge_count")
# These take the processors from everybody for a moment, so they get a campaign with a longer deadline.
MULTIPLYING = ("fork_bomb", "escaping_bomb", "thread_bomb")
EXPECTED.update(dict.fromkeys(MULTIPLYING, ("crashed", "processes")))
LAYOUTS = (("one", ("-j", "2")), ("two", ("-n", "2", "-j", "1")))


def points_of(misbehaving):
    """Well-behaved points with the misbehaving ones in between, in both stages."""
    points = [("ok", 10 + k) for k in range(POINTS)]
    for k, mode in enumerate(misbehaving):
        points[3 + 9 * k] = (mode, 10 + 3 + 9 * k)
    return points


def runs_of(folder):
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    rows = {}
    for idx, attempt, state, reason, final in db.execute(
            "SELECT idx, attempt, state, reason, final FROM runs_text ORDER BY idx, attempt"):
        rows.setdefault(idx, []).append((state, reason, final))
    db.close()
    return rows


def rows_of(folder):
    """Index -> everything a stage file holds of the row except meta."""
    rows = {}
    for stage in (1, 2):
        with h5py.File(os.path.join(folder, "store", f"r1.s{stage}.h5")) as file:
            columns = [file[name][:] for name in ("curve", "raw", "state", "checksum")]
            for k, index in enumerate(file["index"][:]):
                rows[int(index)] = b"".join(np.atleast_1d(column[k]).tobytes() for column in columns)
    return rows


def run_campaign(judge, programs, folder, points, *arguments, timeout="2 s", **options):
    make_hostile(folder, programs, points, timeout=timeout, memory="200 MB", **options)
    judge.code(0, Run(programs, folder, *arguments).wait(), f"run {' '.join(arguments)}")
    judge.code(0, tranche(programs, folder, "verify"), "verify")
    findings = Picture(folder).findings
    judge(not findings, "the independent checker finds nothing", *findings[:5])


def check_types(judge, points, runs):
    judge(sorted(runs) == list(range(POINTS)), "every sample has a run")
    for index, (mode, _) in enumerate(points):
        state, reason = EXPECTED.get(mode, ("ok", None))
        got = runs.get(index)
        if mode == "ok" and got == [(state, reason, 1)]:
            continue
        forgiven = 3 if reason == "sigkill" else 0  # nobody can tell that it did that itself
        judge(got == [(state, reason, 0)] * forgiven + [(state, reason, 1)],
              f"sample {index}, {mode}: one final run, {state}, {reason}", got)


def check_rows(judge, points, rows, calm, what):
    different = [k for k, (mode, _) in enumerate(points) if mode == "ok" and rows[k] != calm[k]]
    judge(not different, f"{what}: rows of the others are bit for bit equal", different)


def check_retry(judge, programs, folder):
    points = [("ok", k) for k in range(40)]
    points[7], points[30], points[31] = ("segfault", 7), ("abort", 30), ("failed", 31)
    points[8] = ("failed_on_stderr", 8)
    run_campaign(judge, programs, folder, points, "-j", "2", crashed=1)
    runs = runs_of(folder)
    judge(runs[7] == [("crashed", "sigsegv", 0), ("crashed", "sigsegv", 1)], "crashed: 1 gives two runs, the last final",
          runs[7])
    judge(runs[30] == [("crashed", "sigabrt", 0), ("crashed", "sigabrt", 1)], "the same for the other crash", runs[30])
    judge(runs[31] == [("failed", "no_root", 1)], "a failed sample is not run again", runs[31])
    with open(os.path.join(folder, "failed", "error", "r1-8-0", "stderr.txt")) as file:
        judge(file.read() == "step 1\ncould not bracket\n", "what a sample said on stderr is kept")
    for attempt in range(2):
        with open(os.path.join(folder, "failed", "sigsegv", f"r1-7-{attempt}", "sample.json")) as file:
            sample = json.load(file)
        judge(sample["parameters"]["value"] == 7 and sample["attempt"] == attempt and sample["again"] == "tranche try --index 7",
              "and what a crashed one was", sample)


def check_multiplying(judge, programs, folder, calm):
    points = [("ok", 10 + k) for k in range(POINTS)]
    for k, mode in enumerate(MULTIPLYING):
        points[5 + 20 * k] = (mode, k)
    run_campaign(judge, programs, folder, points, "-j", "2", timeout="60 s")
    check_types(judge, points, runs_of(folder))
    check_rows(judge, points, rows_of(folder), calm, "run with what multiplies")


def check_wild(judge, programs, folder, calm, *arguments):
    points = points_of(10 * WILD)
    run_campaign(judge, programs, folder, points, *arguments)
    check_types(judge, points, runs_of(folder))
    check_rows(judge, points, rows_of(folder), calm, f"run {' '.join(arguments)} with wild writes")


def check_refusals(judge, programs, folder):
    for plugin, words in (("load_segfaults", "died in tranche_load (sigsegv)"),
                          ("load_aborts", "died in tranche_load (sigabrt); last words: no tables, no work"),
                          ("open_segfaults", "died in tranche_open (sigsegv)"),
                          ("open_crashes", "died in tranche_open (sigabrt)"),
                          ("open_exits", "left in tranche_open with exit code 9")):
        here = make_hostile(os.path.join(folder, plugin), programs, [("ok", k) for k in range(4)])
        replace_in(os.path.join(here, "campaign.yaml"), programs.plugin("hostile"), programs.plugin(plugin))
        done = Run(programs, here, "-j", "2").wait()
        judge.code(7, done, f"run with {plugin}")
        judge.says([words], done[2], f"{plugin}: says why")


def check_talkative(judge, programs, folder):
    """What a simulator prints does not get into what a command prints."""
    here = make_hostile(os.path.join(folder, "talkative"), programs, [("flood_stdout", 1), ("ok", 2)])
    code, out, err = tranche(programs, here, "try", "--json", "--index", "0")
    judge.code(0, (code, out[:500], err), "try of a sample that prints 10 MB")
    judge(isinstance(json.loads(out), dict) and "xxxx" not in out, "its JSON holds nothing of that")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=0)
    asked = parser.parse_args()
    judge, programs = Judge(), Programs(asked.build)
    with tempfile.TemporaryDirectory() as folder:
        calm_folder = os.path.join(folder, "calm")
        run_campaign(judge, programs, calm_folder, points_of([]), "-j", "2")
        calm = rows_of(calm_folder)
        for k in range(asked.rounds + 1):
            check_multiplying(judge, programs, os.path.join(folder, f"bombed-{k}"), calm)
        for k in range(asked.rounds):
            for name, arguments in LAYOUTS:
                check_wild(judge, programs, os.path.join(folder, f"wild-{name}-{k}"), calm, *arguments)
        points = points_of(EVERYWHERE)
        for name, arguments in LAYOUTS:
            here = os.path.join(folder, name)
            run_campaign(judge, programs, here, points, *arguments)
            check_types(judge, points, runs_of(here))
            check_rows(judge, points, rows_of(here), calm, f"run {' '.join(arguments)}")
            left = [path for path in os.listdir(here) if path not in
                    ("campaign.yaml", "points.csv", "ledger.sqlite", "store", "store.h5", "lock", "status.json",
                     "failures.json", "inbox", "logs", "failed")]
            judge(not left, "nothing unknown is left in the directory", left)
        check_refusals(judge, programs, folder)
        check_talkative(judge, programs, folder)
        check_retry(judge, programs, os.path.join(folder, "retry"))
    judge.end()


if __name__ == "__main__":
    main()
