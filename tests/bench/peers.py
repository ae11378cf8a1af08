"""Tasks a second on two cores, side by side: tranche, which records every sample (ledger row, 177 float32
in the store, both durable), and what people use instead, which record nothing.

    peers.py BUILD [--samples 15000000] [--only tranche,pool] [--json]

Python's multiprocessing.Pool and mpi4py.futures call a function that makes 177 numbers and hand them back;
GNU parallel, xargs and make start /bin/true, the cheapest simulator there is. Peers that are not installed
(packages python3-mpi4py and parallel) are named as missing.
Numbers, not a test: they depend on the machine and on who else uses it.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Programs, replace_in  # noqa: E402

SLOTS = 2
NOOP = os.path.join(os.path.dirname(__file__), "..", "..", "campaigns", "noop", "campaign.yaml")

POOL = """
import multiprocessing, sys
import numpy
def simulate(index):
    return numpy.full(177, index, dtype="float32")
if __name__ == "__main__":
    tasks, chunk = int(sys.argv[1]), int(sys.argv[2])
    with multiprocessing.Pool({slots}) as pool:
        for row in pool.imap_unordered(simulate, range(tasks), chunksize=chunk):
            assert len(row) == 177
"""

FUTURES = """
import sys
import numpy
from mpi4py.futures import MPIPoolExecutor
def simulate(index):
    return numpy.full(177, index, dtype="float32")
if __name__ == "__main__":
    tasks, chunk = int(sys.argv[1]), int(sys.argv[2])
    with MPIPoolExecutor() as pool:
        for row in pool.map(simulate, range(tasks), chunksize=chunk, unordered=True):
            assert len(row) == 177
"""


def timed(command, **options):
    begin = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **options)
    return time.monotonic() - begin


def measure_tranche(programs, folder, samples):
    """From the start of the process to its end: the stage file's creation and its sealing included."""
    path = os.path.join(folder, "noop")
    os.makedirs(path)
    shutil.copy(NOOP, path)
    replace_in(os.path.join(path, "campaign.yaml"), "points: 1_000_000", f"points: {samples}")
    replace_in(os.path.join(path, "campaign.yaml"), "upto: 1%", "upto: 0.1%")
    begin = time.time()
    timed([programs.tranche, "-C", path, "run", "-j", str(SLOTS)])
    seconds = time.time() - begin
    ledger = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    rows, = ledger.execute("SELECT count(*) FROM runs WHERE state = 1 AND final = 1").fetchone()
    last_commit, = ledger.execute("SELECT max(at) FROM epochs").fetchone()
    epochs, writing = ledger.execute("SELECT count(*), sum(duration_s) FROM epochs").fetchone()
    ledger.close()
    stored = 0
    for name in os.listdir(os.path.join(path, "store")):
        with h5py.File(os.path.join(path, "store", name), "r") as file:
            stored += int((file["state"][:] == 1).sum())
    if not rows == stored == samples:
        sys.exit(f"{samples} samples, but {rows} ledger rows and {stored} rows in the store")
    size = sum(os.path.getsize(os.path.join(folder, file)) for folder, _, files in os.walk(path) for file in files)
    return {"tasks": samples, "seconds": last_commit - begin, "until_the_end": seconds, "epochs": epochs,
            "writing_s": writing, "gigabytes": size / 1e9}


def measure_script(text, launcher, tasks, chunk, folder):
    script = os.path.join(folder, "peer.py")
    with open(script, "w") as file:
        file.write(text.replace("{slots}", str(SLOTS)))
    return {"tasks": tasks, "seconds": timed([*launcher, script, str(tasks), str(chunk)])}


def measure_lines(command, tasks):
    lines = "".join(f"{index}\n" for index in range(tasks))
    return {"tasks": tasks, "seconds": timed(command, input=lines.encode())}


def measure_make(tasks, folder):
    with open(os.path.join(folder, "Makefile"), "w") as file:
        file.write("all: " + " ".join(f"t{index}" for index in range(tasks)) + "\n.PHONY: all\n")
        file.writelines(f"t{index}:\n\t@/bin/true {index}\n" for index in range(tasks))
    return {"tasks": tasks, "seconds": timed(["make", "-s", f"-j{SLOTS}", "-f", os.path.join(folder, "Makefile")])}


def peers(programs, folder, samples):
    """Name -> (a program it needs, how it is measured)."""
    python = ["/usr/bin/python3"]
    mpi = ["mpirun", "--allow-run-as-root", "--oversubscribe", "-n", str(SLOTS + 1), *python, "-m", "mpi4py.futures"]
    return {
        "tranche": (programs.tranche, lambda: measure_tranche(programs, folder, samples)),
        "multiprocessing.Pool, chunks of 1": ("python3", lambda: measure_script(POOL, python, 100_000, 1, folder)),
        "multiprocessing.Pool, chunks of 100": ("python3", lambda: measure_script(POOL, python, 500_000, 100, folder)),
        "mpi4py.futures, chunks of 1": ("mpirun", lambda: measure_script(FUTURES, mpi, 50_000, 1, folder)),
        "mpi4py.futures, chunks of 100": ("mpirun", lambda: measure_script(FUTURES, mpi, 500_000, 100, folder)),
        "GNU parallel": ("parallel", lambda: measure_lines(["parallel", f"-j{SLOTS}", "/bin/true"], 2000)),
        "xargs -n 1": ("xargs", lambda: measure_lines(["xargs", f"-P{SLOTS}", "-n1", "/bin/true"], 10_000)),
        "make -j": ("make", lambda: measure_make(10_000, folder)),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--samples", type=int, default=15_000_000, help="of tranche; its run should take a minute")
    parser.add_argument("--only", default="", help="names that begin so, separated by commas")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--dir", default=None, help="where the campaign is made (some 20 GB)")
    options = parser.parse_args()
    wanted = tuple(options.only.split(",")) if options.only else ("",)
    results = {}
    for name, (needs, measure) in peers(Programs(options.build), None, 0).items():
        if not name.startswith(wanted):
            continue
        with tempfile.TemporaryDirectory(dir=options.dir) as folder:
            needs, measure = peers(Programs(options.build), folder, options.samples)[name]
            if shutil.which(needs) is None:
                results[name] = {"missing": needs}
                continue
            load = os.getloadavg()[0]
            try:
                results[name] = {**measure(), "load_before": round(load, 1)}
            except subprocess.CalledProcessError as error:
                results[name] = {"failed": error.stderr.decode(errors="replace").strip().splitlines()[-1:]}
                continue
            results[name]["per_second"] = results[name]["tasks"] / results[name]["seconds"]
    if options.json:
        print(json.dumps({"peers": 1, "cores": os.cpu_count(), "results": results}, indent=2))
        return
    for name, result in results.items():
        if "per_second" in result:
            print(f"{name:38} {result['per_second']:10.0f} /s   {result['tasks']} tasks in {result['seconds']:.1f} s, "
                  f"load {result['load_before']} before")
        else:
            print(f"{name:38} {result}")
    if "tranche" in results and "epochs" in results["tranche"]:
        found = results["tranche"]
        print(f"tranche: {found['epochs']} epochs, {found['writing_s']:.1f} s of them in the store; "
              f"{found['gigabytes']:.1f} GB; {found['until_the_end']:.1f} s with sealing")


if __name__ == "__main__":
    main()
