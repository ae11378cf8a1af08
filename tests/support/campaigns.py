"""Small campaigns for the integration tests, and ways to run and to kill them."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import termios
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


# Each point of the list says how the simulator behaves there: tests/plugins/modes.hpp.
HOSTILE = """\
tranche: 1
name: hostile
parameters:
  mode:  {{integer: [0, 99]}}
  value: {{range: [0, 1000000]}}
design: {{method: list, points: points.csv, order: file}}
stages:
  - {{name: first, upto: {first}, gate: {gate}}}
  - {{name: all, upto: 100%}}
simulator: {{plugin: {plugin}, timeout: {timeout}, memory: {memory}}}
retries: {{crashed: {crashed}}}
axes:
  k: {{linear: [0, 1], n: 8}}
outputs:
  curve: {{axes: [k], store: {{dtype: float32}}, checks: [finite, nonnegative]}}
  raw:   {{axes: [k], store: {{dtype: float64}}, checks: [finite, nonnegative]}}
meta: [attempt]
store: {{epoch: 200 ms}}
"""


class Programs:
    """Where the programs of a build folder are."""

    def __init__(self, build):
        self.build = build = os.path.abspath(build)
        self.tranche = os.path.join(build, "bin", "tranche")
        self.with_failpoints = os.path.join(build, "tests", "failpoints", "tranche")
        self.plugins = os.path.join(build, "tests", "plugins")

    def plugin(self, name):
        return os.path.join(self.plugins, f"lib{name}_plugin.so")


def make_campaign(folder, programs, points=4000, epoch="200 ms", text=LUMPY, plugin="lumpy"):
    os.makedirs(folder)
    with open(os.path.join(folder, "campaign.yaml"), "w") as file:
        file.write(text.format(points=points, epoch=epoch, plugin=programs.plugin(plugin)))
    return folder


def modes():
    """Name -> number of what the hostile simulator can be asked to do."""
    with open(os.path.join(os.path.dirname(__file__), "..", "plugins", "modes.hpp")) as file:
        body = file.read().split("enum class Mode {")[1].split("};")[0]
    names = re.findall(r"^\s*(\w+)\s*(?:,|///|$)", re.sub(r"///.*", "", body), re.MULTILINE)
    return {name: number for number, name in enumerate(names)}


def make_hostile(folder, programs, points, timeout="20 s", memory="1 GB", crashed=0, first="50%", gate="pass"):
    """`points`: (name of a mode, value) in design order."""
    os.makedirs(folder)
    known = modes()
    with open(os.path.join(folder, "points.csv"), "w") as file:
        file.write("mode,value\n" + "".join(f"{known[mode]},{value}\n" for mode, value in points))
    with open(os.path.join(folder, "campaign.yaml"), "w") as file:
        file.write(HOSTILE.format(plugin=programs.plugin("hostile"), timeout=timeout, memory=memory,
                                  crashed=crashed, first=first, gate=gate))
    return folder


def let_go(campaign, go=True):
    """Ends samples of mode `held`, and has new ones end at once; or no longer."""
    path = os.path.join(campaign, "go")
    if go:
        open(path, "w").close()
    else:
        os.unlink(path)


def replace_in(path, old, new):
    with open(path) as file:
        text = file.read()
    assert old in text, f"{path} does not say {old!r}"
    with open(path, "w") as file:
        file.write(text.replace(old, new))


def wait_until(what, condition, limit_s=60):
    """Polls; the limit is only there so that a broken program ends the test."""
    end = time.monotonic() + limit_s
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            sys.exit(f"waited {limit_s} s in vain: {what}")
        time.sleep(0.02)


class Judge:
    """Says what was checked; `end` fails the test if anything did not hold."""

    def __init__(self):
        self.failed = 0

    def __call__(self, holds, what, *details):
        print(f"{'ok  ' if holds else 'FAIL'}  {what}", flush=True)
        if not holds:
            self.failed += 1
            for detail in details:
                print("        " + str(detail).rstrip().replace("\n", "\n        "), flush=True)
        return holds

    def code(self, wanted, done, what):
        """`done`: (exit code, stdout, stderr) of a command."""
        code, out, err = done
        return self(code == wanted, f"{what}: exit {wanted}", f"exit {code}", out, err)

    def says(self, words, text, what):
        missing = [word for word in words if word not in text]
        return self(not missing, what, f"not said: {missing}", text)

    def end(self):
        if self.failed:
            sys.exit(f"{self.failed} checks failed")


def hear_signals():
    """A background job of a script is born deaf to INT, and hands that on."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)


class Run:
    """One `tranche run` (or `verb`) with everything it starts, findable by a mark in the environment.

    `failpoint`: NAME:ACTION[:nth=N][:rank=R] (docs/states.md); then these are the tests' programs.
    `terminal`: the slave end of a pseudo terminal that the run gets as its own.
    """

    latest = None

    def __init__(self, programs, folder, *arguments, failpoint=None, environment=None, terminal=None,
                 verb="run"):
        Run.latest = self
        self.mark = f"TRANCHE_TEST_MARK={uuid.uuid4().hex}"
        name, value = self.mark.split("=")
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                           **(environment or {}), **{name: value})
        if failpoint:
            environment["TRANCHE_FAILPOINT"] = failpoint
        files = dict(stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if terminal is not None:
            files = dict.fromkeys(files, terminal)

        def prepare():
            hear_signals()
            if terminal is not None:
                fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        tranche_program = programs.with_failpoints if failpoint else programs.tranche
        self.process = subprocess.Popen([tranche_program, "-C", folder, verb, *arguments], env=environment, **files,
                                        text=True, start_new_session=True, preexec_fn=prepare)

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

    def roles(self):
        """Role -> pids: parent, mpirun, rank, zygote, slot."""
        parents, found = {}, {role: [] for role in ("parent", "mpirun", "rank", "zygote", "slot")}
        names = self.names()
        for pid in names:
            try:
                with open(f"/proc/{pid}/stat") as file:
                    parents[pid] = int(file.read().rsplit(")", 1)[1].split()[1])
            except OSError:
                pass
        below = {"tranche": "rank", "mpirun": "rank", "rank": "zygote", "zygote": "slot"}
        role = {pid: {"tranche": "parent", "mpirun": "mpirun"}.get(name) for pid, name in names.items()}
        while any(role.get(pid) is None for pid in parents):
            before = dict(role)
            for pid, parent in parents.items():
                above = "tranche" if role.get(parent) == "parent" else role.get(parent)
                if role.get(pid) is None and above in below:
                    role[pid] = below[above]
            if role == before:
                break
        for pid, name in role.items():
            if name:
                found[name].append(pid)
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

    def kill(self, pids=None, limit_s=30):
        """kill -9 of everything (or of `pids`), then waits until nothing of the run is left: its last words."""
        for pid in self.pids() if pids is None else pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.wait_gone(limit_s)
        return self.process.communicate()

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


def tranche(programs, folder, *arguments, limit_s=120, environment=None):
    """Runs a command to its end: (exit code, stdout, stderr)."""
    done = subprocess.run([programs.tranche, "-C", folder, *arguments], stdin=subprocess.DEVNULL,
                          env=dict(os.environ, **(environment or {})),
                          capture_output=True, text=True, errors="backslashreplace", timeout=limit_s)
    return done.returncode, done.stdout, done.stderr
