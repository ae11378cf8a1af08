"""What more nodes cost: the rate at which three nodes of 4 slots record samples of a simulator that does nothing,
beside that of one node of 12 slots on the same machine; and how long a job on three nodes takes to its first sample.

    slurm_rate.py BUILD [--points 1000000] [--times 3] [--dir DIR]

As root: starts two test clusters (scripts/slurm/cluster), whose jobs then run in turn. Rate: samples of the larger stage
over the time from its first sample's start to its last commit. Start: from the first line of the job script, and from
the moment in which rank 0 could speak, to the start of the first sample.
Numbers, not a test: they depend on the machine and on who else uses it.
"""

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "slurm"))
from slurm_support import ROOT, Cluster, Programs, replace_in, why_no_cluster  # noqa: E402

NOOP = os.path.join(ROOT, "campaigns", "noop", "campaign.yaml")
TEMPLATE = """\
#!/bin/bash
#SBATCH --nodes={{nodes}}
#SBATCH --ntasks-per-node=1
#SBATCH --time={{time}}
#SBATCH --output={{output}}
#SBATCH {{option}}
cd {{directory}}
date +%s.%N > started
exec {{tranche}} run --job {{arguments}}
"""


def make(path, points, nodes):
    os.makedirs(path)
    shutil.copy(NOOP, path)
    replace_in(os.path.join(path, "campaign.yaml"), "points: 1_000_000", f"points: {points}")
    with open(os.path.join(path, "campaign.yaml"), "a") as file:
        file.write(f"\ncluster: {{nodes: {nodes}, time: 30 min, template: job.sh}}\n")
    with open(os.path.join(path, "job.sh"), "w") as file:
        file.write(TEMPLATE)


def measure(cluster, programs, path, points, nodes):
    make(path, points, nodes)
    load = os.getloadavg()[0]
    code, out, err = cluster.on("login", programs.tranche, "-C", path, "-q", "--json", "submit")
    if code != 0:
        sys.exit(f"submit: exit {code}\n{out}{err}")
    job = json.loads(out)["jobs"][0]["job_id"]
    facts = cluster.wait_end(job, 1800)
    if facts["ExitCode"] != "0:0":
        sys.exit(f"job {job}: {facts}\n{cluster.log_of(path, job)}")
    with open(os.path.join(path, "started")) as file:
        script = float(file.read())
    with open(os.path.join(path, "status.json")) as file:
        rank = json.load(file)["started_at"]
    ledger = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    first, = ledger.execute("SELECT min(started_at) FROM runs").fetchone()
    count, begin = ledger.execute("SELECT count(*), min(started_at) FROM samples WHERE stage = 2").fetchone()
    end, = ledger.execute("SELECT max(at) FROM epochs WHERE stage = 2").fetchone()
    ledger.close()
    return {"rate": count / (end - begin), "script_s": first - script, "rank_s": first - rank, "load": load}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--points", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--dir", default="/var/tmp", help="where the clusters and campaigns are made")
    options = parser.parse_args()
    if why_no_cluster():
        sys.exit(why_no_cluster())
    programs = Programs(options.build)
    shapes = {3: 4, 1: 12}  # nodes: slots of each
    found = {nodes: [] for nodes in shapes}
    folder = tempfile.mkdtemp(prefix="rate-", dir=options.dir)
    os.chmod(folder, 0o755)
    clusters = {nodes: Cluster(os.path.join(folder, str(nodes))) for nodes in shapes}
    try:
        for nodes, cluster in clusters.items():
            cluster.control("up", "--nodes", str(nodes), "--cpus", str(shapes[nodes]))
        for turn in range(options.times):
            for nodes, cluster in clusters.items():
                result = measure(cluster, programs, os.path.join(folder, f"{nodes}-{turn}"), options.points, nodes)
                found[nodes].append(result)
                shutil.rmtree(os.path.join(folder, f"{nodes}-{turn}"))
                print(f"{nodes} x {shapes[nodes]}: {result['rate']:8.0f} samples/s; first sample {result['script_s']:.2f} s after the "
                      f"script's start, {result['rank_s']:.2f} s after rank 0 could speak; load {result['load']:.1f}", flush=True)
    finally:
        for cluster in clusters.values():
            cluster.control("down")
        shutil.rmtree(folder)
    medians = {nodes: statistics.median(each["rate"] for each in results) for nodes, results in found.items()}
    print(f"median rates: three nodes {medians[3]:.0f}/s, one node {medians[1]:.0f}/s, ratio {medians[3] / medians[1]:.2f}; "
          f"median start on three nodes {statistics.median(each['script_s'] for each in found[3]):.2f} s")


if __name__ == "__main__":
    main()
