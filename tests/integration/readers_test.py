"""What others read: h5py and xarray open view and stage files without tranche, exports hold the ok rows, and a
sample's position is the same however the campaign was run.

    readers_test.py BUILD
"""

import json
import os
import sqlite3
import sys
import tempfile

import h5py
import numpy as np
import xarray

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, tranche  # noqa: E402
from tfrecord import examples_of  # noqa: E402

CAMPAIGN = """\
tranche: 1
name: readers
parameters:
  work:  {{range: [0, 0.4]}}
  phase: {{range: [0.1, 3.0], unit: rad}}
  scale: {{range: [1e-3, 1e3], scale: log, unit: cm}}
  field: {{values: [blr, torus]}}
  count: {{integer: [1, 5]}}
constants: {{z: 0.5}}
derived:
  ratio: {{expr: "phase / (1 + z)", unit: rad}}
constraints: ["work + phase < 3.3"]
design: {{method: nested-lhs, points: 600, seed: 7}}
stages:
  - {{name: first, upto: 10%, gate: pass}}
  - {{name: all, upto: 100%}}
simulator: {{plugin: {plugin}, timeout: 20 s}}
axes:
  k: {{log: [1, 100], n: 16, unit: Hz}}
  t: {{linear: [0, 1], n: 3, unit: s}}
outputs:
  curve: {{axes: [k], unit: erg, store: {{transform: log10, floor: 1e-30, dtype: float32}}}}
  plane: {{axes: [t, k], store: {{dtype: float64}}}}
  total: {{store: {{dtype: float64}}}}
meta: [steps]
store: {{epoch: 200 ms}}
"""
OUTPUTS = ("curve", "plane", "total")
ROWS = ("index", "revision", "stage", "parameters", "state", "checksum", "meta/steps", "derived/ratio") + OUTPUTS
STATES = "pending ok failed timeout crashed invalid excluded"


def campaign(judge, programs, folder, name, *arguments):
    path = os.path.join(folder, name)
    os.makedirs(path)
    with open(os.path.join(path, "campaign.yaml"), "w") as file:
        file.write(CAMPAIGN.format(plugin=programs.plugin("lumpy")))
    judge.code(0, Run(programs, path, *arguments).wait(), f"run {' '.join(arguments)}")
    return path


def stage_files(path):
    return [os.path.join(path, "store", f"r1.s{stage}.h5") for stage in (1, 2)]


def same(a, b):
    """Bit for bit, NaN included."""
    return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()


def all_rows(path):
    with h5py.File(os.path.join(path, "store.h5")) as view:
        return {name: view[name][:] for name in ROWS}


def check_h5py(judge, path):
    view = all_rows(path)
    parts = []
    for file_name in stage_files(path):
        with h5py.File(file_name) as file:
            parts.append({name: file[name][:] for name in ROWS})
            first = int(file.attrs["first_index"])
            judge((file["index"][:] == first + np.arange(len(file["index"]))).all(),
                  f"{os.path.basename(file_name)}: row k is index first_index + k")
            judge([scale.name for scale in file["plane"].dims[1].values()] == ["/t"]
                  and [scale.name for scale in file["plane"].dims[2].values()] == ["/k"],
                  f"{os.path.basename(file_name)}: dimension scales of an output")
    for name in ROWS:
        joined = np.concatenate([part[name] for part in parts])
        judge(same(view[name], joined), f"view and stage files: {name} equal bit for bit")
    judge((view["index"] == np.arange(600)).all(), "the view has every index once, in order")
    ok = view["state"] == 1
    judge(set(np.unique(view["state"])) >= {1, 2, 6} and ok.sum() > 300, "ok, failed and excluded rows are there",
          np.unique(view["state"], return_counts=True))
    for name in OUTPUTS + ("meta/steps",):
        numbers = view[name].reshape(600, -1)
        judge(not np.isnan(numbers[ok]).any() and np.isnan(numbers[~ok]).all(), f"{name} is NaN exactly where not ok")
    judge((view["checksum"][~ok] == 0).all() and (view["checksum"][ok] != 0).all(), "checksums only of ok rows")
    with h5py.File(os.path.join(path, "store.h5")) as file:
        attributes = file["parameters"].attrs
        judge(list(attributes["names"]) == ["work", "phase", "scale", "field", "count"], "names of the parameters")
        judge(list(attributes["parameter_units"]) == ["1", "rad", "cm", "1", "1"], "their units")
        judge(list(attributes["kinds"]) == ["linear", "linear", "log", "levels", "integer"], "their kinds")
        judge(list(attributes["levels_field"]) == ["blr", "torus"], "names of the levels")
        judge(file["curve"].attrs["transform"] == "log10" and file["curve"].attrs["reference_units"] == "erg"
              and file["curve"].attrs["units"] == "1", "transform and units of an output")
        with open(os.path.join(path, "campaign.yaml")) as yaml:
            judge(file.attrs["campaign_yaml"] == yaml.read(), "campaign.yaml verbatim")
        judge(np.allclose(file["k"][:], np.geomspace(1, 100, 16)), "points of an axis")
    p = view["parameters"]
    judge(np.allclose(view["derived/ratio"], p[:, 1] / 1.5, rtol=1e-14), "derived values follow from the parameters")
    judge(((p[:, 0] + p[:, 1] >= 3.3) == (view["state"] == 6)).all(), "excluded are those that break the constraint")
    steps = np.floor(2000 * 50.0 ** p[:, 0])
    judge((np.abs(view["meta/steps"][ok] - steps[ok]) <= 1).all(), "meta of each row belongs to its parameters")
    check_physics(judge, view, ok)
    check_ledger(judge, path, view)


