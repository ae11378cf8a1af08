"""verify by mutation, driven by what the files hold: nothing that is stored can be forgotten here.

    mutation_test.py BUILD [--rounds N] [--seed N]

Every dataset of every stage file and of the view, every attribute of every object, every column of every table of the
ledger and every line of the lock is changed, one at a time; verify must end with 8 and name the file. What may change
unnoticed is listed here with the reason.
"""

import argparse
import glob
import os
import random
import shutil
import sqlite3
import sys
import tempfile

import h5py
import numpy as np

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, tranche, wait_until  # noqa: E402

YAML = """\
tranche: 1
name: rich
parameters:
  work:  {{range: [0, 1], unit: s}}
  phase: {{range: [0.1, 3.0], scale: log, unit: s}}
  kind:  {{values: [blr, torus]}}
constants: {{z: 0.031, c: {{value: 2.998e10, unit: cm s-1}}}}
derived: {{twice: {{expr: "2*work", unit: s}}}}
constraints: ["work + phase < 3.7"]
design: {{method: nested-lhs, points: 4000, seed: 7}}
stages:
  - {{name: first, upto: 1%, gate: ask}}
  - {{name: second, upto: 5%, gate: pass}}
  - {{name: all, upto: 100%}}
simulator: {{plugin: {plugin}, timeout: 20 s}}
axes:
  k: {{linear: [0, 1], n: 16, unit: Hz}}
outputs:
  curve: {{axes: [k], unit: erg s-1, store: {{transform: log10, floor: 1e-30, dtype: float32}}, checks: [finite, nonnegative]}}
  raw:   {{axes: [k], store: {{dtype: float64}}}}
meta: [steps]
store: {{epoch: 200 ms}}
"""

OK = 1


def rich_campaign(judge, programs, folder):
    """Two sealed stages and one that was killed in the middle, with failures, and a second job."""
    os.makedirs(folder)
    with open(os.path.join(folder, "campaign.yaml"), "w") as file:
        file.write(YAML.format(plugin=programs.plugin("lumpy")))
    judge.code(3, Run(programs, folder, "-j", "2").wait(), "the first stage")
    judge.code(0, tranche(programs, folder, "approve", "first"), "its gate")
    judge.code(0, Run(programs, folder, "-j", "2", "--until", "second").wait(), "the second stage")
    run = Run(programs, folder, "-j", "2")
    wait_until("an epoch of the third stage", lambda: ledger_says(folder, "SELECT count(*) FROM runs") > 230
               if not run.process.poll() else True)
    run.kill()
    judge.code(0, tranche(programs, folder, "verify"), "the campaign is sound")
    open_stages = ledger_says(folder, "SELECT count(*) FROM stages WHERE state = 1 AND stage = 3")
    judge(open_stages == 1, "the third stage is open")
    return folder


def ledger_says(folder, question):
    """From a copy: the owner holds the lock."""
    with tempfile.TemporaryDirectory() as copy:
        for path in glob.glob(os.path.join(folder, "ledger.sqlite*")):
            shutil.copy(path, copy)
        try:
            return sqlite3.connect(os.path.join(copy, "ledger.sqlite")).execute(question).fetchone()[0]
        except sqlite3.Error:
            return 0


def flip(path, offset, mask):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ mask]))


