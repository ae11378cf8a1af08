#include "slot_accounts.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "system.hpp"

namespace tranche::simulate {
namespace {

constexpr std::uint64_t second_ns = 1'000'000'000;
/// Runs shorter than this cannot have started and awaited a program.
constexpr std::uint64_t child_possible_ns = 200'000;
/// Between two runs a slot works for at most so long; what is longer is sleep.
constexpr std::uint64_t most_between_ns = 5'000;
constexpr std::uint32_t most_unread = 256;
/// Runs longer than this are worth the 10 us of resetting the peak.
constexpr std::uint64_t reset_peak_ns = 5'000'000;

std::uint64_t used_ns(const rusage& usage) {
  const auto sum = [](const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * second_ns +
           static_cast<std::uint64_t>(time.tv_usec) * 1000;
  };
  return sum(usage.ru_utime) + sum(usage.ru_stime);
}

/// Peak resident size := resident size. Without effect where /proc does not allow it.
void reset_peak_rss() {
  const FileDescriptor file{::open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC)};
  if (file) {
    [[maybe_unused]] const auto ignored = ::write(file.get(), "5", 1);
  }
}

}  // namespace

SlotAccounts::SlotAccounts() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  own_cpu_ns_ = used_ns(usage);
  max_rss_kb_ = usage.ru_maxrss;
  ::getrusage(RUSAGE_CHILDREN, &usage);
  children_cpu_ns_ = used_ns(usage);
  ended_ns_ = monotonic_ns();
}

void SlotAccounts::begin(std::uint64_t now_ns) noexcept {
  started_ns_ = now_ns;
  unread_ns_ += std::min(now_ns - ended_ns_, most_between_ns);
  if (now_ns - clock_checked_ns_ < second_ns) return;
  clock_checked_ns_ = now_ns;
  realtime_offset_ns_ = static_cast<std::int64_t>(realtime_ns()) - static_cast<std::int64_t>(monotonic_ns());
}

RunFigures SlotAccounts::end() noexcept {
  ended_ns_ = monotonic_ns();
  const std::uint64_t wall_ns = ended_ns_ - started_ns_;
  RunFigures figures;
  figures.wall_s = figures.cpu_s = seconds(wall_ns);
  figures.started_at =
      static_cast<double>(static_cast<std::int64_t>(started_ns_) + realtime_offset_ns_) * 1e-9;
  figures.max_rss_kb = max_rss_kb_;
  const bool brief = wall_ns < short_run_ns;
  if (brief && ++unread_runs_ < most_unread) {
    unread_ns_ += wall_ns;
    return figures;
  }
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const std::uint64_t before = cpu_ns();
  own_cpu_ns_ = used_ns(usage);
  unread_ns_ = unread_runs_ = 0;
  figures.max_rss_kb = max_rss_kb_ = usage.ru_maxrss;
  if (wall_ns >= child_possible_ns) {
    ::getrusage(RUSAGE_CHILDREN, &usage);
    children_cpu_ns_ = used_ns(usage);
  }
  if (!brief) figures.cpu_s = seconds(std::max(cpu_ns(), before) - before);
  if (wall_ns >= reset_peak_ns) {
    reset_peak_rss();
    unread_runs_ = most_unread;  // what was read above is no longer the peak
  }
  return figures;
}

}  // namespace tranche::simulate
