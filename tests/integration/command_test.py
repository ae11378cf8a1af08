"""Commands as simulators: a program, its decks and its files of results, and everything that can go wrong with them.

    command_test.py BUILD
"""

import glob
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, replace_in, tranche  # noqa: E402
from checker import Picture  # noqa: E402
from disks import tmpfs, why_no_mount  # noqa: E402

GOOD = """\
tranche: 1
name: good
parameters:
  B: {range: [1e-3, 1e2], scale: log}
  n: {integer: [1, 5]}
  field: {values: [blr, torus]}
constants: {slope: -2}
derived: {twice: "2*B"}
design: {method: nested-lhs, points: 40, seed: 1}
stages:
  - {name: first, upto: 25%, gate: pass}
  - {name: all, upto: 100%}
simulator:
  command: ["./code.py", "--B", "{B:%.17e}", "{n}", "{field}", "{field:%d}", "{twice}", "it's {{here}}"]
  inputs: {in/deck.nml: deck.nml.in}
  files: [tables/, data.txt]
  version: [./code.py, --version]
  stdin: in/deck.nml
  timeout: 60 s
  memory: 1 GB
axes: {nu: {log: [1, 10000], n: 9}}
outputs:
  L: {store: {dtype: float64}, read: {key: L_bol}}
  sed: {axes: [nu], store: {dtype: float64}, read: {file: "spectrum_{index}.dat", column: 2, axis_column: 1, skip: 1}}
  x: {store: {dtype: float64}, read: {json: /a/x, file: out.json}}
  y: {axes: [nu], store: {dtype: float64}, read: {npy: y.npy}}
  z: {axes: [nu], store: {dtype: float64}, read: {hdf5: z.h5, dataset: /group/z}}
meta: {words: {read: {key: words}}}
store: {epoch: 200 ms}
"""

DECK = """\
&in
 B = {B}, n = {n}, field = '{field}', f = {field:%d}, slope = {slope}
 index = {index}, stage = {stage}, attempt = {attempt}, seed = {seed}, ranks = {ranks}, threads = {threads}
 rundir = '{rundir}'
/
"""

CODE = """\
#!/usr/bin/python3
import json, os, re, sys
import h5py, numpy as np
if sys.argv[1:] == ["--version"]:
    print("code 4.2 (test)")
    print("second line")
    sys.exit(0)
deck = open("in/deck.nml").read()
assert sys.stdin.read() == deck
B = float(re.search("B = ([^,]*)", deck)[1])
n = int(re.search("n = ([^,]*)", deck)[1])
slope = float(re.search("slope = (.*)", deck)[1])
index = os.environ["TRANCHE_INDEX"]
assert sys.argv[1:] == ["--B", "%.17e" % B, str(n), sys.argv[4], sys.argv[5], sys.argv[6], "it's {here}"], sys.argv
assert ["blr", "torus"][int(sys.argv[5])] == sys.argv[4]
assert float(sys.argv[6]) == 2 * B
assert f"field = '{sys.argv[4]}', f = {sys.argv[5]}" in deck
assert f"index = {index}, stage = {os.environ['TRANCHE_STAGE']}, attempt = {os.environ['TRANCHE_ATTEMPT']}" in deck
assert f"seed = {os.environ['TRANCHE_SEED']}, ranks = 1, threads = 1" in deck
assert f"rundir = '{os.environ['TRANCHE_RUNDIR']}'" in deck and os.environ["TRANCHE_RUNDIR"] == os.getcwd()
assert os.environ["TRANCHE_DEADLINE"] == "60" and os.environ["OMP_NUM_THREADS"] == "1"
assert not [name for name in os.environ if name.startswith(("OMPI_", "PMIX_", "PMI_"))]
assert sorted(os.listdir()) == ["data.txt", "in", "tables"], os.listdir()
assert open("data.txt").read() == "7" and open("tables/a.txt").read() == "8"
assert sorted(os.listdir("/proc/self/fd")) == ["0", "1", "2", "3"]
print("progress 1\\nL_bol = %.17e erg/s" % (3 * B))
print("words: 5")
nu = np.logspace(0.5, 3.5, 31)[::-1]
with open(f"spectrum_{index}.dat", "w") as file:
    file.write("nu flux\\n")
    for a in nu:
        file.write("%.17e %.17e\\n" % (a, B * a**slope))
with open("out.json", "w") as file:
    json.dump({"a": {"x": n}}, file)
np.save("y.npy", B * np.arange(9))
with h5py.File("z.h5", "w") as file:
    file["group/z"] = n * np.arange(9.0)
"""

