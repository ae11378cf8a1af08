"""Full disks, read-only disks, directories without permission: real ones.

    disk_test.py BUILD

Needs root for small tmpfs mounts. Without: exit 77, which CTest shows as skipped, and the reason on stdout.
"""

import contextlib
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_campaign, tranche, wait_until  # noqa: E402
from checker import Picture, compare  # noqa: E402
from disks import tmpfs, why_no_mount  # noqa: E402

POINTS = 20000  # about 5 MB in the second stage
MEGABYTE = 1 << 20


def remount(folder, options):
    subprocess.run(["mount", "-o", f"remount,{options}", folder], check=True)


def free_bytes(folder):
    facts = os.statvfs(folder)
    return facts.f_bavail * facts.f_frsize


def fill(folder, leave=0):
    """Takes all space of the file system but `leave` bytes."""
    with open(os.path.join(folder, "filling"), "wb", buffering=0) as file:
        with contextlib.suppress(OSError):
            while (room := free_bytes(folder) - leave) > 0:
                file.write(b"x" * min(room, MEGABYTE))


def empty(folder):
    os.unlink(os.path.join(folder, "filling"))


def slow_campaign(folder, programs, points=POINTS, **options):
    return make_campaign(folder, programs, points=points, **options)


def recorded(campaign):
    """Rows in the ledger, asked of a copy."""
    with tempfile.TemporaryDirectory() as copy:
        for name in ("ledger.sqlite", "ledger.sqlite-journal"):
            if os.path.exists(os.path.join(campaign, name)):
                shutil.copy(os.path.join(campaign, name), copy)
        try:
            return sqlite3.connect(os.path.join(copy, "ledger.sqlite")).execute("SELECT count(*) FROM runs").fetchone()[0]
        except sqlite3.Error:
            return 0


