#!/usr/bin/env python3
"""tranche train and tranche models from outside, with real trainings of tiny networks.

    train_test.py BUILD
"""

import json
import os
import shutil
import sqlite3
import sys
import tempfile

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, hear_signals, make_campaign, replace_in, tranche, wait_until
from headless import charts, opened

CAMPAIGN = """\
tranche: 1
name: lumpy
parameters:
  work:  {{range: [0, 1]}}
  phase: {{range: [0.1, 3.0]}}
design: {{method: nested-lhs, points: {points}, seed: 7}}
stages:
  - {{name: first, upto: 10%, gate: pass}}
  - {{name: second, upto: 50%, gate: {{require: [median_error < 100, r2 > -1000]}}}}
  - {{name: all, upto: 100%}}
simulator: {{plugin: {plugin}, timeout: 20 s}}
axes:
  k: {{linear: [0, 1], n: 16}}
outputs:
  curve: {{axes: [k], store: {{transform: log10, floor: 1e-30, dtype: float32}}, checks: [finite, nonnegative]}}
  raw:   {{axes: [k], store: {{dtype: float64}}}}
meta: [steps]
store: {{epoch: {epoch}}}
train: {{width: 16, blocks: 1, epochs: 150, batch: 16, baseline: linear}}
"""


def board(programs, folder, *arguments):
    code, out, err = tranche(programs, folder, "--json", "models", *arguments)
    assert code == 0, err
    return json.loads(out)["models"]


def rows(model):
    return {row["name"]: row for row in model["rows"]}


def runs_of(folder, model):
    with sqlite3.connect(f"file:{folder}/models/{model}/ledger.sqlite?mode=ro", uri=True) as ledger:
        return ledger.execute("SELECT count(*) FROM runs").fetchone()[0]


def messages(programs, folder, judge):
    done = tranche(programs, folder, "train")
    judge.code(2, done, "a campaign that has not begun")
    judge.says(["has not begun", "tranche run"], done[2], "and what to type")
    yaml = os.path.join(folder, "campaign.yaml")
    good = "train: {width: 16, blocks: 1, epochs: 150, batch: 16, baseline: linear}"
    replace_in(yaml, good, "train:\n  widht: 8\n  batch: many\n  select: medain")
    done = tranche(programs, folder, "check")
    judge.code(2, done, "a section with three mistakes")
    judge.says([":20:3: error", "`width`", ":21:10: error", "batch: many", ":22:11: error", "`median`", "3 problems", "^"],
               done[2], "all of them are shown, each with its place")
    replace_in(yaml, "train:\n  widht: 8\n  batch: many\n  select: medain", good)


def gate_without_model(programs, folder, judge):
    done = tranche(programs, folder, "run")
    judge.code(3, done, "a gate on a model that there is not")
    status = json.loads(tranche(programs, folder, "--json", "status")[1])
    verdict = next(stage["verdict"] for stage in status["stages"] if stage["name"] == "second")
    judge.says(["median_error < 100: unknown, no model has been chosen", "tranche train"], verdict, "asks, and says why")


def first_of_all(programs, folder, judge):
    models = os.path.join(folder, "models")
    judge(not os.path.exists(models), "no model yet, and no folder for them")
    done = tranche(programs, folder, "train", "mine", "--set", "scaling=each", "--prepare")
    judge.code(0, done, "a first model with a name")
    judge.says(["warning: scaling: each", "models/mine is ready"], done[2], "and a setting that is seldom meant")
    shutil.rmtree(models)


def sweep_that_diverges(programs, folder, judge):
    done = tranche(programs, folder, "train", "--sweep", "learning_rate=0.003,10", "-j", "2")
    judge.code(0, done, "a sweep of which one trial diverges")
    judge.says(["nearest", "ridge", "models/m1/surrogate.h5"], done[1], "the leaderboard")
    judge(all(len(line) <= 80 for line in done[1].splitlines()), "80 columns", done[1])
    model, = board(programs, folder)
    table = rows(model)
    judge(table["0"]["chosen"] and table["0"]["state"] == "ok", "the good one is chosen", model)
    judge(table["1"]["state"] in ("diverged", "plateau"), "the other one is of no use", table["1"])
    judge(table["0"]["settings"]["stage"] == "second", "it learned from the last complete stage", table["0"])
    judge(table["nearest"]["median"] > 0 and table["ridge"]["kind"] == "baseline", "baselines are in the table", model)
    code, out, err = tranche(programs, os.path.join(folder, "models", "m1"), "failures")
    judge.says([table["1"]["state"]], out, "its campaign names the reason")
    judge(h5py.is_hdf5(os.path.join(folder, "models", "m1", "surrogate.h5")), "the surrogate is a file of HDF5")


