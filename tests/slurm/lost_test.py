"""What the end of an allocation costs the SSC campaign: status says it, the ledger must say the same, and in an
allocation of 30 minutes it would be less than 1 %, or than what its longest sample implies.

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
        """Starts and ranks x slots of the jobs, when what was lost was summed up, and (start, end) of every run by slot."""
        slots = {}
        with sqlite3.connect(os.path.join(path, "ledger.sqlite")) as ledger:
            jobs = ledger.execute("SELECT ranks * slots FROM jobs").fetchall()
            ended, = ledger.execute("SELECT at FROM events WHERE kind = 'drain'").fetchone()
            for host, slot, begin, wall in ledger.execute("SELECT host, slot, started_at, wall_s FROM runs"):
                slots.setdefault((host, slot), []).append((begin, begin + wall))
        return jobs, ended, slots

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
        judge(said and abs(float(said[1]) / 100 - share) < max(0.001, 0.05 * share), "the page of status names the share",
              said, share)

        jobs, ended, slots = self.ledger(path)
        judge(jobs == [(SLOTS,)] and len(slots) == SLOTS, "one job, whose 12 slots all worked", jobs, len(slots))
        walls = [end - begin for runs in slots.values() for begin, end in runs]
        begun = min(begin for runs in slots.values() for begin, _ in runs)
        busy_s, longest_s, mean_s = sum(walls), max(walls), sum(walls) / len(walls)
        # From a slot's last recorded run to the end of the job: idle, or at work on what was cut off.
        tails = [ended - max(end for _, end in runs) for runs in slots.values()]
        print(f"      {len(walls)} runs, {mean_s * 1e3:.0f} ms each, the longest {longest_s:.2f} s; of {lost['of_s']:.0f} slot "
              f"seconds {busy_s:.0f} recorded, of {self.allocated_s(facts) * SLOTS:.0f} allocated ones")
        print(f"      lost: {lost_s:.2f} slot seconds by status ({lost['cut_s']:.2f} cut off, {lost['idle_s']:.2f} idle; "
              f"{share:.3%}), {sum(tails):.2f} by the ledger, {min(tails):.2f} to {max(tails):.2f} s a slot")
        judge(abs(lost["of_s"] - SLOTS * (ended - begun)) < 0.02 * lost["of_s"], "as many slot seconds as the ledger says",
              lost["of_s"], SLOTS * (ended - begun))
        judge(busy_s <= lost["of_s"] and abs(lost_s - sum(tails)) <= 0.1 * sum(tails) + 0.1 * SLOTS,
              "what is lost is what the ledger says", lost_s, sum(tails))
        # The last epoch and the closing of the files cost every slot the same; besides, one loses at most a long sample
        # (those that are cut off may be longer than any that was recorded).
        inherent_s = 2 * longest_s + mean_s + 1
        judge(max(tails) - min(tails) <= inherent_s,
              f"beside the last epoch no slot lost more than a long sample: {inherent_s:.2f} s", tails)
        # On a machine that is busy with other things one sample may take a minute, and a sync of the disk seconds.
        limit = max(0.01, (longest_s + mean_s + min(tails)) / HALF_AN_HOUR_S)
        scaled = lost_s / (SLOTS * HALF_AN_HOUR_S)
        judge(scaled < limit, f"of half an hour that is {scaled:.3%}: less than {limit:.2%}", lost)
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
