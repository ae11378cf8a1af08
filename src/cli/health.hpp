/// \file
/// In what condition a campaign is, from its published files and Slurm's word.
/// Layer: application (cli), pure: files, clock and Slurm are read by cmd_status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "batch_word.hpp"
#include "tranche/directory/owner.hpp"
#include "tranche/directory/status.hpp"

namespace tranche::cli {

/// All that is known without asking the run.
struct Sighting {
  std::string directory;
  directory::OwnerView owner;
  std::optional<directory::Status> status;
  std::vector<directory::FailureRow> failures;
  BatchWord batch = {};
  double now = 0;  ///< Unix time
};

enum class Health : std::uint8_t {
  untouched,  ///< never run
  running,
  waiting,     ///< for a decision at a gate, or more budget
  incomplete,  ///< nothing runs, work is left
  finished,
  paused,  ///< nothing runs, and nothing will until a person says so
  dead,    ///< says that it runs, and its process or its job is gone
  mute,    ///< its process or its job is there, and has not reported for too long
  queued,  ///< nothing runs, and Slurm will start a job
};

/// A heartbeat older than this is no heartbeat.
inline constexpr double stale_after_s = 60;
/// One older than this is reason to ask Slurm.
inline constexpr double doubted_after_s = 10;

/// Seconds since the run was heard of: its status, or its start if it has not written one yet.
double heartbeat_age(const Sighting& sighting);
/// By its own words: it says so also after it was killed.
bool claims_to_run(const directory::Status& status);
/// Of a campaign that nothing runs: its last run did not end by itself.
bool ended_without_a_word(const Sighting& sighting);
/// Whether Slurm's word would change anything.
bool slurm_is_needed(const Sighting& sighting);
/// The stage behind which a person has to decide, or nullptr.
const directory::StageStatus* waiting_stage(const directory::Status& status);
/// The job of Slurm that the last run was part of; empty: none.
std::string job_of(const Sighting& sighting);

/// Whether the owner is a run that is not known to be gone.
bool run_lives(const Sighting& sighting);
Health health(const Sighting& sighting);
std::string_view to_string(Health health);

/// `status --exit-code`: 0 finished, 3 waiting, 4 incomplete and nothing running (queued too), 10 running,
/// 11 dead.
int status_code(Health health);

}  // namespace tranche::cli