class Disks:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder
        calm = slow_campaign(os.path.join(folder, "calm"), programs)
        judge.code(0, Run(programs, calm, "-j", "2").wait(), "an undisturbed run")
        self.calm = Picture(calm)
        judge(not self.calm.findings, "it is sound", *self.calm.findings)

    def ends_well(self, campaign, what, before, *arguments):
        """With room again: goes on, finishes, has lost nothing, has the digests of the undisturbed run."""
        self.judge.code(0, Run(self.programs, campaign, "-j", "2", *arguments).wait(), f"{what}: resumes with room")
        after = Picture(campaign)
        self.judge(not after.findings, f"{what}: sound", *after.findings[:5])
        self.judge(after.digests() == self.calm.digests(), f"{what}: digests of the undisturbed run")
        if before is not None:
            findings = compare(before, after)
            self.judge(not findings, f"{what}: nothing recorded was lost or run again", *findings[:5])
        self.judge.code(0, tranche(self.programs, campaign, "verify"), f"{what}: verify")

    def refused(self, done, words, what):
        self.judge.code(7, done, what)
        self.judge.says(words, done[1] + done[2], f"{what}: says what, where and what to do")

    def creation(self, ranks):
        what = f"stage file on a small disk, {ranks} rank(s)"
        with tmpfs(os.path.join(self.folder, f"small{ranks}"), "4m") as disk:
            campaign = slow_campaign(os.path.join(disk, "campaign"), self.programs)
            done = Run(self.programs, campaign, "-j", "1", "-n", str(ranks)).wait()
            self.refused(done, ["r1.s2.h5", "needs", "free", "tranche run"], what)
            self.judge(os.listdir(os.path.join(campaign, "store")) == ["r1.s1.h5"], f"{what}: nothing is left of it")
            before = Picture(campaign)
            self.judge(not before.findings and len(before.done) > 0, f"{what}: the first stage stays", *before.findings)
            remount(disk, "size=64m")
            self.ends_well(campaign, what, before, "-n", str(ranks))

    def reserved(self):
        """The disk fills up right after a stage file was made; some room is left for the ledger."""
        what = "full after creation"
        with tmpfs(os.path.join(self.folder, "reserved"), "64m") as disk:
            campaign = slow_campaign(os.path.join(disk, "campaign"), self.programs)
            run = Run(self.programs, campaign, "-j", "1")
            second = os.path.join(campaign, "store", "r1.s2.h5")
            wait_until("the second stage file", lambda: os.path.exists(second) or run.process.poll() is not None)
            fill(disk, leave=3 * MEGABYTE)
            size = os.path.getsize(second)
            left = POINTS - recorded(campaign)
            self.judge(size > 4 * MEGABYTE > free_bytes(disk), f"{what}: less is free than the stage holds")
            self.judge(left * 192 > free_bytes(disk), f"{what}: most of it is still to be written ({left})")
            self.judge.code(0, run.wait(), f"{what}: the run finishes")
            self.judge(os.path.getsize(second) == size, f"{what}: the file has not grown")
            empty(disk)
            self.ends_well(campaign, what, None)

    def ledger(self, ranks):
        what = f"no room for the ledger, {ranks} rank(s)"
        with tmpfs(os.path.join(self.folder, f"ledger{ranks}"), "64m") as disk:
            campaign = slow_campaign(os.path.join(disk, "campaign"), self.programs)
            run = Run(self.programs, campaign, "-j", "1", "-n", str(ranks))
            # With the second stage file comes a view of it, which needs room as well.
            wait_until("samples of the second stage are recorded",
                       lambda: recorded(campaign) > POINTS // 10 or run.process.poll() is not None)
            fill(disk)
            done = run.wait()
            self.refused(done, ["ledger.sqlite", "full", "make room"], what)
            before = Picture(campaign)
            self.judge(not before.findings, f"{what}: nothing is recorded that is not stored", *before.findings[:5])
            self.judge(len(before.done) < POINTS, f"{what}: it was in the middle ({len(before.done)} done)")
            again = Run(self.programs, campaign, "-j", "1", "-n", str(ranks)).wait()
            self.refused(again, ["full", "make room"], f"{what}: starting on the full disk")
            empty(disk)
            self.ends_well(campaign, what, before, "-n", str(ranks))

    def published(self):
        """What nobody can write is said once, and the run goes on."""
        for name in ("status.json", "failures.json"):
            campaign = slow_campaign(os.path.join(self.folder, "no-" + name), self.programs, points=2000)
            os.makedirs(os.path.join(campaign, name, "in the way"))
            done = Run(self.programs, campaign, "-j", "2").wait()
            self.judge.code(0, done, f"{name} cannot be written")
            self.judge(done[2].count(f"{name} cannot be published") == 1, f"{name}: said once", done[2])

    def logs(self):
        campaign = slow_campaign(os.path.join(self.folder, "no-logs"), self.programs, points=2000)
        with open(os.path.join(campaign, "logs"), "w") as file:
            file.write("in the way")
        self.refused(Run(self.programs, campaign).wait(), ["logs"], "a file where the logs should be")

    def export(self):
        with tmpfs(os.path.join(self.folder, "target"), "1m") as disk:
            fill(disk, leave=100_000)
            for form, name in (("hdf5", "out.h5"), ("npz", "out.npz")):
                target = os.path.join(disk, name)
                done = tranche(self.programs, os.path.join(self.folder, "calm"), "export", "--format", form, "-o", target)
                self.refused(done, [name, "space"], f"export as {form} to a full disk")
                self.judge(os.listdir(disk) == ["filling"], f"export as {form}: nothing is left of it", os.listdir(disk))

    def init(self):
        with tmpfs(os.path.join(self.folder, "init"), "64k") as disk:
            fill(disk)
            done = tranche(self.programs, disk, "init", os.path.join(disk, "new"))
            self.refused(done, ["new", "space"], "init on a full disk")

    def read_only(self):
        with tmpfs(os.path.join(self.folder, "frozen"), "64m") as disk:
            campaign = slow_campaign(os.path.join(disk, "campaign"), self.programs)
            self.judge.code(0, Run(self.programs, campaign, "--until", "first").wait(), "a first stage")
            remount(disk, "ro")
            self.refused(Run(self.programs, campaign).wait(), ["ead-only file system"], "run on a read-only disk")
            self.judge.code(0, tranche(self.programs, campaign, "check"), "check on a read-only disk")
            self.judge.code(0, tranche(self.programs, campaign, "status"), "status on a read-only disk")
            self.judge.code(0, tranche(self.programs, campaign, "verify"), "verify on a read-only disk")
            self.judge.code(0, tranche(self.programs, campaign, "show", "0"), "show on a read-only disk")
            out = os.path.join(self.folder, "out-of-read-only.h5")
            self.judge.code(0, tranche(self.programs, campaign, "export", "-o", out), "export from a read-only disk")
            remount(disk, "rw")
            self.ends_well(campaign, "writable again", Picture(campaign))

    def permission(self):
        """As an ordinary user: modes mean nothing to root."""
        campaign = slow_campaign(os.path.join(self.folder, "modes"), self.programs, points=2000)
        self.judge.code(0, Run(self.programs, campaign, "--until", "first").wait(), "a first stage")
        os.chmod(self.folder, 0o755)
        subprocess.run(["chown", "-R", "nobody", campaign], check=True)
        for name, mode, words in ((".", 0o555, ["ermission denied"]), ("store", 0o555, ["store", "ermission denied"]),
                                  ("ledger.sqlite", 0o444, ["ledger.sqlite", "permission"]),
                                  ("store/r1.s1.h5", 0o000, ["r1.s1.h5", "ermission denied"])):
            path = os.path.join(campaign, name)
            before = os.stat(path).st_mode
            os.chmod(path, mode)
            self.refused(self.as_nobody(campaign, "run"), words, f"run with {name} of mode {mode:o}")
            os.chmod(path, before)
        os.chmod(os.path.join(campaign, "store", "r1.s1.h5"), 0)
        done = self.as_nobody(campaign, "export", "-o", "/dev/null/x")
        self.refused(done, ["r1.s1.h5", "ermission denied"], "export of a file that may not be read")
        os.chmod(os.path.join(campaign, "store", "r1.s1.h5"), 0o644)
        self.judge.code(0, self.as_nobody(campaign, "run"), "run with all modes put back")
        self.judge.code(0, self.as_nobody(campaign, "verify"), "verify by an ordinary user")

    def as_nobody(self, campaign, *arguments):
        done = subprocess.run(["setpriv", "--reuid=nobody", "--clear-groups", self.programs.tranche, "-C", campaign,
                               *arguments], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
        return done.returncode, done.stdout, done.stderr


def main():
    if why := why_no_mount():
        print(f"skipped: {why}")
        sys.exit(77)
    judge, programs = Judge(), Programs(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        disks = Disks(judge, programs, folder)
        for ranks in (1, 2):
            disks.creation(ranks)
            disks.ledger(ranks)
        disks.reserved()
        disks.published()
        disks.logs()
        disks.export()
        disks.init()
        disks.read_only()
        disks.permission()
    judge.end()


if __name__ == "__main__":
    main()
