"""One spectrum from C and from Python, and spectra a second of one core, for each kind of instructions; beside NumPy.

    surrogate_rate.py BUILD [--surrogate FILE] [--rounds 3] [--calls 5000] [--batch 4096]

Without --surrogate one with random weights: the recommended network (7 inputs, H=256, three residual blocks, 64 components,
177 points, cubic baseline). NumPy computes the same network from the same file with float32 matrices and the same BLAS thread.
Needs
python3-scipy (its error function). Rounds alternate. Latency: median by the clock, and mean CPU time. Batches: CPU time. Numbers, not a test.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
VARIANTS = ("plain", "avx2", "avx512")


def in_c(build, path, variant, options):
    done = subprocess.run([os.path.join(build, "tests", "surrogate_calls"), path, str(options.calls), str(options.batch)],
                          capture_output=True, text=True, env=dict(os.environ, TRANCHE_SURROGATE_CPU=variant))
    if done.returncode:
        return None
    return dict(zip(("median_us", "low_us", "cpu_us", "rate"), map(float, done.stdout.split()[1:])))


def in_python(what, build, path, variant, options):
    environment = dict(os.environ, TRANCHE_SURROGATE_CPU=variant, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1",
                       TRANCHE_SURROGATE_LIBRARY=os.path.join(build, "lib", "libtranche_surrogate.so"))
    done = subprocess.run([sys.executable, __file__, build, "--inside", what, "--surrogate", path, "--calls", str(options.calls),
                           "--batch", str(options.batch)], capture_output=True, text=True, env=environment)
    return json.loads(done.stdout) if done.returncode == 0 else None


def measured(one, many, rows, calls, batch):
    for _ in range(50):
        one(rows[0])
    times, cpu = [], time.process_time()
    for k in range(calls):
        start = time.perf_counter()
        one(rows[k % batch])
        times.append(time.perf_counter() - start)
    cpu = (time.process_time() - cpu) / calls
    many(rows)
    begin, done = time.process_time(), 0
    while done < 20000 or time.process_time() - begin < 0.5:
        many(rows)
        done += len(rows)
    return {"median_us": 1e6 * statistics.median(times), "cpu_us": 1e6 * cpu, "rate": done / (time.process_time() - begin)}


def inside(options):
    import numpy as np
    sys.path.insert(0, os.path.join(SOURCE, "tools", "python"))
    from tranche_surrogate import Surrogate
    s = Surrogate(options.surrogate)
    random = np.random.default_rng(1)
    share = random.random((options.batch, len(s.names)))
    log = np.array([one.scale == "log" for one in s.inputs])
    lo, hi = np.array([one.lo for one in s.inputs]), np.array([one.hi for one in s.inputs])
    rows = np.where(log, lo * (hi / lo) ** share, lo + (hi - lo) * share)
    if options.inside == "python":
        return measured(s, s, rows, options.calls, options.batch)
    plain = PlainNumpy(options.surrogate, log, lo, hi)
    off = float(np.abs(plain(rows[:500]) - s(rows[:500])).max())
    assert off < 2e-5, f"NumPy computes something else: {off}"
    return dict(measured(lambda row: plain(row[None]), plain, rows, min(options.calls, 2000), options.batch), off=off)


class PlainNumpy:
    """linear and residual layers with gelu; components; cubic baseline."""

    def __init__(self, path, log, lo, hi):
        import h5py
        import numpy as np
        self.np, self.log = np, log
        self.lo, self.hi = np.where(log, np.log(np.where(log, lo, 1)), lo), np.where(log, np.log(np.where(log, hi, 1)), hi)
        with h5py.File(path) as file:
            member = file["members/0"]
            self.layers = []
            for k, line in enumerate(member["network"].attrs["layers"].decode().split("\n")[:-1]):
                words = line.split()
                assert words[0] in ("linear", "residual") and words[-1] in ("gelu", "identity"), line
                layer = member[f"network/{k}"]
                self.layers.append((words[0] == "residual", words[-1] == "gelu", layer["weight"][()].T.copy(), layer["bias"][()]))
            targets = member["targets"]
            assert targets.attrs["form"] == b"components" and targets.attrs["baseline"] == b"cubic"
            self.decoder = (targets["scale"][()][:, None] * targets["components"][()]).astype(np.float32)
            self.coefficients, self.mean = targets["coefficients"][()].astype(np.float32), targets["mean"][()]

    def monomials(self, u):
        np, d = self.np, u.shape[1]
        columns = [np.ones(len(u), np.float32), *u.T]
        for i in range(d):
            for j in range(i, d):
                square = u[:, i] * u[:, j]
                columns.append(square)
                columns += [square * u[:, k] for k in range(j, d)]
        return np.stack(columns, 1)

    def __call__(self, x):
        from scipy.special import erf
        np = self.np
        scaled = np.where(self.log, np.log(np.where(self.log, x, 1)), x)
        u = (2 * (scaled - self.lo) / (self.hi - self.lo) - 1).astype(np.float32)
        value = u
        for residual, gelu, weight, bias in self.layers:
            y = value @ weight + bias
            if gelu:
                y = np.float32(0.5) * y * (1 + erf(y * np.float32(2**-0.5)))
            value = value + y if residual else y
        return value @ self.decoder + self.monomials(u) @ self.coefficients + self.mean


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--surrogate")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inside:
        print(json.dumps(inside(options)))
        return
    build = os.path.abspath(options.build)
    print("load before:", " ".join(f"{one:.1f}" for one in os.getloadavg()))
    with tempfile.TemporaryDirectory() as folder:
        path = options.surrogate or os.path.join(folder, "surrogate.h5")
        if not options.surrogate:
            subprocess.run([os.path.join(build, "tests", "make_surrogate"), path], check=True, stdout=subprocess.DEVNULL)
        found = {}
        for _ in range(options.rounds):
            for variant in VARIANTS:
                found.setdefault(f"C, {variant}", []).append(in_c(build, path, variant, options))
                found.setdefault(f"Python, {variant}", []).append(in_python("python", build, path, variant, options))
            found.setdefault("NumPy", []).append(in_python("numpy", build, path, "", options))
    print(f"{'':>16}  one, median us  one, CPU us  batches of {options.batch}, spectra/s of CPU time")
    for name, rounds in found.items():
        rounds = [one for one in rounds if one]
        if not rounds:
            print(f"{name:>16}  not on this machine")
            continue
        best = {key: statistics.median(one[key] for one in rounds) for key in ("median_us", "cpu_us", "rate")}
        print(f"{name:>16}  {best['median_us']:14.1f}  {best['cpu_us']:11.1f}  {best['rate']:12.0f}")
    print("load after:", " ".join(f"{one:.1f}" for one in os.getloadavg()))


if __name__ == "__main__":
    main()