# Each mode: what the shell does, and the state and reason it must give. In every directory there is a file
# ok.dat with three rows.
GOOD_ROWS = "printf '1 10\\n2 20\\n3 30\\n' > out.dat; echo 'v = 1'"
MODES = [
    ("ok", GOOD_ROWS, "ok", None, None),
    ("exit_3", "echo 'a b' >&2; exit 3", "failed", "exit_3", "a b"),
    ("bad_point", "exit 65", "invalid", "bad_point", "exit code 65"),
    ("segv", "kill -SEGV $$", "crashed", "sigsegv", "ended by sigsegv"),
    ("term", "kill -TERM $$", "crashed", "sigterm", "ended by sigterm"),
    ("hungry", "head -c 700000000 /dev/zero | tail -c 600000000 >/dev/null", "crashed", "memory", "limit of 300"),
    ("hungry_child", "(head -c 700000000 /dev/zero | tail -c 600000000 >/dev/null; true)", "crashed", "memory", "limit of 300"),
    ("no_file", "echo 'v = 1'", "failed", "no_output", "output `y`: out.dat is not there"),
    ("no_key", "printf '1 10\\n2 20\\n3 30\\n' > out.dat", "failed", "no_output", "no line begins with `v`"),
    ("short", "printf '1 10\\n2 20\\n' > out.dat; echo 'v = 1'", "failed", "wrong_length",
     "out.dat: 2 values in column 2, 3 are due"),
    ("text", "printf '1 10\\n2 abc\\n3 30\\n' > out.dat; echo 'v = 1'", "failed", "parse",
     "out.dat:2: `abc` in column 2 is not a number"),
    ("axis", GOOD_ROWS + "; printf '1 1\\n3 1\\n2 1\\n' > curve.dat", "failed", "axis",
     "curve.dat: point 3 of the axis"),
    ("nan", "printf '1 10\\n2 nan\\n3 30\\n' > out.dat; echo 'v = 1'", "failed", "finite", None),
    ("rule", "echo 'it did not converge at all' >&2; exit 9", "failed", "not_converged", "it did not converge at all"),
    ("rule_helps", "grep -q 'dt = 0.5' deck.in && { " + GOOD_ROWS + "; exit 0; }; echo 'step too large'; exit 1", "ok",
     None, None),
    ("rule_in_vain", "cat deck.in; echo 'step too large'; exit 1", "failed", "large_step", "step too large"),
    ("not_utf8", "printf 'caf\\351 \\377\\376\\001' >&2; exit 4", "failed", "exit_4", "caf? ??"),
    ("garbage", "head -c 100000 /dev/urandom; " + GOOD_ROWS.replace("echo", "echo; echo"), "ok", None, None),
    ("only_garbage", "head -c 100000 /dev/zero; printf '1 10\\n2 20\\n3 30\\n' > out.dat", "failed", "no_output",
     "meta `v`: stdout: no line begins with `v` and = or :"),
    ("flood", "head -c 1000000000 /dev/zero; " + GOOD_ROWS, "failed", "too_long", "stdout: 1.0 GB"),
    ("flood_err", "head -c 300000000 /dev/zero >&2; " + GOOD_ROWS, "ok", None, None),
    ("leaves_children", "sleep 1000 & setsid sleep 1000 & " + GOOD_ROWS, "ok", None, None),
    ("denied", "mkdir d; chmod 000 d; echo 'may not' >&2; exit 5", "failed", "exit_5", "may not"),
    ("unreadable", "mkdir out.dat; echo 'v = 1'", "failed", "no_output", "out.dat is no file"),
    ("closes", "exec >&- 2>&-; exit 6", "failed", "exit_6", "exit code 6"),
    ("busy", GOOD_ROWS + "; i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done", "ok", None, None),
]

BAD = """\
tranche: 1
name: bad
parameters:
  mode: {integer: [0, 99]}
constants: {dt: 1}
design: {method: list, points: points.csv, order: file}
simulator:
  command: [./code.sh, "{mode}"]
  inputs: {deck.in: deck.in.in, ok.dat: ok.dat.in}
  timeout: 120 s
  memory: 300 MB
  failures:
    - {match: "did not (ever )?converge", reason: not_converged}
    - {match: "too large", reason: large_step, retry: 2, with: {dt: 0.5}}
retries: {failed/tempfail: 2, crashed: 0}
axes: {k: {linear: [1, 3], n: 3}}
outputs:
  y: {axes: [k], read: {file: out.dat, column: 2}}
  curve: {axes: [k], read: {file: curve.dat, axis_column: 1, column: 2}}
meta: {v: {read: {key: v}}}
store: {epoch: 200 ms}
"""


