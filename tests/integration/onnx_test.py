"""Exported ONNX models: valid by onnx.checker, and computing the same as the plain evaluation, elsewhere.

    onnx_test.py BUILD_FOLDER
"""

import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import onnx

BUILD = os.path.abspath(sys.argv[1])
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
HERE = os.path.dirname(os.path.abspath(__file__))
RUNTIME = os.path.join(BUILD, "tests", "onnxruntime")

TOLERANCE = 1e-5  # dex; the last digit of a float32 near 40 is 3.8e-6

CASES = {
    "as trained by default": [],
    "ensemble": ["--members", "3", "--seed", "2"],
    "value, every activation": [
        "--form", "value", "--baseline", "off", "--seed", "3", "--layers",
        "linear 32 relu,linear 32 tanh,residual atan,dropout 0.2,linear 32 gelu,linear 32 silu,linear 32 gate,residual gate"],
    "derivative, convolutions": [
        "--form", "derivative", "--baseline", "linear", "--seed", "4", "--layers",
        "linear 96 relu,reshape 8 12,conv 6 5 gelu,transposed 5 5 2 gate,transposed 4 4 2 relu,upsample 3,conv 2 3 silu"],
    "convolutions at once": ["--seed", "5", "--points", "11", "--layers", "upsample 3,conv 2 1 gate,transposed 1 3 1,residual"],
    "few points": ["--seed", "6", "--points", "1", "--form", "derivative"],
}


def run(*words):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{os.path.basename(str(words[0]))} ended with {done.returncode}: {done.stderr.strip()}")


def metadata(model):
    return {entry.key: json.loads(entry.value) for entry in model.metadata_props}


def check_metadata(facts, points):
    inputs = facts["inputs"]
    assert [one["name"] for one in inputs] == ["delta", "R", "B", "L_e", "gamma_min", "gamma_max", "p"], inputs
    assert inputs[3] == {"name": "L_e", "unit": "erg s-1", "scale": "log", "lo": 1e42, "hi": 1e48}, inputs[3]
    assert facts["output"] == {"name": "sed", "unit": "erg s-1", "transform": "log10", "floor": 1e-60}, facts["output"]
    assert facts["axes"][0]["unit"] == "Hz" and len(facts["axes"][0]["values"]) == points, facts["axes"]
    assert facts["constraints"] == ["gamma_max >= 2*gamma_min"] and facts["constants"] == {"z": 0.031}
    assert facts["provenance"]["store_digest"] == "00ff"


def drawn(inputs, rows, seed):
    """Inside the ranges, evenly in each parameter's own scale; first and last are corners."""
    share = np.random.default_rng(seed).random((rows, len(inputs)))
    share[0], share[-1] = 0, 1
    x = np.empty_like(share)
    for k, one in enumerate(inputs):
        lo, hi = one["lo"], one["hi"]
        x[:, k] = lo * (hi / lo) ** share[:, k] if one["scale"] == "log" else lo + (hi - lo) * share[:, k]
    return x


def largest_difference(folder, words, rows):
    path = lambda name: os.path.join(folder, name)
    run(os.path.join(BUILD, "tests", "make_surrogate"), path("surrogate.h5"), *words)
    open(path("points"), "wb").close()
    run(os.path.join(BUILD, "tests", "surrogate_to_onnx"), *map(path, ("surrogate.h5", "model.onnx", "points", "truth")))
    model = onnx.load(path("model.onnx"))
    onnx.checker.check_model(model, full_check=True)
    assert model.ir_version == 8 and [(one.domain, one.version) for one in model.opset_import] == [("", 13)]
    facts = metadata(model)
    points = model.graph.output[0].type.tensor_type.shape.dim[1].dim_value
    check_metadata(facts, points)
    drawn(facts["inputs"], rows, 7).tofile(path("points"))
    run(os.path.join(BUILD, "tests", "surrogate_to_onnx"), *map(path, ("surrogate.h5", "model.onnx", "points", "truth")))
    run("node", os.path.join(HERE, "onnx_run.js"), os.path.join(RUNTIME, "node_modules", "onnxruntime-node"),
        path("model.onnx"), path("points"), path("values"), rows)
    truth = np.fromfile(path("truth")).reshape(rows, points)
    values = np.fromfile(path("values"), dtype=np.float32).reshape(rows, points)
    assert np.isfinite(truth).all() and (rows == 1 or truth.std(axis=0).max() > 0.01), "a test of nothing"
    return np.abs(values - truth).max()


def main():
    run(os.path.join(SOURCE, "tools", "onnxruntime"), RUNTIME)
    findings = []
    for name, words in CASES.items():
        with tempfile.TemporaryDirectory() as folder:
            for rows in (1, 300):
                found = largest_difference(folder, words, rows)
                print(f"{name}, {rows} rows: largest difference {found:.2g}")
                if not found <= TOLERANCE:
                    findings.append(name)
    if findings:
        sys.exit("not the same within %g: %s" % (TOLERANCE, "; ".join(sorted(set(findings)))))


main()
