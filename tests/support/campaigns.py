"""Small campaigns for the integration tests, and ways to run and to kill them."""

import os
import signal
import subprocess
import sys
import time
import uuid

LUMPY = """\
tranche: 1
name: lumpy
parameters:
  work:  {{range: [0, 1]}}
  phase: {{range: [0.1, 3.0]}}
constraints: ["work + phase < 3.7"]
design: {{method: nested-lhs, points: {points}, seed: 7}}
stages:
  - {{name: first, upto: 10%, gate: pass}}
  - {{name: all, upto: 100%}}
simulator: {{plugin: {plugin}, timeout: 20 s}}
axes:
  k: {{linear: [0, 1], n: 16}}
outputs:
  curve: {{axes: [k], store: {{transform: log10, floor: 1e-30, dtype: float32}}, checks: [finite, nonnegative]}}
  raw:   {{axes: [k], store: {{dtype: float64}}}}
meta: [steps]
store: {{epoch: {epoch}}}
"""


class Programs:
    """Where the programs of a build folder are."""

    def __init__(self, build):
        build = os.path.abspath(build)
        self.tranche = os.path.join(build, "bin", "tranche")
        self.plugins = os.path.join(build, "tests", "plugins")

    def plugin(self, name):
        return os.path.join(self.plugins, f"lib{name}_plugin.so")


def make_campaign(folder, programs, points=4000, epoch="200 ms", text=LUMPY, plugin="lumpy"):
    os.makedirs(folder)
    with open(os.path.join(folder, "campaign.yaml"), "w") as file:
        file.write(text.format(points=points, epoch=epoch, plugin=programs.plugin(plugin)))
    return folder


class Run:
    """One `tranche run` with everything it starts, findable by a mark in the environment."""

    def __init__(self, programs, folder, *arguments):
        self.mark = f"TRANCHE_TEST_MARK={uuid.uuid4().hex}"
        name, value = self.mark.split("=")
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                           **{name: value})
        self.process = subprocess.Popen([programs.tranche, "-C", folder, "run", *arguments], env=environment,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        text=True, start_new_session=True)

    def pids(self):
        found = []
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                with open(f"/proc/{entry}/environ", "rb") as file:
                    marked = self.mark.encode() in file.read().split(b"\0")
                with open(f"/proc/{entry}/stat") as file:
                    alive = file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
            except OSError:
                continue
            if marked and alive:
                found.append(int(entry))
        return found

    def names(self):
        found = {}
        for pid in self.pids():
            try:
                with open(f"/proc/{pid}/comm") as file:
                    found[pid] = file.read().strip()
            except OSError:
                pass
        return found

    def kill(self, pids=None):
        """kill -9 of everything (or of `pids`), then waits until nothing of the run is left."""
        for pid in self.pids() if pids is None else pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.wait_gone()
        self.process.communicate()

    def wait_gone(self, limit_s=30):
        end = time.monotonic() + limit_s
        while True:
            left = [pid for pid in self.pids() if pid != self.process.pid or self.process.poll() is None]
            if not left:
                return
            if time.monotonic() > end:
                sys.exit(f"still there after {limit_s} s: {self.names()}")
            time.sleep(0.02)

    def wait(self, limit_s=300):
        out, err = self.process.communicate(timeout=limit_s)
        return self.process.returncode, out, err


def tranche(programs, folder, *arguments, limit_s=120):
    """Runs a command to its end: (exit code, stdout, stderr)."""
    done = subprocess.run([programs.tranche, "-C", folder, *arguments], stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=limit_s)
    return done.returncode, done.stdout, done.stderr
