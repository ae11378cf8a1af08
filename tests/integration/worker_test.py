"""Workers that misbehave cost one sample each, with a typed reason; those that cannot work are exit 7 with the reason.

    worker_test.py BUILD
"""

import json
import os
import sqlite3
import sys
import tempfile

import h5py
import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))
sys.path.insert(0, os.path.join(HERE, "..", "workers"))
from campaigns import Judge, Programs, Run, tranche  # noqa: E402
from checker import Picture  # noqa: E402
from misbehaving import MODES  # noqa: E402

WORKER = os.path.join(HERE, "..", "workers", "misbehaving.py")
PYTHON = sys.executable

CAMPAIGN = """\
tranche: 1
name: workers
parameters:
  mode:  {{integer: [0, 99]}}
  value: {{range: [0, 1000000]}}
design: {{method: list, points: points.csv, order: file}}
simulator:
  worker: ["{python}", "{worker}"{arguments}]
  timeout: {timeout}
retries: {{crashed: 0}}
axes:
  k: {{linear: [0, 1], n: 8}}
outputs:
  curve: {{axes: [k], store: {{dtype: float64}}}}
store: {{epoch: 200 ms}}
"""

# mode: state, reason, words of the message. Frames have no types and no missing outputs: those are for lines.
BOTH = {
    "ok": ("ok", None, ""),
    "slow": ("ok", None, ""),
    "dies": ("crashed", "worker_died", "last words of a worker"),
    "killed": ("crashed", "sigsegv", "ended by sigsegv"),
    "hangs": ("timeout", "deadline", "killed after"),
    "garbage": ("crashed", "protocol", "sent"),
    "wrong_id": ("crashed", "protocol", "each request gets one answer"),
    "too_short": ("failed", "protocol", "instead of"),
    "too_long": ("failed", "protocol", "instead of"),
    "prints": ("crashed", "protocol", "hello from a print"),
    "huge": ("crashed", "protocol", "sent"),
    "nan": ("failed", "finite", ""),
    "infinite": ("failed", "finite", ""),
    "strange_stderr": ("crashed", "worker_died", "that are no text"),
    "fails": ("failed", "no_root", "tried 40 times"),
    "bad_point": ("invalid", "bad_point", "nothing there"),
    "leaves_helper": ("crashed", "worker_died", "exit code 4"),
    "closes": ("crashed", "protocol", "closed its stdin or stdout"),
    "memory": ("crashed", "memory", "out of memory"),
    "twice": ("crashed", "protocol", "more than its answer"),
    "text": ("crashed", "protocol", "sent"),
}
LINES = dict(BOTH, wrong_type=("failed", "protocol", "neither true nor false"), no_output=("failed", "protocol", "missing"),
             text=("failed", "protocol", "where a number is due"))
FRAMES = dict(BOTH, wrong_type=("failed", "error", ""), no_output=("failed", "protocol", "0 bytes of numbers"))


def make(folder, points, arguments="", timeout="3 s", worker=WORKER):
    os.makedirs(folder)
    with open(os.path.join(folder, "points.csv"), "w") as file:
        file.write("mode,value\n" + "".join(f"{MODES.index(mode)},{value}\n" for mode, value in points))
    with open(os.path.join(folder, "campaign.yaml"), "w") as file:
        file.write(CAMPAIGN.format(python=PYTHON, worker=worker, arguments=arguments, timeout=timeout))
    return folder


def points_between(expected):
    """Every mode once, well-behaved samples in between. Two answers last: the slot's next sample may pay for it."""
    points = []
    for k, mode in enumerate(sorted(expected, key=lambda mode: mode == "twice")):
        points += [("ok", 10 * k), (mode, 10 * k + 1), ("ok", 10 * k + 2)]
    return points + [("ok", 500 + k) for k in range(8)]


def runs_of(folder):
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    rows = db.execute("SELECT idx, state, reason, message FROM runs_text ORDER BY idx").fetchall()
    db.close()
    return rows


