"""verify by mutation: one byte is changed in a sound campaign, and verify must say where.

    verify_test.py BUILD [COUNT [SEED]]     COUNT: files with random bytes
"""

import glob
import os
import random
import shutil
import sqlite3
import sys
import tempfile

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_campaign, replace_in, tranche  # noqa: E402

STAGE = os.path.join("store", "r1.s2.h5")
CRASHES = ("terminate called", "Traceback", "Segmentation", "std::", "unexpected", "internal error", "HDF5-DIAG")


def finished(judge, programs, folder, seed=7):
    make_campaign(folder, programs, points=300)
    yaml = os.path.join(folder, "campaign.yaml")
    replace_in(yaml, "constraints:", 'derived: {twice: "2*phase"}\nconstraints:')
    replace_in(yaml, "seed: 7", f"seed: {seed}")
    judge.code(0, Run(programs, folder, "-j", "2").wait(), "run")
    judge.code(0, tranche(programs, folder, "verify"), "verify of the sound campaign")
    return folder


def flip(path, offset, mask=1):
    with open(path, "r+b") as file:
        file.seek(offset)
        byte = file.read(1)[0]
        file.seek(offset)
        file.write(bytes([byte ^ mask]))


def ledger(path, statement, *arguments):
    db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
    changed = db.execute(statement, arguments).rowcount
    db.commit()
    db.close()
    assert changed == 1, f"{statement}: {changed} rows"


