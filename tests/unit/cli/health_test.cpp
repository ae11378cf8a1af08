#include "health.hpp"

#include <catch2/catch.hpp>

using namespace tranche;
using namespace tranche::cli;
using directory::OwnerState;

namespace {

/// A run of job 12 on another host, heard of `age_s` ago.
Sighting far(double age_s) {
  Sighting sighting;
  sighting.owner.state = OwnerState::silent;
  sighting.owner.facts.purpose = "run";
  sighting.owner.facts.slurm_job_id = "12";
  sighting.owner.facts.since = 500;
  directory::Status status;
  status.phase = "running";
  status.slurm_job_id = "12";
  status.started_at = 500;
  status.updated_at = 1000;
  sighting.status = status;
  sighting.now = 1000 + age_s;
  return sighting;
}

Sighting at_rest(const std::string& phase) {
  auto sighting = far(100);
  sighting.owner = {};
  sighting.status->phase = phase;
  return sighting;
}

Sighting told(Sighting sighting, std::vector<slurm::QueuedJob> jobs) {
  sighting.batch.asked = true;
  for (const auto& job : jobs) sighting.batch.submitted.push_back({job.job_id, "", 1, "", 1, {}, ""});
  sighting.batch.jobs = std::move(jobs);
  return sighting;
}

}  // namespace

TEST_CASE("Slurm is needed only when nothing has been heard for 10 s, or nothing runs", "[cli]") {
  CHECK_FALSE(slurm_is_needed(far(9)));
  CHECK(slurm_is_needed(far(11)));
  auto here = far(100);
  here.owner.state = OwnerState::alive;
  CHECK_FALSE(slurm_is_needed(here));
  CHECK(slurm_is_needed(at_rest("stopped")));
  CHECK(slurm_is_needed({}));
  CHECK_FALSE(slurm_is_needed(at_rest("finished")));
}

TEST_CASE("An old heartbeat and an ended job: dead at once", "[cli]") {
  CHECK(health(far(11)) == Health::running);
  for (const auto* state : {"FAILED", "CANCELLED", "TIMEOUT", "NODE_FAIL", "COMPLETED"})
    CHECK(health(told(far(11), {{"12", state, "", ""}})) == Health::dead);
  CHECK(health(told(far(9), {{"12", "FAILED", "", ""}})) == Health::running);
}

TEST_CASE("A job that Slurm has no record of is gone when the heartbeat is stale", "[cli]") {
  CHECK(health(told(far(11), {})) == Health::running);
  CHECK(health(told(far(61), {})) == Health::dead);
}

TEST_CASE("A job that runs and has not reported is silent, not dead", "[cli]") {
  CHECK(health(told(far(11), {{"12", "RUNNING", "None", ""}})) == Health::running);
  CHECK(health(told(far(61), {{"12", "RUNNING", "None", ""}})) == Health::mute);
  CHECK(health(told(far(61), {{"12", "COMPLETING", "None", ""}})) == Health::mute);
}

TEST_CASE("No answer from Slurm leaves the heartbeat's word", "[cli]") {
  auto unanswered = far(11);
  unanswered.batch.asked = true;
  CHECK(health(unanswered) == Health::running);
  unanswered.now += 60;
  CHECK(health(unanswered) == Health::dead);
}

TEST_CASE("What Slurm will start by itself is queued, as long as work is left", "[cli]") {
  const slurm::QueuedJob waits{"13", "PENDING", "Resources", "N/A"};
  CHECK(health(told({}, {waits})) == Health::queued);
  CHECK(health(told(at_rest("stopped"), {waits})) == Health::queued);
  CHECK(health(told(far(11), {{"12", "FAILED", "", ""}, waits})) == Health::queued);
  CHECK(health(told(far(11), {{"12", "PENDING", "BeginTime", ""}})) == Health::queued);
  CHECK(health(told(at_rest("waiting"), {waits})) == Health::waiting);
  CHECK(health(told(at_rest("paused"), {waits})) == Health::paused);
  CHECK(health(told(at_rest("finished"), {waits})) == Health::finished);
  CHECK(status_code(Health::queued) == 4);
}

