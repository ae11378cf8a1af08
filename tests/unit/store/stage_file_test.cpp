#include "tranche/store/stage_file.hpp"

#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <cstring>
#include <iterator>

#include "store_fixture.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/store/stage_reader.hpp"

using namespace tranche;
using namespace tranche::store;

namespace {

std::vector<std::uint8_t> states_of(const std::string& directory, const StageLayout& layout) {
  std::vector<std::uint8_t> states(layout.range.size());
  StageReader::open(directory, layout).read_states(layout.range, states);
  return states;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// A file system of a few MB, if we may mount one.
class SmallDisk {
 public:
  SmallDisk() : mounted_{::mount("tmpfs", directory_.str().c_str(), "tmpfs", 0, "size=4m") == 0} {
    error_ = mounted_ ? 0 : errno;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(directory_.str().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  bool mounted() const { return mounted_; }
  std::string why_not() const { return std::strerror(error_); }
  std::string path() const { return directory_.str(); }

 private:
  test::TemporaryFolder directory_;
  bool mounted_ = false;
  int error_ = 0;
};

}  // namespace

TEST_CASE("a new stage file knows its design and holds NaN everywhere else") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout(2, {100, 250});
  CHECK(create_stage_file(directory.str(), layout, test::describe_small) == 15);
  const StageReader reader = StageReader::open(directory.str(), layout);
  CHECK(reader.range() == layout.range);
  std::vector<std::int64_t> indices(150);
  std::vector<double> parameters(300);
  std::vector<double> derived(150);
  std::vector<std::uint64_t> checksums(150, 1);
  std::vector<float> sed(750);
  reader.read_indices(layout.range, indices);
  reader.read_parameters(layout.range, parameters);
  reader.read_derived(0, layout.range, derived);
  reader.read_checksums(layout.range, checksums);
  reader.read_output(0, layout.range, std::as_writable_bytes(std::span{sed}));
  for (std::size_t i = 0; i < 150; ++i) {
    const SampleIndex index = 100 + i;
    double x[4];
    test::describe_small(index, x);
    REQUIRE(indices[i] == static_cast<std::int64_t>(index));
    REQUIRE(parameters[2 * i] == x[0]);
    REQUIRE(parameters[2 * i + 1] == x[1]);
    REQUIRE(derived[i] == x[3]);
    REQUIRE(checksums[i] == 0);
    REQUIRE(std::isnan(sed[i * 5 + i % 5]));
  }
  CHECK(reader.seal().generation == 0);
  CHECK(reader.seal().digest.empty());
}

TEST_CASE("every NaN of a new file is the canonical one") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  std::vector<std::uint32_t> sed(500);
  std::vector<std::uint64_t> flux(100);
  const StageReader reader = StageReader::open(directory.str(), layout);
  reader.read_output(0, layout.range, std::as_writable_bytes(std::span{sed}));
  reader.read_output(1, layout.range, std::as_writable_bytes(std::span{flux}));
  CHECK(std::all_of(sed.begin(), sed.end(), [](auto bits) { return bits == 0x7fc00000u; }));
  CHECK(std::all_of(flux.begin(), flux.end(), [](auto bits) { return bits == 0x7ff8000000000000u; }));
}

TEST_CASE("creating a stage file that is there changes nothing and counts the same") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  const auto never = [](SampleIndex, std::span<double>) -> bool { throw std::logic_error{"asked again"}; };
  REQUIRE(create_stage_file(directory.str(), layout, test::describe_small) == 10);
  const std::string before = bytes_of(directory / "store/r1.s1.h5");
  CHECK(create_stage_file(directory.str(), layout, never) == 10);
  CHECK(bytes_of(directory / "store/r1.s1.h5") == before);
}

TEST_CASE("the same campaign gives the same bytes") {
  const test::TemporaryFolder a;
  const test::TemporaryFolder b;
  create_stage_file(a.str(), test::small_layout(), test::describe_small);
  create_stage_file(b.str(), test::small_layout(), test::describe_small);
  CHECK(bytes_of(a / "store/r1.s1.h5") == bytes_of(b / "store/r1.s1.h5"));
}

