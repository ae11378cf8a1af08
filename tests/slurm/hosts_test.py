"""Several hosts without Slurm: what docs/how-to/other-schedulers.md says is run as it stands there, on the virtual nodes.

    hosts_test.py BUILD CLUSTER
"""

import json
import os
import re
import shutil
import subprocess
import sys

from slurm_support import NODES, ROOT, Picture, SlurmTest

PAGE = os.path.join(ROOT, "docs", "how-to", "other-schedulers.md")
AGENT = """\
#!/bin/sh
host=$1
shift
exec {cluster} exec --dir {folder} "$host" -- sh -c "$*"
"""


def blocks(language):
    """Fenced blocks of the page, in order."""
    with open(PAGE) as file:
        return re.findall(rf"^```{language}\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)


class Hosts(SlurmTest):
    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.agent = os.path.join(self.folder, "agent")  # in the place of ssh
        self.write(self.agent, AGENT.format(cluster=os.path.join(ROOT, "scripts", "slurm", "cluster"), folder=self.cluster.folder))
        self.by_hand, self.pbs, self.lsf = blocks("bash")

    @staticmethod
    def write(path, text):
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def script(self, path, text, **variables):
        """Runs a script of the page on the first host, with the programs in PATH."""
        script = os.path.join(path, "script.sh")
        self.write(script, text)
        bin_folder = os.path.dirname(self.programs.tranche)
        words = [f"{name}={value}" for name, value in variables.items()]
        return self.cluster.on("n1", "env", "-u", "SLURM_CONF", f"OMPI_MCA_plm_rsh_agent={self.agent}",
                               f"PATH={bin_folder}:{os.environ['PATH']}", *words, "bash", "-e", script, cwd=path)

    def hosts_of(self, path):
        with open(os.path.join(path, "status.json")) as file:
            return sorted(agent["host"] for agent in json.load(file)["agents"])

    def spread(self, path, what):
        hosts = self.hosts_of(path)
        self.judge(hosts == [f"n{k}" for k in range(1, NODES + 1)], f"{what}: one rank on each host", hosts)

    def check_by_hand(self, calm):
        judge, path = self.judge, self.campaign("by hand", gate="pass")
        self.write(os.path.join(path, "hosts"), blocks("text")[0])
        done = self.script(path, self.by_hand)
        judge.code(0, done, "by hand")
        judge.says([f"{NODES} ranks on {NODES} hosts form one world"], done[1], "doctor says so")
        judge("warn" not in done[1] and "FAIL" not in done[1], "doctor finds all well", done[1])
        self.spread(path, "by hand")
        self.sound(path, calm, "by hand")
        judge.code(0, self.tranche(path, "status", "--exit-code"), "status, from another host: finished")

    def check_scripts(self, calm):
        """The first up to a gate, the second to the end."""
        judge, path = self.judge, self.campaign("jobs")
        listed = os.path.join(self.folder, "listed")
        with open(listed, "w") as file:
            file.write("n1\nn1\nn2\nn2\nn2\nn3\n")  # a line for each CPU, as some sites have it
        done = self.script(path, self.pbs, PBS_O_WORKDIR=path, PBS_NODEFILE=listed, PBS_JOBID="17.server")
        judge.code(0, done, "the script for PBS, up to the gate")
        self.spread(path, "PBS")
        judge(self.hosts_of(path) and len(Picture(path).runs) == 200, "the first stage is done")
        done = self.tranche(path, "approve", "pilot")
        judge(done[0] == 0 and "next: tranche run" in done[1], "approve, from another host: then tranche run", done)
        for what in ("the script for LSF, to the end", "once more, with nothing left to do"):
            done = self.script(path, self.lsf, LS_SUBCWD=path, LSB_DJOB_HOSTFILE=listed, LSB_JOBID="18")
            judge.code(0, done, what)
        judge.says(["nothing is left to do"], done[2], "it says so")
        self.spread(path, "LSF")
        self.sound(path, calm, "both scripts")

    def check_wrapped_ranks(self, calm):
        """A script in the place of tranched, as for a container."""
        judge, path = self.judge, self.campaign("wrapped", gate="pass")
        folder = os.path.join(self.folder, "bin")
        os.makedirs(folder)
        shutil.copy(self.programs.tranche, folder)
        wrapper, = blocks("sh")
        container = re.search(r"apptainer exec .*/tranched", wrapper).group(0)
        real = os.path.join(os.path.dirname(self.programs.tranche), "tranched")
        self.write(os.path.join(folder, "tranched"), wrapper.replace(container, f"unshare --mount {real}"))
        plugin = os.path.join(self.programs.build, "lib", "tranche", "libnoop_plugin.so")
        shutil.copy(plugin, path)
        self.write(os.path.join(path, "hosts"), blocks("text")[0])
        done = self.script(path, self.by_hand.replace("tranche run", f"{folder}/tranche run"))
        judge.code(0, done, "ranks that a script starts")
        self.spread(path, "wrapped")
        self.sound(path, calm, "wrapped")


def main():
    test = Hosts(*sys.argv[1:3])
    calm = test.campaign("calm", gate="pass")
    done = subprocess.run([test.programs.tranche, "-C", calm, "-q", "run"], text=True, capture_output=True)
    test.judge.code(0, (done.returncode, done.stdout, done.stderr), "an undisturbed run on one rank")
    test.check_by_hand(calm)
    test.check_scripts(calm)
    test.check_wrapped_ranks(calm)
    test.end()


if __name__ == "__main__":
    main()
