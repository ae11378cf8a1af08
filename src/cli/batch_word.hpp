/// \file
/// What Slurm says of a campaign's jobs, and what follows from it.
/// Layer: application (cli), pure: cmd_status asks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tranche/directory/jobs.hpp"
#include "tranche/slurm/jobs.hpp"

namespace tranche::cli {

struct BatchWord {
  std::vector<directory::JobRecord> submitted;  ///< the latest, oldest first
  bool asked = false;
  std::optional<std::vector<slurm::QueuedJob>> jobs;  ///< nothing: not asked, or no answer
};

/// What is known of one job.
enum class JobWord : std::uint8_t { untold, unrecorded, waits, runs, ended };
JobWord word_of(const BatchWord& word, const std::string& job_id);
std::string_view to_string(JobWord word);

/// Jobs of the campaign that have not started, in Slurm's order.
std::vector<slurm::QueuedJob> waiting_jobs(const BatchWord& word);
/// The first of them that will start by itself.
std::optional<slurm::QueuedJob> next_job(const BatchWord& word);
/// A job that has started, other than `job_id`.
std::optional<slurm::QueuedJob> started_job(const BatchWord& word, const std::string& job_id);
/// How many jobs were submitted to come after `job_id`, one after the other.
std::size_t links_after(const BatchWord& word, const std::string& job_id);

/// A line for each job that waits: Slurm's reason, in words too, and when it may start. At most `most`.
std::vector<std::string> waiting_lines(const BatchWord& word, std::size_t most);

}  // namespace tranche::cli