def check_figures(judge, folder, points):
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    rows = db.execute("SELECT idx, wall_s, cpu_s, max_rss_kb, exit_code, signal FROM runs_text").fetchall()
    db.close()
    codes = {points[idx][0]: (code, signal) for idx, _, _, _, code, signal in rows}
    judge((codes["dies"], codes["killed"], codes["leaves_helper"]) == ((3, 0), (0, 11), (4, 0)),
          "exit codes and signals are the worker's", codes)
    judge(all(2_000 < row[3] < 500_000 for row in rows if points[row[0]][0] in ("ok", "slow", "fails")),
          "the peak memory is a Python worker's", rows)
    slow = [row for row in rows if points[row[0]][0] == "slow"]
    judge(slow[0][1] >= 0.3 and slow[0][2] < slow[0][1] / 2, "a worker that sleeps uses no CPU", slow)


def check_rows(judge, folder, points, rows):
    with h5py.File(os.path.join(folder, "store", "r1.s1.h5")) as file:
        curve = file["curve"][:]
    wrong = [index for index, state, _, _ in rows
             if not (np.array_equal(curve[index], points[index][1] + np.arange(8.0)) if state == "ok"
                     else np.isnan(curve[index]).all())]
    judge(not wrong, "rows of ok samples hold the worker's numbers, all others NaN", wrong)


def check_evidence(judge, programs, folder, points):
    """Of each failure: what was asked, what came, what was said; and what asks again."""
    def kept(mode, reason):
        index = next(k for k, (each, _) in enumerate(points) if each == mode)
        place = os.path.join("failed", reason, f"r1-{index}-0")
        texts = {}
        for name in os.listdir(os.path.join(folder, place)):
            with open(os.path.join(folder, place, name), errors="replace") as file:
                texts[name] = file.read()
        return index, place, texts

    for mode, reason, words in (("fails", "no_root", ("40 times",)), ("garbage", "protocol", ("not JSON", "garbage")),
                                ("infinite", "finite", ("",))):
        index, _, texts = kept(mode, reason)
        answer = texts.get("answer.txt", texts.get("answer.bin", ""))
        judge(answer and any(word in answer for word in words), f"{mode}: its answer is kept", texts)
        sample = json.loads(texts["sample.json"])
        judge(sample["parameters"]["value"] == points[index][1] and sample["reason"] == reason, f"{mode}: and what it was asked",
              sample)
    index, place, texts = kept("dies", "worker_died")
    judge("last words of a worker" in texts.get("stderr.txt", ""), "dies: its stderr is kept", texts)
    index, place, texts = kept("hangs", "deadline")
    judge("sample.json" in texts, "hangs: what it was asked is kept", texts)
    _, out, err = tranche(programs, folder, "show", str(index))
    judge.says([f"left:  {place}/", f"again: tranche -C {folder} try --index {index}\n"], out, "show says where, and what asks again")


def misbehave(judge, programs, base, name, expected, layout, arguments=""):
    points = points_between(expected)
    folder = make(os.path.join(base, name), points, arguments)
    run = Run(programs, folder, *layout)
    judge.code(0, run.wait(), f"{name}: run {' '.join(layout)}")
    rows = runs_of(folder)
    judge([row[0] for row in rows] == list(range(len(points))), f"{name}: each sample has one run", rows[:5])
    # A second answer may come only after the slot's next question, which pays for it then.
    twice = next(row for row in rows if points[row[0]][0] == "twice")
    late = [row for row in rows if points[row[0]][0] == "ok" and row[2] == "protocol"
            and "each request gets one answer" in row[3]]
    judge(len(late) == (1 if twice[1] == "ok" else 0), f"{name}: two answers cost one sample", twice, late)
    for index, state, reason, message in rows:
        mode = points[index][0]
        if late and (mode == "twice" or index == late[0][0]):
            continue
        wanted_state, wanted_reason, words = expected[mode]
        if (state, reason or None) != (wanted_state, wanted_reason) or words not in (message or ""):
            judge(False, f"{name}: {mode}", (state, reason, message), expected[mode])
    judge(sum(row[1] != "ok" for row in rows) == sum(wanted[0] != "ok" for wanted in expected.values()),
          f"{name}: each misbehaviour costs one sample")
    judge(True, f"{name}: {len(expected)} kinds of behaviour looked at")
    check_rows(judge, folder, points, rows)
    check_figures(judge, folder, points)
    check_evidence(judge, programs, folder, points)
    judge.code(0, tranche(programs, folder, "verify"), f"{name}: verify")
    findings = Picture(folder).findings
    judge(not findings, f"{name}: the independent checker finds nothing", *findings[:5])
    run.wait_gone()
    judge(True, f"{name}: no process is left")


