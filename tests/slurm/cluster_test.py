"""scripts/slurm/cluster: nodes that look like hosts of their own, up and down again and again, with nothing left.

    cluster_test.py BUILD FOLDER
"""

import os
import shutil
import sys
import time

from slurm_support import SKIPPED, Cluster, Judge, why_no_cluster


def processes_in(folder):
    """Command lines of processes that know the folder, or are in a mount namespace of its nodes."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            with open(f"/proc/{entry}/mountinfo") as file:
                mounted = f"{folder}/mount" in file.read()
            with open(f"/proc/{entry}/environ", "rb") as file:
                knows = f"SLURM_CONF={folder}/".encode() in file.read()
            with open(f"/proc/{entry}/cmdline", "rb") as file:
                words = file.read().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if mounted or knows:
            found.append(words)
    return found


def check_nodes(judge, cluster):
    for node in ("n1", "n2", "login"):
        judge(cluster.on(node, "hostname")[1].strip() == node, f"{node} has its own name")
        for folder in ("/tmp", "/dev/shm"):
            code, _, err = cluster.on(node, "sh", "-c", f"test -z \"$(ls {folder})\" && touch {folder}/of-{node}")
            judge(code == 0, f"{node} has its own {folder}", err)
    mark = os.path.join(cluster.folder, "mark")
    cluster.on("n1", "touch", mark)
    judge(cluster.on("n2", "test", "-e", mark)[0] == 0, "other files are shared")
    os.remove(mark)
    code, out, err = cluster.on("login", "srun", "--nodes=2", "hostname")
    judge(sorted(out.split()) == ["n1", "n2"], "srun runs on both nodes, from the login node", code, out, err)
    code, _, err = cluster.on("n9", "true")
    judge(code == 7 and "login, n1, n2" in err, "a node that is not there: exit 7, and which there are", err)


def check_preemption(judge, cluster):
    job = cluster.slurm("sbatch", "--parsable", "-N2", "--exclusive", "--requeue", "-o", "/dev/null", "--wrap", "sleep 300").strip()
    cluster.wait_for(job, ("RUNNING",), 30)
    urgent = cluster.slurm("sbatch", "--parsable", "-N2", "--exclusive", "-p", "urgent", "-o", "/dev/null", "--wrap", "sleep 300").strip()
    cluster.wait_for(urgent, ("RUNNING",), 60)
    judge(cluster.state(job) in ("PENDING", "COMPLETING"), "a job of `urgent` requeues one of `main`", cluster.state(job))


def main():
    judge, folder = Judge(), sys.argv[2]
    why_not = why_no_cluster()
    if why_not:
        print(f"skipped: {why_not}")
        sys.exit(SKIPPED)
    cluster = Cluster(folder)
    cluster.control("down")
    try:
        for turn in (1, 2):
            begin = time.monotonic()
            out, _ = cluster.control("up", "--nodes", "2")
            print(f"      up in {time.monotonic() - begin:.2f} s")
            judge(out == f"export SLURM_CONF={folder}/slurm.conf\n", "up says what to set", out)
            check_nodes(judge, cluster)
            check_preemption(judge, cluster)
            judge("is up already" in cluster.control("up", "--nodes", "2")[1], "up again changes nothing")
            begin = time.monotonic()
            cluster.control("down")
            print(f"      down in {time.monotonic() - begin:.2f} s")
            left = processes_in(folder)
            judge(not left, f"down, with jobs running, leaves no process, turn {turn}", left)
            left = sorted(os.listdir(folder))
            judge(left == ["lock", "log"], "and only the logs", left)
    finally:
        cluster.control("down")
    shutil.rmtree(folder)
    judge.end()


if __name__ == "__main__":
    main()
