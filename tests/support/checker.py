"""Independent judge of a campaign directory.

Shares no code with tranche: reads ledger.sqlite with sqlite3 and the stage files with h5py, and knows
the formats only from docs/formats. Every finding is one line; no finding means sound.
"""

import glob
import hashlib
import os
import shutil
import sqlite3
import struct
import tempfile

import h5py
import numpy as np
import xxhash

PENDING, OK, FAILED, TIMEOUT, CRASHED, INVALID, EXCLUDED = range(7)


class Picture:
    """What ledger and store say at one instant. `runs`: run_id -> row; `rows`: (revision, index) -> bytes."""

    def __init__(self, campaign):
        self.findings = []
        self.runs = {}
        self.done = set()
        self.rows = {}
        self.stages = {}
        # A copy, with its hot journal: looking must not be what repairs the campaign.
        with tempfile.TemporaryDirectory() as folder:
            for path in glob.glob(os.path.join(campaign, "ledger.sqlite*")):
                shutil.copy(path, folder)
            ledger = os.path.join(folder, "ledger.sqlite")
            if os.path.exists(ledger):
                self._read_ledger(ledger)
        for path in sorted(glob.glob(os.path.join(campaign, "store", "r*.s*.h5"))):
            self._read_stage(path)

    def _read_ledger(self, path):
        db = sqlite3.connect(path)
        db.row_factory = sqlite3.Row
        for (verdict,) in db.execute("PRAGMA integrity_check"):
            if verdict != "ok":
                self.findings.append(f"ledger: integrity_check: {verdict}")
        tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "runs" not in tables:
            return
        for row in db.execute("SELECT * FROM runs ORDER BY run_id"):
            self.runs[row["run_id"]] = tuple(row)
        for row in db.execute("SELECT * FROM stages"):
            self.stages[(row["revision"], row["stage"])] = dict(row)
        for row in db.execute("SELECT revision, block, bitmap FROM done"):
            base = row["block"] * 65536
            bits = np.unpackbits(np.frombuffer(row["bitmap"], dtype=np.uint8), bitorder="little")
            self.done.update((row["revision"], base + int(k)) for k in np.flatnonzero(bits))
        self.final = {}
        for row in db.execute("SELECT revision, idx, state, checksum FROM samples"):
            self.final[(row["revision"], row["idx"])] = (row["state"], (row["checksum"] or 0) & (2**64 - 1))
        if set(self.final) != self.done:
            self.findings.append(f"ledger: {len(self.final)} final samples, {len(self.done)} done bits")
        db.close()

    def _read_stage(self, path):
        name = os.path.basename(path)
        with h5py.File(path, "r") as file:
            revision = int(file["revision"][0])
            index = file["index"][:]
            state = file["state"][:]
            checksum = file["checksum"][:]
            stage = int(file["stage"][0])
            seal = file["seal"][:]
            outputs = [file[output][:] for output in output_names(file)]
        meta = self.stages.get((revision, stage))
        digest = xxhash.xxh3_128()
        for k, i in enumerate(index):
            key = (revision, int(i))
            recorded = getattr(self, "final", {}).get(key)
            stored = b"".join(canonical(output[k]) for output in outputs)
            if state[k] == OK and (recorded is None or recorded[0] != OK):
                self.findings.append(f"{name}: row {i} is ok in the file, but not recorded")
            if recorded is not None and recorded[0] == OK:
                self.rows[key] = hashlib.sha256(stored).hexdigest()
                if xxhash.xxh3_64(stored).intdigest() != recorded[1]:
                    self.findings.append(f"{name}: row {i} is recorded, but its bytes have another checksum")
            final_state = recorded[0] if recorded else int(state[k])
            digest.update(struct.pack("<QBQ", int(i), final_state, recorded[1] if recorded else 0))
            if meta and meta["digest"]:
                if recorded is None and state[k] != EXCLUDED:
                    self.findings.append(f"{name}: sealed, but row {i} has no final run")
                if recorded is not None and (int(state[k]), int(checksum[k])) != recorded:
                    self.findings.append(f"{name}: sealed, but row {i} says {state[k]}, the ledger {recorded[0]}")
                if final_state != OK and not all(np.isnan(output[k]).all() for output in outputs):
                    self.findings.append(f"{name}: sealed, row {i} is not ok, yet holds numbers")
        if meta and meta["digest"]:
            found = digest.hexdigest()
            if found != meta["digest"]:
                self.findings.append(f"{name}: digest {found}, the ledger says {meta['digest']}")
            sealed = f"{int(seal[1]):016x}{int(seal[2]):016x}"
            if sealed != meta["digest"]:
                self.findings.append(f"{name}: sealed with {sealed}, the ledger says {meta['digest']}")

    def digests(self):
        return {key: stage["digest"] for key, stage in self.stages.items()}


def output_names(file):
    """Outputs are the float datasets at the root, in declared order (attribute `output_names`; none: no outputs)."""
    names = file.attrs.get("output_names", [])
    return [name.decode() if isinstance(name, bytes) else str(name) for name in np.atleast_1d(names)]


def canonical(values):
    values = np.atleast_1d(values).copy()
    values[np.isnan(values)] = np.nan
    return values.tobytes()


def compare(before, after):
    """Findings: recorded rows of `before` that are lost, changed or run again in `after`."""
    findings = []
    for run, row in before.runs.items():
        if run not in after.runs:
            findings.append(f"run {run:#x} was recorded and is lost")
        elif after.runs[run] != row:
            findings.append(f"run {run:#x} was recorded and has changed")
    for key, stored in before.rows.items():
        if after.rows.get(key) != stored:
            findings.append(f"row {key} was recorded and its outputs have changed")
    for run in after.runs:
        key = (run >> 48, (run >> 8) & (2**40 - 1))
        if run not in before.runs and key in before.done:
            findings.append(f"sample {key} was finished and has been run again")
    return findings
