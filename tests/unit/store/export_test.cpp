#include "tranche/store/export.hpp"

#include <catch2/catch.hpp>

#include "foreign.hpp"
#include "store_fixture.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/stage_reader.hpp"

using namespace tranche;
using namespace tranche::store;

namespace {

/// Two stages; index k is ok unless it is excluded, a multiple of 3 (timeout) or above 200 (pending).
struct Campaign {
  test::TemporaryFolder directory;
  std::vector<StageLayout> layouts{test::small_layout(1, {0, 100}), test::small_layout(2, {100, 250})};
  std::uint64_t ok = 0;
  std::uint64_t timeouts = 0;

  Campaign() {
    for (const StageLayout& layout : layouts) fill(layout);
  }
  std::string path(const std::string& name) const { return directory / name; }

 private:
  void fill(const StageLayout& layout) {
    create_stage_file(directory.str(), layout, test::describe_small);
    std::vector<SampleIndex> done;
    std::vector<StateView> states;
    for (SampleIndex i = layout.range.begin; i < std::min<SampleIndex>(layout.range.end, 201); ++i) {
      if (test::excluded_in_design(i)) continue;
      const bool late = i % 3 == 0;
      (late ? timeouts : ok) += 1;
      if (!late) done.push_back(i);
      states.push_back(
          {i, late ? SampleState::timeout : SampleState::ok, late ? 0 : test::checksum_value(i)});
    }
    StageFile file = StageFile::open(MPI_COMM_SELF, directory.str(), layout);
    file.write_rows(test::SmallRows{done}.tiles());
    file.write_states(states);
    file.flush();
    file.close();
  }
};

ExportOptions with_hold_out() {
  ExportOptions options;
  options.hold_out = {[](SampleIndex index) { return index % 4 == 1; }, 0.25};
  return options;
}

}  // namespace

TEST_CASE("an HDF5 export holds the ok rows, packed and compressed, and h5py reads them") {
  const Campaign campaign;
  const ExportSummary summary =
      export_hdf5(campaign.directory.str(), campaign.layouts, campaign.path("ok.h5"));
  CHECK(summary.rows == campaign.ok);
  CHECK(summary.bytes == std::filesystem::file_size(campaign.path("ok.h5")));
  CHECK(test::run_python("check_export.py", campaign.path("ok.h5") + " ok") == "fine\n");
}

TEST_CASE("an npz export holds the ok rows, and NumPy reads them") {
  const Campaign campaign;
  const ExportSummary summary =
      export_npz(campaign.directory.str(), campaign.layouts, campaign.path("ok.npz"));
  CHECK(summary.rows == campaign.ok);
  CHECK(test::run_python("check_export.py", campaign.path("ok.npz") + " ok") == "fine\n");
}

TEST_CASE("an export can hold rows of other states") {
  const Campaign campaign;
  ExportOptions options;
  options.states = {};
  options.states[static_cast<std::size_t>(SampleState::timeout)] = true;
  options.deflate_level = 0;
  CHECK(export_hdf5(campaign.directory.str(), campaign.layouts, campaign.path("late.h5"), options).rows ==
        campaign.timeouts);
  export_npz(campaign.directory.str(), campaign.layouts, campaign.path("late.npz"), options);
  CHECK(test::run_python("check_export.py", campaign.path("late.h5") + " timeout") == "fine\n");
  CHECK(test::run_python("check_export.py", campaign.path("late.npz") + " timeout") == "fine\n");
}

TEST_CASE("an export without any row is an empty data set") {
  const Campaign campaign;
  ExportOptions options;
  options.states = {};
  options.states[static_cast<std::size_t>(SampleState::crashed)] = true;
  CHECK(export_hdf5(campaign.directory.str(), campaign.layouts, campaign.path("none.h5"), options).rows == 0);
  CHECK(export_npz(campaign.directory.str(), campaign.layouts, campaign.path("none.npz"), options).rows == 0);
  CHECK(test::run_python("check_export.py", campaign.path("none.h5") + " crashed") == "fine\n");
  CHECK(test::run_python("check_export.py", campaign.path("none.npz") + " crashed") == "fine\n");
}

TEST_CASE("the same rows give the same npz, byte for byte") {
  const Campaign campaign;
  for (const char* name : {"a.npz", "b.npz"})
    export_npz(campaign.directory.str(), campaign.layouts, campaign.path(name));
  CHECK(test::run_python("same_bytes.py", campaign.path("a.npz") + " " + campaign.path("b.npz")) == "same\n");
}

TEST_CASE("an npz export says which rows are held out") {
  const Campaign campaign;
  export_npz(campaign.directory.str(), campaign.layouts, campaign.path("split.npz"), with_hold_out());
  CHECK(test::run_python("check_export.py", campaign.path("split.npz") + " ok split") == "fine\n");
}

TEST_CASE("a TFRecord export holds the ok rows, the hold-out apart, and protobuf reads them") {
  const Campaign campaign;
  auto options = with_hold_out();
  for (const std::uint64_t shard_bytes : {std::uint64_t{1} << 30, std::uint64_t{10'000}, std::uint64_t{1}}) {
    options.shard_bytes = shard_bytes;
    const std::string folder = campaign.path("records" + std::to_string(shard_bytes));
    const ExportSummary summary =
        export_tfrecord(campaign.directory.str(), campaign.layouts, folder, options);
    CHECK(summary.rows == campaign.ok);
    CHECK(test::run_python("check_tfrecord.py", folder) == "fine\n");
  }
}

TEST_CASE("a TFRecord export without any row has no records and says so") {
  const Campaign campaign;
  auto options = with_hold_out();
  options.states = {};
  options.states[static_cast<std::size_t>(SampleState::crashed)] = true;
  CHECK(export_tfrecord(campaign.directory.str(), campaign.layouts, campaign.path("none"), options).rows ==
        0);
  CHECK(test::run_python("check_tfrecord.py", campaign.path("none") + " none") == "fine\n");
}

TEST_CASE("an export that cannot be written names the file and leaves nothing") {
  const Campaign campaign;
  const std::string nowhere = campaign.path("nowhere/x");
  CHECK_THROWS_WITH(export_hdf5(campaign.directory.str(), campaign.layouts, nowhere),
                    Catch::Contains(nowhere));
  CHECK_THROWS_WITH(export_npz(campaign.directory.str(), campaign.layouts, nowhere),
                    Catch::Contains(nowhere));
  CHECK_THROWS_WITH(export_tfrecord(campaign.directory.str(), campaign.layouts, nowhere, with_hold_out()),
                    Catch::Contains(nowhere));
  std::filesystem::remove(campaign.directory / "store/r1.s2.h5");
  CHECK_THROWS_AS(export_tfrecord(campaign.directory.str(), campaign.layouts, campaign.path("x.tfrecord"),
                                  with_hold_out()),
                  DamageError);
  CHECK_THROWS_AS(export_npz(campaign.directory.str(), campaign.layouts, campaign.path("x.npz")),
                  DamageError);
  for (const auto& entry : std::filesystem::directory_iterator{campaign.directory.str()})
    CHECK(entry.path().filename().string().front() != 'x');
}
