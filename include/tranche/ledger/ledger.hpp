/// \file
/// The campaign's SQLite ledger (docs/formats/ledger.md).
/// Layer: adapter (SQLite). One thread; opened for writing by the owner alone (rank 0 or a command).
/// Throws DbError (SQLite said no), DamageError (contents contradict themselves).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/base/run_record.hpp"
#include "tranche/campaign/tally.hpp"

namespace tranche::ledger {

/// Bit i of byte i/8 (least significant first) = sample block * 65536 + i is done.
inline constexpr std::uint64_t done_block_samples = 65'536;

enum class GateState : std::uint8_t { closed = 0, waiting = 1, open = 2, stopped = 3 };
enum class StageState : std::uint8_t { planned = 0, running = 1, sealed = 2 };

struct StageRow {
  StageKey key;
  std::string name;
  IndexRange range;
  StageState state = StageState::planned;
  GateState gate = GateState::closed;   ///< the gate behind this stage
  std::string verdict;                  ///< text lines of the gate's decision
  std::uint32_t generation = 0;         ///< +1 at every sealing
  std::string digest;                   ///< hex, set when sealed
  campaign::Tally tally;                ///< excluded counted at creation
};

struct JobStart {
  std::string host;
  std::int64_t pid = 0;
  std::uint32_t ranks = 1;
  std::uint32_t slots = 1;
  std::string slurm_job_id;  ///< empty outside Slurm
  std::string version;
  std::string simulator;     ///< digest of the simulator's file
};

/// Runs of one agent in one epoch.
struct AgentRuns {
  std::string host;
  std::vector<RunRecord> runs;
};

struct EpochCommit {
  StageKey stage;
  std::uint64_t epoch = 0;      ///< counts on over the life of the campaign
  double at = 0;                ///< Unix time
  double duration_s = 0;        ///< of steps 1 to 3
  std::uint64_t bytes = 0;      ///< written to the store
  std::uint32_t threads = 1;    ///< cores per slot: core_s = wall_s x threads
  std::span<const AgentRuns> agents;
};

/// A sample with recorded runs and no final one: the next attempt goes on counting.
struct OpenAttempt {
  SampleIndex index = 0;
  std::uint8_t next_attempt = 0;
};

struct ReasonCount {
  SampleState state = SampleState::failed;
  std::string reason;
  std::uint64_t count = 0;   ///< samples whose final run has it
  double wall_s = 0;
  SampleIndex example = 0;   ///< smallest index
  std::string message;       ///< of the example
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

class Ledger {
 public:
  /// Creates the file with its schema, or opens it for writing: rollback journal, synchronous FULL,
  /// locking_mode EXCLUSIVE. Recovers a hot journal before returning.
  static Ledger open(const std::string& path, std::string owner_nonce);
  /// For commands that read while no owner lives. Never creates. A hot journal is rolled back first.
  static Ledger open_to_read(const std::string& path);

  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  ~Ledger();

  // --- facts of the campaign ---------------------------------------------------------------
  std::optional<std::string> fact(const std::string& key) const;
  void set_fact(const std::string& key, const std::string& value);

  // --- stages ---------------------------------------------------------------------------------
  void add_stage(const StageRow& stage);
  std::vector<StageRow> stages() const;
  void seal_stage(StageKey stage, const std::string& digest_hex);
  void set_stage_state(StageKey stage, StageState state);
  void set_gate(StageKey stage, GateState gate, const std::string& verdict);

  // --- runs -----------------------------------------------------------------------------------
  /// ONE transaction: runs in key order, done bits, stage counters, the epoch's row. Throws
  /// DamageError if a run is already there (a recorded run is never replaced).
  void commit_epoch(const EpochCommit& commit);
  std::uint64_t last_epoch() const;
  /// Bytes of the done bitmap of a stage: bit k = index range.begin + k. Excluded ones are not in it.
  std::vector<std::uint8_t> done_bitmap(StageKey stage) const;
  std::vector<OpenAttempt> open_attempts(StageKey stage) const;

  // --- jobs and events --------------------------------------------------------------------------
  std::int64_t begin_job(const JobStart& job, double at);
  void end_job(std::int64_t job, const std::string& how, double at);
  void add_event(const std::string& kind, const std::string& json, double at);

  // --- questions --------------------------------------------------------------------------------
  /// Final states of a stage's recorded samples in index order, in pages of at most `limit`,
  /// starting at `from`.
  std::vector<StateRow> final_states(StageKey stage, SampleIndex from, std::size_t limit) const;
  /// Every run of one sample, oldest first.
  std::vector<RunRow> runs_of(std::uint16_t revision, SampleIndex index) const;
  std::vector<ReasonCount> reasons(StageKey stage) const;
  /// Wall times of final runs in the given state (ascending).
  std::vector<double> wall_times(StageKey stage) const;

  /// PRAGMA integrity_check and our own rules (counters = rows, bitmap = rows, ids in range).
  /// Empty: sound. Otherwise one sentence per fault.
  std::vector<std::string> check() const;

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace tranche::ledger
