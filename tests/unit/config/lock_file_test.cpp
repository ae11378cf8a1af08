#include "tranche/config/lock_file.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "golden_files.hpp"
#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/config/campaign_file.hpp"

using namespace tranche;
namespace fs = std::filesystem;

namespace {

campaign::CampaignSpec full_spec() {
  return config::load_campaign(test::golden_config() / "good" / "full.yaml");
}

config::LockStamp stamp() {
  return {"4f2a", 1, "00ff", {{"tranche", "0.1.0"}, {"hdf5", "1.10.8"}}, {{"model.py", "0a"}}};
}

std::string lock_of(const campaign::CampaignSpec& spec) {
  return config::lock_text(spec, campaign::StagePlan::build(spec), stamp());
}

}  // namespace

TEST_CASE("A lock gives back what was written") {
  const test::TemporaryFolder scratch;
  const auto spec = full_spec();
  const auto plan = campaign::StagePlan::build(spec);
  const auto path = scratch / "lock" / "r1.yaml";
  config::write_lock(path, spec, plan, stamp());
  const auto facts = config::read_lock(path);
  CHECK(facts.name == "ssc");
  CHECK(facts.stamp.campaign_id == "4f2a");
  CHECK(facts.stamp.revision == 1);
  CHECK(facts.stamp.simulator_digest == "00ff");
  CHECK(facts.stamp.files.at("model.py") == "0a");
  CHECK(facts.stamp.versions.at("hdf5") == "1.10.8");
  CHECK(facts.source_digest == spec.source_digest);
  CHECK(facts.points == 200'000);
  CHECK(facts.design_sizes == std::vector<std::uint64_t>{200, 2000, 20000, 200000});
  REQUIRE(facts.stages.size() == 4);
  CHECK(facts.stages[1].name == "scout");
  CHECK(facts.stages[1].begin == 200);
  CHECK(facts.stages[1].end == 2000);
  CHECK(facts.data == campaign::data_facts(spec));
  CHECK_FALSE(facts.settings.empty());
}

TEST_CASE("Writing leaves nothing but the lock, and writing again replaces it") {
  const test::TemporaryFolder scratch;
  const auto spec = full_spec();
  const auto plan = campaign::StagePlan::build(spec);
  const auto path = scratch / "lock" / "r1.yaml";
  config::write_lock(path, spec, plan, stamp());
  auto other = stamp();
  other.simulator_digest = "11ee";
  config::write_lock(path, spec, plan, other);
  CHECK(config::read_lock(path).stamp.simulator_digest == "11ee");
  CHECK(test::files_in(path.parent_path(), ".yaml").size() == 1);
  CHECK(std::distance(fs::directory_iterator{path.parent_path()}, {}) == 1);
}

TEST_CASE("The same campaign gives the same lock, byte for byte") {
  CHECK(lock_of(full_spec()) == lock_of(full_spec()));
}

TEST_CASE("An unchanged campaign has no changes, a setting is none either") {
  auto spec = full_spec();
  const auto lock = lock_of(spec);
  CHECK(config::describe_change(lock, spec).empty());
  spec.simulator.timeout_s = 5;
  spec.store.epoch_s = 60;
  CHECK(config::describe_change(lock, spec).empty());
}

TEST_CASE("A change names key, old and new") {
  auto spec = full_spec();
  const auto lock = lock_of(spec);
  spec.design.seed = 5;
  spec.outputs.pop_back();
  const auto lines = config::describe_change(lock, spec);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] ==
        "design: nested-lhs, points 200000, seed 20240221, rounding up -> nested-lhs, points 200000, seed 5, "
        "rounding up");
  CHECK(lines[1].rfind("outputs.total: ", 0) == 0);
  CHECK(lines[1].find("-> (absent)") != std::string::npos);
}

TEST_CASE("Names that YAML would read as something else survive") {
  auto spec = full_spec();
  spec.name = std::string{"null"};
  spec.constraints[0].expression = std::string{"x > 1 # not a comment: \"quoted\" \\ "};
  spec.parameters[6].domain = campaign::Levels{{"yes", "~", "é", "a: b"}};
  const auto facts = config::parse_lock(lock_of(spec));
  CHECK(facts.name == "null");
  CHECK(facts.data == campaign::data_facts(spec));
}

TEST_CASE("What is no lock is damage, a missing one an I/O error") {
  CHECK_THROWS_AS(config::read_lock("nowhere/r1.yaml"), IoError);
  for (const char* text : {"", "- 1", "tranche_lock: 1", "a: [", "tranche_lock: one"}) {
    INFO(text);
    CHECK_THROWS_AS(config::parse_lock(text), DamageError);
  }
}

TEST_CASE("A lock of a later version asks for a later program") {
  try {
    config::parse_lock("tranche_lock: 9");
    FAIL("it was read");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::usage);
  }
}

TEST_CASE("Any changed byte of a lock is found") {
  const auto lock = lock_of(full_spec());
  for (std::size_t at = 0; at < lock.size(); ++at) {
    auto changed = lock;
    changed[at] = static_cast<char>(changed[at] ^ 1);
    INFO(at);
    CHECK_THROWS_AS(config::parse_lock(changed), Failure);
  }
}

TEST_CASE("A lock cut at any byte is damage") {
  const auto lock = lock_of(full_spec());
  for (std::size_t length = 0; length < lock.size(); length += 3) {
    try {
      config::parse_lock(lock.substr(0, length));
      FAIL("it was read");
    } catch (const DamageError& error) {
      REQUIRE(std::string_view{error.what()}.starts_with("lock file: "));
    }
  }
}
