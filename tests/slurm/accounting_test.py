"""A site with accounts: an ordinary user submits, is told which accounts there are for a wrong one, and runs with a
right one.

    accounting_test.py BUILD FOLDER
"""

import os
import pwd
import shutil
import subprocess
import sys

from slurm_support import SKIPPED, Cluster, SlurmTest, replace_in, why_no_cluster

USER = "nobody"
PACKAGES = "apt-get install --no-install-recommends slurmdbd mariadb-server-core mariadb-client-core"


def as_user(configuration, *words):
    """A command of the user, who brings nothing of root's environment: not even a name."""
    return ["setpriv", "--reuid", USER, "--regid", str(pwd.getpwnam(USER).pw_gid), "--clear-groups", "env", "-i",
            f"PATH={os.environ['PATH']}", f"SLURM_CONF={configuration}", *words]


class Accounting(SlurmTest):
    def user(self, *words):
        """(exit code, stdout, stderr) of a command of the user on the login node."""
        return self.cluster.on("login", *as_user(os.path.join(self.cluster.folder, "slurm.conf"), *words))

    def of_user(self, path, *arguments):
        return self.user(self.programs.tranche, "-C", path, *arguments)

    def users_campaign(self, name, **keys):
        path = self.campaign(name, gate="pass")
        if keys:
            replace_in(os.path.join(path, "campaign.yaml"), "partition: main",
                       "partition: main" + "".join(f"\n  {key}: {value}" for key, value in keys.items()))
        for entry in (path, os.path.join(path, "campaign.yaml")):
            shutil.chown(entry, USER)
        return path

    def calm(self):
        path = self.campaign("calm", gate="pass")
        done = subprocess.run([self.programs.tranche, "-C", path, "-q", "run"], text=True, capture_output=True)
        self.judge.code(0, (done.returncode, done.stdout, done.stderr), "an undisturbed run on one rank")
        return path

    def check_refusals(self):
        judge = self.judge
        for account, place in (("astor", "13:3"), ("optics", "13:3"), ("faraway", "13:3")):
            path = self.users_campaign(f"wrong-{account}", account=account)
            code, out, err = self.of_user(path, "submit")
            judge(code == 2 and f"campaign.yaml:{place}: error: Slurm refuses the job: Invalid account" in err,
                  f"account {account}: exit 2, with its line and Slurm's words", code, out, err)
            judge.says([f"  account: {account}", "account: one of astro"], err, "it shows the accounts of this user")
            judge("optics\n" not in err.split("one of")[-1] and "faraway" not in err.split("one of")[-1],
                  "and neither those of others nor those of other clusters", err)
            judge(not os.listdir(os.path.join(path, "jobs")), "no job is recorded", os.listdir(os.path.join(path, "jobs")))
        path = self.campaign("of-root")
        replace_in(os.path.join(path, "campaign.yaml"), "partition: main", "partition: main\n  account: astor")
        judge.says(["account: one of astro, optics, root"], self.tranche(path, "submit")[2], "root has others")

    def check_stranger(self):
        """A user without any account."""
        judge, path = self.judge, self.campaign("stranger")
        shutil.chown(path, "daemon")
        words = as_user(os.path.join(self.cluster.folder, "slurm.conf"), self.programs.tranche, "-C", path, "submit")
        words[words.index(USER)] = "daemon"
        code, out, err = self.cluster.on("login", *words)
        judge(code == 2 and "campaign.yaml:12:3: error: Slurm refuses the job: Invalid account" in err,
              "a user without an account: exit 2, at the section", code, out, err)
        judge.says(["ask your site which accounts you may use"], err, "it says whom to ask")

    def check_right(self, calm):
        judge, cluster = self.judge, self.cluster
        path = self.users_campaign("right", account="astro", nodes=2)
        replace_in(os.path.join(path, "campaign.yaml"), "\n  nodes: 3", "")
        code, out, err = self.of_user(path, "-q", "submit")
        if not judge(code == 0, "the right account: submitted, by an ordinary user", code, out, err):
            return
        job = out.split()[2].rstrip(":")
        facts = cluster.wait_end(job)
        log = cluster.log_of(path, job)
        judge(facts["ExitCode"] == "0:0" and facts["Account"] == "astro" and facts["UserId"].startswith(USER),
              "the job ran to the end, as that user, for that account", facts, log)
        self.sound(path, calm, "an ordinary user's job on two nodes")
        for arguments in (["status", "--exit-code"], ["verify"]):
            judge.code(0, self.of_user(path, *arguments), f"{arguments[0]}, as that user")
        strangers = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names
                     if os.stat(os.path.join(folder, name)).st_uid != pwd.getpwnam(USER).pw_uid]
        judge(not strangers, "every file is that user's", *strangers)


def main():
    build, folder = sys.argv[1:3]
    why_not = why_no_cluster(accounting=True)
    if why_not:
        print(f"skipped: {why_not}" + ("" if "root" in why_not else f" ({PACKAGES})"))
        sys.exit(SKIPPED)
    program = os.path.join(os.path.abspath(build), "bin", "tranche")
    if subprocess.run(as_user("", "test", "-x", program)).returncode != 0:
        print(f"skipped: user {USER} may not read {program}")
        sys.exit(SKIPPED)
    cluster = Cluster(folder)
    cluster.control("down")
    shutil.rmtree(cluster.work, ignore_errors=True)
    try:
        cluster.control("up", "--nodes", "2", "--accounting", limit_s=300)
        os.makedirs(cluster.work)
        test = Accounting(build, folder)
        os.chmod(test.folder, 0o755)
        for words in (["add", "cluster", "other"], ["add", "account", "faraway", "Cluster=other"],
                      ["add", "user", USER, "Account=faraway", "Cluster=other"]):
            cluster.slurm("sacctmgr", "-i", "-Q", *words)
        calm = test.calm()
        test.check_refusals()
        test.check_stranger()
        test.check_right(calm)
        test.end()
    finally:
        cluster.control("down")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
