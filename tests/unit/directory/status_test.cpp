#include "tranche/directory/status.hpp"

#include <catch2/catch.hpp>
#include <limits>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::directory;

namespace {

struct Fixture {
  test::TemporaryFolder folder;
  CampaignPaths paths{folder.path()};
};

Status example() {
  Status status;
  status.campaign = "ssc";
  status.phase = "running";
  status.text = "stage scout";
  status.updated_at = 1.7e9 + 0.25;
  status.pid = 4711;
  status.current_stage = 2;
  status.rate_per_s = 12.5;
  status.eta_s = 90;
  status.attention = {"disk is 95 % full"};
  StageStatus stage;
  stage.key = {1, 2};
  stage.name = "scout";
  stage.range = {200, 2000};
  stage.state = "running";
  stage.tally.total = 1800;
  stage.tally.samples[1] = 17;
  stage.tally.core_s = 3.5;
  status.stages = {stage};
  status.agents = {{"node1", 0, 8, 1, 24, 300}};
  return status;
}

}  // namespace

TEST_CASE_METHOD(Fixture, "A status survives being published", "[directory]") {
  CHECK_FALSE(read_status(paths));
  publish_status(paths, example());
  const auto status = read_status(paths);
  REQUIRE(status);
  CHECK(to_json_text(*status) == to_json_text(example()));
  CHECK(status->updated_at == example().updated_at);
  CHECK(status->stages.at(0).range == IndexRange{200, 2000});
  CHECK(status->stages.at(0).tally.of(SampleState::ok) == 17);
  CHECK(status->agents.at(0).in_flight == 24);
}

TEST_CASE_METHOD(Fixture, "A reader accepts unknown keys, missing keys and null", "[directory]") {
  write_atomically(
      paths.status(),
      R"({"tranche_status": 1, "new": {"deep": []}, "phase": "running", "pid": null, "epoch": "x",
                       "stages": [{"name": "a", "tally": {"samples": {"ok": 3, "melted": 1}}}, 7]})",
      Durability::rename_only);
  const auto status = read_status(paths);
  REQUIRE(status);
  CHECK(status->phase == "running");
  CHECK(status->pid == 0);
  CHECK(status->epoch == 0);
  CHECK_FALSE(status->eta_s);
  REQUIRE(status->stages.size() == 1);
  CHECK(status->stages[0].tally.of(SampleState::ok) == 3);
}

TEST_CASE_METHOD(Fixture, "A later format is refused, a broken file is none", "[directory]") {
  write_atomically(paths.status(), R"({"tranche_status": 2})", Durability::rename_only);
  CHECK_THROWS_AS(read_status(paths), IoError);
  for (const std::string broken : {"{", ""}) {
    write_atomically(paths.status(), broken, Durability::rename_only);
    CHECK_FALSE(read_status(paths));
  }
}

TEST_CASE_METHOD(Fixture, "Of a campaign that has begun, a lost status says so", "[directory]") {
  write_atomically(paths.ledger(), "", Durability::rename_only);
  const auto status = read_status(paths);
  REQUIRE(status);
  CHECK(status->phase == "stopped");
  CHECK(status->next == "tranche run");
  CHECK(status->stages.empty());
}

TEST_CASE_METHOD(Fixture, "Numbers that are not finite and bytes that are not text do not stop a status",
                 "[directory]") {
  auto status = example();
  status.rate_per_s = std::numeric_limits<double>::quiet_NaN();
  status.text = "bad \xff byte";
  publish_status(paths, status);
  const auto read = read_status(paths);
  REQUIRE(read);
  CHECK(read->rate_per_s == 0);
}

TEST_CASE_METHOD(Fixture, "Failures are published, and bounded", "[directory]") {
  CHECK(read_failures(paths).rows.empty());
  std::vector<FailureRow> rows(300,
                               FailureRow{1, "crashed", "SIGSEGV", 3, 1.5, 42, std::string(5000, 'x'), {}});
  publish_failures(paths, {rows, 0, {}});
  const auto read = read_failures(paths).rows;
  REQUIRE(read.size() == 200);
  CHECK(read[0].reason == "SIGSEGV");
  CHECK(read[0].example == 42);
  CHECK(read[0].message.size() == 500);
  CHECK(std::filesystem::file_size(paths.failures()) < 200'000);
}

TEST_CASE_METHOD(Fixture, "Long reasons and messages are cut between characters", "[directory]") {
  std::string accents;
  for (int k = 0; k < 400; ++k) accents += "\u00e9";
  publish_failures(paths, {{{1, "failed", "x" + accents, 1, 0, 0, "y" + accents, {}}}, 0, {}});
  const auto row = read_failures(paths).rows.at(0);
  CHECK(row.reason == "x" + accents.substr(0, 98));
  CHECK(row.message == "y" + accents.substr(0, 498));
}

TEST_CASE_METHOD(Fixture, "The most frequent reasons keep their samples, the file stays small",
                 "[directory]") {
  const std::vector<tranche::SampleIndex> sample(500, 999'999'999);
  Failures failures{std::vector<FailureRow>(30, FailureRow{1, "failed", "no_root", 900, 1, 7, "", sample}),
                    123'456'789, std::vector<tranche::SampleIndex>(4000, 123'456'788)};
  publish_failures(paths, failures);
  const auto read = read_failures(paths);
  REQUIRE(read.rows.size() == 30);
  CHECK(read.rows[19].sample == sample);
  CHECK(read.rows[20].sample.empty());
  CHECK(read.finished == failures.finished);
  CHECK(read.finished_sample == failures.finished_sample);
  CHECK(std::filesystem::file_size(paths.failures()) < 200'000);
}
