"""Starts or ends the cluster that the tests share. Where there can be none, says why and leaves none: the tests
that need it are skipped then.

    fixture.py up|down FOLDER
"""

import os
import shutil
import sys

from slurm_support import Cluster, why_no_cluster


def main():
    step, folder = sys.argv[1:]
    cluster = Cluster(folder)
    why_not = why_no_cluster()
    if why_not:
        print(f"no cluster: {why_not}")
        return
    cluster.control("down")
    shutil.rmtree(os.path.join(folder, "work"), ignore_errors=True)
    if step == "up":
        cluster.control("up")
        os.makedirs(os.path.join(folder, "work"))


if __name__ == "__main__":
    main()
