#include "tranche/store/stage_file.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <random>

#include "tranche/base/errors.hpp"
#include "tranche/store/stage_reader.hpp"
#include "unit/store/store_fixture.hpp"

namespace {

using namespace tranche;
using namespace tranche::store;
using test::SmallRows;

struct World {
  int rank = 0;
  int size = 1;
  World() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
  }
};

/// One directory that all ranks know; rank 0 owns it.
class SharedCampaign {
 public:
  explicit SharedCampaign(const StageLayout& layout) {
    std::string name;
    if (world_.rank == 0) {
      directory_ = std::make_unique<test::TemporaryFolder>();
      name = directory_->str();
      create_stage_file(name, layout, test::describe_small);
    }
    name.resize(256);
    MPI_Bcast(name.data(), 256, MPI_CHAR, 0, MPI_COMM_WORLD);
    path_ = name.c_str();
  }
  ~SharedCampaign() { MPI_Barrier(MPI_COMM_WORLD); }
  SharedCampaign(const SharedCampaign&) = delete;
  SharedCampaign& operator=(const SharedCampaign&) = delete;
  const std::string& path() const { return path_; }

 private:
  World world_;
  std::unique_ptr<test::TemporaryFolder> directory_;
  std::string path_;
};

/// Which rank writes an index: runs of random length, some to nobody. The same on every rank.
std::vector<int> owners(std::uint64_t rows, int ranks, unsigned seed) {
  std::mt19937 random{seed};
  std::vector<int> owner;
  while (owner.size() < rows) {
    const int who = static_cast<int>(random() % static_cast<unsigned>(ranks + 1)) - 1;
    owner.insert(owner.end(), 1 + random() % 9, who);
  }
  owner.resize(rows);
  return owner;
}

std::vector<SampleIndex> mine(const std::vector<int>& owner, int rank, IndexRange range, unsigned seed) {
  std::vector<SampleIndex> indices;
  for (std::size_t i = 0; i < owner.size(); ++i)
    if (owner[i] == rank && !test::excluded_in_design(range.begin + i)) indices.push_back(range.begin + i);
  std::shuffle(indices.begin(), indices.end(), std::mt19937{seed});
  return indices;
}

void check_rows(const std::string& directory, const StageLayout& layout, const std::vector<int>& owner) {
  const StageReader reader = StageReader::open(directory, layout);
  std::vector<float> sed(layout.range.size() * 5);
  std::vector<double> flux(layout.range.size());
  std::vector<double> residual(layout.range.size());
  reader.read_output(0, layout.range, std::as_writable_bytes(std::span{sed}));
  reader.read_output(1, layout.range, std::as_writable_bytes(std::span{flux}));
  reader.read_meta(1, layout.range, residual);
  for (std::size_t i = 0; i < owner.size(); ++i) {
    const SampleIndex index = layout.range.begin + i;
    INFO("index " << index);
    if (owner[i] < 0 || test::excluded_in_design(index)) {
      REQUIRE(std::isnan(sed[i * 5]));
      REQUIRE(std::isnan(flux[i]));
      REQUIRE(std::isnan(residual[i]));
      continue;
    }
    for (std::size_t bin = 0; bin < 5; ++bin) REQUIRE(sed[i * 5 + bin] == test::sed_value(index, bin));
    REQUIRE(flux[i] == test::flux_value(index));
    REQUIRE(residual[i] == test::meta_value(index, 1));
  }
}

void write_interleaved(campaign::WriteMode mode, unsigned seed) {
  const World world;
  CAPTURE(seed, world.size);
  StageLayout layout = test::small_layout(2, {100, 1100});
  layout.spec.store.write = mode;
  const SharedCampaign campaign{layout};
  const std::vector<int> owner = owners(layout.range.size(), world.size, seed);
  StageFile file = StageFile::open(MPI_COMM_WORLD, campaign.path(), layout);
  const std::vector<SampleIndex> all = mine(owner, world.rank, layout.range, seed);
  const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
  file.write_rows(SmallRows{{all.begin(), middle}}.tiles());  // two epochs
  file.flush();
  file.write_rows(SmallRows{{middle, all.end()}}.tiles());
  file.flush();
  file.close();
  if (world.rank == 0) check_rows(campaign.path(), layout, owner);
}

}  // namespace

