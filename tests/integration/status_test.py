"""status in every phase of a campaign, and what other commands may ask while it runs.

    status_test.py BUILD
"""

import json
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, let_go, make_hostile, replace_in, tranche, wait_until  # noqa: E402
from checker import Picture  # noqa: E402


def check_phase(judge, programs, path, code, health, words):
    judge.code(code, tranche(programs, path, "status", "--exit-code"), f"{health}: status --exit-code")
    done = tranche(programs, path, "status")
    judge.code(0, done, f"{health}: status")
    judge.says([health, "next: "] + words, done[1], f"{health}: says so, and what to type")
    judge("\x1b" not in done[1], f"{health}: no escape codes in a pipe")
    done = tranche(programs, path, "--json", "status", "--exit-code")
    judge.code(code, done, f"{health}: --json status --exit-code")
    try:
        document = json.loads(done[1])
    except ValueError as error:
        judge(False, f"{health}: one JSON document on stdout", error, done[1])
        return {}
    judge(document["health"] == health and document["status_code"] == code, f"{health}: the same in JSON", done[1])
    quiet = tranche(programs, path, "-q", "status", "--exit-code")
    judge(quiet[0] == code and quiet[1] == "", f"{health}: -q says nothing", *quiet[1:])
    return document


def locked_away(path):
    """Makes ledger and store unreadable by other names, so that whoever needs them stumbles."""
    hidden = path + ".hidden"
    os.makedirs(hidden)
    for name in ("ledger.sqlite", "store", "store.h5"):
        os.rename(os.path.join(path, name), os.path.join(hidden, name))
    return hidden


def back(path, hidden):
    for name in os.listdir(hidden):
        os.rename(os.path.join(hidden, name), os.path.join(path, name))
    os.rmdir(hidden)


def check_live(judge, programs, path, run):
    document = check_phase(judge, programs, path, 10, "running", ["tranche stop"])
    owner = document.get("owner") or {}
    judge(owner.get("state") == "alive" and owner.get("pid") in run.pids(), "running: the owner is this run", owner)
    done = tranche(programs, path, "failures")
    judge.code(0, done, "failures while it runs")
    judge.says(["no_root"], done[1], "failures: the reason is there")
    done = tranche(programs, path, "--json", "failures")
    told = json.loads(done[1])
    judge(told["rows"][0]["reason"] == "no_root", "failures --json", done[1])
    judge(told["places"][0]["reason"] == "no_root" and "no_root" in told["places"][0]["text"], "and whether it can be said where", done[1])
    done = tranche(programs, path, "show", "0")
    judge.code(0, done, "show 0 while it runs")
    judge.says(["failed", "no root in [0, 1]"], done[1], "show: state and words of the sample")
    judge.code(0, tranche(programs, path, "--json", "show", "1"), "--json show 1 while it runs")
    judge.code(2, tranche(programs, path, "show", "999999"), "show of a sample that does not exist")
    done = tranche(programs, path, "approve", "first")
    judge.code(2, done, "approve while the stage runs: refused by the owner")
    judge.says(["first"], done[2], "and it says why")
    done = tranche(programs, path, "verify")
    judge.code(6, done, "verify while it runs")
    judge.says([str(owner.get("pid"))], done[2], "verify names the owner")
    inbox = os.path.join(path, "inbox")
    judge(os.listdir(inbox) == [], "the inbox is empty again", os.listdir(inbox))


def check_lost(judge, programs, path):
    """Between two stages: a power cut has left an empty status.json, or none. The ledger has everything."""
    name = os.path.join(path, "status.json")
    for what, damage in (("empty", lambda: open(name, "w").close()), ("missing", lambda: os.remove(name))):
        damage()
        done = tranche(programs, path, "status", "--exit-code")
        judge.code(4, done, f"status.json {what}: status")
        judge.says(["status.json", "next: tranche run"], done[1], f"status.json {what}: it says so")
        judge.code(0, tranche(programs, path, "approve", "first"), f"status.json {what}: approve")


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    points = [("slow", 10) if k % 10 else ("failed", k) for k in range(1000)]
    points[499] = ("held", 1)  # the first stage ends when it is let go
    with tempfile.TemporaryDirectory() as folder:
        path = make_hostile(os.path.join(folder, "campaign"), programs, points, timeout="30 min", gate="ask")
        done = tranche(programs, folder, "status")
        judge.code(2, done, "status outside any campaign")
        check_phase(judge, programs, path, 4, "not started", ["tranche run"])
        judge(not os.path.exists(os.path.join(path, "ledger.sqlite")), "looking has begun nothing")
        judge.code(2, tranche(programs, path, "verify"), "verify before the first run")
        judge.code(2, tranche(programs, path, "export"), "export before the first run")
        judge.code(0, tranche(programs, path, "stop"), "stop before the first run")

        run = Run(programs, path, "-j", "2")
        wait_until("failures are published", lambda: "no_root" in tranche(programs, path, "failures")[1])
        check_live(judge, programs, path, run)
        judge.code(0, tranche(programs, path, "stop"), "stop")
        judge.code(4, run.wait(60), "the stopped run")
        check_phase(judge, programs, path, 4, "incomplete", ["tranche run"])

        run = Run(programs, path, "-j", "2")
        # On a busy machine all that is not held has been recorded by now.
        wait_until("it runs", lambda: tranche(programs, path, "status", "--exit-code")[0] == 10)
        run.kill()
        check_phase(judge, programs, path, 11, "dead", ["tranche run"])

        let_go(path)
        judge.code(3, Run(programs, path, "-n", "2", "-j", "1").wait(), "the run up to the gate")
        check_phase(judge, programs, path, 3, "waiting", ["tranche approve first"])
        hidden = locked_away(path)
        judge.code(3, tranche(programs, path, "status", "--exit-code"), "status without ledger and store")
        judge.code(0, tranche(programs, path, "failures"), "failures without ledger and store")
        back(path, hidden)
        judge.code(0, tranche(programs, path, "approve", "first"), "approve")
        check_phase(judge, programs, path, 4, "incomplete", ["tranche run"])
        check_lost(judge, programs, path)
        judge.code(0, Run(programs, path, "--stage", "all").wait(), "the last run, by its stage's name")
        document = check_phase(judge, programs, path, 0, "finished", ["tranche verify", "tranche export"])
        states = [stage.get("state") for stage in document.get("stages", [])]
        judge(states == ["sealed", "sealed"], "both stages are sealed", states)
        judge.code(0, tranche(programs, path, "show", "5"), "show at rest")
        done = tranche(programs, path, "show", "0")
        judge.says([f"again: tranche -C {path} try --index 0"], done[1], "show says how to run a sample again")
        judge.code(7, tranche(programs, path, "try", "--index", "0"), "and that fails in the same way")
        done = tranche(programs, path, "failures")
        judge.code(0, done, "failures at rest")
        judge.says(["100 % of no_root at mode < ", ": 10 % of the box", "core h"], done[1], "failures says where they lie")
        replace_in(os.path.join(path, "campaign.yaml"), "[0, 1000000]", "[0, 2000000]")
        done = tranche(programs, path, "failures")
        judge.code(0, done, "failures when campaign.yaml has changed")
        judge.says(["no_root", "tranche check"], done[1], "it says where nothing")
        replace_in(os.path.join(path, "campaign.yaml"), "[0, 2000000]", "[0, 1000000]")
        judge.code(0, tranche(programs, path, "verify"), "verify")
    judge.end()


if __name__ == "__main__":
    main()
