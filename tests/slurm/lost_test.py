"""What the end of an allocation costs the SSC campaign: status says it, the ledger must say the same, and in an
allocation of 30 minutes it would be less than 1 %.

    lost_test.py BUILD CLUSTER

A job of 3 minutes with the samples of the real campaign: what a job loses at its end depends on how long its samples
and its final epoch take, not on how long it was, so that of 30 minutes it is a tenth of the share.
"""

import json
import os
import re
import sqlite3
import sys
from datetime import datetime

from slurm_support import CPUS, NODES, ROOT, Picture, SlurmTest, replace_in

MINUTES = 3
HALF_AN_HOUR_S = 1800
SLOTS = NODES * CPUS


class Lost(SlurmTest):
    def make(self):
        with open(os.path.join(ROOT, "campaigns", "ssc", "campaign.yaml")) as file:
            text = file.read()
        path = os.path.join(self.folder, "ssc")
        os.makedirs(path)
        yaml = os.path.join(path, "campaign.yaml")
        with open(yaml, "w") as file:
            file.write(text + f"cluster: {{partition: main, nodes: {NODES}, time: {MINUTES} min}}\n")
        replace_in(yaml, "points: 200_000", "points: 400_000")  # more than any machine does in that time
        replace_in(yaml, "gate: ask", "gate: pass")
        replace_in(yaml, "gate: {require: [fail_rate < 15%, core_hours < 1], otherwise: ask}", "gate: pass")
        return path

    @staticmethod
    def ledger(path):
        """The one job, its last epoch, and (start, end) of every run by slot."""
        slots = {}
        with sqlite3.connect(os.path.join(path, "ledger.sqlite")) as ledger:
            jobs = ledger.execute("SELECT started_at, ended_at, ranks * slots FROM jobs").fetchall()
            closing_s, = ledger.execute("SELECT duration_s FROM epochs ORDER BY epoch DESC LIMIT 1").fetchone()
            for host, slot, begin, wall in ledger.execute("SELECT host, slot, started_at, wall_s FROM runs"):
                slots.setdefault((host, slot), []).append((begin, begin + wall))
        return jobs, closing_s, slots

    def check(self):
        judge, path = self.judge, self.make()
        job, = self.submit(path)
        facts = self.cluster.wait_end(job, MINUTES * 60 + 300)
        log = self.cluster.log_of(path, job)
        judge(facts["ExitCode"] == "4:0", "the job ended before its work was done, with 4", facts, log)
        judge.says(["no sample begins any more"], log, "its log says why")
        status = json.loads(self.tranche(path, "--json", "status")[1])
        lost = status["lost"]
        lost_s = lost["cut_s"] + lost["idle_s"]
        share = lost_s / lost["of_s"]
        said = re.search(r"([\d.]+) % of the last job's core time was lost at its end", self.tranche(path, "status")[1])
        judge(said and abs(float(said[1]) / 100 - share) < max(0.001, 0.05 * share), "the page of status names the share", said, share)

        jobs, closing_s, slots = self.ledger(path)
        judge(len(jobs) == 1 and jobs[0][2] == SLOTS and len(slots) == SLOTS, "one job, whose 12 slots all worked", jobs, len(slots))
        _, ended, _ = jobs[0]
        walls = [end - begin for runs in slots.values() for begin, end in runs]
        begun = min(begin for runs in slots.values() for begin, _ in runs)
        busy_s, longest_s = sum(walls), max(walls)
        # From a slot's last recorded run to the end of the job: idle, or at work on what was cut off.
        tails = [ended - max(end for _, end in runs) for runs in slots.values()]
        print(f"      {len(walls)} runs, {busy_s / len(walls) * 1e3:.0f} ms each, the longest {longest_s:.2f} s; final epoch "
              f"{closing_s:.2f} s; of {lost['of_s']:.0f} slot seconds {busy_s:.0f} recorded")
        print(f"      lost: {lost_s:.2f} slot seconds by status ({lost['cut_s']:.2f} cut off, {lost['idle_s']:.2f} idle; {share:.3%}), "
              f"{sum(tails):.2f} by the ledger, the longest tail {max(tails):.2f} s")
        print(f"      allocated: {self.allocated_s(facts) * SLOTS} slot seconds")
        judge(abs(lost["of_s"] - SLOTS * (ended - begun)) < 0.02 * lost["of_s"], "as many slot seconds as the ledger says",
              lost["of_s"], SLOTS * (ended - begun))
        judge(busy_s <= lost["of_s"] and abs(lost_s - sum(tails)) <= 0.1 * sum(tails) + 0.1 * SLOTS,
              "what is lost is what the ledger says", lost_s, sum(tails))
        # A slot waits at most for the longest sample of another, and for the final epoch.
        inherent_s = longest_s + busy_s / len(walls) + 3 * closing_s + 1
        judge(max(tails) <= inherent_s, f"no slot lost more than the longest sample and the final epoch imply ({inherent_s:.2f} s)",
              tails)
        scaled = lost_s / (SLOTS * HALF_AN_HOUR_S)
        judge(scaled < 0.01, f"of half an hour that is {scaled:.4%}: less than 1 %", lost)
        judge(not Picture(path).findings, "what was recorded is sound")

    @staticmethod
    def allocated_s(facts):
        """By Slurm's own note of the job."""
        begin, end = (datetime.fromisoformat(facts[name]) for name in ("StartTime", "EndTime"))
        return (end - begin).total_seconds()


def main():
    test = Lost(*sys.argv[1:3])
    test.check()
    test.end()


if __name__ == "__main__":
    main()