def cannot_start(judge, programs, base):
    def refusal(name, text, words, code=7):
        folder = make(os.path.join(base, name), [("ok", 1)])
        worker = os.path.join(folder, "w.py")
        with open(worker, "w") as file:
            file.write(text)
        with open(os.path.join(folder, "campaign.yaml"), "r+") as file:
            campaign = file.read().replace(WORKER, "w.py")
            file.seek(0)
            file.truncate()
            file.write(campaign)
        done = tranche(programs, folder, "try")
        judge.code(code, done, name)
        judge.says(words, done[2], name + ": what is said")
        return folder

    refusal("dies_at_start", "import sys; sys.exit('no licence')", ["exit code 1 before it answered", "no licence"])
    refusal("syntax_error", "def f(:\n", ["SyntaxError"])
    refusal("garbage_at_start", "print('hello', flush=True); input()", ["no JSON", "`hello`"])
    refusal("other_protocol", "print('{\"tranche_worker\": 3}', flush=True); input()", ["protocol 3"])
    refusal("refuses", "print('{\"tranche_worker\": 1, \"error\": \"table.dat is missing\"}', flush=True); input()",
            ["table.dat is missing"])
    refusal("closes_at_start", "import os, time; os.close(1); time.sleep(100)", ["closed its stdin or stdout"])


def slow_start(judge, programs, base):
    folder = make(os.path.join(base, "slow_start"), [("ok", 5)] * 3, timeout="1500 ms")
    run = Run(programs, folder, "-j", "1", environment={"TEST_SLOW_START": "3"})
    judge.code(0, run.wait(), "a start that takes longer than a sample may")
    judge([row[1] for row in runs_of(folder)] == ["ok"] * 3, "is no sample's time", runs_of(folder))


HUNGRY = """\
import json, os, sys
sys.stdin.readline()
print(json.dumps({"tranche_worker": 1}), flush=True)
for line in sys.stdin:
    task = json.loads(line)
    if task["index"] == 2:
        eaten = bytearray(b"x") * 200_000_000
        os._exit(3)
    print(json.dumps({"id": task["id"], "ok": True, "outputs": {"curve": [1] * 8}}), flush=True)
"""


def last_memory(judge, programs, base):
    """What a worker had taken when it died is told, though nobody could ask it any more."""
    worker = os.path.join(base, "hungry.py")
    with open(worker, "w") as file:
        file.write(HUNGRY)
    folder = make(os.path.join(base, "hungry"), [("ok", k) for k in range(4)], worker=worker)
    judge.code(0, Run(programs, folder, "-j", "1").wait(), "a worker that dies of a large sample")
    db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
    peaks = dict(db.execute("SELECT idx, max_rss_kb FROM runs_text"))
    db.close()
    judge(peaks[2] > 190_000 and max(peaks[k] for k in (0, 1, 3)) < 150_000, "its memory is in the record", peaks)


def main():
    judge = Judge()
    programs = Programs(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="worker-test-") as base:
        misbehave(judge, programs, base, "frames", FRAMES, ("-j", "2"))
        misbehave(judge, programs, base, "lines", LINES, ("-n", "2", "-j", "1"), ', "--lines"')
        cannot_start(judge, programs, base)
        slow_start(judge, programs, base)
        last_memory(judge, programs, base)
    judge.end()


if __name__ == "__main__":
    main()
