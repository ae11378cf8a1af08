/// \file
/// Handing a job to Slurm, and what it says if it does not want it.
/// Layer: adapter (Slurm's commands). Any process.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tranche::slurm {

/// Whether a program of this name is in PATH.
bool has_command(const std::string& name);

struct Submitted {
  std::string job_id;
};

struct Refusal {
  std::string
      option;        ///< what it is about, as in `cluster`: partition, nodes, time, qos, ...; empty: not told
  std::string text;  ///< Slurm's own words, one sentence
};

/// Reads what sbatch says when it refuses. `asked`: names of the options that were given.
Refusal read_refusal(std::string_view words, const std::vector<std::string>& asked);

/// Name of an option of sbatch as it is written: `partition` of `--partition=main` and of `-p main`.
std::string option_name(std::string_view option);

struct JobOrder {
  std::filesystem::path script;
  std::vector<std::string> options;  ///< of sbatch, beside those in the script
  std::vector<std::string> asked;    ///< names of the options in the script
};

/// `sbatch --parsable`. \throws Failure{environment} if there is no sbatch, or no answer from it: then nobody knows whether the job is there
std::variant<Submitted, Refusal> submit_job(const JobOrder& order);

/// Names that may stand in `partition`; empty if Slurm does not say.
std::vector<std::string> partitions();
/// Names that this user may write in `account`; empty if Slurm does not say.
std::vector<std::string> accounts();

}  // namespace tranche::slurm
