"""Python functions as simulators: from ten lines to `try`, whole campaigns, and what is said when something does not fit.

    python_test.py BUILD
"""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
from campaigns import Judge, Programs, Run, replace_in, tranche, wait_until  # noqa: E402
from checker import Picture  # noqa: E402

SYNCHROTRON = os.path.join(HERE, "..", "..", "campaigns", "synchrotron-python")

# The interpreter that runs this test has numpy: it is the python3 of the PATH, too.
os.environ["PATH"] = os.path.dirname(sys.executable) + ":" + os.environ["PATH"]

TEN_LINES = '''\
"""A black body."""
import numpy as np

FREQUENCIES = np.geomspace(1e12, 1e17, 50)


def luminosity(T, R):
    x = np.minimum(4.7992e-11 * FREQUENCIES / (1e3 + 1e5 * T), 700)
    planck = 1.4745e-47 * FREQUENCIES**3 / np.expm1(x)
    return 39.478 * (1 + R) ** 2 * np.trapz(planck, FREQUENCIES)
'''

SMALL = """\
tranche: 1
name: small
parameters:
  B: {{range: [1, 2]}}
  field: {{values: [blr, torus]}}
constants: {{z: 0.5}}
derived: {{twice: "2*B"}}
design: {{method: nested-lhs, points: {points}, seed: 3}}
simulator: {{python: "{function}", timeout: 20 s}}
axes: {{nu: {{linear: [0, 1], n: 5}}}}
outputs:
  sed: {{axes: [nu], store: {{dtype: float64}}}}
  number: {{store: {{dtype: float64}}}}
meta: [draw]
store: {{epoch: 200 ms}}
"""

GOOD = """\
import time
from tranche_worker import Fail

def model(B, nu, z, twice, field, rng, rundir, seed, accuracy=1e-3):
    print("prints do no harm")
    assert type(field) is int and twice == 2 * B
    if B > 1.9:
        raise Fail("too_bright", f"B = {B}")
    time.sleep(%s)
    return {"sed": B * nu + z, "number": field, "draw": rng.random()}
"""


def campaign(base, name, module=GOOD % 0, function="model:model", points=60):
    folder = os.path.join(base, name)
    os.makedirs(folder)
    with open(os.path.join(folder, "campaign.yaml"), "w") as file:
        file.write(SMALL.format(points=points, function=function))
    with open(os.path.join(folder, "model.py"), "w") as file:
        file.write(module)
    return folder


def runs_of(folder):
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    rows = db.execute("SELECT idx, state, reason, message FROM runs_text").fetchall()
    db.close()
    return rows


def adoption(judge, programs, base):
    """From a function of ten lines to numbers: three commands, thirty lines of YAML."""
    work = os.path.join(base, "adoption")
    os.makedirs(work)
    with open(os.path.join(work, "mymodel.py"), "w") as file:
        file.write(TEN_LINES)
    judge(len(TEN_LINES.splitlines()) <= 10, "the function has ten lines")
    commands = (["init", "mine", "--python", "mymodel:luminosity"], ["-C", "mine", "check"], ["-C", "mine", "try"])
    for command in commands:
        done = subprocess.run([programs.tranche, *command], cwd=work, capture_output=True, text=True, timeout=120)
        judge.code(0, (done.returncode, done.stdout, done.stderr), "tranche " + " ".join(command))
    judge.says(["centre", "ok", "result", "T = ", "R = "], done.stdout, "try shows points and the result")
    with open(os.path.join(work, "mine", "campaign.yaml")) as file:
        yaml = file.read().splitlines()
    judge(len(yaml) <= 30 and len(commands) <= 3, f"{len(yaml)} lines of YAML, {len(commands)} commands", *yaml)
    example = os.path.join(work, "example")
    done = tranche(programs, work, "init", "example", "--python", "oscillator:swing")
    judge.code(0, done, "init with a function that does not exist yet")
    done = tranche(programs, example, "try", "-n", "2")
    judge.code(0, done, "the example that it writes runs")
    done = tranche(programs, work, "init", "other", "--python", "oscillator")
    judge.code(2, done, "init --python without a function")
    done = subprocess.run([programs.tranche, "init", "third", "--python", "mymodel:luminosty"], cwd=work, capture_output=True,
                          text=True, timeout=120)
    judge(done.returncode == 2 and "did you mean `luminosity`" in done.stderr, "a misspelt function is recognised", done.stderr)


