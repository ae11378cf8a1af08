#include "status_view.hpp"

#include <catch2/catch.hpp>
#include <sstream>

using namespace tranche;
using namespace tranche::cli;
using directory::OwnerState;

namespace {

Sighting running() {
  Sighting sighting;
  sighting.directory = "my-ssc";
  sighting.owner = {OwnerState::alive, {}};
  sighting.owner.facts.purpose = "run";
  sighting.owner.facts.host = "node03";
  sighting.owner.facts.pid = 4711;
  directory::Status status;
  status.campaign = "ssc";
  status.phase = "running";
  status.updated_at = 1000;
  status.started_at = 400;
  status.current_stage = 1;
  status.finished_now = 95;
  status.rate_per_s = 2;
  status.eta_s = 47;
  directory::StageStatus stage;
  stage.key = {1, 1};
  stage.name = "pilot";
  stage.range = {0, 200};
  stage.state = "running";
  stage.gate = "closed";
  stage.tally.total = 200;
  stage.tally.samples[static_cast<std::size_t>(SampleState::excluded)] = 10;
  status.stages = {stage};
  status.agents = {{"node03", 0, 8, 1, 8, 95}};
  sighting.status = status;
  sighting.now = 1001;
  return sighting;
}

Sighting ended(const std::string& phase) {
  auto sighting = running();
  sighting.owner = {};
  sighting.status->phase = phase;
  return sighting;
}

}  // namespace

TEST_CASE("A campaign that was never run is incomplete", "[cli]") {
  CHECK(health({}) == Health::untouched);
  CHECK(status_code(Health::untouched) == 4);
}

TEST_CASE("A run with a living process and a fresh heartbeat runs", "[cli]") {
  CHECK(health(running()) == Health::running);
  CHECK(status_code(Health::running) == 10);
  auto starting = running();
  starting.status.reset();
  CHECK(health(starting) == Health::running);
}

TEST_CASE("A run is dead when its process is gone or its host is silent for too long", "[cli]") {
  auto gone = running();
  gone.owner.state = OwnerState::dead;
  CHECK(health(gone) == Health::dead);
  auto removed = running();
  removed.owner = {};
  CHECK(health(removed) == Health::dead);
  auto far = running();
  far.owner.state = OwnerState::silent;
  CHECK(health(far) == Health::running);
  far.now += 2 * stale_after_s;
  CHECK(health(far) == Health::dead);
  CHECK(status_code(Health::dead) == 11);
}

TEST_CASE("A living process that does not report is called silent, not dead", "[cli]") {
  auto mute = running();
  mute.now += 2 * stale_after_s;
  CHECK(health(mute) == Health::mute);
  CHECK_THAT(status_text(mute, {}), Catch::Contains("4711"));
}

TEST_CASE("At rest the last phase decides", "[cli]") {
  CHECK(status_code(health(ended("finished"))) == 0);
  CHECK(status_code(health(ended("waiting"))) == 3);
  CHECK(status_code(health(ended("stopped"))) == 4);
  CHECK(status_code(health(ended("failed"))) == 4);
  auto approving = ended("waiting");
  approving.owner.state = OwnerState::alive;
  approving.owner.facts.purpose = "approve";
  CHECK(health(approving) == Health::waiting);
}

TEST_CASE("The page answers alive, where, how far, when done", "[cli]") {
  const auto text = status_text(running(), {});
  for (const auto* part :
       {"ssc", "running", "node03", "4711", "50 %", "95 of 190", "2.0/s", "47.0 s", "8 slots on 1 host"})
    CHECK_THAT(text, Catch::Contains(part));
}

TEST_CASE("A waiting campaign says why and what to type", "[cli]") {
  auto waiting = ended("waiting");
  waiting.status->stages.push_back(waiting.status->stages[0]);
  waiting.status->stages[0].state = "sealed";
  waiting.status->stages[0].gate = "waiting";
  waiting.status->stages[0].verdict = "fail_rate = 7 % < 5 %: does not hold";
  const auto text = status_text(waiting, {});
  CHECK_THAT(text, Catch::Contains("does not hold") && Catch::Contains("tranche approve pilot"));
}

TEST_CASE("Behind the last stage and a reopened one nobody has to decide", "[cli]") {
  auto ended_early = ended("stopped");
  ended_early.status->stages[0].gate = "waiting";
  CHECK(health(ended_early) == Health::incomplete);
  ended_early.status->stages[0].state = "sealed";
  CHECK(health(ended_early) == Health::incomplete);
}

TEST_CASE("What the last run said to type is shown", "[cli]") {
  auto spent = ended("waiting");
  spent.status->next = "raise `budget`, then tranche run";
  CHECK_THAT(status_text(spent, {}), Catch::Contains("next: raise `budget`, then tranche run"));
  auto paused = ended("paused");
  paused.status->text = "paused since noon by ada@login1";
  paused.status->next = "tranche run --resume";
  CHECK(status_code(health(paused)) == 3);
  CHECK_THAT(status_text(paused, {}),
             Catch::Contains("paused") && Catch::Contains("ada@login1") && Catch::Contains("run --resume"));
}

TEST_CASE("A campaign that was submitted before is submitted again", "[cli]") {
  auto waiting = ended("waiting");
  waiting.status->next = "raise `budget`, then tranche run";
  waiting.batch.submitted = {{"12", "", 0, "", 1, {}, ""}};
  CHECK(next_step(waiting) == "raise `budget`, then tranche submit");
  auto open = ended("stopped");
  open.status->next = "tranche run";
  CHECK(next_step(open) == "tranche run goes on");
  open.batch = waiting.batch;
  CHECK(next_step(open) == "tranche submit goes on");
  auto paused = ended("paused");
  paused.status->next = "tranche run --resume";
  paused.batch = waiting.batch;
  CHECK(next_step(paused) == "tranche run --resume");
}