def write(folder, name, text, mode=0o644):
    path = os.path.join(folder, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def rows(folder, names):
    found = {}
    for path in sorted(glob.glob(os.path.join(folder, "store", "r1.s*.h5"))):
        with h5py.File(path) as file:
            for k, index in enumerate(file["index"][:]):
                found[int(index)] = {name: file[name][k] for name in names}
    return found


def runs(folder, columns):
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    found = {}
    for row in db.execute(f"SELECT idx, {columns} FROM runs_text ORDER BY idx, attempt"):
        found.setdefault(row[0], []).append(row[1:])
    db.close()
    return found


def make_good(folder):
    write(folder, "campaign.yaml", GOOD)
    write(folder, "deck.nml.in", DECK)
    write(folder, "code.py", CODE, 0o755)
    write(folder, "data.txt", "7")
    write(folder, "tables/a.txt", "8")
    return folder


def check_good(judge, programs, folder, *arguments):
    make_good(folder)
    if not judge.code(0, Run(programs, folder, *arguments).wait(), f"run of a command, {' '.join(arguments)}"):
        return
    judge.code(0, tranche(programs, folder, "verify"), "verify")
    findings = Picture(folder).findings
    judge(not findings, "the independent checker finds nothing", *findings[:5])
    found = rows(folder, ("L", "sed", "x", "y", "z", "parameters", "state", "meta/extrapolated", "meta/words"))
    nu = np.logspace(0, 4, 9)
    B = np.array([found[k]["parameters"][0] for k in range(40)])
    n = np.array([found[k]["parameters"][1] for k in range(40)])
    read = {name: np.array([found[k][name] for k in range(40)]) for name in found[0]}
    judge(np.array_equal(read["L"], 3 * B), "the key's value arrives bit by bit", read["L"], 3 * B)
    judge(np.allclose(read["sed"], B[:, None] * nu**-2.0, rtol=1e-9), "a power law is resampled exactly", read["sed"][0])
    judge(np.array_equal(read["x"], n), "JSON", read["x"])
    judge(np.array_equal(read["y"], B[:, None] * np.arange(9)), "npy", read["y"][0])
    judge(np.array_equal(read["z"], n[:, None] * np.arange(9)), "HDF5", read["z"][0])
    judge(set(read["meta/extrapolated"]) == {2.0}, "two bins of the axis lie beyond the table", read["meta/extrapolated"])
    judge(set(read["meta/words"]) == {5.0}, "a meta number", read["meta/words"])
    with open(os.path.join(folder, "lock", "r1.yaml")) as file:
        judge.says(["code 4.2 (test)"], file.read(), "the lock has the program's version")
    judge(not os.path.exists(os.path.join(folder, "failed")), "nothing is kept of runs that went well")


def make_bad(folder, modes):
    names = [mode[0] for mode in MODES]
    write(folder, "campaign.yaml", BAD)
    write(folder, "points.csv", "mode\n" + "".join(f"{names.index(mode)}\n" for mode in modes))
    write(folder, "deck.in.in", "dt = {dt}\n")
    write(folder, "ok.dat.in", "1 10\n")
    cases = "".join(f"{k})\n{script}\n;;\n" for k, (_, script, *_) in enumerate(MODES))
    curve = "printf '1 1\\n3 3\\n' > curve.dat"
    write(folder, "code.sh", f"#!/bin/sh\n{curve}\ncase $1 in\n{cases}esac\n", 0o755)
    return folder


def check_bad(judge, programs, folder, *arguments):
    modes = [name for name, *_ in MODES for _ in range(2)]
    modes[1:1] = ["ok"] * 20
    make_bad(folder, modes)
    run = Run(programs, folder, *arguments)
    judge.code(0, run.wait(600), f"run of a command that misbehaves, {' '.join(arguments)}")
    run.wait_gone()
    judge(True, "no process of any sample is left")
    judge.code(0, tranche(programs, folder, "verify"), "verify")
    known = {name: rest for name, *rest in MODES}
    found = runs(folder, "state, reason, message, exit_code, signal, cpu_s, max_rss_kb, wall_s")
    for index, mode in enumerate(modes):
        _, state, reason, words = known[mode]
        got = found.get(index, [])
        holds = len(got) == 1 and got[0][:2] == (state, reason) and (words is None or words in (got[0][2] or ""))
        if mode != "ok" or not holds:
            judge(holds, f"{mode}: {state}, {reason}, {words}", got)
    one = {mode: found[index][0] for index, mode in enumerate(modes)}
    judge(one["exit_3"][3] == 3 and one["segv"][4] == 11 and one["segv"][3] == 0, "exit codes and signals are recorded",
          one["exit_3"], one["segv"])
    judge(one["busy"][5] > 0.02, "CPU time is that of the program", one["busy"])
    judge(0 < one["ok"][6] < 20_000, "peak memory is that of the program, not of the slot", one["ok"])
    judge(one["hungry"][6] > 200_000 and one["hungry_child"][6] > 200_000, "peak memory of one that was killed",
          one["hungry"], one["hungry_child"])
    read = rows(folder, ("meta/retries", "state", "y", "meta/extrapolated"))
    judge(all(read[k]["meta/retries"] == (1 if mode == "rule_helps" else 0) for k, mode in enumerate(modes)
              if known[mode][1] == "ok"), "what a rule has retried is in meta/retries")
    judge(all(list(read[k]["y"]) == [10, 20, 30] for k, mode in enumerate(modes) if known[mode][1] == "ok"),
          "rows of the good ones are good")
    check_evidence(judge, programs, folder, modes, known)


def check_evidence(judge, programs, folder, modes, known):
    judge.says(["exit_3", "failed/REASON/"], tranche(programs, folder, "failures")[1], "failures says where it lies")
    for mode in ("exit_3", "short", "rule_in_vain", "segv", "nan"):
        _, state, reason, _ = known[mode]
        index = modes.index(mode)
        kept = os.path.join(folder, "failed", reason, f"r1-{index}-0")
        if judge(os.path.isdir(kept), f"the directory of {mode} is kept", kept):
            names = set(os.listdir(kept))
            judge({"stdout.txt", "stderr.txt", "deck.in", "rerun.sh", "sample.json"} <= names,
                  f"{mode}: deck, stdout, stderr, sample are there", names)
    kept = os.path.join(folder, "failed", "exit_3", f"r1-{modes.index('exit_3')}-0")
    again = subprocess.run(["sh", os.path.join(kept, "rerun.sh")], capture_output=True, text=True)
    judge(again.returncode == 3 and again.stderr == "a b\n", "rerun.sh fails in the same way", again)
    with open(os.path.join(kept, "sample.json")) as file:
        sample = json.load(file)
    judge(sample["parameters"] == {"mode": 1} and sample["again"] == f"tranche try --index {sample['index']}",
          "sample.json says what it was", sample)
    with open(os.path.join(folder, "failed", "large_step", f"r1-{modes.index('rule_in_vain')}-0", "deck.in")) as file:
        judge(file.read() == "dt = 0.5\n", "the kept deck is that of the last attempt")
    total = sum(os.path.getsize(path) for path in glob.glob(os.path.join(folder, "failed", "**", "*"), recursive=True)
                if os.path.isfile(path) and not os.path.islink(path))
    judge(total < 50_000_000, "a gigabyte of output is not among what is kept", total)
    judge(not os.path.exists(os.path.join(folder, "failed", "bad_point")), "an invalid point is no failure")


HANG = """\
tranche: 1
name: hang
parameters: {x: {range: [0, 1]}}
design: {method: nested-lhs, points: 3, seed: 1}
simulator: {command: [./code.sh], inputs: {deck.in: deck.in.in}, timeout: 2 s}
outputs: {y: {read: {key: y}}}
store: {epoch: 200 ms}
"""


def check_hang(judge, programs, folder):
    write(folder, "campaign.yaml", HANG)
    write(folder, "deck.in.in", "x = {x}\n")
    write(folder, "code.sh", "#!/bin/sh\n[ $TRANCHE_INDEX = 1 ] && { echo begun; setsid sleep 1000 & sleep 1000; }\n"
          "echo y = 1\n", 0o755)
    run = Run(programs, folder, "-j", "2")
    judge.code(0, run.wait(), "run of a command that hangs once")
    run.wait_gone()
    found = runs(folder, "state, reason, cpu_s")
    judge(found[1][0][:2] == ("timeout", "deadline") and found[1][0][2] < 1, "it is a timeout that used no CPU", found)
    judge(found[0][0][0] == found[2][0][0] == "ok", "the others are ok", found)
    kept = os.path.join(folder, "failed", "deadline", "r1-1-0")
    with open(os.path.join(kept, "stdout.txt")) as file:
        judge(file.read() == "begun\n" and os.path.exists(os.path.join(kept, "deck.in")), "what it left is kept")


TEMPFAIL = """\
tranche: 1
name: again
parameters: {x: {range: [0, 1]}}
design: {method: nested-lhs, points: 6, seed: 1}
simulator: {command: [./code.sh]}
retries: {failed/tempfail: 2}
outputs: {y: {read: {key: y}}}
store: {epoch: 200 ms}
"""


def check_tempfail(judge, programs, folder):
    write(folder, "campaign.yaml", TEMPFAIL)
    write(folder, "code.sh", "#!/bin/sh\n[ $TRANCHE_ATTEMPT = 2 ] || exit 75\necho y = $TRANCHE_INDEX\n", 0o755)
    judge.code(0, Run(programs, folder, "-j", "2").wait(), "run of a command that wants to be asked again")
    wanted = [("failed", "tempfail", 0), ("failed", "tempfail", 0), ("ok", None, 1)]
    found = runs(folder, "state, reason, final")
    judge(all(found.get(k) == wanted for k in range(6)), "exit code 75 is tried again", found)
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    waited = db.execute("SELECT min(b.started_at - a.started_at - a.wall_s) FROM runs a JOIN runs b "
                        "ON b.run_id = a.run_id + 1").fetchone()[0]
    db.close()
    judge(waited > 0.99, "after a pause", waited)
    judge(sorted(os.listdir(os.path.join(folder, "failed", "tempfail"))) ==
          sorted(f"r1-{k}-{a}" for k in range(6) for a in range(2)), "each attempt is kept under its own name",
          os.listdir(os.path.join(folder, "failed")))


def check_many_failures(judge, programs, folder):
    write(folder, "campaign.yaml", TEMPFAIL.replace("points: 6", "points: 80").replace("failed/tempfail: 2", "failed: 0"))
    write(folder, "code.sh", "#!/bin/sh\nexit 2\n", 0o755)
    Run(programs, folder, "-n", "2", "-j", "1").wait()
    kept = os.listdir(os.path.join(folder, "failed", "exit_2"))
    judge(50 <= len(kept) <= 51, "the first 50 of a reason are kept", len(kept))


def check_refusals(judge, programs, folder):
    """What is wrong with the program is said before anything runs."""
    for name, prepare, words in (
            ("missing", lambda path: os.unlink(path), ["the program ./code.sh is not there", "looked for"]),
            ("plain", lambda path: os.chmod(path, 0o644), ["is not executable", "chmod +x"]),
            ("folder", lambda path: (os.unlink(path), os.mkdir(path)), ["is a directory"]),
            ("interpreter", lambda path: replace_in(path, "/bin/sh", "/no/such/python"),
             ["the interpreter /no/such/python of ./code.sh is not there"]),
            ("windows", lambda path: replace_in(path, "/bin/sh\n", "/bin/sh\r\n"), ["its first line ends as on Windows"])):
        here = os.path.join(folder, name)
        write(here, "campaign.yaml", TEMPFAIL)
        write(here, "code.sh", "#!/bin/sh\nexit 0\n", 0o755)
        prepare(os.path.join(here, "code.sh"))
        done = Run(programs, here).wait()
        judge.code(2, done, f"run with a program that is {name}")
        judge.says(words + ["campaign.yaml:5"], done[2], f"{name}: says what and where")
    here = os.path.join(folder, "template")
    make_good(here)
    replace_in(os.path.join(here, "deck.nml.in"), "{slope}", "{slop}")
    done = tranche(programs, here, "check")
    judge.code(2, done, "check with a placeholder that is none")
    judge.says(["deck.nml.in:2:", "`slop` is no parameter", "did you mean `slope`?", "^"], done[2], "it says where, and what")


RANKS = """\
tranche: 1
name: ranks
parameters: {{x: {{range: [0, 1]}}, mode: {{values: [fine, crash, hang]}}}}
design: {{method: list, points: points.csv, order: file}}
simulator: {{command: ["{program}", "{{x}}", "{{mode}}"], timeout: 60 s{launch}}}
retries: {{crashed: 0}}
outputs:
  sum:   {{store: {{dtype: float64}}, read: {{key: sum}}}}
  ranks: {{read: {{key: ranks}}}}
resources: {{ranks: 2, slots: 1}}
store: {{epoch: 200 ms}}
"""


SRUN = """\
#!/bin/sh
trap 'sleep 0.3; touch "$(dirname "$0")/cancelled"; exit 143' TERM
while :; do sleep 0.1; done
"""


def check_ranks(judge, programs, folder):
    program = os.path.join(programs.build, "tests", "programs", "mpi_sum")
    for name, launch in (("default", ""), ("own", ', launch: "mpirun --quiet -n {ranks}"')):
        here = os.path.join(folder, name)
        write(here, "campaign.yaml", RANKS.format(program=program, launch=launch))
        write(here, "points.csv", "x,mode\n0.25,fine\n0.5,fine\n0.125,crash\n1,fine\n")
        run = Run(programs, here, "-n", "2")
        judge.code(0, run.wait(), f"run of an MPI program inside an MPI job, {name} launcher")
        run.wait_gone()
        found = rows(here, ("sum", "ranks"))
        judge([float(found[k]["sum"]) for k in (0, 1, 3)] == [0.5, 1, 2], "two ranks add", found)
        judge([float(found[k]["ranks"]) for k in (0, 1, 3)] == [2, 2, 2], "of one world", found)
        got = runs(here, "state, reason")[2]
        judge(got[0][0] == "failed" and got[0][1].startswith("exit_"), "a rank that aborts fails its sample only", got)
    here = os.path.join(folder, "hang")
    write(here, "campaign.yaml", RANKS.format(program=program, launch="").replace("60 s", "3 s"))
    write(here, "points.csv", "x,mode\n0.25,hang\n")
    run = Run(programs, here)
    judge.code(0, run.wait(), "run of an MPI program of which a rank hangs")
    run.wait_gone()
    judge(runs(here, "state, reason")[0] == [("timeout", "deadline")], "it is a timeout, and nothing of it is left")
    # A client of Slurm: what it has started is nobody's child here, and ends only if the client is asked to end it.
    here = os.path.join(folder, "step")
    write(here, "srun", SRUN, 0o755)
    write(here, "campaign.yaml", RANKS.format(program=program, launch=f', launch: "{here}/srun {{ranks}}"').replace("60 s", "2 s"))
    write(here, "points.csv", "x,mode\n0.25,hang\n")
    judge.code(0, Run(programs, here).wait(), "run of a step that hangs")
    judge(runs(here, "state, reason")[0] == [("timeout", "deadline")], "it is a timeout")
    judge(os.path.exists(os.path.join(here, "cancelled")), "its client was given the time to cancel it")
    here = os.path.join(folder, "nowhere")
    write(here, "campaign.yaml", RANKS.format(program=program, launch=', launch: "no-such-launcher -n {ranks}"'))
    write(here, "points.csv", "x,mode\n0.25,fine\n")
    done = Run(programs, here).wait()
    judge.code(7, done, "run with a launcher that is not there")
    judge.says(["the launcher no-such-launcher of `launch` is not there"], done[2], "it says so")


SCRIPT = """\
tranche: 1
name: script
parameters: {x: {range: [0, 1]}}
design: {method: random, points: 4, seed: 1}
stages:
  - {name: first, upto: 50%, gate: pass}
  - {name: all, upto: 100%}
simulator: {command: [sh, "{campaign}/model.sh", "{x}"], timeout: 60 s}
outputs: {y: {read: {key: y}}}
"""


def check_changes(judge, programs, folder):
    """What the program reads and what an argument names by its path decide the data; the one that differs is named."""
    good = os.path.join(folder, "good")
    make_good(good)
    judge.code(0, Run(programs, good, "--until", "first").wait(), "run of the first stage")
    replace_in(os.path.join(good, "tables", "a.txt"), "8", "9")
    done = Run(programs, good).wait()
    judge.code(2, done, "run after a linked file has changed")
    judge.says(["not what this campaign was started with (the digest has changed)", "tables/ has changed"], done[2], "it says which")
    judge("code.py has" not in done[2], "and no other", done[2])

    script = os.path.join(folder, "script")
    write(script, "campaign.yaml", SCRIPT)
    write(script, "model.sh", "echo y = $1\n")
    judge.code(0, Run(programs, script, "--until", "first").wait(), "run of a script in the campaign")
    write(script, "model.sh", "echo y = 2\n")
    done = Run(programs, script).wait()
    judge.code(2, done, "run after the script has changed")
    judge.says(["model.sh has changed"], done[2], "it is named")
    write(script, "model.sh", "echo y = $1\n")
    other = os.path.join(folder, "bin")
    os.makedirs(other)
    os.symlink("/bin/bash", os.path.join(other, "sh"))
    path = {"PATH": other + ":" + os.environ["PATH"]}
    judge.code(0, Run(programs, script, environment=path).wait(), "another version of the interpreter goes on")


UNITS = """\
tranche: 1
name: units
parameters: {mode: {integer: [0, 9]}}
design: {method: list, points: points.csv, order: file}
simulator: {command: [./code.py, "{mode}"]}
outputs:
  L: {unit: erg s-1, read: {key: L_bol}}
  x: {unit: cm, read: {file: out.json, json: /x}}
  z: {unit: Hz, read: {hdf5: z.h5, dataset: /z}}
"""

UNITS_CODE = """\
#!/usr/bin/python3
import json, sys
import h5py
mode = int(sys.argv[1])
print("L_bol = 2 " + ["1e-7 W", "W", "(bolometric)", "erg/s", "erg s-1"][mode])
with open("out.json", "w") as file:
    json.dump({"x": {"value": 3, "unit": "m" if mode == 3 else "cm"} if mode else 3}, file)
with h5py.File("z.h5", "w") as file:
    file["z"] = 4.0
    file["z"].attrs["units"] = "cm" if mode == 4 else "s-1"
"""


def check_units(judge, programs, folder):
    """A result that names another unit than campaign.yaml is no result."""
    write(folder, "campaign.yaml", UNITS)
    write(folder, "points.csv", "mode\n0\n1\n2\n3\n4\n")
    write(folder, "code.py", UNITS_CODE, 0o755)
    judge.code(0, Run(programs, folder, "-j", "2").wait(), "run of a command that names units")
    found = runs(folder, "state, reason, message")
    for index, words in ((1, ["output `L`: stdout: its unit is `W`, and campaign.yaml (line 7) says `erg s-1`", "same quantity",
                              "write unit: W"]),
                         (3, ["output `x`: out.json: its unit is `m`", "(line 8) says `cm`"]),
                         (4, ["output `z`: z.h5: its unit is `cm`", "says `Hz`, which measures something else"])):
        judge(found[index][0][:2] == ("failed", "unit"), f"{words[0]}: failed, unit", found[index])
        judge.says(words, found[index][0][2] or "", "the message says which two, and where")
    judge(found[0][0][0] == found[2][0][0] == "ok", "the same unit in other words, and words that are none", found)


VERSION = TEMPFAIL.replace("[./code.sh]", "[./code.sh], version: [./code.sh, --version]").replace(
    "points: 6, seed: 1}", "points: 12, seed: 1}\nstages: [{name: first, upto: 50%, gate: pass}, {name: all, upto: 100%}]")
VERSION_CODE = "#!/bin/sh\n[ \"$1\" = --version ] && exec cat version.txt\necho y = 1\n"


def check_version(judge, programs, folder):
    """What the program says of itself is recorded, and must stay."""
    write(folder, "campaign.yaml", VERSION)
    write(folder, "code.sh", VERSION_CODE, 0o755)
    done = Run(programs, folder).wait()
    judge.code(7, done, "run with a version command that fails")
    judge.says(["`version`: ./code.sh --version: it ends with exit code 1", "correct `version` in campaign.yaml"], done[2],
               "it says which, and what to do")
    write(folder, "version.txt", "code 4.2 (caf\u00e9)\nsecond line\n")
    judge.code(0, Run(programs, folder, "--until", "first").wait(), "run of the first stage")
    write(folder, "version.txt", "code 4.3\n")
    done = Run(programs, folder).wait()
    judge.code(2, done, "run with another version")
    judge.says(["its version is `code 4.3`", "started with `code 4.2", "modules"], re.sub(r"\s+", " ", done[2]),
               "it says both, and what to do")
    os.unlink(os.path.join(folder, "version.txt"))
    judge.code(7, Run(programs, folder).wait(), "run when it cannot be asked any more")
    write(folder, "version.txt", "code 4.2 (caf\u00e9)\n")
    judge.code(0, Run(programs, folder).wait(), "run with the old version")
    judge.code(0, tranche(programs, folder, "verify"), "verify")
    judge.code(0, tranche(programs, folder, "export", "-o", os.path.join(folder, "out.h5")), "export")
    for name in ("store/r1.s1.h5", "store/r1.s2.h5", "store.h5", "out.h5"):
        with h5py.File(os.path.join(folder, name)) as file:
            said = file.attrs.get("simulator_version")
        judge(said == "code 4.2 (caf\u00e9)", f"{name} has the version", said)
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    said = db.execute("SELECT value FROM facts WHERE key = 'simulator_version'").fetchone()
    db.close()
    judge(said == ("code 4.2 (caf\u00e9)",), "the ledger has it", said)
    with h5py.File(os.path.join(folder, "store", "r1.s1.h5"), "r+") as file:
        file.attrs["simulator_version"] = "code 9"
    done = tranche(programs, folder, "verify")
    judge(done[0] == 8 and "simulator_version" in done[1] + done[2], "verify finds another one in a stage file", *done)


def check_full_scratch(judge, programs, folder):
    """A deck that the scratch has no room for."""
    if why := why_no_mount():
        return print(f"skipped: a full scratch: {why}")
    write(folder, "campaign.yaml", HANG + "retries: {failed/scratch: 0}\n")
    write(folder, "deck.in.in", "x = {x}\n" + "# nothing\n" * 300_000)
    write(folder, "code.sh", "#!/bin/sh\necho y = 1\n", 0o755)
    with tmpfs(os.path.join(folder, "small"), 2_000_000) as small:
        environment = {"TMPDIR": small, "OMPI_MCA_orte_tmpdir_base": folder}  # mpirun needs more room than that
        judge.code(0, Run(programs, folder, "-j", "1", environment=environment).wait(), "run with a full scratch")
        left = os.listdir(small)
        judge(not left, "nothing is left in it", left)
    found = runs(folder, "state, reason, message")
    judge(all(found[k][0][:2] == ("failed", "scratch") for k in range(3)), "it is no fault of the program", found)
    judge.says(["write ", "run/deck.in: No space left on device"], found[0][0][2], "the message says which file, and why")
    judge.code(0, tranche(programs, folder, "retry", "--reason", "scratch"), "retry --reason scratch")
    judge.code(0, Run(programs, folder).wait(), "run with room")
    judge({k: found[-1][0] for k, found in runs(folder, "state").items()} == {0: "ok", 1: "ok", 2: "ok"}, "all are ok")


def check_permissions(judge, programs, folder):
    """As an ordinary user: a program, and a result, that may not be read."""
    if os.geteuid() != 0:
        return print("skipped: permissions: not root")
    write(folder, "campaign.yaml", HANG.replace("{key: y}", "{file: out.dat, column: 1}"))
    write(folder, "deck.in.in", "x = {x}\n")
    write(folder, "code.sh", "#!/bin/sh\necho 1 > out.dat; chmod 000 out.dat\n", 0o700)
    os.chmod(folder, 0o777)
    command = ["setpriv", "--reuid=nobody", "--clear-groups", programs.tranche, "-C", folder, "--json", "try", "-n", "1"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    judge.code(2, (done.returncode, done.stdout, done.stderr), "try of a program that may not be started")
    judge.says(["./code.sh is not executable", "Permission denied", "chmod +x"], done.stderr, "it says so")
    os.chmod(os.path.join(folder, "code.sh"), 0o755)
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
    judge.code(7, (done.returncode, done.stdout, done.stderr), "try of a program whose result may not be read")
    point = json.loads(done.stdout)["points"][0]
    judge(point["reason"] == "no_output" and "output `y`: out.dat: Permission denied" in point["message"], "it says so", point)


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        here = lambda name: os.path.join(folder, name)  # noqa: E731
        check_good(judge, programs, here("good"), "-n", "2", "-j", "1")
        check_bad(judge, programs, here("bad"), "-n", "2", "-j", "2")
        check_hang(judge, programs, here("hang"))
        check_tempfail(judge, programs, here("again"))
        check_many_failures(judge, programs, here("many"))
        check_refusals(judge, programs, here("refused"))
        check_changes(judge, programs, here("changed"))
        check_ranks(judge, programs, here("ranks"))
        check_units(judge, programs, here("units"))
        check_version(judge, programs, here("version"))
        check_full_scratch(judge, programs, here("scratch"))
        os.chmod(folder, 0o755)
        check_permissions(judge, programs, here("permissions"))
    judge.end()


if __name__ == "__main__":
    main()
