// How fast a stage file is created, beside plain pwrite of as many bytes: bench_create DIR [ROWS [ROUNDS]]
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "tranche/store/stage_file.hpp"

using namespace tranche;
namespace fs = std::filesystem;

namespace {

template <class Work>
double seconds(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

store::StageLayout layout_of(std::uint64_t rows) {
  store::StageLayout layout;
  layout.key = {1, 1};
  layout.stage_name = "all";
  layout.range = {0, rows};
  layout.stage_names = {"all"};
  layout.stage_sizes = {rows};
  for (int k = 0; k < 7; ++k) {
    campaign::Parameter parameter;
    parameter.name = "p" + std::to_string(k);
    parameter.domain = campaign::RealRange{0, 1, campaign::Scale::linear};
    layout.spec.parameters.push_back(parameter);
  }
  campaign::Axis axis;
  axis.name = "nu";
  axis.values.assign(177, 1);
  layout.spec.axes = {axis};
  campaign::Output sed;
  sed.name = "sed";
  sed.axes = {0};
  sed.size = 177;
  layout.spec.outputs = {sed};
  return layout;
}

double create(const std::string& dir, const store::StageLayout& layout) {
  fs::remove_all(fs::path{dir} / "store");
  sync();
  return seconds([&] {
    store::create_stage_file(dir, layout, [](SampleIndex index, std::span<double> x) {
      std::fill(x.begin(), x.end(), static_cast<double>(index));
      return false;
    });
  });
}

/// As many bytes in pages of 8 MiB, and fsync.
double write_plain(const std::string& dir, std::uint64_t bytes) {
  const auto path = (fs::path{dir} / "plain").string();
  fs::remove(path);
  sync();
  const std::vector<float> page(2 << 20, std::numeric_limits<float>::quiet_NaN());
  return seconds([&] {
    const int file = ::open(path.c_str(), O_CREAT | O_WRONLY, 0666);
    for (std::uint64_t at = 0; at < bytes;) {
      const auto size = std::min<std::uint64_t>(page.size() * 4, bytes - at);
      const auto written = ::pwrite(file, page.data(), size, static_cast<off_t>(at));
      if (written <= 0) std::exit(1);
      at += static_cast<std::uint64_t>(written);
    }
    ::fsync(file);
    ::close(file);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::string dir = argv[1];
  const auto layout = layout_of(argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1'000'000);
  std::vector<double> ratios;
  for (int round = argc > 3 ? std::atoi(argv[3]) : 5; round > 0; --round) {
    const double ours = create(dir, layout);
    const auto bytes = fs::file_size(fs::path{dir} / "store" / layout.file_name());
    const double plain = write_plain(dir, bytes);
    ratios.push_back(plain / ours);
    std::printf("%.0f MB: created in %.2f s (%.0f MB/s), plain pwrite %.2f s (%.0f MB/s), ratio %.2f\n",
                static_cast<double>(bytes) / 1e6, ours, static_cast<double>(bytes) / 1e6 / ours, plain,
                static_cast<double>(bytes) / 1e6 / plain, ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("median ratio %.2f\n", ratios[ratios.size() / 2]);
  fs::remove_all(fs::path{dir} / "store");
  fs::remove(fs::path{dir} / "plain");
}