def hungry(judge, programs, base):
    folder = campaign(base, "hungry", "import numpy as np\n\ndef model(B, nu, index):\n    if index == 7: np.ones(10**9)\n"
                                      "    return nu, B\n", points=20)
    replace_in(os.path.join(folder, "campaign.yaml"), "timeout: 20 s", "timeout: 20 s, memory: 300 MB")
    judge.code(0, Run(programs, folder, "-j", "2").wait(), "a sample that wants 8 GB")
    rows = [row for row in runs_of(folder) if row[1] != "ok"]
    judge({row[:3] for row in rows} == {(7, "crashed", "memory")} and len(rows) == 2,
          "is `memory`, at its one retry too, and no other sample is touched", rows)


def refusals(judge, programs, base):
    cases = {
        "no_numpy": ("import numpie\ndef model(B): return 1\n", 7,
                     ["model.py:1: ModuleNotFoundError: No module named 'numpie'", "is it installed"]),
        "syntax": ("def model(B:\n", 7, ["model.py:1: SyntaxError"]),
        "raises": ("1 / 0\n", 7, ["model.py:1: ZeroDivisionError"]),
        "argument": ("def model(b, nu): return 1\n", 7, ["model() wants `b`; did you mean `B`?", "it has B, field, z, twice"]),
        "not_callable": ("model = 3\n", 7, ["is int, and no function"]),
        "dies": ("import os\nos._exit(9)\n", 7, ["exit code 9 before it answered"]),
    }
    for name, (module, code, words) in cases.items():
        done = tranche(programs, campaign(base, name, module), "try", "-n", "1")
        judge.code(code, done, name)
        judge.says(words, re.sub(r"\s+", " ", done[2]), f"{name}: what is said")
    done = tranche(programs, campaign(base, "no_function", function="model:modle"), "try", "-n", "1")
    judge(done[0] == 7 and "has no function `modle`; did you mean `model`?" in re.sub(r"\s+", " ", done[2]),
          "a misspelt function is recognised", done[2])
    done = tranche(programs, campaign(base, "no_module", function="modle:model"), "try", "-n", "1")
    judge(done[0] == 2 and "campaign.yaml:9:" in done[2] and "did you mean `model`?" in done[2],
          "a misspelt module is recognised, with its place", done[2])
    folder = campaign(base, "no_interpreter")
    replace_in(os.path.join(folder, "campaign.yaml"), '"model:model"', '{function: "model:model", interpreter: pyhton3}')
    done = tranche(programs, folder, "try", "-n", "1")
    judge(done[0] == 2 and "program pyhton3 is not there" in done[2], "a missing interpreter is named", done[2])