def again(programs, folder, judge):
    before = runs_of(folder, "m1")
    done = tranche(programs, folder, "train", "m1", "--sweep", "learning_rate=0.003,10")
    judge.code(0, done, "the same command again")
    judge.code(0, tranche(programs, folder, "train", "m1", "--resume"), "and --resume")
    judge(runs_of(folder, "m1") == before, "train nothing twice")
    done = tranche(programs, folder, "train", "m1", "--set", "width=24")
    judge.code(2, done, "other settings under the same name")
    judge.says(["has begun with other settings", "2 trials -> 1", "width 16 -> 24", "--resume"], done[2], "say how they differ")
    done = tranche(programs, folder, "train", "m1", "--resume", "--set", "width=24")
    judge.code(2, done, "--resume beside settings")
    for words in (["--set", "width"], ["--sweep", "hold_out=5%,20%"], ["--curve", "--ensemble", "2"], ["--sweep", "width=8,nine"], ["--select", "medain"], ["../m1"], ["--output", "raww"],
                  ["--stage", "frist"], ["--preset", "resnet"]):
        done = tranche(programs, folder, "train", *words)
        judge(done[0] == 2 and done[2].startswith("error: "), f"train {' '.join(words)} is a mistake", done)
    judge(sorted(os.listdir(os.path.join(folder, "models"))) == ["m1"], "no mistake leaves a folder behind")


def a_choice_stays(programs, folder, judge):
    judge.code(0, tranche(programs, folder, "models", "m1", "--select", "p99"), "another choice")
    judge.code(0, tranche(programs, folder, "train", "m1", "--resume"), "train of a model that is complete")
    judge(board(programs, folder, "m1")[0]["choice"]["select"] == "p99", "leaves the choice alone")
    judge.code(0, tranche(programs, folder, "models", "m1", "--select", "median"), "and back")


def killed(programs, folder, judge):
    words = ["m2", "--minutes", "0.05", "--sweep", "seed=1,2", "--set", "checkpoint=0.2"]
    run = Run(programs, folder, *words, "-j", "1", verb="train")
    trial = os.path.join(folder, "models", "m2", "trials", "0000")
    wait_until("a checkpoint", lambda: os.path.exists(os.path.join(trial, "checkpoint.pt")), 120)
    wait_until("a line of history", lambda: os.path.getsize(os.path.join(trial, "history.jsonl")) > 0, 120)
    run.kill()
    judge(not os.path.exists(os.path.join(trial, "result.json")), "killed in the middle of a training")
    state = rows(board(programs, folder, "m2")[0])["0"]["state"]
    judge(state in ("stopped", "running"), "the leaderboard knows that it has not ended", state)
    with open(os.path.join(trial, "history.jsonl")) as file:
        before = file.read().splitlines()
    done = tranche(programs, folder, "train", "m2", "--resume", limit_s=300)
    judge.code(0, done, "it goes on")
    table = rows(board(programs, folder, "m2")[0])
    judge(table["0"]["state"] == table["1"]["state"] == "ok", "to the end of both trials", table)
    with open(os.path.join(trial, "history.jsonl")) as file:
        after = file.read().splitlines()
    new = [json.loads(line) for line in after if line not in before]
    last = json.loads(before[-1])
    judge(new[0]["cpu_s"] > last["cpu_s"] - 0.4 and new[-1]["done"] > last["done"], "from its checkpoint", before, after)


def ensemble(programs, folder, judge):
    done = tranche(programs, folder, "models", "m2", "--select", "p99", "--ensemble", "2")
    judge.code(0, done, "the mean of two")
    judge.says(["mean 2*", "error bar", "lie within one"], done[1], "with an error bar and its coverage")
    choice = board(programs, folder, "m2")[0]["choice"]
    judge(sorted(choice["trials"]) == [0, 1] and choice["spread_scale"] > 0, "both are members", choice)
    judge.code(0, tranche(programs, folder, "models", "m2", "--select", "median", "--ensemble", "1"), "one alone again")
    done = tranche(programs, folder, "models", "m2", "--select", "medain")
    judge(done[0] == 2 and "did you mean `median`" in done[2], "a metric that there is not", done)
    done = tranche(programs, folder, "models", "m7")
    judge(done[0] == 2 and "there is no model `m7`" in done[2], "a model that there is not", done)


