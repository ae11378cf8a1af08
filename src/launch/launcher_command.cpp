#include <unistd.h>

#include <cstdlib>

#include "tranche/launch/job.hpp"

namespace tranche::launch {

std::vector<std::string> launcher_command(const JobOptions& options, const std::filesystem::path& outcome) {
  std::vector<std::string> command;
  if (options.ranks > 1) {
    // Open MPI binds a rank to one core when it starts one or two: never what slots want. After the death of
    // a rank it waits for the timeout twice, whether or not anybody is left: before its TERM, and after it.
    command = {"mpirun", "-n",    std::to_string(options.ranks), "--bind-to",
               "none",   "--mca", "odls_base_sigkill_timeout",   "3"};
    if (geteuid() == 0) command.emplace_back("--allow-run-as-root");
    // In an allocation the node list counts; here more ranks than cores is the user's wish.
    if (std::getenv("SLURM_JOB_ID") == nullptr) command.emplace_back("--oversubscribe");
  }
  command.insert(command.end(), {options.tranched.string(), "--campaign", options.campaign.string(),
                                 "--outcome", outcome.string(), "--lifeline"});
  if (options.takeover) command.emplace_back("--takeover");
  if (!options.tool.empty()) command.insert(command.end(), {"--tool", options.tool});
  if (options.resume) command.emplace_back("--resume");
  if (options.until) command.insert(command.end(), {"--until", std::to_string(*options.until)});
  if (options.slots != 0) command.insert(command.end(), {"--slots", std::to_string(options.slots)});
  return command;
}

}  // namespace tranche::launch