def whole_campaign(judge, programs, base):
    folder = campaign(base, "whole")
    judge.code(0, Run(programs, folder, "-n", "2", "-j", "1").wait(), "run with two ranks")
    with h5py.File(os.path.join(folder, "store", "r1.s1.h5")) as file:
        B, field = file["parameters"][:].T
        ok = file["state"][:] == 1
        sed, number, draw = file["sed"][:], file["number"][:], file["meta/draw"][:]
    judge((ok == (B <= 1.9)).all() and 0 < (~ok).sum() < 60, "what raised Fail is failed, all else ok")
    judge(np.array_equal(sed[ok], B[ok, None] * np.linspace(0, 1, 5) + 0.5), "numbers are the function's, bit for bit")
    judge(np.array_equal(number[ok], field[ok]), "levels arrive as numbers")
    judge(len(set(draw[ok])) == ok.sum(), "each sample has random numbers of its own")
    findings = Picture(folder).findings
    judge(not findings, "the independent checker finds nothing", *findings[:5])
    judge.code(0, tranche(programs, folder, "verify"), "verify")
    again = campaign(base, "again")
    judge.code(0, Run(programs, again, "-j", "3").wait(), "the same with one rank and three slots")
    with h5py.File(os.path.join(again, "store", "r1.s1.h5")) as file:
        judge(np.array_equal(file["meta/draw"][:][ok], draw[ok]), "random numbers do not depend on who computes")
    text = json.loads(tranche(programs, folder, "--json", "failures")[1])
    judge("too_bright" in json.dumps(text), "failures names the reason", text)
    with open(os.path.join(folder, "model.py"), "a") as file:
        file.write("# changed\n")
    done = tranche(programs, folder, "run")
    judge(done[0] == 2 and "model.py has changed" in done[2], "a changed module is another simulator", done)


def done_samples(folder):
    try:
        with open(os.path.join(folder, "status.json")) as file:
            return sum(stage["tally"]["samples"].get("ok", 0) for stage in json.load(file)["stages"])
    except (OSError, KeyError):
        return 0


def killed(judge, programs, base):
    folder = campaign(base, "killed", GOOD % 0.02, points=300)
    run = Run(programs, folder, "-j", "2")
    wait_until("recorded samples", lambda: done_samples(folder) > 20)
    run.kill(run.roles()["rank"])
    judge(True, "a killed run leaves no worker")
    judge.code(0, Run(programs, folder, "-j", "2").wait(), "and can be resumed")
    findings = Picture(folder).findings
    judge(not findings, "the independent checker finds nothing", *findings[:5])


def synchrotron(judge, programs, base):
    folder = os.path.join(base, "synchrotron")
    shutil.copytree(SYNCHROTRON, folder, ignore=shutil.ignore_patterns("__pycache__"))
    replace_in(os.path.join(folder, "campaign.yaml"), "20_000", "2_000")
    judge.code(0, tranche(programs, folder, "check"), "synchrotron: check")
    judge.code(3, Run(programs, folder, "-j", "2").wait(), "synchrotron: the pilot, then a gate")
    with h5py.File(os.path.join(folder, "store", "r1.s1.h5")) as file:
        nu, sed, state = file["nu"][:], file["sed"][:], file["state"][:]
        R, B, n, p, gamma_min, gamma_max = file["parameters"][:].T
    judge((state == 1).all() and len(sed) == 20, "every sample is ok", state)
    lowest, highest = 4.2e6 * B * gamma_min**2, 4.2e6 * B * gamma_max**2
    slopes = []
    for k in range(len(sed)):
        inside = (nu > 100 * lowest[k]) & (nu < highest[k] / 1e4)
        if inside.sum() > 3:
            slopes.append(np.polyfit(np.log10(nu[inside]), sed[k][inside], 1)[0] - (3 - p[k]) / 2)
    judge(len(slopes) >= 5 and np.abs(slopes).max() < 0.05, "L_nu goes as nu^-((p-1)/2) between the breaks", slopes)
    worst = 0
    for k in range(len(sed)):
        gamma = np.geomspace(gamma_min[k], gamma_max[k], 3000)
        norm = np.trapz(gamma**-p[k], gamma)
        squares = np.trapz(gamma ** (2 - p[k]), gamma) / norm * n[k] * 4 / 3 * np.pi * R[k] ** 3
        power = 4 / 3 * 6.6524587e-25 * 2.99792458e10 * B[k] ** 2 / (8 * np.pi) * squares
        got = np.trapz(10.0 ** sed[k].astype(float), np.log(nu))
        seen = highest[k] < nu[-1] / 30 and lowest[k] > nu[0]
        worst = max(worst, abs(got / power - 1)) if seen else worst
    judge(0 < worst < 0.05, f"the integral is the power the electrons lose, within {worst:.1%}")