def check_physics(judge, view, ok):
    """The simulator again, in NumPy: outputs stand in the row of their parameters."""
    worst = 0
    for k in np.flatnonzero(ok)[::40]:
        work, phase = view["parameters"][k, :2]
        steps = np.arange(1, int(view["meta/steps"][k]) + 1, dtype=float)
        total = np.sum(np.sin(phase * steps) / steps)
        expected = total * np.cos(np.arange(48) * phase) - work
        worst = max(worst, np.max(np.abs(np.log(view["plane"][k].ravel()) - expected)),
                    np.max(np.abs(view["curve"][k] * np.log(10) - expected[:16])) / 10)
    judge(worst < 1e-6, f"outputs follow from the parameters of their row (largest difference {worst:.1e})")


def check_ledger(judge, path, view):
    db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    wrong = [idx for idx, state, checksum in db.execute("SELECT idx, state, checksum FROM samples")
             if view["state"][idx] != state or view["checksum"][idx] != checksum & (2**64 - 1)]
    db.close()
    judge(not wrong, "states and checksums are the ledger's", wrong[:10])


def check_xarray(judge, path):
    view = all_rows(path)
    for file_name in [os.path.join(path, "store.h5")] + stage_files(path):
        name = os.path.basename(file_name)
        with xarray.open_dataset(file_name, engine="h5netcdf", decode_timedelta=False) as data:
            rows = slice(int(data.index[0]), int(data.index[-1]) + 1)
            judge(data.plane.dims == ("index", "t", "k") and data.parameters.dims == ("index", "parameter"),
                  f"xarray, {name}: named dimensions", data)
            judge([str(p) for p in data.parameter.values] == ["work", "phase", "scale", "field", "count"],
                  f"xarray, {name}: parameter names are a coordinate")
            judge(np.allclose(data.k, np.geomspace(1, 100, 16)) and data.k.attrs["units"] == "Hz",
                  f"xarray, {name}: axes are coordinates")
            judge(all(same(data[output].values, view[output][rows]) for output in OUTPUTS),
                  f"xarray, {name}: values equal")
            judge(data.state.attrs["flag_meanings"] == STATES, f"xarray, {name}: states by CF conventions")
            good = data.where(data.state == 1, drop=True)
            judge(len(good.index) == (view["state"][rows] == 1).sum(), f"xarray, {name}: selection of ok rows")
            judge(same(data.parameters.sel(parameter="phase").values, view["parameters"][rows, 1].copy()),
                  f"xarray, {name}: a parameter by name")


def check_exports(judge, programs, path, folder):
    view = all_rows(path)
    ok = view["state"] == 1
    hdf5, npz = os.path.join(folder, "rows.h5"), os.path.join(folder, "rows.npz")
    judge.code(0, tranche(programs, path, "export", "-o", hdf5), "export --format hdf5")
    judge.code(0, tranche(programs, path, "export", "--format", "npz", "-o", npz), "export --format npz")
    with h5py.File(hdf5) as file, np.load(npz) as arrays:
        for name in ROWS:
            judge(same(file[name][:], view[name][ok]), f"export hdf5: {name} equal to the store's ok rows")
            judge(name in arrays and same(arrays[name], view[name][ok]), f"export npz: {name} equal", list(arrays))
        judge(same(arrays["k"], file["k"][:]), "the exports have the axes")
        judge(list(arrays["parameter_names"]) == list(file["parameters"].attrs["names"]), "and the names")
    judge.code(2, tranche(programs, path, "export", "-o", hdf5), "export does not overwrite")
    first = os.path.join(folder, "first.npz")
    judge.code(0, tranche(programs, path, "export", "--format", "npz", "--stage", "first", "-o", first), "one stage")
    with np.load(first) as arrays:
        judge(same(arrays["curve"], view["curve"][:60][ok[:60]]), "export of one stage: its ok rows")