TEST_CASE("interleaved rows of all ranks arrive, written independently") {
  for (const unsigned seed : {1u, 2u, 3u}) write_interleaved(campaign::WriteMode::independent, seed);
}

TEST_CASE("interleaved rows of all ranks arrive, written collectively") {
  for (const unsigned seed : {1u, 2u, 3u}) write_interleaved(campaign::WriteMode::collective, seed);
}

TEST_CASE("ranks without rows take part in a collective epoch") {
  const World world;
  StageLayout layout = test::small_layout();
  layout.spec.store.write = campaign::WriteMode::collective;
  const SharedCampaign campaign{layout};
  std::vector<int> owner(layout.range.size(), -1);
  std::fill(owner.begin(), owner.begin() + 30, world.size - 1);
  StageFile file = StageFile::open(MPI_COMM_WORLD, campaign.path(), layout);
  file.write_rows(SmallRows{{}}.tiles());
  file.write_rows(SmallRows{mine(owner, world.rank, layout.range, 1)}.tiles());
  file.flush();
  file.close();
  if (world.rank == 0) check_rows(campaign.path(), layout, owner);
}

TEST_CASE("rank 0 writes states and checksums while the file is open") {
  const World world;
  const StageLayout layout = test::small_layout();
  const SharedCampaign campaign{layout};
  const std::vector<SampleIndex> done{42, 3, 4, 5, 99, 0};
  StageFile file = StageFile::open(MPI_COMM_WORLD, campaign.path(), layout);
  if (world.rank == 0) file.write_states(test::ok_states(done));
  file.flush();
  file.close();
  if (world.rank != 0) return;
  const StageReader reader = StageReader::open(campaign.path(), layout);
  std::vector<std::uint8_t> states(100);
  std::vector<std::uint64_t> checksums(100);
  reader.read_states(layout.range, states);
  reader.read_checksums(layout.range, checksums);
  for (SampleIndex i = 0; i < 100; ++i) {
    const bool ok = std::find(done.begin(), done.end(), i) != done.end();
    const int otherwise = test::excluded_in_design(i) ? 6 : 0;
    REQUIRE(int{states[i]} == (ok ? 1 : otherwise));
    REQUIRE(checksums[i] == (ok ? test::checksum_value(i) : 0));
  }
}

TEST_CASE("rows outside of the stage, or of another campaign, are a bug of ours") {
  const StageLayout layout = test::small_layout();
  const SharedCampaign campaign{layout};
  StageFile file = StageFile::open(MPI_COMM_WORLD, campaign.path(), layout);
  REQUIRE_THROWS_AS(file.write_rows(SmallRows{{100}}.tiles()), ContractError);
  REQUIRE_THROWS_AS(file.write_rows(RowTiles{{5 * 4, 8}}), ContractError);
  file.close();
}

TEST_CASE("every rank hears what is wrong with a file") {
  const World world;
  const StageLayout layout = test::small_layout();
  const SharedCampaign campaign{layout};
  StageLayout foreign = layout;
  foreign.campaign_id = "other";
  REQUIRE_THROWS_WITH(StageFile::open(MPI_COMM_WORLD, campaign.path(), foreign),
                      Catch::Contains("r1.s1.h5") && Catch::Contains("another campaign"));
  StageLayout missing = layout;
  missing.key.stage = 9;
  REQUIRE_THROWS_AS(StageFile::open(MPI_COMM_WORLD, campaign.path(), missing), DamageError);
}

TEST_CASE("a file that an exception leaves open is not closed on the way out") {
  const StageLayout layout = test::small_layout();
  const SharedCampaign campaign{layout};
  const World world;
  try {
    StageFile file = StageFile::open(MPI_COMM_WORLD, campaign.path(), layout);
    if (world.rank == 0) throw std::runtime_error{"rank 0 gives up"};
  } catch (const std::runtime_error&) {
    SUCCEED("rank 0 left alone");
  }
  MPI_Barrier(MPI_COMM_WORLD);
}
