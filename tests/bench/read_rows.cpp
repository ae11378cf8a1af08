// What the trainer reads of a campaign's first output, again and again: GB/s, warm, processor time of one
// thread.
//   read_rows CAMPAIGN TURNS
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "samples.hpp"

using namespace tranche;

namespace {

double processor_s() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto view = inspect::open_campaign(directory::find_campaign(argv[1]));
  const trainer::SampleReader reader{view, 0};
  const auto ok = reader.ok(std::nullopt);
  std::vector<std::byte> rows(ok.size() * reader.row_bytes());
  std::printf("%zu samples, %.1f MB\n", ok.size(), 1e-6 * static_cast<double>(rows.size()));
  for (int turn = 0; turn <= std::atoi(argv[2]); ++turn) {
    const double begin = processor_s();
    reader.read_stored(ok, rows);
    const double used = processor_s() - begin;
    if (turn > 0) std::printf("%.2f GB/s\n", 1e-9 * static_cast<double>(rows.size()) / used);
  }
  return 0;
}
