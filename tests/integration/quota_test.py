"""A quota that is reached while a campaign runs: in the store, the ledger, the view, and in what is only for people.

    quota_test.py BUILD

File systems with quotas cannot be mounted everywhere, so a preloaded library answers EDQUOT for the files a test names
(tests/support/quota.c); everything above the C library is as shipped.
"""

import glob
import os
import sys
import tempfile

import h5py

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, Run, make_campaign, tranche, wait_until  # noqa: E402
from checker import Picture, compare  # noqa: E402

POINTS = 12000


class Quotas:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder
        self.flag = os.path.join(folder, "flag")
        self.environment = {"LD_PRELOAD": os.path.join(programs.build, "tests", "support", "libquota.so"),
                            "TRANCHE_TEST_QUOTA": self.flag}
        calm = make_campaign(os.path.join(folder, "calm"), programs, points=POINTS)
        judge.code(0, Run(programs, calm, "-j", "2").wait(), "an undisturbed run")
        self.calm = Picture(calm)

    def reach(self, *words):
        with open(self.flag + ".new", "w") as file:
            file.write("\n".join(words))
        os.rename(self.flag + ".new", self.flag)

    def run(self, campaign, ranks):
        return Run(self.programs, campaign, "-j", "1", "-n", str(ranks), environment=self.environment)

    def campaign(self, name):
        return make_campaign(os.path.join(self.folder, name), self.programs, points=POINTS)

    def has_rows(self, path):
        with h5py.File(path, "r", locking=False) as file:
            return (file["state"][:] == 1).any()

    def sound(self, campaign, what):
        picture = Picture(campaign)
        self.judge(not picture.findings, f"{what}: nothing is recorded that is not stored", *picture.findings[:5])
        return picture

    def ends_well(self, campaign, what, before):
        os.unlink(self.flag)
        self.judge.code(0, Run(self.programs, campaign, "-j", "2").wait(), f"{what}: resumes with room")
        after = self.sound(campaign, what)
        self.judge(not compare(before, after), f"{what}: nothing was lost or run again", *compare(before, after)[:5])
        self.judge(after.digests() == self.calm.digests(), f"{what}: digests of the undisturbed run")

    def ends_the_run(self, name, words, ranks):
        """In the middle of the second stage nothing can be written any more to files with `words` in their path."""
        what = f"quota reached in {words}, {ranks} rank(s)"
        campaign = self.campaign(f"{name}{ranks}")
        run = self.run(campaign, ranks)
        second = os.path.join(campaign, "store", "r1.s2.h5")
        wait_until("the second stage file", lambda: os.path.exists(second) or run.process.poll() is not None)
        if ranks > 1:  # else the file cannot even be opened
            wait_until("rows in it", lambda: self.has_rows(second) or run.process.poll() is not None)
        self.reach(f"/{name}{ranks}/", words)
        done = run.wait()
        self.judge.code(7, done, what)
        self.judge.says([words.split("/")[-1], "make room", "quota"], done[1] + done[2], f"{what}: what, where, and what to do")
        before = self.sound(campaign, what)
        self.judge(len(before.done) < POINTS, f"{what}: it was in the middle ({len(before.done)} done)")
        self.ends_well(campaign, what, before)

    def while_made(self, name, words):
        """A file that is being made cannot be written: nothing is left of it."""
        what = f"quota reached while {words} is made"
        campaign = self.campaign(name)
        self.reach(f"/{name}/", words)
        done = self.run(campaign, 1).wait()
        self.judge.code(7, done, what)
        self.judge.says([words, "quota"], done[2], f"{what}: what, where, and what to do")
        left = glob.glob(os.path.join(campaign, "**", "*.new"), recursive=True)
        self.judge(not left, f"{what}: nothing is left of it", *left)
        self.judge(not os.path.exists(os.path.join(campaign, "store", "r1.s2.h5")), f"{what}: no second stage")
        self.ends_well(campaign, what, self.sound(campaign, what))

    def carries_on(self, name, words, said):
        """What is only for people, or only for others who would take the campaign over, stops no run."""
        campaign = self.campaign(name)
        run = self.run(campaign, 1)
        wait_until("the run owns its campaign", lambda: os.path.exists(os.path.join(campaign, "owner")))
        self.reach(f"/{name}/", words)
        done = run.wait()
        self.judge.code(0, done, f"quota reached in {words}")
        self.judge(all(text in done[2] for text in said), f"quota reached in {words}: the run says so", done[2])
        self.ends_well(campaign, words, self.sound(campaign, words))


def main():
    judge = Judge()
    with tempfile.TemporaryDirectory() as folder:
        quotas = Quotas(judge, Programs(sys.argv[1]), folder)
        for ranks in (1, 2):
            quotas.ends_the_run("rows", "store/r1.s2.h5", ranks)
        quotas.ends_the_run("book", "ledger.sqlite", 2)
        quotas.while_made("creation", "r1.s2.h5")
        quotas.while_made("view", "store.h5")
        quotas.carries_on("talk", "status.json", ["status.json cannot be published"])
        quotas.carries_on("heart", "owner", ["owner"])
    judge.end()


if __name__ == "__main__":
    main()
