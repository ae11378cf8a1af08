"""tranche-train on a small campaign: a trial, kills and what they cost, ranks, and what it says of bad input.

    trainer_test.py BUILD
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from campaigns import LUMPY, Judge, Programs, make_campaign, replace_in, tranche, wait_until  # noqa: E402

# Over the whole range of `phase` the curves go up and down more often than a small network can follow.
SMOOTH = LUMPY.replace("[0.1, 3.0]", "[0.1, 0.6]")
SMALL = {"epochs": 80, "width": 32, "blocks": 2, "components": 12, "output": "curve"}


class Model:
    """A folder with trials.json in a campaign."""

    def __init__(self, build, campaign, name, *trials):
        self.program = os.path.join(build, "bin", "tranche-train")
        self.path = os.path.join(campaign, "models", name)
        os.makedirs(self.path)
        self.set(*trials)

    def set(self, *trials):
        with open(os.path.join(self.path, "trials.json"), "w") as file:
            json.dump({"tranche_trials": 1, "trials": trials}, file)

    def command(self, trial, *more):
        return [self.program, "trial", "--model", self.path, "--trial", str(trial), *more]

    def start(self, trial, *more):
        return subprocess.Popen(self.command(trial, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, trial, *more, before=(), limit_s=200):
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        done = subprocess.run([*before, *self.command(trial, *more)], capture_output=True, text=True, timeout=limit_s,
                              env=environment)
        return done.returncode, done.stdout, done.stderr

    def file(self, trial, name):
        return os.path.join(self.path, "trials", f"{trial:04}", name)

    def json(self, trial, name="result.json"):
        with open(self.file(trial, name)) as file:
            return json.load(file)

    def history(self, trial):
        try:
            with open(self.file(trial, "history.jsonl")) as file:
                return [json.loads(line) for line in file if line.endswith("\n")]
        except FileNotFoundError:
            return []


def weights(path):
    """Every number of a surrogate's networks."""
    found = []
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.append(np.asarray(item).ravel())
                        if isinstance(item, h5py.Dataset) and item.dtype == np.float32 else None)
    return np.concatenate(found)


def one_trial(build, campaign, judge):
    model = Model(build, campaign, "one", SMALL, dict(SMALL, output="raw", preset="mlp", target="value", baseline="off"),
                  dict(SMALL, patience=2, preset="cnn", channels=2, target="derivative"))
    copy = os.path.join(campaign, "copy.json")
    judge.code(0, model.run(0, "--result", copy), "a trial")
    result = model.json(0)
    with open(copy) as file:
        judge(json.load(file) == result, "its result is handed over as well")
    judge(result["end"] == "ok" and 0.5 < result["r2"] < 1 and result["median"] < result["p95"] < result["max"],
          "it is good, and says how good", result)
    steps = [line["step"] for line in model.history(0)]
    judge(len(steps) == 20 and steps == sorted(set(steps)), "twenty checks", steps)
    with h5py.File(os.path.join(campaign, "store.h5")) as store:
        ok = int((store["state"][:] == 1).sum())
    judge(result["samples"] + result["held_out"] == ok and abs(result["held_out"] / ok - 0.1) < 0.04,
          "a tenth of what is ok is held out", result["samples"], result["held_out"], ok)
    judge(not os.path.exists(model.file(0, "checkpoint.pt")), "a finished trial keeps no checkpoint")
    before = os.stat(model.file(0, "surrogate.h5")).st_mtime_ns
    os.unlink(copy)
    again = model.run(0, "--result", copy)
    judge.code(0, again, "once more")
    judge(os.stat(model.file(0, "surrogate.h5")).st_mtime_ns == before and os.path.exists(copy),
          "nothing is computed twice")
    judge.code(0, model.run(1), "another output, preset and target")
    judge.code(0, model.run(2), "a convolutional network, with patience")
    judge(model.json(2)["samples"] < result["samples"], "patience keeps a part to look at", model.json(2))


def stages(build, campaign, judge):
    model = Model(build, campaign, "stages", dict(SMALL, stage="first", batch=8, epochs=160), dict(SMALL, fraction=0.5))
    for trial in (0, 1):
        judge.code(0, model.run(trial), f"trial {trial}")
    first, half = model.json(0), model.json(1)
    judge(first["samples"] < 0.3 * half["samples"], "a stage has fewer samples", first["samples"], half["samples"])
    judge(first["held_out"] == half["held_out"], "both are judged by the same hold-out")


