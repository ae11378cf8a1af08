"""campaign.yaml after the first run: what decides the data is refused, the rest may change; and a campaign
directory can be moved and copied.

    change_test.py BUILD
"""

import os
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_campaign, replace_in, tranche  # noqa: E402
from checker import Picture  # noqa: E402

REFUSED = [  # what is written, what instead, words of the old and of the new
    ("range: [0, 1]", "range: [0, 2]", ["work", "[0, 1]", "[0, 2]"]),
    ("work + phase < 3.7", "work + phase < 3.6", ["3.7", "3.6"]),
    ("seed: 7", "seed: 8", ["seed", "7", "8"]),
    ("points: 400", "points: 500", ["points", "400", "500"]),
    ("upto: 10%", "upto: 20%", ["first"]),
    ("floor: 1e-30", "floor: 1e-20", ["curve", "1e-30", "1e-20"]),
    ("dtype: float32", "dtype: float64", ["curve", "float32", "float64"]),
    ("linear: [0, 1], n: 16", "linear: [0, 1], n: 17", ["k"]),
    ("meta: [steps]", "meta: [turns]", ["steps", "turns"]),
    ("phase:", "angle:", ["phase", "angle"]),
]
FREE = [
    ("timeout: 20 s", "timeout: 30 s"),
    ("epoch: 200 ms", "epoch: 300 ms"),
    ("gate: ask", "gate: pass"),
    ("seed: 7}", "seed: 7}\nretries: {crashed: 2}\nresources: {slots: 2}"),
    ("seed: 7}", "seed: 7}   # a remark"),
]


def started(programs, folder, own_plugin=False):
    """A campaign that waits at its first gate."""
    make_campaign(folder, programs, points=400)
    yaml = os.path.join(folder, "campaign.yaml")
    replace_in(yaml, "gate: pass", "gate: ask")
    if own_plugin:
        shutil.copy(programs.plugin("lumpy"), os.path.join(folder, "model.so"))
        replace_in(yaml, programs.plugin("lumpy"), "model.so")
    code, _, err = Run(programs, folder, "-j", "2").wait()
    if code != 3:
        sys.exit(f"the first run: exit {code}\n{err}")
    return folder


def check_refused(judge, programs, origin, folder):
    for number, (old, new, words) in enumerate(REFUSED):
        path = shutil.copytree(origin, os.path.join(folder, f"refused{number}"))
        yaml = os.path.join(path, "campaign.yaml")
        replace_in(yaml, old, new)
        if old == "phase:":
            replace_in(yaml, "work + phase", "work + angle")
        before = Picture(path)
        done = Run(programs, path).wait()
        judge.code(2, done, f"`{old}` -> `{new}`")
        judge.says(words + ["changed"], done[2], "it shows old and new")
        for verb in ("verify", "export"):
            judge.code(2, tranche(programs, path, verb), f"{verb} of it")
        judge(Picture(path).runs == before.runs, "nothing has been run")
        judge(not os.path.exists(os.path.join(path, "owner")), "and nobody owns it")


def check_free(judge, programs, origin, folder, expected):
    path = shutil.copytree(origin, os.path.join(folder, "free"))
    for old, new in FREE:
        replace_in(os.path.join(path, "campaign.yaml"), old, new)
        code, _, err = Run(programs, path, "--until", "first").wait()
        judge(code == 0, f"`{old}` may become `{new!s}`", f"exit {code}", err)
    judge.code(0, tranche(programs, path, "approve", "first"), "approve")
    judge.code(0, Run(programs, path).wait(), "the run goes on")
    judge.code(0, tranche(programs, path, "verify"), "verify")
    judge(Picture(path).digests() == expected, "the digest is that of an unchanged campaign")


def check_plugin(judge, programs, folder):
    path = started(programs, os.path.join(folder, "plugin"), own_plugin=True)
    plugin = os.path.join(path, "model.so")
    with open(plugin, "rb") as file:
        original = file.read()
    judge.code(0, tranche(programs, path, "approve", "first"), "approve")
    with open(plugin, "ab") as file:
        file.write(b"\0")
    before = Picture(path)
    for arguments in ([], ["-n", "2", "-j", "1"]):
        done = Run(programs, path, *arguments).wait()
        judge.code(2, done, f"another plug-in file, run {' '.join(arguments)}")
        judge.says(["model.so has changed", "simulator"], done[2], "it says so")
    judge(Picture(path).runs == before.runs, "nothing has been run")
    os.unlink(plugin)
    done = Run(programs, path).wait()
    judge.code(2, done, "no plug-in file")
    judge.says(["model.so"], done[2], "it says which")
    with open(plugin, "wb") as file:
        file.write(original)
    judge.code(0, Run(programs, path).wait(), "with the file put back it goes on")
    return Picture(path).digests()


def check_moved(judge, programs, origin, folder, expected):
    copy = shutil.copytree(origin, os.path.join(folder, "copy"))
    moved = shutil.move(shutil.copytree(origin, os.path.join(folder, "here")), os.path.join(folder, "a new place"))
    for path, arguments in ((copy, ["-n", "2", "-j", "1"]), (moved, [])):
        judge.code(0, tranche(programs, path, "approve", "first"), f"approve in `{os.path.basename(path)}`")
        judge.code(0, Run(programs, path, *arguments).wait(), f"run in `{os.path.basename(path)}`")
        judge.code(0, tranche(programs, path, "verify"), "verify")
        judge(Picture(path).digests() == expected, "the digest is that of one that stayed")
    done = Run(programs, origin, "--until", "first").wait()
    judge.code(0, done, "the original is as before")


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        origin = started(programs, os.path.join(folder, "origin"))
        expected = check_plugin(judge, programs, folder)
        check_refused(judge, programs, origin, folder)
        check_free(judge, programs, origin, folder, expected)
        check_moved(judge, programs, origin, folder, expected)
    judge.end()


if __name__ == "__main__":
    main()
