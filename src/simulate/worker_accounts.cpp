#include "worker_accounts.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>

#include "system.hpp"

namespace tranche::simulate {
namespace {

constexpr std::uint64_t long_sample_ns = 5'000'000;
constexpr std::uint32_t most_unread = 256;
constexpr std::uint64_t second_ns = 1'000'000'000;

std::string file_of(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

}  // namespace

WorkerAccounts::WorkerAccounts(pid_t pid) : pid_{pid} {
  rusage own{};
  if (::getrusage(RUSAGE_SELF, &own) == 0) inherited_kb_ = own.ru_maxrss;
  has_clock_ = ::clock_getcpuclockid(pid, &clock_) == 0;
  own_ns_ = clock_ns();
  awaited_ns_ = children_ns();
  read_peak();
}

void WorkerAccounts::count(std::uint64_t wall_ns) {
  const auto before = own_ns_;
  own_ns_ = clock_ns();
  cpu_s_ = own_ns_ > before ? seconds(own_ns_ - before) : 0;
  const bool is_long = wall_ns >= long_sample_ns;
  if (!is_long && ++unread_ < most_unread) return;
  unread_ = 0;
  const auto awaited_before = awaited_ns_;
  awaited_ns_ = children_ns();
  if (awaited_ns_ > awaited_before) cpu_s_ += seconds(awaited_ns_ - awaited_before);
  read_peak();
  if (is_long) unread_ = most_unread;  // what was read is no longer the peak
}

void WorkerAccounts::count_end(const ProgramEnd& end) noexcept {
  cpu_s_ = std::max(0.0, end.cpu_s() - seconds(own_ns_ + awaited_ns_));
  // Up to there it may be the slot's, which the kernel counts as that of what it starts.
  if (end.usage.ru_maxrss > inherited_kb_)
    max_rss_kb_ = std::max<std::int64_t>(max_rss_kb_, end.usage.ru_maxrss);
}

std::uint64_t WorkerAccounts::clock_ns() const noexcept {
  timespec now{};
  if (!has_clock_ || ::clock_gettime(clock_, &now) != 0) return own_ns_;
  return static_cast<std::uint64_t>(now.tv_sec) * second_ns + static_cast<std::uint64_t>(now.tv_nsec);
}

/// Fields 16 and 17 of /proc/<pid>/stat, in clock ticks.
std::uint64_t WorkerAccounts::children_ns() const {
  std::ifstream file{file_of(pid_, "stat")};
  std::string text;
  std::getline(file, text);
  const auto name_end = text.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos) return awaited_ns_;
  std::istringstream fields{text.substr(name_end + 1)};
  std::string skipped;
  constexpr int before_cutime = 13;  // field 3, the state, is the first behind the name
  for (int k = 0; k < before_cutime; ++k) fields >> skipped;
  std::uint64_t user = 0;
  std::uint64_t system = 0;
  if (!(fields >> user >> system)) return awaited_ns_;
  const auto ticks = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return (user + system) * second_ns / ticks;
}

/// And sets the peak to what is resident now, where /proc allows it.
void WorkerAccounts::read_peak() {
  std::ifstream status{file_of(pid_, "status")};
  for (std::string line; std::getline(status, line);) {
    if (!line.starts_with("VmHWM:")) continue;
    std::istringstream{line.substr(6)} >> max_rss_kb_;
    break;
  }
  std::ofstream{file_of(pid_, "clear_refs")} << "5";
}

}  // namespace tranche::simulate