def kills(build, campaign, judge):
    """kill -9 again and again: the same weights as without, at most the time since a checkpoint lost."""
    # The key is a duration in seconds of processor time.
    long = dict(SMALL, epochs=300, checkpoint=0.1)
    model = Model(build, campaign, "kills", long, long)
    judge.code(0, model.run(0), "without a kill")
    resumed = 0
    for _ in range(3):
        process = model.start(1)
        seen = len(model.history(1))
        wait_until("a checkpoint and two more checks",
                   lambda: process.poll() is not None or (os.path.exists(model.file(1, "checkpoint.pt")) and
                                                          len(model.history(1)) >= min(19, seen + 2)))
        process.kill()
        resumed += "goes on at step" in process.communicate()[1]
    code, out, err = model.run(1)
    resumed += "goes on at step" in err
    judge.code(0, (code, out, err), "after three kills")
    judge(resumed >= 1, "it went on from a checkpoint", resumed, err)
    judge(np.array_equal(weights(model.file(0, "surrogate.h5")), weights(model.file(1, "surrogate.h5"))),
          "the weights are those of an uninterrupted training, bit for bit")
    steps = [line["step"] for line in model.history(1)]
    judge(len(steps) == 20 and steps == sorted(set(steps)), "its history has every check once", steps)
    same = [key for key in ("r2", "median", "max", "epochs", "samples")
            if model.json(0)[key] != model.json(1)[key]]
    judge(not same, "and its result is the same", same)


def term(build, campaign, judge):
    model = Model(build, campaign, "term", dict(SMALL, epochs=2000))
    process = model.start(0)
    wait_until("a check", lambda: process.poll() is not None or model.history(0))
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    judge.code(4, (process.returncode, out, err), "TERM")
    judge.says(["stopped: ", "the same command goes on"], err, "it says how to go on")
    judge(os.path.exists(model.file(0, "checkpoint.pt")) and not os.path.exists(model.file(0, "result.json")),
          "a checkpoint, no result")
    second = model.start(0)
    wait_until("the second one holds the trial", lambda: second.poll() is not None or len(model.history(0)) > 1)
    judge.code(6, model.run(0), "two on one trial")
    second.kill()
    second.communicate()


def bad_ends(build, campaign, judge):
    model = Model(build, campaign, "bad", dict(SMALL, learning_rate=0.9, clip=1e6, epochs=60, preset="mlp", blocks=8),
                  dict(SMALL, learning_rate=1e-9, epochs=4))
    code, out, err = model.run(0)
    end = model.json(0)["end"]
    judge(code == 65 and end in ("diverged", "plateau") and f"{end}: " in err, "a rate far too large is said to be: exit 65", code,
          err)
    code, out, err = model.run(1)
    judge(code == 65 and "plateau: after " in err and model.json(1)["end"] == "plateau",
          "a network that does not learn: plateau, exit 65", code, err)
    judge(not os.path.exists(model.file(1, "surrogate.h5")), "it leaves no surrogate")
    judge.code(65, model.run(1), "asked again, the same")


def parts(build, campaign, judge):
    """More rows than memory for them: part by part."""
    model = Model(build, campaign, "parts", SMALL, dict(SMALL, batch=1500))
    judge.code(0, model.run(0, "--memory", "50 kB"), "with little memory")
    judge(model.json(0)["r2"] > 0.5, "it learns from parts too", model.json(0))
    code, out, err = model.run(1, "--memory", "50 kB")
    judge(code == 2 and "a batch of 1 500 is larger than a part" in err and "--memory" in err,
          "a batch that no part fills is refused", code, err)


def ranks(build, campaign, judge):
    model = Model(build, campaign, "ranks", SMALL, SMALL)
    judge.code(0, model.run(0), "one rank")
    mpirun = ["mpirun", "-n", "2", "--oversubscribe", "--bind-to", "none"]
    judge.code(0, model.run(1, "--ranks", "2", before=mpirun), "two ranks")
    one, two = model.history(0), model.history(1)
    worst = max(abs(a["check"] / b["check"] - 1) for a, b in zip(one[:3], two[:3]))
    judge(len(one) == len(two) == 20 and worst < 1e-4, f"the checks are the same (within {worst:.1e})", worst)
    judge(abs(model.json(0)["r2"] - model.json(1)["r2"]) < 1e-4, "so is what comes out",
          model.json(0)["r2"], model.json(1)["r2"])
    code, out, err = model.run(1, "--ranks", "3")
    judge(code == 2 and "mpirun -n 3" in err, "other ranks than asked for: exit 2", code, err)


