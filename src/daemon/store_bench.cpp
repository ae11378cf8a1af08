#include "store_bench.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <vector>

#include "gather.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/campaign/row_codec.hpp"
#include "tranche/directory/files.hpp"
#include "tranche/store/stage_file.hpp"

namespace tranche::daemon {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t row_points = 177;
constexpr std::uint64_t epoch_rows = 90'000;
constexpr int rounds = 12;

template <typename Work>
double time_of(const Work& work) {
  const auto begin = Clock::now();
  work();
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

/// A plain file of the same size, written once so that its space is taken.
class PlainFile {
 public:
  PlainFile(const fs::path& path, std::size_t bytes)
      : number_{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)} {
    if (number_ < 0) fail("open");
    write(0, std::vector<std::byte>(bytes, std::byte{0xff}));
    sync();
  }
  ~PlainFile() { ::close(number_); }
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  void write(std::uint64_t at, const std::vector<std::byte>& bytes) const {
    for (std::size_t done = 0; done < bytes.size();) {
      const auto written =
          ::pwrite(number_, bytes.data() + done, bytes.size() - done, static_cast<off_t>(at + done));
      if (written < 0) fail("write");
      done += static_cast<std::size_t>(written);
    }
  }
  void sync() const {
    if (::fsync(number_) != 0) fail("fsync");
  }

 private:
  [[noreturn]] static void fail(const std::string& what) {
    throw IoError{what + " a plain file: " + std::strerror(errno)};
  }
  int number_;
};

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

store::StageLayout trial_layout(std::uint64_t rows, std::uint64_t points) {
  store::StageLayout layout;
  layout.key = {1, 1};
  layout.stage_name = "bench";
  layout.range = {0, rows};
  layout.stage_names = {"bench"};
  layout.stage_sizes = {rows};
  layout.tranche_version = "bench";
  layout.campaign_id = "bench";
  auto& spec = layout.spec;
  spec.name = "bench";
  spec.parameters = {{"x", campaign::RealRange{}, "1", {}, {}}};
  spec.design.points = rows;
  spec.stages = {{"bench", 1.0, {}, {}}};
  campaign::Axis axis{"k", "1", std::vector<double>(points), {}};
  for (std::size_t k = 0; k < points; ++k) axis.values[k] = static_cast<double>(k);
  spec.axes = {axis};
  campaign::Output output;
  output.name = "y";
  output.axes = {0};
  output.size = points;
  spec.outputs = {output};
  return layout;
}

std::string bench_store(MPI_Comm comm, const fs::path& folder) {
  const auto layout = trial_layout(epoch_rows * rounds, row_points);
  const campaign::RowCodec codec{layout.spec};
  const auto row_bytes = codec.row_bytes();
  directory::make_folder(folder / "store");
  store::create_stage_file(folder.string(), layout, [](SampleIndex, std::span<double> x) {
    std::fill(x.begin(), x.end(), 0.5);
    return false;
  });
  const PlainFile plain{folder / "plain", epoch_rows * rounds * row_bytes};
  const std::vector<std::byte> rows(epoch_rows * row_bytes, std::byte{0x3f});
  auto file = store::StageFile::open(comm, folder.string(), layout);
  store::RowTiles tiles{store::row_field_bytes(layout.spec)};
  std::vector<double> store_s;
  std::vector<double> plain_s;
  auto told = nlohmann::ordered_json::array();
  for (std::uint64_t round = 0; round < rounds; ++round) {
    tiles.clear();
    for (std::uint64_t row = 0; row < epoch_rows; ++row)
      tiles.add(round * epoch_rows + row, std::span{rows}.subspan(row * row_bytes, row_bytes));
    const auto through_store = [&] {
      file.write_rows(tiles);
      file.flush();
    };
    const auto plainly = [&] {
      plain.write(round * epoch_rows * row_bytes, rows);
      plain.sync();
    };
    // In turn, for whoever writes first wakes the disk.
    if (round % 2 == 0) store_s.push_back(time_of(through_store));
    plain_s.push_back(time_of(plainly));
    if (round % 2 == 1) store_s.push_back(time_of(through_store));
    told.push_back({{"store_s", store_s.back()}, {"plain_s", plain_s.back()}});
  }
  file.close();
  const double megabytes = static_cast<double>(rows.size()) / 1e6;
  std::vector<double> ratios;
  for (std::size_t k = 0; k < store_s.size(); ++k) ratios.push_back(plain_s[k] / store_s[k]);
  const nlohmann::ordered_json result{{"epoch_bytes", rows.size()},
                                      {"rounds", told},
                                      {"store_mb_s", megabytes / median(store_s)},
                                      {"plain_mb_s", megabytes / median(plain_s)},
                                      {"ratio", median(ratios)}};
  return result.dump();
}

}  // namespace tranche::daemon