def card(programs, folder, judge, scratch):
    model = os.path.join(folder, "models", "m1")
    for name in ("card.html", "card.txt"):
        judge(os.path.exists(os.path.join(model, name)), f"train leaves {name}")
        os.remove(os.path.join(model, name))
    done = tranche(programs, folder, "models", "m1", "--card")
    judge.code(0, done, "models --card")
    with open(os.path.join(model, "card.txt")) as file:
        text = file.read()
    judge.says(["Surrogate m1 of lumpy", "median error", "speed-up", "times one by one", "Provenance"], text, "as text")
    judge(max(map(len, text.splitlines())) <= 80, "within 80 columns", text)
    document, said = opened(os.path.join(model, "card.html"))
    marks = charts(document)
    judge(len(marks) == 11 and min(marks) > 10 and not said, "as a page, every plot drawn", marks, said)
    done = tranche(programs, folder, "models", "--card")
    judge(done[0] == 2 and "no name is given" in done[2], "a card of all models", done)
    done = tranche(programs, folder, "models", "m7", "--card")
    judge(done[0] == 2 and "m7" in done[2], "a card of a model that there is not", done)
    for form, ending in (("onnx", "onnx"), ("torchscript", "pt")):
        target = os.path.join(scratch, "m1." + ending)
        done = tranche(programs, folder, "export", "--format", form, "--model", "m1", "-o", target)
        judge.code(0, done, f"export --format {form}")
        judge(os.path.getsize(target) > 1000, f"{form} is written", done)
        judge.code(2, tranche(programs, folder, "export", "--format", form, "--model", "m1", "-o", target), "but never over another file")


def prepared(programs, folder, judge):
    done = tranche(programs, folder, "train", "wide", "--set", "width=20", "--prepare")
    judge.code(0, done, "--prepare")
    judge.says(["tranche -C models/wide submit"], done[2], "says what to type")
    model = os.path.join(folder, "models", "wide")
    judge(sorted(os.listdir(model)) == ["baselines.json", "campaign.yaml", "train.json", "trials.json"], "only writes",
          os.listdir(model))
    judge.code(0, tranche(programs, model, "check"), "a campaign that check accepts")
    judge.code(0, tranche(programs, model, "run"), "and run runs")
    judge.code(0, tranche(programs, folder, "train", "wide", "--resume"), "train then chooses")
    judge(rows(board(programs, folder, "wide")[0])["0"]["chosen"], "the one there is")


def nothing_good(programs, folder, judge):
    done = tranche(programs, folder, "train", "bad", "--set", "learning_rate=10", "--set", "clip=1e6")
    judge.code(5, done, "a model without a good trial")
    judge.says(["no trial of bad came to a good end"], done[2], "says so")
    judge.says(["nearest"], done[1], "below the table")


def curve(programs, folder, judge):
    done = tranche(programs, folder, "train", "curve", "--curve", limit_s=300)
    judge.code(0, done, "--curve")
    with open(os.path.join(folder, "models", "curve", "curve.json")) as file:
        document = json.load(file)
    samples = sorted(point["samples"] for point in document["points"])
    judge(len(samples) >= 3 and len(set(samples)) == len(samples), "trains on more and more samples", document)
    judge(" ".join(document["text"].split()) in " ".join(done[1].split()), "its text is in the table", done[1])


def without_trainer(programs, folder, judge, scratch):
    lonely = os.path.join(scratch, "bin", "tranche")
    os.makedirs(os.path.dirname(lonely))
    shutil.copy(programs.tranche, lonely)
    other = Programs(programs.build)
    other.tranche = lonely
    done = tranche(other, folder, "train")
    judge.code(7, done, "a build without the trainer")
    judge.says(["without its trainer", "libtorch-dev", "TRANCHE_TRAINER=ON"], done[2], "says what to install")
    judge.code(0, tranche(other, folder, "models"), "and has everything else")


def gate_with_model(programs, folder, judge):
    done = tranche(programs, folder, "run")
    judge.code(0, done, "with a model the gate opens by itself")
    status = json.loads(tranche(programs, folder, "--json", "status")[1])
    verdict = next(stage["verdict"] for stage in status["stages"] if stage["name"] == "second")
    judge.says(["median_error of model", "holds"], verdict, "and says which model it looked at")


def main():
    hear_signals()
    programs = Programs(sys.argv[1])
    judge = Judge()
    with tempfile.TemporaryDirectory() as scratch:
        folder = make_campaign(os.path.join(scratch, "lumpy"), programs, points=2000, text=CAMPAIGN)
        messages(programs, folder, judge)
        gate_without_model(programs, folder, judge)
        first_of_all(programs, folder, judge)
        sweep_that_diverges(programs, folder, judge)
        again(programs, folder, judge)
        card(programs, folder, judge, scratch)
        a_choice_stays(programs, folder, judge)
        killed(programs, folder, judge)
        ensemble(programs, folder, judge)
        prepared(programs, folder, judge)
        nothing_good(programs, folder, judge)
        curve(programs, folder, judge)
        without_trainer(programs, folder, judge, scratch)
        gate_with_model(programs, folder, judge)
    judge.end()


if __name__ == "__main__":
    main()