def conformance(judge, programs, base):
    done = tranche(programs, campaign(base, "fit"), "worker", "test")
    judge.code(0, done, "worker test of a good function")
    judge.says(["greeting", "frames", "same again", "rubbish", "exit code 0"], done[1], "its verdicts")
    done = tranche(programs, campaign(base, "random", "import random\ndef model(B, nu): return nu + random.random(), B\n"),
                   "--json", "worker", "test")
    report = json.loads(done[1])
    judge(done[0] == 0 and any(c["name"] == "same again" and c["fitness"] == "warn" for c in report["checks"]),
          "random numbers of one's own are noticed", done[1])
    done = tranche(programs, campaign(base, "unfit", "import os\ndef model(B): os._exit(1)\n"), "worker", "test")
    judge.code(7, done, "worker test of a function that ends its process")
    never = campaign(base, "never", "def model(B, nu): return nu * float('nan'), B\n")
    done = tranche(programs, never, "worker", "test")
    judge.code(7, done, "worker test of a function that gives nothing sound anywhere")
    judge.says(["0 of 4 points are ok", "FAIL"], done[1], "it says so")
    judge.code(7, tranche(programs, never, "try", "-n", "2"), "try of it")
    seldom = campaign(base, "seldom", "def model(B, nu): return (nu if B < 1.2 else nu * float('nan')), B\n")
    judge.code(0, tranche(programs, seldom, "try", "-n", "3"), "try of one that works somewhere")


def surroundings(judge, programs, base):
    """What a function finds when it is imported is the same in a slot and under `worker test`."""
    module = ("import os\nimport numpy as np\n"
              "assert os.environ['OMP_NUM_THREADS'] == '3' and 'OMPI_COMM_WORLD_SIZE' not in os.environ, 'environment'\n"
              "TABLE = np.loadtxt('table.dat')\n\n"
              "def model(B, nu, campaign_dir, rundir):\n"
              "    assert os.getcwd() == rundir and os.path.exists(os.path.join(campaign_dir, 'table.dat'))\n"
              "    return nu * TABLE, B\n")
    folder = campaign(base, "table", module)
    replace_in(os.path.join(folder, "campaign.yaml"), "meta: [draw]", "resources: {threads: 3}")
    done = tranche(programs, folder, "try", "-n", "1")
    judge.code(7, done, "a table that is not there")
    judge.says(["model.py:4: ", "table.dat"], re.sub(r"\s+", " ", done[2]), "the line is the user's")
    with open(os.path.join(folder, "table.dat"), "w") as file:
        file.write("2\n")
    strange = {"OMP_NUM_THREADS": "11", "OMPI_COMM_WORLD_SIZE": "4"}
    for verb in (("try", "-n", "2"), ("worker", "test")):
        judge.code(0, tranche(programs, folder, *verb, environment=strange), f"{verb[0]} with a table beside campaign.yaml")


def farewell(judge, programs, base):
    """A worker has 2 s to leave, at the end of a run too."""
    folder = campaign(base, "farewell", "import atexit, time\n\ndef bye():\n    time.sleep(1.5)\n    open(left, 'w').close()\n\n"
                                        "left = None\n\ndef model(B, nu, campaign_dir):\n    global left\n    if left is None:\n"
                                        "        left = campaign_dir + '/left'\n        atexit.register(bye)\n    return nu, B\n",
                      points=2)
    judge.code(0, Run(programs, folder, "-j", "1").wait(), "a worker that takes 1.5 s to leave")
    judge(os.path.exists(os.path.join(folder, "left")), "it is given the time")


def main():
    judge = Judge()
    programs = Programs(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="python-test-") as base:
        for part in (adoption, hungry, refusals, whole_campaign, killed, synchrotron, conformance, surroundings, farewell):
            part(judge, programs, base)
    judge.end()


if __name__ == "__main__":
    main()
