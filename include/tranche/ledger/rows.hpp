/// \file
/// What goes into the ledger and what comes out of it, as plain data (docs/formats/ledger.md).
/// Layer: adapter (SQLite), but nothing here knows of SQLite.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/base/run_record.hpp"
#include "tranche/campaign/tally.hpp"

namespace tranche::ledger {

/// Samples of one row of `done`. Bit i of byte i/8 (least significant first) of block b stands for
/// design index b * 65536 + i.
inline constexpr std::uint64_t done_block_samples = 65'536;

enum class GateState : std::uint8_t { closed = 0, waiting = 1, open = 2, stopped = 3 };
enum class StageState : std::uint8_t { planned = 0, running = 1, sealed = 2 };

struct StageRow {
  StageKey key;
  std::string name;
  IndexRange range;
  StageState state = StageState::planned;
  GateState gate = GateState::closed;  ///< the gate behind this stage
  std::string verdict;                 ///< text lines of the gate's decision
  std::uint32_t generation = 0;        ///< +1 at every sealing
  std::string digest;                  ///< hex, set when sealed
  campaign::Tally tally;               ///< excluded counted at creation
};

struct JobStart {
  std::string host;
  std::int64_t pid = 0;
  std::uint32_t ranks = 1;
  std::uint32_t slots = 1;
  std::string slurm_job_id;  ///< empty outside Slurm
  std::string version;
  std::string simulator;  ///< digest of the simulator's file
};

/// One start of the campaign.
struct JobRow {
  std::int64_t job = 0;
  JobStart start;
  double started_at = 0;
  std::optional<double> ended_at;  ///< nothing while it runs, and for ever if it died
  std::string how;                 ///< empty while it runs; `died`: killed, found by the next owner
};

struct EventRow {
  std::int64_t event = 0;
  double at = 0;
  std::string kind;
  std::string json;
};

/// Runs of one agent in one epoch.
struct AgentRuns {
  std::string host;
  std::vector<RunRecord> runs;
};

struct EpochCommit {
  StageKey stage;
  std::uint64_t epoch = 0;    ///< counts on over the life of the campaign
  double at = 0;              ///< Unix time
  double duration_s = 0;      ///< of steps 1 to 3
  std::uint64_t bytes = 0;    ///< written to the store
  std::uint32_t threads = 1;  ///< cores per slot: core_s = wall_s x threads
  std::span<const AgentRuns> agents;
};

struct EpochRow {
  std::uint64_t epoch = 0;
  StageKey stage;
  std::int64_t job = 0;  ///< 0: no job was begun
  double at = 0;
  double duration_s = 0;
  std::uint64_t bytes = 0;
  std::uint32_t threads = 1;
  std::uint64_t runs = 0;
};

/// A sample with recorded runs and no final one: the next attempt goes on counting.
struct OpenAttempt {
  SampleIndex index = 0;
  std::uint8_t next_attempt = 0;
  bool operator==(const OpenAttempt&) const = default;
};

/// Which failed samples to run again; what is not set does not restrict.
struct RequeueChoice {
  std::optional<SampleState> state = {};  ///< failed, timeout or crashed
  std::optional<std::string> reason = {};
  std::optional<SampleIndex> index = {};
  std::optional<std::vector<SampleIndex>> among = {};  ///< ascending
};

struct ReasonCount {
  SampleState state = SampleState::failed;
  std::string reason;
  std::uint64_t count = 0;  ///< samples whose final run has it; 0: all of them were tried again
  double wall_s = 0;        ///< of all runs that have it, final or not
  SampleIndex example = 0;  ///< smallest index (in the oldest revision that has it), of the final runs if any
  std::string message;      ///< of the example
  std::uint16_t revision = 1;  ///< of the example
};

/// One recorded run with its names resolved.
struct RunRow {
  RunRecord record;
  std::string host;
  std::string simulator;
  std::uint64_t epoch = 0;
};

struct StateRow {
  SampleIndex index = 0;
  SampleState state = SampleState::pending;
  std::uint64_t checksum = 0;
};

/// Wall times of runs; of many an even part.
struct WallTimes {
  std::vector<double> some{};  ///< seconds, ascending; every k-th run, so that there are at most 200 000
  std::uint64_t runs = 0;      ///< all of them, as the two sums below
  double sum_s = 0;
  double longest_s = 0;
};

}  // namespace tranche::ledger