class Mutations:
    def __init__(self, judge, programs, origin, folder, dice):
        self.judge, self.programs, self.origin, self.dice = judge, programs, origin, dice
        self.copy = os.path.join(folder, "mutant")
        self.count = 0

    def check(self, what, mutate, words, codes=(8,)):
        """One file is altered, and put back afterwards: copying everything would take most of the time."""
        self.count += 1
        for path in glob.glob(os.path.join(self.copy, "**"), recursive=True):
            inside = os.path.relpath(path, self.copy)
            if os.path.isfile(path) and not os.path.exists(os.path.join(self.origin, inside)):
                os.unlink(path)
        changed = mutate(self.copy)
        code, out, err = tranche(self.programs, self.copy, "verify")
        missing = [word for word in words if word not in out + err]
        self.judge(code in codes and not missing, what, f"exit {code}, not said: {missing}", out, err)
        shutil.copy(os.path.join(self.origin, changed), os.path.join(self.copy, changed))

    # --- stage files and view ---------------------------------------------------------------------------

    def store_file(self, name, rounds):
        with h5py.File(os.path.join(self.origin, name)) as file:
            objects = [("/", file)]
            file.visititems(lambda path, item: objects.append((path, item)))
            attributes = [(path, attribute) for path, item in objects for attribute in item.attrs]
            datasets = [path for path, item in objects if isinstance(item, h5py.Dataset)]
        self.judge(len(attributes) > 20 and len(datasets) > 8, f"{name} has {len(datasets)} datasets, "
                   f"{len(attributes)} attributes")
        for path, attribute in attributes:
            self.attribute(name, path, attribute)
        for path in datasets:
            for _ in range(rounds):
                self.dataset(name, path)

    def attribute(self, name, path, attribute):
        # The lists that tie scales to datasets hold references: h5py can take them away, not write them.
        structure = attribute in ("DIMENSION_LIST", "REFERENCE_LIST", "CLASS", "NAME")

        def mutate(folder):
            with h5py.File(os.path.join(folder, name), "r+") as file:
                item = file[path]
                if structure:
                    del item.attrs[attribute]
                else:
                    item.attrs[attribute] = altered(item.attrs[attribute], self.dice)
            return name

        # A larger number of the format means a newer program.
        self.check(f"{name}: attribute {attribute} of {path}", mutate, [os.path.basename(name)],
                   (2, 8) if attribute == "tranche_format" else (8,))

    def dataset(self, name, path):
        with h5py.File(os.path.join(self.origin, name)) as file:
            item = file[path]
            texts = h5py.check_string_dtype(item.dtype) is not None
            virtual = item.is_virtual
            place = None if texts or virtual else self.place(file, path, item)
        if place is None and not (texts or virtual):
            return

        def mutate(folder):
            target = os.path.join(folder, name)
            if texts:
                with h5py.File(target, "r+") as file:
                    values = list(file[path].asstr()[:])
                    at = self.dice.randrange(len(values))
                    values[at] = altered(values[at], self.dice)
                    file[path][:] = values
            elif virtual:  # holds nothing but where its rows come from
                with open(target, "rb") as file:
                    content = file.read()
                wanted = ("/" + path).encode() + b"\0"
                at = content.index(wanted) + len(wanted) - 2
                flip(target, at, 1)
            else:
                flip(target, *place)
            return name

        self.check(f"{name}: {path}", mutate, [os.path.basename(name)])

    def place(self, file, path, item):
        """Offset and mask of a bit that means something. Where nothing is promised:

        - rows of an open stage that are not ok: outputs, meta; the state of a recorded row that reads pending, and its
          checksum (the next start writes both); meta of ok rows (covered when the stage is sealed);
        - the last bits of parameters and derived numbers of an open stage (other hosts may round them otherwise) and of
          the points of an axis;
        - which of the many NaNs a NaN is.
        """
        sealed = "seal" in file and int(file["seal"][0]) > 0
        root = path.split("/")[0]
        rows = np.arange(item.shape[0])
        if not sealed and "state" in file and item.shape[0] == file["state"].shape[0]:
            ok = np.flatnonzero(file["state"][:] == OK)
            if root == "meta":
                return None
            if root in file.attrs["output_names"]:
                rows = ok
        if len(rows) == 0:  # the stage was stopped before any of its rows was recorded
            return None
        size = item.dtype.itemsize
        row = int(self.dice.choice(list(rows)))
        width = item.size // item.shape[0]
        element = row * width + self.dice.randrange(width)
        value = item[:].reshape(-1)[element]
        real = item.dtype.kind == "f"
        byte = self.dice.randrange(size)
        mask = 1 << self.dice.randrange(8)
        if real and (not sealed or path in ("k",)) and root not in file.attrs["output_names"]:
            byte, mask = size - 2, 1 << self.dice.randrange(4)  # no rounding changes these
        if real and np.isnan(value) and not sealed:
            return None
        if path == "state" and not sealed:
            mask = 0x80 >> self.dice.randrange(4)  # pending it may not become
            byte = 0
        return item.id.get_offset() + element * size + byte, mask

    # --- ledger -------------------------------------------------------------------------------------------

    def ledger(self, rounds):
        db = sqlite3.connect(os.path.join(self.origin, "ledger.sqlite"))
        tables = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = [(table, row[1]) for table in tables for row in db.execute(f"PRAGMA table_info({table})")]
        db.close()
        self.judge(len(tables) >= 9 and len(columns) > 60, f"the ledger has {len(columns)} columns in {len(tables)} tables")
        for table, column in columns:
            for _ in range(rounds):
                self.cell(table, column)

    def cell(self, table, column):
        def mutate(folder):
            db = sqlite3.connect(os.path.join(folder, "ledger.sqlite"))
            key = ", ".join(row[1] for row in db.execute(f"PRAGMA table_info({table})") if row[5]) or "rowid"
            keys = db.execute(f"SELECT {key} FROM {table} WHERE {column} IS NOT NULL").fetchall()
            keys = keys or db.execute(f"SELECT {key} FROM {table}").fetchall()
            where = " AND ".join(f"{name} = ?" for name in key.split(", "))
            at = self.dice.choice(keys)
            (value,) = db.execute(f"SELECT {column} FROM {table} WHERE {where}", at).fetchone()
            changed = 0
            while changed != 1:
                try:
                    changed = db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}",
                                         (altered(value, self.dice), *at)).rowcount
                except sqlite3.IntegrityError:  # that key is taken
                    continue
            db.commit()
            db.close()
            return "ledger.sqlite"

        self.check(f"ledger: {table}.{column}", mutate, ["ledger"])

    # --- lock -----------------------------------------------------------------------------------------------

    def lock(self, rounds):
        name = os.path.join("lock", "r1.yaml")
        with open(os.path.join(self.origin, name), "rb") as file:
            lines = file.read().split(b"\n")[:-1]
        start = 0
        for line in lines:
            for _ in range(rounds):
                at, mask = start + self.dice.randrange(len(line)), 1 << self.dice.randrange(7)

                def mutate(folder, at=at, mask=mask):
                    flip(os.path.join(folder, name), at, mask)
                    return name

                self.check(f"lock: {line[:40]!r}, byte {at}", mutate, ["r1.yaml"])
            start += len(line) + 1