namespace {

/// The page without its line ends.
std::string one_line(const Sighting& sighting) {
  std::istringstream words{status_text(sighting, {})};
  std::string text;
  for (std::string word; words >> word;) text += word + ' ';
  return text;
}

}  // namespace

TEST_CASE("The page sets the estimate against the end of the job", "[cli]") {
  auto sighting = running();
  sighting.status->slurm_job_id = "12";
  sighting.owner.facts.slurm_job_id = "12";
  sighting.status->started_at = 1000;
  sighting.status->ends_at = 1000 + 3600;
  sighting.status->eta_s = 3600 + 840;
  sighting.now = 1000;
  CHECK_THAT(one_line(sighting), Catch::Contains("the job ends 14 min 00 s before the estimate: 1 more") &&
                                     Catch::Contains("tranche submit --chain 1"));
  sighting.batch.submitted = {{"12", "", 1, "", 1, 3600.0, ""}, {"13", "12", 1, "", 1, 3600.0, ""}};
  CHECK_THAT(one_line(sighting), Catch::Contains("1 more link, and 1 submitted"));
  sighting.status->eta_s = 600;
  CHECK_THAT(one_line(sighting), Catch::Contains("the job ends 50 min 00 s later"));
}

TEST_CASE("What the last job lost is told", "[cli]") {
  auto sighting = ended("stopped");
  CHECK_THAT(status_text(sighting, {}), !Catch::Contains("lost"));
  sighting.status->lost = directory::Losses{1, 3, 10'000};
  CHECK_THAT(status_text(sighting, {}),
             Catch::Contains("0.04 % of the last job's core time was lost at its end"));
}

namespace {

void check_fits(const Sighting& sighting) {
  for (const auto color : {inspect::Color::off, inspect::Color::on}) {
    inspect::TextStyle style;
    style.color = color;
    const auto text = status_text(sighting, style);
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
      INFO(line);
      CHECK(inspect::display_width(line) <= 80);
    }
  }
}

/// Names as long as one likes, and counts as large as there are.
Sighting enormous() {
  auto sighting = running();
  const std::string name(300, 'n');
  auto& status = *sighting.status;
  status.campaign = sighting.directory = name;
  status.text = status.next = "a sentence with a " + name + " in it";
  sighting.owner.facts.host = status.host = name;
  sighting.owner.facts.pid = 4'194'303;
  sighting.owner.facts.slurm_job_id = status.slurm_job_id = "4294967294";
  auto& stage = status.stages[0];
  stage.name = name;
  stage.range = {0, 1'000'000'000'000};
  stage.verdict = name + "\n" + name + " " + name;
  stage.tally.total = 1'000'000'000'000;
  stage.tally.core_s = 1e16;
  for (auto& count : stage.tally.samples) count = 123'456'789'012;
  status.stages.assign(12, stage);
  status.finished_now = 400'000'000'000;
  status.rate_per_s = 1e6;
  status.eta_s = 1e9;
  status.ends_at = sighting.now + 100;
  status.lost = directory::Losses{1, 2, 3};
  status.agents.clear();
  for (std::uint32_t rank = 0; rank < 1000; ++rank)
    status.agents.push_back(
        {name + std::to_string(rank), rank, 4096, 0, 1'000'000, rank == 7 ? 1u : 1'000'000'000});
  status.attention = {name, "disk " + std::string(40, 'x') + " is nearly full and so on and so on and so on"};
  sighting.failures.assign(200, {1, name, name, 1'000'000'000'000, 1.0, 77, name});
  sighting.batch.asked = true;
  sighting.batch.jobs.emplace();
  for (int job = 100; job < 132; ++job) {
    sighting.batch.submitted.push_back(
        {std::to_string(job), std::to_string(job - 1), 1, name, 1000, 60.0, name});
    sighting.batch.jobs->push_back({std::to_string(job), "PENDING", name, name});
  }
  return sighting;
}

}  // namespace

TEST_CASE("No line is longer than 80 columns, whatever there is to say", "[cli]") {
  for (const auto* phase :
       {"starting", "running", "draining", "waiting", "paused", "stopped", "finished", "failed"})
    for (const auto state : {OwnerState::none, OwnerState::alive, OwnerState::dead, OwnerState::silent})
      for (const double later : {0.0, 20.0, 1e6})
        for (const auto* sealed : {"running", "sealed"}) {
          auto sighting = enormous();
          sighting.status->phase = phase;
          sighting.owner.state = state;
          sighting.now += later;
          for (auto& stage : sighting.status->stages) {
            stage.state = sealed;
            stage.gate = "waiting";
          }
          check_fits(sighting);
        }
}

TEST_CASE("A table that fits has every state that occurs", "[cli]") {
  auto sighting = running();
  sighting.status->stages[0].tally.samples[static_cast<std::size_t>(SampleState::timeout)] = 3;
  CHECK_THAT(status_text(sighting, {}), Catch::Contains("timeout") && !Catch::Contains("crashed"));
  CHECK_THAT(status_text(enormous(), {}),
             Catch::Contains("not ok") && Catch::Contains("4.94e11") && Catch::Contains("running"));
}
