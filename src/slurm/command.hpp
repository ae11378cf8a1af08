/// \file
/// One of Slurm's commands, run to its end or to a limit.
/// Layer: adapter, private.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace tranche::slurm {

struct CommandEnd {
  int status = 0;    ///< as of waitpid
  std::string text;  ///< stdout and stderr together, at most 64 KiB
};

/// Nothing if the command is not there, or was killed because it took longer than `limit_s`.
/// Its environment is ours without what would change what is printed (SQUEUE_*), and without what describes
/// the job that we are part of.
std::optional<CommandEnd> run_command(const std::vector<std::string>& command, double limit_s);

}  // namespace tranche::slurm
