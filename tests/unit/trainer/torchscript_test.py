"""A surrogate as TorchScript gives in Python's torch what it gives here.

    torchscript_test.py BUILD
"""

import os
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "support"))
from campaigns import Judge  # noqa: E402

try:
    import torch
except ImportError:
    print("python3-torch is not installed")
    sys.exit(77)

CASES = [
    ("1", "components", "cubic", "linear 32 gelu,residual gelu,residual silu"),
    ("2", "value", "linear", "linear 32 gate,reshape 4 8,conv 5 3 gate,transposed 3 5 2 tanh,upsample 2,dropout 0.1"),
    ("1", "value", "off", "linear 12 relu,reshape 1 12,conv 1 3,residual gate"),
    ("3", "derivative", "off", "linear 24 relu,reshape 3 8,transposed 4 4 2 atan,conv 1 5"),
]


def compare(build, folder, case, judge):
    model, script = os.path.join(folder, "model.h5"), os.path.join(folder, "model.pt")
    done = subprocess.run([os.path.join(build, "tests", "torchscript_pair"), model, *case],
                          check=True, capture_output=True, text=True)
    table = np.array([[float(word) for word in line.split()] for line in done.stdout.splitlines()])
    subprocess.run([os.path.join(build, "bin", "tranche-train"), "torchscript", "--surrogate", model, "--out", script],
                   check=True)
    module = torch.jit.load(script)
    d = len(module.inputs)
    x = torch.tensor(table[:, :d])
    error = np.abs(module(x).numpy() - table[:, d:]).max()
    judge(error < 1e-5, f"{case}: the same values within 1e-5", f"largest difference {error}")
    one = np.abs(module(x[3:4]).numpy() - table[3:4, d:]).max()
    judge(one < 1e-5, f"{case}: one point alone too", f"largest difference {one}")
    x.requires_grad_(True)
    slope, = torch.autograd.grad(module(x).sum(), x)
    judge(bool(torch.isfinite(slope).all()) and bool((slope != 0).any()), f"{case}: derivatives by torch are finite")
    judge(len(module.units) == d and module.lo.numel() == d and module.output, f"{case}: names, units and ranges")


def main(build):
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        for case in CASES:
            compare(build, folder, case, judge)
        missing = subprocess.run([os.path.join(build, "bin", "tranche-train"), "torchscript", "--surrogate",
                                  os.path.join(folder, "none.h5"), "--out", os.path.join(folder, "x.pt")],
                                 capture_output=True, text=True)
        judge(missing.returncode == 7 and "none.h5" in missing.stderr, "a missing surrogate is named: exit 7",
              missing.returncode, missing.stderr)
    judge.end()


if __name__ == "__main__":
    main(sys.argv[1])
