/// \file
/// What the kernel keeps about a slot's process, as it was before the first sample.
/// Layer: adapter (simulate). In slots only.
#pragma once

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tranche::simulate {

class ProcessState {
 public:
  /// Notes the present state as the one to go back to. `threads`: how many a sample may use; as many
  /// less one may stay behind, for the next.
  ProcessState(int directory_fd, std::uint32_t threads);

  /// Puts back the signal mask, the umask and the working directory: three cheap calls. False if the
  /// directory has gone.
  bool restore_basics() const noexcept;
  /// Puts back also signal handlers and their stack, interval timers, limits, priority and processors, and
  /// looks for what cannot be put back: descriptors 0 to 2 closed or redirected, too many open, children or
  /// threads left behind, limits lowered for good. False if there is such a thing. About 10 us.
  bool restore() const;
  /// Whether there are threads besides the caller's, as far as the C library knows; one older than glibc
  /// 2.32 does not, then they are counted (about 1 us).
  static bool has_threads() noexcept;

 private:
  static constexpr int signals = 32;

  bool descriptors_intact() const noexcept;
  bool restore_handlers() const noexcept;
  bool restore_signal_stack() const noexcept;
  bool restore_limits() const noexcept;
  bool restore_scheduling() const noexcept;
  bool left_children() const;
  bool left_threads() const noexcept;

  struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
  };
  static FileIdentity identity(int fd) noexcept;

  int directory_fd_;
  mode_t umask_;
  std::array<FileIdentity, 3> standard_;
  std::array<struct sigaction, signals> handlers_{};
  stack_t signal_stack_{};
  std::array<rlimit, RLIM_NLIMITS> limits_{};
  int priority_ = 0;
  cpu_set_t processors_{};
  std::size_t most_threads_ = 1;
  std::vector<pid_t> children_;  ///< of tranche_open
};

}  // namespace tranche::simulate
