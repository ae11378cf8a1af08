"""Man page and completions say what --help says: every verb, every option.

    help_test.py BUILD
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from campaigns import Judge, Programs, tranche  # noqa: E402

COMPLETE = """
source "$1"; shift
COMP_WORDS=(tranche "$@"); COMP_CWORD=$#
_tranche
printf '%s\\n' "${COMPREPLY[@]}"
"""


def options_in(help_text):
    """Words like -n and --ranks that begin an option's line."""
    found = set()
    for line in help_text.splitlines():
        if re.match(r"\s+-", line):
            found.update(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", re.split(r"\s{2,}", line.strip())[0]))
    return found


class Help:
    def __init__(self, judge, programs, folder):
        self.judge, self.programs, self.folder = judge, programs, folder
        self.verbs = self.verbs_in(self.help())

    def help(self, *verb):
        code, out, err = tranche(self.programs, ".", *verb, "--help")
        self.judge(code == 0 and err == "", f"--help of {verb}", code, err)
        return out

    @staticmethod
    def verbs_in(text):
        return re.findall(r"^  ([a-z]+)  ", text.split("Subcommands:")[1], re.MULTILINE)

    def check_verbs(self):
        wanted = {"init", "check", "try", "run", "submit", "status", "stop", "pause", "approve", "retry", "failures", "show",
                  "verify", "export", "doctor", "bench", "completion", "worker"}
        self.judge(wanted <= set(self.verbs), "--help lists the verbs", self.verbs)
        self.judge("man" not in self.verbs, "what is hidden is not listed")

    def check_man(self, page):
        """Rendered as a reader sees it, then searched section by section."""
        if not shutil.which("man"):
            sys.exit("the test needs man (package man-db)")
        done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", page], capture_output=True, text=True,
                              env=dict(os.environ, MANWIDTH="100", LC_ALL="C.UTF-8", MAN_KEEP_FORMATTING="0"))
        self.judge(done.returncode == 0 and done.stderr == "", "man reads the page without a warning", done.stderr)
        text = re.sub(".\b", "", done.stdout).replace("\u2010", "-").replace("\u2212", "-")
        sections = dict(re.findall(r"^   tranche (\w+)\n(.*?)(?=^   tranche |^[A-Z])", text, re.MULTILINE | re.DOTALL))
        self.judge(sorted(sections) == sorted(self.verbs), "a section for each verb", sorted(sections))
        for verb in self.verbs:
            missing = [option for option in options_in(self.help(verb))
                       if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", sections.get(verb, ""))]
            self.judge(not missing, f"man page: every option of {verb}", missing)
        self.judge.says(["EXIT STATUS", "5 failure limit", "--color"], text, "exit codes and global options")

    def completed(self, script, *words):
        done = subprocess.run(["bash", "--norc", "-c", COMPLETE, "bash", script, *words], capture_output=True, text=True)
        self.judge(done.stderr == "", f"completion of {words} has no error", done.stderr)
        return set(done.stdout.split())

    def check_bash(self, script):
        judge = self.judge
        judge(set(self.verbs) <= self.completed(script, ""), "bash: every verb completes")
        judge(self.completed(script, "ret") == {"retry"}, "bash: ret<TAB>", self.completed(script, "ret"))
        for verb in self.verbs:
            offered = self.completed(script, "-C", "x", verb, "-")
            missing = options_in(self.help(verb)) - offered
            judge(not missing, f"bash: every option of {verb} completes", missing)
        judge(self.completed(script, "bench", "d") == {"dispatch", "design"}, "bash: choices of bench")
        judge(self.completed(script, "completion", "") >= {"bash", "zsh"}, "bash: choices of completion")
        judge("run" not in self.completed(script, "retry", "--reason", ""), "bash: a value is not a verb")

    def check_zsh(self, script):
        with open(script) as file:
            text = file.read()
        self.judge(text.startswith("#compdef tranche\n"), "zsh: names its command")
        for verb in self.verbs:
            case = re.search(rf"^        {verb}\) (.*?) ;;$", text, re.MULTILINE | re.DOTALL)
            missing = [option for option in options_in(self.help(verb)) if not case or f"'{option}[" not in case[1]]
            self.judge(not missing, f"zsh: every option of {verb}", missing)
        if shutil.which("zsh"):
            done = subprocess.run(["zsh", "-n", script], capture_output=True, text=True)
            self.judge(done.returncode == 0, "zsh reads it", done.stderr)

    def check_made(self, build):
        """The files an installation gets are those the program prints."""
        for name, words in (("tranche.1", ["man"]), ("tranche.bash", ["completion", "bash"]), ("_tranche", ["completion", "zsh"])):
            path = os.path.join(build, "share", name)
            with open(path) as file:
                self.judge(file.read() == tranche(self.programs, ".", *words)[1], f"{name} is up to date")
        self.judge.code(2, tranche(self.programs, ".", "completion", "fish"), "a shell that is not known")


def main():
    judge, build = Judge(), os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        checks = Help(judge, Programs(build), folder)
        checks.check_verbs()
        checks.check_made(build)
        checks.check_man(os.path.join(build, "share", "tranche.1"))
        checks.check_bash(os.path.join(build, "share", "tranche.bash"))
        checks.check_zsh(os.path.join(build, "share", "_tranche"))
    judge.end()


if __name__ == "__main__":
    main()
