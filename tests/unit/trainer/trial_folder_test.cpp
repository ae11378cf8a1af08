#include "trial_folder.hpp"

#include <catch2/catch.hpp>
#include <fstream>

#include "support/temporary_folder.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::trainer;

TEST_CASE("a trial's folder is numbered with four digits, and keeps what it has for the same settings") {
  const test::TemporaryFolder model;
  learn::TrialSettings settings;
  {
    const TrialFolder folder{model.path(), 7, settings};
    CHECK(folder.result() == model / "trials/0007/result.json");
    CHECK_FALSE(folder.finished());
    std::ofstream{folder.checkpoint()} << "something";
  }
  {
    const TrialFolder folder{model.path(), 7, settings};
    CHECK(std::filesystem::exists(folder.checkpoint()));
    learn::TrialRecord record{settings, {}};
    record.result.samples = 12;
    folder.finish(record);
    CHECK_FALSE(std::filesystem::exists(folder.checkpoint()));
    REQUIRE(folder.finished());
    CHECK(folder.finished()->result.samples == 12);
  }
  settings.seed = 2;
  const TrialFolder folder{model.path(), 7, settings};
  CHECK_FALSE(folder.finished());
}

TEST_CASE("two do not work on one trial") {
  const test::TemporaryFolder model;
  const TrialFolder folder{model.path(), 0, {}};
  try {
    const TrialFolder second{model.path(), 0, {}};
    FAIL("a second one was let in");
  } catch (const Failure& failure) {
    CHECK(failure.code() == ExitCode::owned);
    CHECK(std::string{failure.what()}.find("0000") != std::string::npos);
  }
  CHECK_NOTHROW(TrialFolder{model.path(), 1, {}});
}