def check_splits(judge, programs, path, folder):
    """The hold-out is the same in every format, part of every larger one, and the records are the store's rows."""
    view = all_rows(path)
    ok = view["index"][view["state"] == 1]
    held = {}
    for share in ("10%", "30%"):
        npz = os.path.join(folder, f"split{share[:2]}.npz")
        judge.code(0, tranche(programs, path, "export", "--format", "npz", "--hold-out", share, "-o", npz), share)
        with np.load(npz) as arrays:
            held[share] = set(arrays["index"][arrays["split/hold_out"]])
            judge(list(arrays["units/parameters"]) == ["1", "rad", "cm", "1", "1"], "units of parameters")
            judge(list(arrays["levels/field"]) == ["blr", "torus"] and arrays["reference_units/curve"] == ["erg"],
                  "levels, and units of what is stored as log10")
    judge(0 < len(held["10%"]) < len(ok) / 4 and held["10%"] < held["30%"], "a larger share holds a smaller one", held)
    records = os.path.join(folder, "rows.tfrecord")
    mine, left_over = records + ".mine.new", records + ".17.new"
    for name in (mine, left_over):
        os.makedirs(os.path.join(name, "inside"))
    # The name of a folder, as shells complete it.
    judge.code(0, tranche(programs, path, "export", "--format", "tfrecord", "-o", records + "/"), "export --format tfrecord")
    judge(os.path.isdir(mine) and not os.path.exists(left_over), "only what tranche left behind is removed", os.listdir(folder))
    with open(os.path.join(records, "dataset.json")) as file:
        facts = json.load(file)
    split = {name: [one for part in facts["splits"][name]["files"] for one in examples_of(os.path.join(records, part))]
             for name in ("train", "hold_out")}
    at = {name: [one["index"].int64_list.value[0] for one in rows] for name, rows in split.items()}
    judge(set(at["hold_out"]) == held["10%"] and sorted(at["train"] + at["hold_out"]) == list(ok), "both splits", at)
    for rows in split.values():
        for one in rows:
            k = one["index"].int64_list.value[0]
            stored = [one["parameters"].bytes_list.value[0] == view["parameters"][k].tobytes(),
                      np.float32(one["curve"].float_list.value).tobytes() == view["curve"][k].tobytes(),
                      one["plane"].bytes_list.value[0] == view["plane"][k].tobytes(),
                      all(-1 <= x <= 1 for x in one["inputs"].float_list.value)]
            if not all(stored):
                judge(False, f"record {k} is the store's row", stored)
    judge.code(2, tranche(programs, path, "export", "--format", "tfrecord", "-o", records), "tfrecord does not overwrite")
    for words in (["--format", "npz", "--hold-out", "much"], ["--format", "npz", "--hold-out", "1"], ["--model", "m1"],
                  ["--format", "onnx"], ["--format", "onnx", "--model", "m1"], ["--format", "onnx", "--stage", "first"]):
        done = tranche(programs, path, "export", *words, "-o", os.path.join(folder, "never"))
        judge(done[0] == 2 and done[2].startswith("error: "), f"export {' '.join(words)} is a mistake", done)
    judge(not os.path.exists(os.path.join(folder, "never")), "and no mistake leaves a file")


def check_ranks(judge, one, four):
    a, b = all_rows(one), all_rows(four)
    for name in ROWS:
        judge(same(a[name], b[name]), f"1 and 4 ranks: {name} equal bit for bit")


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        one = campaign(judge, programs, folder, "one", "-j", "2")
        four = campaign(judge, programs, folder, "four", "-n", "4", "-j", "1")
        check_h5py(judge, one)
        check_xarray(judge, one)
        check_exports(judge, programs, one, folder)
        check_splits(judge, programs, one, folder)
        check_ranks(judge, one, four)
    judge.end()


if __name__ == "__main__":
    main()
