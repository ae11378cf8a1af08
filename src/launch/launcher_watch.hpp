/// \file
/// Notices a launcher that has outlived everything it started.
/// Layer: launch (/proc).
#pragma once

#include <sys/types.h>

#include <optional>

namespace tranche::launch {

/// Whether a process has a child that is more than a zombie. Nothing: the system does not say.
std::optional<bool> has_living_child(pid_t parent);

/// Open MPI's mpirun sometimes waits for ever after all ranks have died (once in 800 kills).
class LauncherWatch {
 public:
  explicit LauncherWatch(pid_t launcher, double patience_s = 20)
      : launcher_{launcher}, patience_s_{patience_s} {}

  /// To be asked now and then. True once it has been without children for so long, and had some before.
  bool bereft(double now);

 private:
  pid_t launcher_;
  double patience_s_;
  std::optional<double> last_seen_;
};

}  // namespace tranche::launch
