#include "slot_upkeep.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "captured_output.hpp"
#include "process_tree.hpp"
#include "surroundings.hpp"

namespace tranche::simulate {
namespace {

/// Where calls go unnoticed, brief runs are looked after together, this often.
constexpr std::uint64_t look_interval_ns = 1'000'000;

}  // namespace

SlotUpkeep::SlotUpkeep(const Setup& setup, SlotHeader& header, int rundir_fd, int err_fd,
                       std::span<const std::byte> outputs, UserCode code)
    : setup_{setup}, header_{header}, err_fd_{err_fd}, code_{code} {
  if (code == UserCode::elsewhere) {
    header_.open_rss_bytes.store(tree_use(::getpid()).resident, std::memory_order_relaxed);
    return;
  }
  trap_.emplace();
  unblock_signals();
  limit_memory();
  limit_processes();
  install_crash_notes(header, outputs);
  process_.emplace(rundir_fd, setup.spec.resources.threads);
  tidy_memory();
  worn_out_ = !process_->restore_basics();
}

void SlotUpkeep::limit_memory() {
  const MemoryUse use = memory_use(0);
  open_data_bytes_ = use.data;
  header_.open_rss_bytes.store(use.resident, std::memory_order_relaxed);
  const auto& limit = setup_.spec.simulator.memory_bytes;
  if (!limit) return;
  const rlimit data{use.data + *limit, use.data + *limit};
  ::setrlimit(RLIMIT_DATA, &data);
}

/// A net below the zygote's count: it holds for ordinary users only, and for all their processes on the
/// machine together. So it is set above what they have now and all slots may have.
void SlotUpkeep::limit_processes() const {
  rlimit present{};
  ::getrlimit(RLIMIT_NPROC, &present);
  const rlim_t wanted =
      user_process_limit(tasks_on_machine(), setup_.options.slots, setup_.spec.resources.cores());
  if (wanted >= present.rlim_cur) return;
  const rlimit limit{wanted, present.rlim_max};
  ::setrlimit(RLIMIT_NPROC, &limit);
}

void SlotUpkeep::tidy_memory() {
  if (code_ == UserCode::elsewhere) return;
  CallTrap::lift();
  reset_floating_point();
  variables_.restore();
}

void SlotUpkeep::tidy_process(const RunFigures& figures) {
  if (code_ == UserCode::elsewhere) return;
  if (!made_calls_ && !ProcessState::has_threads()) return;
  const std::uint64_t now = monotonic_ns();
  const bool noticed = trap_->available() && !ProcessState::has_threads();
  if (!noticed && figures.wall_s < seconds(short_run_ns) && now - looked_ns_ < look_interval_ns) {
    if (!process_->restore_basics()) worn_out_ = true;
    return;
  }
  if (!process_->restore() || (now - looked_ns_ > look_interval_ns && hoards_memory())) worn_out_ = true;
  looked_ns_ = now;
  mark_stderr();
}

/// The memory limit is for one sample, not for what all before it have kept.
bool SlotUpkeep::hoards_memory() const {
  const auto& limit = setup_.spec.simulator.memory_bytes;
  return limit && memory_use(0).data > open_data_bytes_ + *limit / 2;
}

/// Remembers where the captured stderr stands, so that a later failure quotes its own words only.
void SlotUpkeep::mark_stderr() {
  struct stat status {};
  if (::fstat(err_fd_, &status) != 0) {
    worn_out_ = true;
    return;
  }
  if (static_cast<std::uint64_t>(status.st_blocks) * 512 > captured_limit_bytes) trim_captured(err_fd_);
  header_.stderr_mark.store(static_cast<std::uint64_t>(status.st_size), std::memory_order_relaxed);
}

}  // namespace tranche::simulate
