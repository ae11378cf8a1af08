/// \file
/// Clients of srun below a slot: their tasks are children of Slurm's daemon, and outlive a client that is
/// killed. Layer: adapter (simulate). In the zygote only.
#pragma once

#include <sys/types.h>

#include <vector>

namespace tranche::simulate {

/// Processes called `srun` below a slot, as they are at construction. SIGTERM lets them cancel their steps;
/// SIGKILL for them and the helper that each has would leave the tasks running.
class StepClients {
 public:
  explicit StepClients(pid_t slot);

  bool any() const noexcept { return !clients_.empty(); }
  void ask_to_end() const noexcept;
  /// All have ended.
  bool gone() const;

 private:
  std::vector<pid_t> clients_;
};

/// So long may Slurm take to cancel a step.
inline constexpr double step_patience_s = 5;

}  // namespace tranche::simulate