TEST_CASE("A job that cannot start, and what comes after it, is not waited for", "[cli]") {
  auto stuck =
      told(at_rest("stopped"), {{"13", "PENDING", "JobHeldUser", ""}, {"14", "PENDING", "Dependency", ""}});
  stuck.batch.submitted[1].after = "13";
  CHECK(health(stuck) == Health::incomplete);
  stuck.batch.submitted[0].after = "14";  // a circle, in damaged files
  CHECK(health(stuck) == Health::incomplete);
  CHECK_THAT(waiting_lines(stuck.batch, 3)[0], Catch::Contains("job 13 cannot start: JobHeldUser"));
}

TEST_CASE("A job that has just started runs before its run has said so", "[cli]") {
  CHECK(health(told(at_rest("stopped"), {{"13", "RUNNING", "None", ""}})) == Health::running);
  // Its run has ended, whatever else its script does.
  CHECK(health(told(at_rest("stopped"), {{"12", "RUNNING", "None", ""}})) == Health::incomplete);
}

TEST_CASE("A run that has not written a status yet is as old as its owner file", "[cli]") {
  auto starting = far(1000);
  starting.owner.facts.since = starting.now - 1;
  CHECK(heartbeat_age(starting) == 1);
  CHECK(health(starting) == Health::running);
}

TEST_CASE("Waiting jobs are told with Slurm's reason, in words, and when they may start", "[cli]") {
  auto sighting = told({}, {{"13", "PENDING", "Resources", "2026-03-01T12:00:00"},
                            {"14", "PENDING", "Dependency", "N/A"},
                            {"15", "PENDING", "SomethingRare", "N/A"},
                            {"16", "PENDING", "Dependency", "N/A"}});
  sighting.batch.submitted[1].after = "13";
  const auto lines = waiting_lines(sighting.batch, 3);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] == "job 13 waits: Resources (no nodes are free), expected to start 2026-03-01 12:00:00");
  CHECK(lines[1] == "job 14 waits: Dependency (it comes after job 13)");
  CHECK(lines[2] == "job 15 waits: SomethingRare");
  CHECK(lines[3] == "and 1 more");
  CHECK(next_job(sighting.batch)->job_id == "13");
}

TEST_CASE("The links of a chain are counted from a job on", "[cli]") {
  BatchWord batch;
  batch.submitted = {
      {"12", "", 1, "", 1, {}, ""}, {"13", "12", 1, "", 1, {}, ""}, {"14", "13", 1, "", 1, {}, ""}};
  CHECK(links_after(batch, "12") == 2);
  CHECK(links_after(batch, "14") == 0);
  CHECK(links_after(batch, "") == 0);
}

TEST_CASE("A run that was killed before its first status is not hidden by the words of the run before it",
          "[cli]") {
  auto killed = at_rest("stopped");
  CHECK(health(killed) == Health::incomplete);
  killed.owner.state = OwnerState::dead;
  killed.owner.facts.purpose = "run";
  killed.owner.facts.since = killed.status->updated_at + 1;
  CHECK(health(killed) == Health::dead);
  CHECK(ended_without_a_word(killed));

  auto said_goodbye = killed;  // and was killed before it gave its lock back
  said_goodbye.owner.facts.since = killed.status->updated_at - 1;
  CHECK(health(said_goodbye) == Health::incomplete);

  auto other_command = killed;
  other_command.owner.facts.purpose = "retry";
  CHECK(health(other_command) == Health::incomplete);

  for (const auto* phase : {"finished", "waiting", "paused"}) {
    killed.status->phase = phase;
    CHECK(health(killed) != Health::dead);
  }
}
