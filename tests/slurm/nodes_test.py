"""What status says on the login node of jobs that go badly: a slow node, a bad one, and a job that ends before its
work is done.

    nodes_test.py BUILD CLUSTER
"""

import math
import os
import re
import sys

from slurm_support import Picture, wait_until
from status_test import Status

CAMPAIGN = """\
tranche: 1
name: nodes
parameters:
  x: {{range: [0, 1]}}
design: {{method: nested-lhs, points: {points}, seed: 5}}
stages:
  - {{name: all, upto: 100%}}
simulator: {{command: [./work.sh], timeout: 60 s}}
store: {{epoch: 200 ms}}
cluster: {{partition: main, nodes: 3, time: {time}}}
"""
SLOW = """\
#!/bin/sh
test "$(hostname)" = n2 && exec sleep 0.4
exec sleep 0.1
"""
BAD = """\
#!/bin/sh
test "$(hostname)" = n3 && { echo "no device" >&2; exit 9; }
exec sleep 0.05
"""


class Nodes(Status):
    def make(self, name, script, **values):
        path = self.campaign(name, text=CAMPAIGN, **values)
        work = os.path.join(path, "work.sh")
        with open(work, "w") as file:
            file.write(script)
        os.chmod(work, 0o755)
        return path

    def stop(self, path, job):
        self.judge.code(0, self.tranche(path, "stop"), "stop")
        facts = self.cluster.wait_end(job)
        self.judge(facts["ExitCode"] == "4:0", "the job ends with 4", facts, self.cluster.log_of(path, job))

    def check_slow(self):
        judge, path = self.judge, self.make("slow", SLOW, points=1_000_000, time="3 min")
        first, second = self.submit(path, "--chain", "2")
        slow = wait_until("status names a slow node", lambda: self.look(path)["slow_nodes"], 120)
        judge([node["host"] for node in slow] == ["n2"] and 0 < slow[0]["share"] < 0.6, "n2 is slow, and no other", slow)
        wait_until("there is an estimate", lambda: self.look(path)["estimate"], 60)
        self.expect(path, "running", 10, ["! node n2 finishes", "of the samples that a slot of the other nodes does"],
                    "a slow node")
        self.check_links(path)
        self.cluster.slurm("scancel", second)
        self.stop(path, first)

    def check_links(self, path):
        """A million samples do not end in three minutes."""
        judge, seen = self.judge, self.look(path)
        estimate, left_s = seen["estimate"], seen["ends_at"] - seen["updated_at"]
        judge(abs(estimate["beyond_s"] - (seen["eta_s"] - left_s)) < 5, "the job ends so long before the estimate", seen)
        closing_s = 0.05 * 180  # nothing runs in the last twentieth of a short job
        links = (seen["eta_s"] - left_s + closing_s) / (180 - closing_s)
        judge(abs(estimate["more_links"] - math.ceil(links)) <= 1 and links > 5 and estimate["links_submitted"] == 1,
              f"{estimate['more_links']} more links, of 3 minutes each", estimate, links)
        text = " ".join(self.tranche(path, "status")[1].split())
        said = re.search(r"the job ends \S.* before the estimate: (\d+) more links: tranche submit --chain (\d+)", text)
        judge(said and int(said[1]) == int(said[2]) + 1, "status counts them, and says what to type for all but the one "
              "that is submitted", text)

    def check_bad(self):
        judge, path = self.judge, self.make("bad", BAD, points=1500, time="10 min")
        job, = self.submit(path)
        wait_until("a node is in quarantine", lambda: any(agent["quarantined"] for agent in self.look(path).get("agents", [])), 120)
        words = ["! ", "n3", "it gets no more work in this job"]
        health, code = ("running", 10) if self.cluster.state(job) == "RUNNING" else ("finished", 0)
        seen = self.expect(path, health, code, words, "a bad node")
        bad = [agent["host"] for agent in seen["agents"] if agent["quarantined"]]
        judge(bad == ["n3"], "n3 is in quarantine, and no other", seen["agents"])
        facts = self.cluster.wait_end(job)
        judge(facts["ExitCode"] == "0:0", "the others do its work", facts, self.cluster.log_of(path, job))
        picture = Picture(path)
        judge(not picture.findings and len(picture.done) == 1500, "every sample is finished", *picture.findings[:5])
        tally = self.look(path)["stages"][0]["tally"]
        judge(tally["samples"]["ok"] == 1500 and tally["runs"] > 1500, "and all of it ended well", tally)


def main():
    test = Nodes(*sys.argv[1:3])
    test.check_slow()
    test.check_bad()
    test.end()


if __name__ == "__main__":
    main()
