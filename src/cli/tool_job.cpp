#include "tool_job.hpp"

#include <stdlib.h>

#include <cerrno>
#include <cstring>

#include "tranche/base/errors.hpp"
#include "tranche/launch/job.hpp"

namespace tranche::cli {

namespace fs = std::filesystem;

fs::path tranched_beside_us() {
  const auto self = fs::read_symlink("/proc/self/exe");
  const auto beside = self.parent_path() / "tranched";
  if (fs::exists(beside)) return beside;
  throw Failure{ExitCode::environment, beside.string() + " is missing: the installation is not whole",
                "tools/build"};
}

WorkFolder::WorkFolder(const fs::path& inside) {
  std::string name = (fs::absolute(inside) / ".tranche-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr)
    throw IoError{"cannot make a folder in " + inside.string() + ": " + std::strerror(errno)};
  path_ = name;
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

directory::Outcome run_tool(const ToolJob& job, std::string& talk) {
  launch::JobOptions options;
  options.campaign = job.folder;
  options.tranched = tranched_beside_us();
  options.tool = job.tool;
  options.ranks = job.ranks;
  options.slots = job.slots;
  options.launcher = job.launcher;
  options.allocation = slurm::read_allocation();
  launch::JobWatcher watcher;
  watcher.line_out = watcher.line_err = [&](const std::string& line) { talk += line + "\n"; };
  watcher.tick = [] {};
  return launch::run_job(options, watcher);
}

}  // namespace tranche::cli
