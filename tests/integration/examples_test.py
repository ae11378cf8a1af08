"""The bundled examples that run a command, as their READMEs say, on few points.

    examples_test.py BUILD
"""

import json
import os
import shutil
import sys
import tempfile

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, replace_in, tranche  # noqa: E402

CAMPAIGNS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "campaigns")


def copy(name, folder):
    here = os.path.join(folder, name)
    shutil.copytree(os.path.join(CAMPAIGNS, name), here)
    return here


def first_stage(folder):
    with h5py.File(os.path.join(folder, "store", "r1.s1.h5")) as file:
        return {name: file[name][:] for name in file if isinstance(file[name], h5py.Dataset)} | {
            "meta/" + name: file["meta"][name][:] for name in file.get("meta", ())}


def pilot(judge, programs, here, name):
    judge.code(0, tranche(programs, here, "check"), f"{name}: check")
    done = tranche(programs, here, "try", "--json", "-n", "2")
    if judge.code(0, done, f"{name}: try"):
        judge(json.loads(done[1])["points"][0]["state"] == "ok", f"{name}: the centre is ok", done[1])
    judge.code(3, Run(programs, here, "-j", "2").wait(), f"{name}: run, up to the gate behind the pilot")
    judge.code(0, tranche(programs, here, "verify"), f"{name}: verify")
    judge.code(0, tranche(programs, here, "failures"), f"{name}: failures")
    return first_stage(here)


def lane_emden(n, step=1e-3):
    """Where theta vanishes, and central over mean density: Runge-Kutta, the slow way."""
    def change(x, y):
        return np.array([y[1], -max(y[0], 0.0)**n - (2 * y[1] / x if x > 0 else -2 / 3)])

    x, y = 0.0, np.array([1.0, 0.0])
    while True:
        a = change(x, y)
        b = change(x + step / 2, y + step / 2 * a)
        c = change(x + step / 2, y + step / 2 * b)
        d = change(x + step, y + step * c)
        new = y + step / 6 * (a + 2 * b + 2 * c + d)
        if new[0] <= 0:
            surface = x - y[0] / y[1]
            return surface, -surface / (3 * y[1])
        x, y = x + step, new


def check_polytrope(judge, programs, folder):
    if not os.path.exists(os.path.join(programs.build, "bin", "polytrope")):
        print("skip  polytrope: built without a Fortran compiler")
        return
    here = copy("polytrope", folder)
    data = pilot(judge, programs, here, "polytrope")
    n, ok = data["parameters"][:, 0], data["state"] == 1
    judge(np.all(data["state"][n >= 5] == 5) and np.all(ok[n < 4.9]), "no star from n = 5 on, and one below",
          list(zip(n, data["state"])))
    again = ok & (data["meta/retries"] > 0)
    judge(np.all(data["meta/xi1"][again] > 50) and np.all(data["meta/xi1"][ok & ~again] < 50),
          "those that reach beyond 50 needed the rule's second attempt", data["meta/xi1"], data["meta/retries"])
    k = int(np.argmin(np.abs(n - 3)))
    surface, concentration = lane_emden(n[k])
    judge(np.isclose(data["meta/xi1"][k], surface, rtol=1e-4), "the surface is where it should be",
          data["meta/xi1"][k], surface)
    judge(np.isclose(data["meta/concentration"][k], concentration, rtol=1e-2), "and so is the concentration",
          data["meta/concentration"][k], concentration)
    judge(np.all(data["meta/extrapolated"][ok] == 0), "the profile covers the axis")
    density = 10.0**data["density"][k]
    x = np.linspace(0, 1, 101)
    mass = 4 * np.pi * np.sum(x**2 * density) / 100 * (data["parameters"][k, 2] * 6.957e10)**3
    judge(np.isclose(mass, data["parameters"][k, 1] * 1.98841e33, rtol=1e-2), "the density adds up to the mass", mass)


def check_ssc(judge, programs, folder):
    if not os.path.exists(os.path.join(programs.build, "bin", "ssc")):
        print("skip  ssc-command: built without ssc")
        return
    here = copy("ssc-command", folder)
    data = pilot(judge, programs, here, "ssc-command")
    twin = os.path.join(folder, "ssc-plugin")
    os.makedirs(twin)
    shutil.copy(os.path.join(CAMPAIGNS, "ssc", "campaign.yaml"), twin)
    replace_in(os.path.join(twin, "campaign.yaml"), "points: 200_000", "points: 20_000")
    replace_in(os.path.join(twin, "campaign.yaml"), "pilot, upto: 0.1%", "pilot, upto: 0.2%")
    judge.code(3, Run(programs, twin, "-j", "2").wait(), "the same with the plug-in")
    same = first_stage(twin)
    judge(np.array_equal(data["parameters"], same["parameters"]), "both have the same points")
    judge(np.array_equal(data["state"], same["state"]), "and the same states", data["state"], same["state"])
    ok = data["state"] == 1
    judge(np.count_nonzero(ok) > 20 and np.allclose(data["sed"][ok], same["sed"][ok], atol=1e-6),
          "and the same spectra, to the ten digits that are printed")
    judge(np.array_equal(data["meta/iterations"][ok], same["meta/iterations"][ok]), "and iterations")
    judge(np.all(data["meta/extrapolated"][ok] == 0), "the printed frequencies are those of the axis")


def check_init(judge, programs, folder):
    """`tranche init --command` writes what runs at once."""
    program = os.path.join(folder, "my code.sh")
    with open(program, "w") as file:
        file.write("#!/bin/sh\necho result = $1\n")
    os.chmod(program, 0o755)
    here = os.path.join(folder, "mine")
    judge.code(0, tranche(programs, folder, "init", "mine", "--command", program), "init --command")
    replace_in(os.path.join(here, "campaign.yaml"), "points: 1000", "points: 400")
    judge.code(0, tranche(programs, here, "check"), "check of it")
    judge.code(0, Run(programs, here, "--until", "pilot").wait(), "run of its pilot")
    data = first_stage(here)
    judge(np.array_equal(data["result"], data["parameters"][:, 0].astype(np.float32)), "its results are there")
    for arguments, words in ((("--command", "./nowhere"), "cannot find the program"),
                             (("--command", "sh", "--plugin", "x.so"), "--command goes with none")):
        done = tranche(programs, folder, "init", "other", *arguments)
        judge.code(2, done, f"init {' '.join(arguments)}")
        judge.says([words], done[2], "it says why")


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        check_polytrope(judge, programs, folder)
        check_ssc(judge, programs, folder)
        check_init(judge, programs, folder)
    judge.end()


if __name__ == "__main__":
    main()
