/// \file
/// How jobs of a campaign are asked for: section `cluster` of campaign.yaml.
/// Layer: campaign (pure). Decides nothing about the data: it may change between runs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tranche/base/errors.hpp"

namespace tranche::campaign {

/// What starts the ranks of a job, one a node.
enum class Launcher : std::uint8_t { mpirun, srun };

/// One option of the batch system, as it stands in a job script: `--partition=main`, `--exclusive`.
struct SbatchOption {
  std::string text;
  SourcePlace where;
  bool verbatim = false;  ///< a line of `sbatch`, with quotes of its own
};

struct ClusterSpec {
  std::uint32_t nodes = 1;
  std::optional<double> time_s;    ///< of one job; none: the partition's own
  std::optional<double> signal_s;  ///< so long before its end a job is told to come to one
  std::uint32_t chain = 1;         ///< jobs in a row, each going on where the one before ended
  Launcher launcher = Launcher::mpirun;
  std::vector<std::string> modules;
  std::string job_template;           ///< file as written, relative to the campaign; empty: tranche's own
  std::vector<SbatchOption> options;  ///< partition, account and all else that is handed on, in file order
  std::map<std::string, SourcePlace> where;  ///< of every key that is there; of the section under ""
};

}  // namespace tranche::campaign
