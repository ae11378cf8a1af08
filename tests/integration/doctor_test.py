"""doctor finds what is unfit, and leaves nothing behind; bench measures in a folder of its own.

    doctor_test.py BUILD [--bench]
"""

import json
import os
import resource
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, make_hostile, replace_in, tranche, wait_until  # noqa: E402

CHECKS = ["versions", "launcher", "file system", "world", "MPI", "shared directory", "parallel writes", "parallel store", "locks",
          "link", "rename", "clocks", "cores", "scratch", "limits", "SQLite"]


class Doctor:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder

    def ask(self, path, *arguments, **how):
        """(exit code, name -> check)"""
        environment = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
                           **how.pop("environment", {}))
        done = subprocess.run([self.programs.tranche, "-C", path, "--json", "doctor", *arguments], env=environment,
                              capture_output=True, text=True, timeout=120, **how)
        try:
            report = json.loads(done.stdout)
        except ValueError:
            sys.exit(f"no JSON from doctor {arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
        self.judge(report["tranche_doctor"] == 1 and report["fit"] == (done.returncode == 0), "JSON and exit code agree", report)
        return done.returncode, {check["name"]: check for check in report["checks"]}

    def fails(self, name, words, path, *arguments, **how):
        code, checks = self.ask(path, *arguments, **how)
        check = checks.get(name, {})
        self.judge(code == 7 and check.get("fitness") == "FAIL", f"{name} fails, exit 7", code, check)
        self.judge.says(words, check.get("text", "") + check.get("advice", ""), f"{name} says why")

    def check_fit(self):
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "fit"), self.programs, [("ok", 1)] * 4)
        before = sorted(os.listdir(path))
        for ranks in ("1", "3"):
            code, checks = self.ask(path, "-n", ranks, "-j", "1")
            judge(code == 0, f"{ranks} ranks are fit: exit 0", checks)
            judge(list(checks) == CHECKS + ["space", "plug-in"], f"{ranks} ranks: every check has its line", list(checks))
            judge(checks["world"]["text"].startswith(f"{ranks} rank"), f"{ranks} ranks form one world", checks["world"])
        code, out, err = tranche(self.programs, path, "doctor")
        judge(code == 0 and len(out.splitlines()) >= len(CHECKS) and err == "", "as text: a line each", out, err)
        judge(sorted(os.listdir(path)) == before, "nothing is left behind", os.listdir(path))
        code, checks = self.ask(self.folder, "-j", "1")
        judge(code == 0 and "no campaign" in checks["campaign"]["text"], "a folder without a campaign", checks)

    def check_kinds(self):
        """Each kind is called what it is."""
        for kind, simulator, files, words in (
                ("command", "{command: [./code.sh]}", {"code.sh": "#!/bin/sh\necho y = 1\n"}, "is there"),
                ("worker", "{worker: [python3, code.py]}",
                 {"code.py": "from tranche_worker import serve\nserve(lambda x: x)\n"}, "answers the greeting"),
                ("Python function", "{python: code:f}", {"code.py": "def f(x): return x\n"}, "answers the greeting")):
            path = os.path.join(self.folder, kind.replace(" ", "-"))
            os.makedirs(path)
            read = "{read: {key: y}}" if kind == "command" else "{}"
            files = {**files, "campaign.yaml": "tranche: 1\nname: kind\nparameters: {x: {range: [0, 1]}}\n"
                     f"design: {{method: random, points: 4}}\nsimulator: {simulator}\noutputs: {{y: {read}}}\n"}
            for name, text in files.items():
                with open(os.path.join(path, name), "w") as file:
                    file.write(text)
                os.chmod(os.path.join(path, name), 0o755)
            code, checks = self.ask(path, "-j", "1")
            self.judge(code == 0 and words in checks.get(kind, {}).get("text", ""), f"a {kind}", checks)
            self.judge("plug-in" not in json.dumps(checks), "and not a plug-in", checks)

    def check_unfit(self):
        judge = self.judge
        path = make_hostile(os.path.join(self.folder, "unfit"), self.programs, [("ok", 1)] * 4)
        self.fails("launcher", ["mpirun"], path, "-n", "2", environment={"PATH": "/nowhere"})
        self.fails("limits", ["open files", "ulimit"], path, "-j", "64",
                   preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)))
        self.fails("world", ["/proc"], self.folder, environment={"TMPDIR": "/proc"})
        code, checks = self.ask(path, "-n", "2", "-j", "200")
        judge(code == 0 and checks["cores"]["fitness"] == "warn", "more slots than cores: a warning", checks["cores"])
        wide = make_hostile(os.path.join(self.folder, "wide"), self.programs, [("ok", 1)] * 4)
        with open(os.path.join(wide, "campaign.yaml"), "a") as file:
            file.write("resources: {threads: 500}\n")
        code, checks = self.ask(wide)
        judge(code == 0 and checks["cores"]["fitness"] == "warn" and "1 slot of 500 cores each" in checks["cores"]["text"],
              "a slot that wants more cores than there are: a warning", checks["cores"])
        quota = {"LD_PRELOAD": os.path.join(self.programs.build, "tests", "support", "libquota.so")}
        self.fails("space", ["left of the user's quota of", "stage", "make room"], path, environment={
            **quota, "TRANCHE_TEST_QUOTA_LIMIT": "1048576 1048576"})
        code, checks = self.ask(path, environment={**quota, "TRANCHE_TEST_QUOTA_LIMIT": "0 1073741824"})
        judge(code == 0 and "1.1 GB left of the user's quota" in checks["space"]["text"], "a quota with room", checks["space"])
        replace_in(os.path.join(path, "campaign.yaml"), "libhostile", "libnone")
        self.fails("plug-in", ["libnone"], path)
        done = tranche(self.programs, "/proc", "doctor")
        judge.code(7, done, "a folder that cannot be written")
        judge.says(["/proc"], done[2], "it names it")
        judge.code(2, tranche(self.programs, "/proc/nowhere", "doctor"), "a folder that is not there")

    def check_killed(self):
        """However it ends, and whenever: the folder it worked in is removed."""
        for end in (signal.SIGINT, signal.SIGKILL):
            path = os.path.join(self.folder, f"killed-{end}")
            os.makedirs(path)
            process = subprocess.Popen([self.programs.tranche, "-C", path, "doctor", "-n", "1"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
            wait_until("doctor works", lambda: any(os.listdir(os.path.join(path, name)) for name in os.listdir(path)))
            os.killpg(process.pid, end)
            process.wait(60)
            wait_until(f"signal {end}: nothing is left behind", lambda: os.listdir(path) == [])
            self.judge(True, f"signal {end}: nothing is left behind")

    def check_bench(self, everything):
        judge = self.judge
        place = os.path.join(self.folder, "bench")
        os.makedirs(place)
        done = tranche(self.programs, place, "--json", "bench", "dispatch", "--samples", "3000", "-j", "2")
        judge.code(0, done, "bench dispatch")
        report = json.loads(done[1])
        result = report["results"]["dispatch"]
        judge(report["tranche_bench"] == 1 and result["samples"] == 3000 and result["slots"] == 2, "all samples are recorded", report)
        judge(abs(result["samples_per_s"] * result["seconds"] - 3000) < 1, "the speed is samples over seconds", result)
        judge(len(report["load_average"]) == 2, "the load stands beside it", report)
        keys = {"design": "us_per_vector", "ledger": "rows_per_s", "store": "ratio"}
        for what, key in keys.items() if everything else [("design", keys["design"])]:
            done = tranche(self.programs, place, "--json", "bench", what)
            judge.code(0, done, f"bench {what}")
            judge(json.loads(done[1])["results"][what][key] > 0, f"bench {what} has a result", done[1])
        done = tranche(self.programs, place, "bench", "design")
        judge.says(["vectors of 7 parameters", "load average"], done[1], "as text: a table")
        judge(os.listdir(place) == [], "nothing is left behind", os.listdir(place))
        judge.code(2, tranche(self.programs, place, "bench", "luck"), "bench of something unknown")


def main():
    judge, programs = Judge(), Programs(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        doctor = Doctor(judge, programs, folder)
        if "--bench" not in sys.argv:
            doctor.check_fit()
            doctor.check_kinds()
            doctor.check_unfit()
            doctor.check_killed()
        doctor.check_bench(everything="--bench" in sys.argv)
    judge.end()


if __name__ == "__main__":
    main()
