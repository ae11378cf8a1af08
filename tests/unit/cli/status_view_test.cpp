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

TEST_CASE("No line is longer than 80 columns, whatever a simulator says", "[cli]") {
  auto sighting = running();
  sighting.status->attention = {"disk " + std::string(40, 'x') +
                                " is nearly full and so on and so on and so on"};
  sighting.failures = {{1, "crashed", "SIGSEGV", 3, 1.0, 77, std::string(400, 'm')}};
  std::istringstream lines{status_text(sighting, {})};
  for (std::string line; std::getline(lines, line);) CHECK(inspect::display_width(line) <= 80);
}