def bad_input(build, programs, campaign, folder, judge):
    cases = [
        ({"output": "curv"}, 2, ["no output `curv`", "did you mean `curve`"]),
        ({"stage": "frist"}, 2, ["no stage `frist`", "did you mean `first`"]),
        ({"device": "cuda"}, 7, ["sees no CUDA device", "device: cpu"]),
        ({"fraction": 1e-9}, 2, ["too few of them are left to learn from"]),
        ({"layers": ["linear 10", "reshape 3 4"]}, 2, ["layer 2", "reshape 3 4"]),
    ]
    model = Model(build, campaign, "input", *[dict(SMALL, **change) for change, _, _ in cases])
    for number, (change, code, words) in enumerate(cases):
        done = model.run(number)
        judge.code(code, done, str(change))
        judge.says(words, done[2], "  which is said clearly")
    judge.says(["no number 99", "count from 0"], model.run(99)[2], "a trial that is not there")
    judge.says(["trials.json"], Model(build, campaign, "none").run(0)[2], "an empty list of trials")

    # What is stored is changed behind tranche's back, in copies.
    def changed(name, change):
        path = os.path.join(folder, name)
        shutil.copytree(campaign, path, ignore=shutil.ignore_patterns("models"))
        for stage in ("r1.s1.h5", "r1.s2.h5"):
            with h5py.File(os.path.join(path, "store", stage), "r+") as file:
                change(file)
        return Model(build, path, "m", SMALL)

    def constant(file):
        file["curve"][...] = 1.0

    def holes(file):
        file["curve"][5, 3] = np.nan
        file["state"][5] = 1

    def explained(file):
        """What the baseline says alone; rounding is left."""
        file["raw"][...] = 1 + np.outer(file["parameters"][:, 0], np.linspace(1, 2, 16))

    def nothing(file):
        file["state"][...] = 2

    for name, change, words in (("constant", constant, ["the same in"]),
                                ("holes", holes, ["output `curve` is not finite in sample"]),
                                ("nothing", nothing, ["no sample is ok"])):
        done = changed(name, change).run(0)
        judge.code(2, done, name)
        judge.says(words, done[2], "  which is said clearly")
    model = changed("explained", explained)
    model.set(dict(SMALL, output="raw", learning_rate=1e-9, epochs=4))
    judge.code(0, model.run(0), "a baseline that leaves rounding only is no plateau")
    judge(model.json(0)["end"] == "ok", "  and its model is good", model.json(0))
    renamed = changed("renamed", lambda file: None)
    replace_in(os.path.join(folder, "renamed", "campaign.yaml"), "phase: {range", "fase: {range")
    replace_in(os.path.join(folder, "renamed", "campaign.yaml"), "work + phase", "work + fase")
    done = renamed.run(0)
    judge.code(2, done, "a parameter renamed")
    judge.says(["campaign.yaml has changed", "phase"], done[2], "  which is said clearly")
    fresh = make_campaign(os.path.join(folder, "fresh"), programs, points=100)
    done = Model(build, fresh, "m", SMALL).run(0)
    judge.code(2, done, "a campaign that has not begun")
    judge.says(["tranche run"], done[2], "  which is said clearly")


def main(build):
    programs, judge = Programs(build), Judge()
    build = os.path.abspath(build)
    with tempfile.TemporaryDirectory() as folder:
        campaign = make_campaign(os.path.join(folder, "c"), programs, points=2000, text=SMOOTH)
        judge.code(0, tranche(programs, campaign, "run"), "a campaign of 2000 points")
        one_trial(build, campaign, judge)
        stages(build, campaign, judge)
        kills(build, campaign, judge)
        term(build, campaign, judge)
        bad_ends(build, campaign, judge)
        parts(build, campaign, judge)
        ranks(build, campaign, judge)
        bad_input(build, programs, campaign, folder, judge)
    judge.end()


if __name__ == "__main__":
    main(sys.argv[1])