TEST_CASE("a failure while a file is made leaves nothing behind") {
  const test::TemporaryFolder directory;
  const auto fails = [](SampleIndex index, std::span<double>) -> bool {
    if (index == 50) throw std::runtime_error{"no such point"};
    return false;
  };
  CHECK_THROWS_WITH(create_stage_file(directory.str(), test::small_layout(), fails), "no such point");
  CHECK(std::filesystem::is_empty(directory / "store"));
}

TEST_CASE("a run that slept while another took its place cannot put its file over the other's") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  std::string of_the_other;
  const auto overtaken = [&](SampleIndex index, std::span<double> x) {
    if (of_the_other.empty()) {
      create_stage_file(directory.str(), layout, test::describe_small);
      of_the_other = bytes_of(directory / "store/r1.s1.h5");
    }
    return test::describe_small(index, x);
  };
  CHECK_THROWS_AS(create_stage_file(directory.str(), layout, overtaken), IoError);
  CHECK(bytes_of(directory / "store/r1.s1.h5") == of_the_other);
  CHECK(std::distance(std::filesystem::directory_iterator{directory / "store"}, {}) == 1);
}

TEST_CASE("a full disk shows when the file is made, not when rows are written") {
  const SmallDisk disk;
  if (!disk.mounted()) {
    WARN("SKIPPED: cannot mount a small tmpfs: " << disk.why_not());
    return;
  }
  const StageLayout layout = test::small_layout(1, {0, 200'000});
  CHECK_THROWS_WITH(create_stage_file(disk.path(), layout, test::describe_small),
                    Catch::Contains("r1.s1.h5") && Catch::Contains("needs 17.6 MB"));
  CHECK(std::filesystem::is_empty(std::filesystem::path{disk.path()} / "store"));
  CHECK(create_stage_file(disk.path(), test::small_layout(), test::describe_small) == 10);
}

TEST_CASE("a campaign without outputs, axes and meta has a stage file too") {
  const test::TemporaryFolder directory;
  StageLayout layout = test::small_layout();
  layout.spec.outputs.clear();
  layout.spec.axes.clear();
  layout.spec.meta.clear();
  layout.spec.derived.clear();
  layout.spec.constants.clear();
  const auto describe = [](SampleIndex, std::span<double> x) {
    std::fill(x.begin(), x.end(), 1.0);
    return false;
  };
  CHECK(create_stage_file(directory.str(), layout, describe) == 0);
  CHECK(states_of(directory.str(), layout) == std::vector<std::uint8_t>(100, 0));
}

TEST_CASE("a ledger that has run an excluded sample contradicts the store") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  CHECK_THROWS_AS(
      rewrite_states(directory.str(), layout, test::pages_of({{7, SampleState::ok, 1}}), NotOkRows::keep),
      DamageError);
}

TEST_CASE("states out of order or outside of the stage are a bug of ours") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout(2, {100, 250});
  create_stage_file(directory.str(), layout, test::describe_small);
  const auto rewrite = [&](std::vector<StateView> states) {
    rewrite_states(directory.str(), layout, test::pages_of(std::move(states)), NotOkRows::keep);
  };
  CHECK_THROWS_AS(rewrite({{120, SampleState::ok, 1}, {110, SampleState::ok, 1}}), ContractError);
  CHECK_THROWS_AS(rewrite({{99, SampleState::ok, 1}}), ContractError);
  CHECK_THROWS_AS(rewrite({{250, SampleState::ok, 1}}), ContractError);
}

TEST_CASE("a seal can be read back and replaced") {
  const test::TemporaryFolder directory;
  const StageLayout layout = test::small_layout();
  create_stage_file(directory.str(), layout, test::describe_small);
  const std::string digest = "0123456789abcdef00000000deadbeef";
  write_seal(directory.str(), layout, 1, digest);
  write_seal(directory.str(), layout, 2, digest);
  const StageReader::Seal seal = StageReader::open(directory.str(), layout).seal();
  CHECK(seal.generation == 2);
  CHECK(seal.digest == digest);
}
