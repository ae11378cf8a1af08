/// \file
/// status.json and failures.json: what an owner publishes for everyone else (docs/formats/status.md).
/// Layer: adapter (POSIX files, JSON).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/campaign/tally.hpp"
#include "tranche/directory/files.hpp"

namespace tranche::directory {

inline constexpr int status_format = 1;

struct StageStatus {
  StageKey key;
  std::string name;
  IndexRange range;
  std::string state;    ///< planned, running, sealed
  std::string gate;     ///< closed, waiting, open, stopped
  std::string verdict;  ///< the gate's lines
  std::string digest;
  std::uint32_t generation = 0;
  campaign::Tally tally;  ///< committed
};

struct AgentStatus {
  std::string host;
  std::uint32_t rank = 0;
  std::uint32_t slots = 0;
  std::uint32_t idle_slots = 0;
  std::uint64_t in_flight = 0;  ///< samples owned and not finished
  std::uint64_t finished = 0;   ///< in this job
  bool quarantined = false;     ///< too much failed there: it gets no more work
};

/// Slot time of a job that ended before its work was done, in seconds: one slot for one second is 1.
struct Losses {
  double cut_s = 0;   ///< samples that were running and ended unrecorded
  double idle_s = 0;  ///< slots without work from the drain to the end
  double of_s = 0;    ///< all slot time of the job
};

struct Status {
  std::string campaign;
  std::string phase;      ///< starting, running, draining, waiting, paused, stopped, finished, failed
  int exit_code = 0;      ///< of the last ended job
  std::string text;       ///< one line: what is going on
  std::string next;       ///< what to type when nothing runs; may be empty
  double updated_at = 0;  ///< Unix time: the heartbeat
  double started_at = 0;  ///< of this job
  std::string host;
  std::int64_t pid = 0;
  std::string slurm_job_id;
  std::uint8_t current_stage = 0;  ///< 0: none
  std::uint64_t finished_now = 0;  ///< finished in the current stage, not yet recorded ones included
  double rate_per_s = 0;           ///< finished samples a second, over the last minute
  std::optional<double> eta_s;     ///< until the current stage is done
  std::optional<double> ends_at;   ///< Unix time at which the batch system ends this job
  std::optional<Losses> lost;      ///< of the job, once it has drained
  std::uint64_t epoch = 0;
  double epoch_at = 0;
  std::uint64_t store_bytes = 0;  ///< written in this job
  std::vector<StageStatus> stages;
  std::vector<AgentStatus> agents;
  std::vector<std::string> attention;  ///< what a person should look at
};

struct FailureRow {
  std::uint8_t stage = 0;
  std::string state;
  std::string reason;
  std::uint64_t count = 0;  ///< samples; 0: all were tried again
  double wall_s = 0;        ///< of all attempts that ended so
  std::uint64_t example = 0;
  std::string message;
  std::vector<SampleIndex> sample{};  ///< some of them: see atlas::IndexSample
};

/// What failures.json says.
struct Failures {
  std::vector<FailureRow> rows{};  ///< most frequent first
  std::uint64_t finished = 0;      ///< samples with a final state
  std::vector<SampleIndex> finished_sample{};
};

void publish_status(const CampaignPaths& paths, const Status& status);
std::optional<Status> read_status(const CampaignPaths& paths);
/// The document as published; for `status --json`.
std::string to_json_text(const Status& status);

std::string to_json_text(const Losses& losses);

/// Bounded: 200 rows, of which the first 20 keep their samples.
void publish_failures(const CampaignPaths& paths, const Failures& failures);
Failures read_failures(const CampaignPaths& paths);

}  // namespace tranche::directory
