#include <catch2/catch.hpp>

#include "foreign.hpp"
#include "store_fixture.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/stage_reader.hpp"

using namespace tranche;
using namespace tranche::store;

namespace {

struct Campaign {
  test::TemporaryFolder directory;
  std::vector<StageLayout> layouts{test::small_layout(1, {0, 100}), test::small_layout(2, {100, 250})};
  Campaign() {
    for (const StageLayout& layout : layouts)
      create_stage_file(directory.str(), layout, test::describe_small);
  }
};

}  // namespace

TEST_CASE("bare h5py and xarray read all stages through the view, also from a moved campaign") {
  const Campaign campaign;
  write_seal(campaign.directory.str(), campaign.layouts[0], 3, "0123456789abcdef00000000deadbeef");
  rewrite_view(campaign.directory.str(), campaign.layouts);
  CHECK(test::run_python("check_view.py", campaign.directory.str()) == "fine\n");
  const test::TemporaryFolder elsewhere;
  std::filesystem::copy(campaign.directory.str(), elsewhere / "moved",
                        std::filesystem::copy_options::recursive);
  CHECK(test::run_python("check_view.py", elsewhere / "moved") == "fine\n");
}

TEST_CASE("a view is replaced when stages are added") {
  const Campaign campaign;
  rewrite_view(campaign.directory.str(), std::span{campaign.layouts}.first(1));
  rewrite_view(campaign.directory.str(), campaign.layouts);
  CHECK_THAT(test::run_python("describe_file.py", campaign.directory / "store.h5"),
             Catch::Contains("sed float32 (250, 5)"));
  for (const auto& entry : std::filesystem::directory_iterator{campaign.directory.path()})
    CHECK(entry.path().extension() != ".new");
}

TEST_CASE("a foreign reader of the view can see that a stage file is missing") {
  const Campaign campaign;
  rewrite_view(campaign.directory.str(), campaign.layouts);
  std::filesystem::remove(campaign.directory / "store/r1.s1.h5");
  CHECK(test::run_python("check_missing.py", campaign.directory.str()) == "missing: store/r1.s1.h5\n");
}

TEST_CASE("no view is made over a stage file that is missing") {
  const Campaign campaign;
  std::filesystem::remove(campaign.directory / "store/r1.s2.h5");
  CHECK_THROWS_AS(rewrite_view(campaign.directory.str(), campaign.layouts), DamageError);
  CHECK_FALSE(std::filesystem::exists(campaign.directory / "store.h5"));
}
