#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "tranche/launch/job.hpp"

namespace tranche::launch {
namespace {

using Words = std::vector<std::string>;

/// The ranks are spread over the nodes of an allocation; else all are here.
Words mpirun(const JobOptions& options, int ranks) {
  // Open MPI binds a rank to one core when it starts one or two: never what slots want. After the death of
  // a rank it waits for the timeout twice, whether or not anybody is left: before its TERM, and after it.
  Words words{"mpirun", "-n",    std::to_string(ranks),       "--bind-to",
              "none",   "--mca", "odls_base_sigkill_timeout", "3"};
  if (geteuid() == 0) words.emplace_back("--allow-run-as-root");
  const int nodes = options.allocation ? static_cast<int>(options.allocation->nodes.size()) : 1;
  if (options.allocation && ranks <= nodes) {
    words.insert(words.end(), {"--map-by", "ppr:1:node"});
    return words;
  }
  // More ranks than nodes is the user's wish.
  if (options.allocation) words.insert(words.end(), {"--map-by", "node"});
  words.emplace_back("--oversubscribe");
  return words;
}

/// Slurm starts the ranks itself. Standard input is rank 0's alone: its end is how it hears of ours.
/// Without --cpus-per-task a step has all CPUs of its job on its nodes, however many the job has for a task.
Words srun(int ranks, std::size_t nodes) {
  const auto each = (static_cast<std::size_t>(ranks) + nodes - 1) / nodes;
  Words words{"srun",
              "--mpi=pmix",
              "--nodes=" + std::to_string(std::min<std::size_t>(nodes, static_cast<std::size_t>(ranks))),
              "--ntasks=" + std::to_string(ranks),
              "--ntasks-per-node=" + std::to_string(each),
              "--cpu-bind=none",
              "--kill-on-bad-exit=1",
              "--input=0"};
  if (each > 1) words.emplace_back("--overcommit");
  return words;
}

/// Open MPI takes a lone process of a step for one of several that srun has started, and wants to hear of
/// them.
Words alone() {
  if (std::getenv("SLURM_STEP_ID") == nullptr) return {};
  return {"env", "-u", "SLURM_STEP_ID", "-u", "SLURM_STEPID"};
}

Words launcher(const JobOptions& options) {
  const int ranks = ranks_of(options);
  // In the shell of an interactive allocation, which runs on the login node.
  const bool elsewhere = options.allocation && options.allocation->here.empty();
  if (ranks == 1 && !elsewhere) return alone();
  if (options.launcher == campaign::Launcher::srun && options.allocation)
    return srun(ranks, options.allocation->nodes.size());
  return mpirun(options, ranks);
}

}  // namespace

int ranks_of(const JobOptions& options) {
  if (options.ranks > 0) return options.ranks;
  return options.allocation ? static_cast<int>(options.allocation->nodes.size()) : 1;
}

std::vector<std::string> launcher_command(const JobOptions& options, const std::filesystem::path& outcome) {
  auto command = launcher(options);
  command.insert(command.end(), {options.tranched.string(), "--campaign", options.campaign.string(),
                                 "--outcome", outcome.string(), "--lifeline"});
  if (options.takeover) command.emplace_back("--takeover");
  if (!options.tool.empty()) command.insert(command.end(), {"--tool", options.tool});
  if (options.resume) command.emplace_back("--resume");
  if (options.until) command.insert(command.end(), {"--until", std::to_string(*options.until)});
  if (options.ends_at) command.insert(command.end(), {"--ends-at", std::to_string(*options.ends_at)});
  if (options.slots != 0) command.insert(command.end(), {"--slots", std::to_string(options.slots)});
  if (options.slot_cores > 1)
    command.insert(command.end(), {"--slot-cores", std::to_string(options.slot_cores)});
  return command;
}

}  // namespace tranche::launch