class Mutations:
    def __init__(self, judge, programs, origin, folder):
        self.judge, self.programs, self.origin, self.folder = judge, programs, origin, folder
        self.number = 0

    def check(self, what, mutate, words, codes=(8,)):
        """verify says `words` and ends with one of `codes`; so it does with --json; it never falls over."""
        self.number += 1
        path = shutil.copytree(self.origin, os.path.join(self.folder, f"m{self.number}"))
        mutate(path)
        code, out, err = tranche(self.programs, path, "verify")
        found = code in codes and all(word in out + err for word in words)
        crashed = [word for word in CRASHES if word in out + err]
        self.judge(found and not crashed, f"{what}: exit {code}", f"wanted {codes} and {words}", *crashed, out, err)
        shutil.rmtree(path)

    def everybody(self, what, mutate, words, codes=(8,)):
        """Not only verify: export, show and run end with one of `codes` and say `words`."""
        self.check(what, mutate, words, codes)
        path = shutil.copytree(self.origin, os.path.join(self.folder, "all"))
        mutate(path)
        for command in (("export", "-o", os.path.join(path, "out.h5")), ("show", str(self.ok_sample)), ("run",)):
            done = Run(self.programs, path).wait() if command == ("run",) else tranche(self.programs, path, *command)
            code, out, err = done
            crashed = [word for word in CRASHES if word in out + err]
            self.judge(code in codes and all(word in out + err for word in words) and not crashed,
                       f"{what}: {command[0]}", f"exit {code}, wanted {codes} and {words}", out, err)
            self.judge(not os.path.exists(os.path.join(path, "out.h5")), f"{what}: nothing was exported")
        shutil.rmtree(path)

    def stage_file(self):
        with h5py.File(os.path.join(self.origin, STAGE)) as file:
            ok = int((file["state"][:] == 1).nonzero()[0][5])
            failed = int((file["state"][:] == 2).nonzero()[0][0])
            first = int(file.attrs["first_index"])
            self.ok_sample = first + ok
            places = {}
            file.visititems(lambda name, item: places.update({name: (item.id.get_offset(), item.dtype.itemsize,
                                                                      item.size // item.shape[0], item.shape)})
                            if isinstance(item, h5py.Dataset) and item.id.get_offset() is not None else None)
        for name in ("index", "revision", "stage", "parameters", "derived/twice", "curve", "raw", "state", "checksum"):
            offset, size, width, _ = places[name]
            # The highest byte but one of a float, the lowest of a whole number: a change that is not an ulp.
            byte = size - 2 if name in ("parameters", "derived/twice") else 0
            at = offset + ok * width * size + byte
            self.check(f"stage file, {name}, one bit of row {ok}", lambda path, at=at: flip(os.path.join(path, STAGE), at),
                       ["all", str(first + ok)] if name not in ("revision", "stage") else ["all"])
        for name in ("curve", "raw", "meta/steps"):
            offset, size, width, _ = places[name]
            at = offset + failed * width * size + size - 1

            def number_into_failed(path, at=at, size=size):
                flip(os.path.join(path, STAGE), at, 0xff)
                flip(os.path.join(path, STAGE), at - 1, 0xff)

            self.check(f"stage file, {name}, a number in the failed row {failed}", number_into_failed,
                       ["all", str(first + failed)])
        offset, size, _, _ = places["seal"]
        for k, part in enumerate(("generation", "digest", "digest")):
            self.check(f"stage file, seal, {part}", lambda path, at=offset + k * size: flip(os.path.join(path, STAGE), at),
                       ["all", "generation"])
        offset, size, _, _ = places["k"]
        self.check("stage file, a point of an axis", lambda path: flip(os.path.join(path, STAGE), offset + 7 * size + 6),
                   ["all", "k 7"])

    def whole_files(self, other):
        stage = lambda path: os.path.join(path, STAGE)  # noqa: E731
        self.everybody("stage file deleted", lambda path: os.unlink(stage(path)), ["r1.s2.h5"])
        size = os.path.getsize(stage(self.origin))
        for left in (0, 100, size // 2, size - 1):
            self.everybody(f"stage file cut to {left} of {size} bytes", lambda path, n=left: os.truncate(stage(path), n),
                       ["r1.s2.h5"])
        self.everybody("stage file of another campaign", lambda path: shutil.copy(stage(other), stage(path)), ["r1.s2.h5"])
        self.everybody("stage files exchanged",
                   lambda path: shutil.copy(os.path.join(self.origin, "store", "r1.s1.h5"), stage(path)), ["r1.s2.h5"])
        self.everybody("stage file is a text", lambda path: open(stage(path), "w").write("hello\n"), ["r1.s2.h5"])

        def newer(path):
            with h5py.File(stage(path), "r+") as file:
                file.attrs["tranche_format"] = 99

        self.everybody("stage file of a newer format", newer, ["r1.s2.h5", "newer"], codes=(2,))

        def folder_instead(path):
            os.unlink(stage(path))
            os.mkdir(stage(path))

        self.everybody("a folder instead of the stage file", folder_instead, ["r1.s2.h5"])
        self.check("view deleted", lambda path: os.unlink(os.path.join(path, "store.h5")), ["store.h5"])
        self.check("view cut", lambda path: os.truncate(os.path.join(path, "store.h5"), 1000), ["store.h5"])
        self.check("view of another campaign",
                   lambda path: shutil.copy(os.path.join(other, "store.h5"), os.path.join(path, "store.h5")), ["store.h5"])
        self.everybody("ledger of another campaign", lambda path: shutil.copy(
            os.path.join(other, "ledger.sqlite"), os.path.join(path, "ledger.sqlite")), ["ledger"], codes=(8,))
        self.everybody("ledger deleted", lambda path: os.unlink(os.path.join(path, "ledger.sqlite")), ["ledger.sqlite"],
                   codes=(8,))
        self.everybody("ledger empty", lambda path: os.truncate(os.path.join(path, "ledger.sqlite"), 0), ["ledger.sqlite"])
        self.everybody("ledger cut", lambda path: os.truncate(os.path.join(path, "ledger.sqlite"), 20000), ["ledger"])
        self.everybody("ledger is a text", lambda path: open(os.path.join(path, "ledger.sqlite"), "w").write("hello\n" * 999),
                   ["ledger.sqlite"])
        self.everybody("ledger of a newer format", lambda path: self.pragma(path, "user_version = 99"), ["ledger", "newer"],
                   codes=(2,))
        self.everybody("lock deleted", lambda path: os.unlink(os.path.join(path, "lock", "r1.yaml")), ["r1.yaml"])
        self.everybody("lock cut", lambda path: os.truncate(os.path.join(path, "lock", "r1.yaml"), 300), ["r1.yaml"])

    def begun_again(self):
        """A run never begins anew over what it finds, and repairs the view."""
        for lost, words in (("ledger.sqlite", ["ledger.sqlite"]), (os.path.join("lock", "r1.yaml"), ["r1.yaml"])):
            path = shutil.copytree(self.origin, os.path.join(self.folder, "lost"))
            os.unlink(os.path.join(path, lost))
            for turn in ("run", "run again"):
                done = Run(self.programs, path).wait()
                self.judge.code(8, done, f"{turn} without {lost}")
                self.judge.says(words, done[2], "it says what is missing")
            back = tranche(self.programs, path, "verify")
            self.judge.code(8, back, f"verify after a run without {lost}")
            shutil.copy(os.path.join(self.origin, lost), os.path.join(path, lost))
            self.judge.code(0, tranche(self.programs, path, "verify"), f"verify with {lost} put back")
            shutil.rmtree(path)
        for what in ("deleted", "cut"):
            path = shutil.copytree(self.origin, os.path.join(self.folder, "lost"))
            view = os.path.join(path, "store.h5")
            os.unlink(view) if what == "deleted" else os.truncate(view, 1000)
            self.judge.code(0, Run(self.programs, path).wait(), f"run with its view {what}")
            self.judge.code(0, tranche(self.programs, path, "verify"), "it has made the view anew")
            shutil.rmtree(path)

    def pragma(self, path, text):
        db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
        db.execute(f"PRAGMA {text}")
        db.close()

    def ledger_rows(self):
        ok = "(SELECT run_id FROM runs WHERE state = 1 ORDER BY run_id LIMIT 1 OFFSET 70)"
        for column, value in (("wall_s", "wall_s * 2"), ("cpu_s", "cpu_s + 1"), ("state", "2"), ("reason", "1"),
                              ("checksum", "checksum + 1"), ("message", "'changed'"), ("final", "0"), ("host", "99"),
                              ("epoch", "epoch + 1"), ("started_at", "started_at - 1"), ("slot", "slot + 1")):
            self.check(f"ledger, {column} of a run", lambda path, c=column, v=value: ledger(
                path, f"UPDATE runs SET {c} = {v} WHERE run_id = {ok}"), ["ledger"])
        self.check("ledger, a run deleted", lambda path: ledger(path, f"DELETE FROM runs WHERE run_id = {ok}"), ["ledger"])

        def done_bit(path):
            db = sqlite3.connect(os.path.join(path, "ledger.sqlite"))
            stage, bitmap = db.execute("SELECT stage, bitmap FROM done WHERE stage = 2").fetchone()
            changed = bytearray(bitmap)
            changed[20] ^= 4
            db.execute("UPDATE done SET bitmap = ? WHERE stage = 2", (bytes(changed),))
            db.commit()
            db.close()

        self.check("ledger, a done bit", done_bit, ["ledger"])
        for column, value in (("ok", "ok + 1"), ("failed", "failed - 1"), ("excluded", "excluded + 1"), ("runs", "runs + 1"),
                              ("wall_s", "wall_s + 5"), ("core_s", "core_s * 2"), ("generation", "generation + 1"),
                              ("digest", "'00000000000000000000000000000000'"), ("digest", "NULL"), ("state", "1"),
                              ("name", "'other'"), ("end_index", "end_index - 1")):
            self.check(f"ledger, {column} = {value} of a stage", lambda path, c=column, v=value: ledger(
                path, f"UPDATE stages SET {c} = {v} WHERE stage = 2"), [])
        self.check("ledger, a stage deleted", lambda path: ledger(path, "DELETE FROM stages WHERE stage = 2"), [])
        self.check("ledger, a fingerprint",
                   lambda path: ledger(path, "UPDATE epochs SET fingerprint = fingerprint + 1 WHERE epoch = 1"), ["ledger"])
        self.check("ledger, an epoch deleted", lambda path: ledger(path, "DELETE FROM epochs WHERE epoch = 1"), ["ledger"])

    def random_bytes(self, dice, files, count):
        """Anywhere in a file: whatever verify says, it says it in order. Nothing dies by a signal."""
        silent = 0
        for _ in range(count):
            self.number += 1
            path = shutil.copytree(self.origin, os.path.join(self.folder, f"m{self.number}"))
            name = dice.choice(files)
            size = os.path.getsize(os.path.join(path, name))
            at = dice.randrange(min(size, dice.choice((10_000, size))))  # HDF5's own structures are at the front
            for k in range(min(8, size - at)):
                flip(os.path.join(path, name), at + k, dice.randrange(1, 256))
            code, out, err = tranche(self.programs, path, "verify")
            silent += code == 0
            crashed = [word for word in CRASHES if word in out + err]
            named = code == 0 or os.path.basename(name).split(".")[0] in out + err
            if code not in (0, 2, 8) or crashed or not named:
                self.judge(False, f"8 random bytes in {name} at {at}: exit {code}", *crashed, out[-2000:], err[-2000:])
            shutil.rmtree(path)
        print(f"      {count} times 8 random bytes: {count - silent} noticed, {silent} in places that mean nothing")
        self.judge(silent < count, "random bytes are noticed at all")

    def crash(self, name):
        """A length inside the file that makes HDF5 1.10 crash or ask for all memory: found by chance, kept as a case."""
        dice = random.Random(1)
        for _ in range(400):
            path = shutil.copytree(self.origin, os.path.join(self.folder, "crash"))
            at = dice.randrange(1000, 9000)
            for k in range(8):
                flip(os.path.join(path, name), at + k, dice.randrange(1, 256))
            code, out, err = tranche(self.programs, path, "verify")
            if "crashes" not in out:
                shutil.rmtree(path)
                continue
            self.judge(code == 8 and os.path.basename(name) in out, f"a file that HDF5 crashes over: byte {at}", out, err)
            for command in (("export", "-o", os.path.join(path, "out.h5")), ("show", str(self.ok_sample)), ("run",)):
                done = (Run(self.programs, path).wait() if command == ("run",)
                        else tranche(self.programs, path, *command))
                self.judge(done[0] in (0, 8) and (done[0] == 0 or os.path.basename(name) in done[2]),
                           f"{command[0]} of it ends in order", *done)
            self.judge(done[0] == 8, "run refuses it before anything starts", *done)
            return shutil.rmtree(path)
        self.judge(False, "no crash was found in 400 tries")

    def endless(self):
        """A length in the view's texts by which HDF5 1.10 never gets any further."""
        path = shutil.copytree(self.origin, os.path.join(self.folder, "endless"))
        with open(os.path.join(path, "store.h5"), "r+b") as file:
            heap = file.read().index(b"GCOL")
            file.seek(heap + 16 + 8)  # of the first object: behind the heap's header, index and count
            file.write((2**64 - 16).to_bytes(8, "little"))
        done = tranche(self.programs, path, "verify", limit_s=900)
        self.judge.code(8, done, "verify of a view that HDF5 goes round in circles over")
        self.judge.says(["store.h5: damaged: HDF5 does not come to an end with it"], done[1], "it names the file")
        self.judge.code(0, Run(self.programs, path).wait(), "run makes it anew")
        self.judge.code(0, tranche(self.programs, path, "verify"), "verify of it")


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(2**32)
    print(f"seed {seed}")
    with tempfile.TemporaryDirectory() as folder:
        origin = finished(judge, programs, os.path.join(folder, "origin"))
        other = finished(judge, programs, os.path.join(folder, "other"))
        mutations = Mutations(judge, programs, origin, folder)
        mutations.stage_file()
        mutations.whole_files(other)
        mutations.ledger_rows()
        mutations.begun_again()
        files = [os.path.relpath(path, origin) for path in glob.glob(os.path.join(origin, "store", "*.h5"))]
        mutations.random_bytes(random.Random(seed), files + ["ledger.sqlite", "store.h5"], count)
        mutations.crash(STAGE)
        if count >= 1000:  # a minute of processor time
            mutations.endless()
        judge.code(0, tranche(programs, origin, "verify"), "the original is still sound")
    judge.end()


if __name__ == "__main__":
    main()
