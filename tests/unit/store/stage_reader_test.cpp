#include "tranche/store/stage_reader.hpp"

#include <catch2/catch.hpp>

#include "foreign.hpp"
#include "store_fixture.hpp"
#include "tranche/base/errors.hpp"

using namespace tranche;
using namespace tranche::store;

namespace {

struct Campaign {
  test::TemporaryFolder directory;
  StageLayout layout = test::small_layout();
  Campaign() { create_stage_file(directory.str(), layout, test::describe_small); }
  std::filesystem::path file() const { return directory / "store/r1.s1.h5"; }
};

/// The failure that opening ends in.
Failure failure_of(const std::string& directory, const StageLayout& layout) {
  try {
    StageReader::open(directory, layout);
  } catch (const Failure& failure) {
    return failure;
  }
  throw std::logic_error{"the file opened"};
}

void expect(const Failure& failure, ExitCode code, const std::string& text) {
  CHECK(failure.code() == code);
  CHECK_THAT(failure.what(), Catch::Contains("r1.s1.h5") && Catch::Contains(text));
  CHECK_FALSE(failure.fix().empty());
}

}  // namespace

TEST_CASE("a missing stage file is damage") {
  const Campaign campaign;
  std::filesystem::remove(campaign.file());
  expect(failure_of(campaign.directory.str(), campaign.layout), ExitCode::damaged, "is missing");
}

TEST_CASE("a stage file that lost its end is damage, even one byte") {
  const Campaign campaign;
  const auto size = std::filesystem::file_size(campaign.file());
  for (const auto left : {size - 1, size / 2, std::uintmax_t{100}, std::uintmax_t{0}}) {
    std::filesystem::resize_file(campaign.file(), left);
    INFO(left << " bytes are left");
    expect(failure_of(campaign.directory.str(), campaign.layout), ExitCode::damaged, "damaged or cut short");
  }
}

TEST_CASE("a file that is not HDF5 is damage") {
  const Campaign campaign;
  std::ofstream{campaign.file()} << "something else";
  expect(failure_of(campaign.directory.str(), campaign.layout), ExitCode::damaged, "damaged or cut short");
}

TEST_CASE("an HDF5 file of another program is damage") {
  const Campaign campaign;
  test::run_python("change_file.py", "foreign " + campaign.file().string());
  expect(failure_of(campaign.directory.str(), campaign.layout), ExitCode::damaged, "not written by tranche");
}

TEST_CASE("a file of another campaign is damage") {
  const Campaign campaign;
  StageLayout other = campaign.layout;
  other.campaign_id = "decaf";
  expect(failure_of(campaign.directory.str(), other), ExitCode::damaged, "belongs to another campaign");
}

TEST_CASE("a file under the name of another stage is damage") {
  const Campaign campaign;
  std::filesystem::copy_file(campaign.file(), campaign.directory / "store/r1.s2.h5");
  const Failure failure = failure_of(campaign.directory.str(), test::small_layout(2, {100, 250}));
  CHECK(failure.code() == ExitCode::damaged);
  CHECK_THAT(failure.what(),
             Catch::Contains("r1.s2.h5") && Catch::Contains("another revision, stage or range"));
}

TEST_CASE("a dataset of another shape, of another type, or not there is damage") {
  const Campaign campaign;
  StageLayout longer = campaign.layout;
  longer.spec.axes[0].values.push_back(1e28);
  expect(failure_of(campaign.directory.str(), longer), ExitCode::damaged, "dataset sed");
  StageLayout wider = campaign.layout;
  wider.spec.outputs[0].type = campaign::StoredType::float64;
  expect(failure_of(campaign.directory.str(), wider), ExitCode::damaged, "dataset sed");
  StageLayout more = campaign.layout;
  more.spec.meta.push_back("steps");
  expect(failure_of(campaign.directory.str(), more), ExitCode::damaged, "no dataset meta/steps");
}

TEST_CASE("a file of a newer format asks for a newer program") {
  const Campaign campaign;
  test::run_python("change_file.py", "newer " + campaign.file().string());
  expect(failure_of(campaign.directory.str(), campaign.layout), ExitCode::usage, "format 2");
}

TEST_CASE("reading beyond the stage or into a buffer of another size is a bug of ours") {
  const Campaign campaign;
  const StageReader reader = StageReader::open(campaign.directory.str(), campaign.layout);
  std::vector<std::uint8_t> states(10);
  CHECK_THROWS_AS(reader.read_states({95, 105}, states), ContractError);
  CHECK_THROWS_AS(reader.read_states({0, 11}, states), ContractError);
  CHECK_NOTHROW(reader.read_states({90, 100}, states));
}

TEST_CASE("errors of the file system name the file") {
  const Campaign campaign;
  CHECK_THROWS_WITH(
      create_stage_file((campaign.directory / "nowhere").string(), campaign.layout, test::describe_small),
      Catch::Contains("nowhere/store") && Catch::Contains("No such file or directory"));
}
