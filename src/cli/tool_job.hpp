/// \file
/// Short jobs of the ranks beside a campaign: doctor, bench.
/// Layer: application (cli).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "tranche/campaign/cluster.hpp"
#include "tranche/directory/outcome.hpp"

namespace tranche::cli {

/// `tranched` beside this program. \throws Failure{environment}
std::filesystem::path tranched_beside_us();

/// Where a program of this installation lies, if it is there.
std::filesystem::path beside_us(const std::string& program);

/// A folder of our own inside another one, removed with all it holds: also if this process is killed, by a
/// small one that waits for its end. Construct it before there are threads.
class WorkFolder {
 public:
  /// \throws IoError
  explicit WorkFolder(const std::filesystem::path& inside);
  ~WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
  int lifeline_ = -1;  ///< closed by our end, whatever it is
  int guard_ = 0;      ///< process that reads it
};

struct ToolJob {
  std::string tool;  ///< of tranched
  std::filesystem::path folder;
  int ranks = 1;
  std::uint32_t slots = 0;
  campaign::Launcher launcher = campaign::Launcher::mpirun;
  std::uint32_t slot_cores = 1;
};

/// Runs it; what the ranks said on stderr is appended to `talk`. The text of a good outcome is JSON.
/// \throws Failure{environment} if the ranks cannot be started
directory::Outcome run_tool(const ToolJob& job, std::string& talk);

}  // namespace tranche::cli