def altered(value, dice):
    """Another value of the same type, different in one place."""
    if value is None:
        return 7
    if isinstance(value, np.ndarray):
        changed = value.copy()
        at = dice.randrange(changed.size)
        changed.flat[at] = altered(changed.flat[at], dice)
        return changed
    if isinstance(value, bytes):
        at = dice.randrange(len(value))
        return value[:at] + bytes([value[at] ^ 1 << dice.randrange(8)]) + value[at + 1:]
    if isinstance(value, str):
        if not value:
            return "x"
        at = dice.randrange(len(value))
        return value[:at] + ("x" if value[at] != "x" else "y") + value[at + 1:]
    if isinstance(value, (float, np.floating)):
        return type(value)(value * 1.5 + 1)
    return type(value)(int(value) ^ 1 << dice.randrange(3))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("build")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    options = parser.parse_args()
    print(f"seed {options.seed}")
    judge, programs = Judge(), Programs(options.build)
    with tempfile.TemporaryDirectory() as folder:
        origin = rich_campaign(judge, programs, os.path.join(folder, "origin"))
        mutations = Mutations(judge, programs, origin, folder, random.Random(options.seed))
        shutil.copytree(origin, mutations.copy)
        files = sorted(os.path.relpath(path, origin) for path in glob.glob(os.path.join(origin, "store", "*.h5")))
        judge(len(files) == 3, "three stage files")
        for name in files + ["store.h5"]:
            mutations.store_file(name, options.rounds)
        mutations.ledger(options.rounds)
        mutations.lock(options.rounds)
        print(f"{mutations.count} mutations")
        judge.code(0, tranche(programs, origin, "verify"), "the original is still sound")
        judge.code(0, tranche(programs, mutations.copy, "verify"), "so is the copy with everything put back")
    judge.end()


if __name__ == "__main__":
    main()
