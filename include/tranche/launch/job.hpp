/// \file
/// The parent's side of a run: start the ranks, pass signals on, show progress, tell how it ended.
/// Layer: launch (application side; POSIX processes, never MPI).
///
///   tranche run --spawns--> mpirun (own process group) --> tranched, one rank a node
///
/// TERM and INT become USR1 for the ranks (final epoch, then exit); a second INT kills. The exit code
/// comes from the outcome file, since mpirun returns 1 after a signal.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tranche/campaign/cluster.hpp"
#include "tranche/directory/outcome.hpp"
#include "tranche/slurm/allocation.hpp"

namespace tranche::launch {

struct JobOptions {
  std::filesystem::path campaign;  ///< absolute
  std::filesystem::path tranched;  ///< the program of one rank
  std::string tool;                ///< instead of a run: what tranched --tool knows
  int ranks = 0;                   ///< 0: one on each node of the allocation, else one
  campaign::Launcher launcher = campaign::Launcher::mpirun;
  std::optional<slurm::Allocation> allocation;  ///< the job of Slurm that this is part of
  std::optional<std::uint8_t> until;            ///< number of the last stage to run
  bool takeover = false;                        ///< of a silent owner
  bool resume = false;                          ///< lift a pause
  std::uint32_t slots = 0;                      ///< per rank; 0: decided there
  std::uint32_t slot_cores = 1;                 ///< for a tool: cores that each slot takes
  std::optional<double> ends_at;                ///< Unix time at which the ranks will be ended
};

/// What the parent does while the ranks run.
struct JobWatcher {
  std::function<void(const std::string& line)> line_out;  ///< a line of the ranks' stdout
  std::function<void(const std::string& line)> line_err;
  std::function<void()> tick;  ///< about twice a second
  /// Asked if no rank said how it ended, and none is known to have died: perhaps there was nothing to do any
  /// more. May be empty, or know nothing.
  std::function<std::optional<directory::Outcome>()> otherwise = {};
};

/// Starts, watches, waits. \throws Failure{environment} if the launcher cannot be started
directory::Outcome run_job(const JobOptions& options, const JobWatcher& watcher);

/// How many ranks are started.
int ranks_of(const JobOptions& options);

/// The command line that run_job would start. One rank needs no launcher, unless its node is another one.
std::vector<std::string> launcher_command(const JobOptions& options, const std::filesystem::path& outcome);

}  // namespace tranche::launch
