/// \file
/// The campaign's SQLite ledger (docs/formats/ledger.md).
/// Layer: adapter (SQLite). One thread; opened for writing by the owner alone (rank 0 or a command).
///
/// Throws DbError (SQLite or the file system said no), DamageError (contents contradict themselves),
/// Failure with ExitCode::owned (somebody else has the file) or ExitCode::usage (not a ledger, or one of
/// a newer tranche), ContractError (the caller broke a rule written here).
/// Every writing call is one transaction, durable when it returns, and begins with the owner's fence.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tranche/ledger/rows.hpp"

namespace tranche::ledger {

/// Version of the file format, kept in `user_version`.
inline constexpr int format_version = 1;

class Ledger {
 public:
  /// Creates the file with its schema, or opens it for writing: rollback journal, synchronous FULL,
  /// locking_mode EXCLUSIVE, older formats migrated. Recovers a hot journal, writes the nonce down as
  /// fact `owner`, and marks jobs without an end as `died`. Waits at most `wait` for a reader to leave.
  /// Meanwhile this process must not open and close the file by other means (to copy it, say): closing
  /// any descriptor of a file gives up POSIX locks on it. Nor may a forked child use the object.
  static Ledger open(const std::string& path, std::string owner_nonce,
                     std::chrono::milliseconds wait = std::chrono::seconds{5});
  /// For commands that read while no owner lives. Never creates, never changes a row; but a hot journal is
  /// rolled back first, which needs write permission for the file and its directory.
  static Ledger open_to_read(const std::string& path,
                             std::chrono::milliseconds wait = std::chrono::seconds{5});

  Ledger(Ledger&&) noexcept;
  Ledger& operator=(Ledger&&) noexcept;
  ~Ledger();

  // --- facts of the campaign ---------------------------------------------------------------
  std::optional<std::string> fact(const std::string& key) const;
  /// `owner` is the ledger's own and refused.
  void set_fact(const std::string& key, const std::string& value);

  // --- stages ---------------------------------------------------------------------------------
  /// The key must be new and the range must not overlap one of the same revision. Of the tally only
  /// `excluded` is taken.
  void add_stage(const StageRow& stage);
  /// In order of revision and stage.
  std::vector<StageRow> stages() const;
  /// State sealed, digest set, generation + 1.
  void seal_stage(StageKey stage, const std::string& digest_hex);
  void set_stage_state(StageKey stage, StageState state);
  void set_gate(StageKey stage, GateState gate, const std::string& verdict);
  /// Counters of all stages and revisions added up.
  campaign::Tally totals() const;

  // --- runs -----------------------------------------------------------------------------------
  /// ONE transaction: runs in key order, done bits, stage counters, the epoch's row. Throws
  /// DamageError if a run or epoch is already there, if the sample is already finished, or if an attempt
  /// is missing before it (a recorded run is never replaced); nothing of the epoch is recorded then.
  /// Texts are stored as valid UTF-8. O(runs log runs).
  void commit_epoch(const EpochCommit& commit);
  /// 0: none yet.
  std::uint64_t last_epoch() const;
  /// Bytes of the done bitmap of a stage: bit k = index range.begin + k. Excluded ones are not in it.
  std::vector<std::uint8_t> done_bitmap(StageKey stage) const;
  /// The same block by block: bit i of byte i/8 of `bits` = sample first + i. For stages of any size.
  void visit_done(
      StageKey stage,
      const std::function<void(SampleIndex first, std::span<const std::uint8_t> bits)>& visit) const;
  /// In index order. O(runs that are not final).
  std::vector<OpenAttempt> open_attempts(StageKey stage) const;
  /// Runs of a stage that did not decide their sample, in no order. O(these).
  void visit_not_final(StageKey stage, const std::function<void(const RunRow& run)>& visit) const;
  /// Takes finished samples back to pending: done bit off, counter down, their last run no longer final, a
  /// sealed stage running again. Only failed, timeout and crashed ones; those at attempt 255 stay.
  /// Returns what is now open, in index order.
  std::vector<OpenAttempt> requeue(StageKey stage, const RequeueChoice& choice);

  // --- jobs and events --------------------------------------------------------------------------
  /// Runs committed from here on carry this job's simulator.
  std::int64_t begin_job(const JobStart& job, double at);
  void end_job(std::int64_t job, const std::string& how, double at);
  void add_event(const std::string& kind, const std::string& json, double at);
  /// Oldest first, like the two below.
  std::vector<JobRow> jobs() const;
  std::vector<EventRow> events() const;
  /// Epochs numbered `from` and above.
  std::vector<EpochRow> epochs(std::uint64_t from, std::size_t limit) const;

  // --- questions --------------------------------------------------------------------------------
  /// Final states of a stage's recorded samples in index order, in pages of at most `limit`,
  /// starting at `from`. O(page).
  std::vector<StateRow> final_states(StageKey stage, SampleIndex from, std::size_t limit) const;
  /// Every run of one sample, oldest first. O(its runs).
  std::vector<RunRow> runs_of(std::uint16_t revision, SampleIndex index) const;
  /// All runs in key order (revision, index, attempt), in pages, starting at `from`. O(page).
  std::vector<RunRow> runs_from(RunId from, std::size_t limit) const;
  /// Runs that are not ok, by state and reason, most frequent among the final ones first. O(runs that are not
  /// ok).
  std::vector<ReasonCount> reasons(StageKey stage) const;
  /// The same over all stages and revisions.
  std::vector<ReasonCount> reasons() const;
  /// Final runs of a stage that are not ok, in no order. O(runs that are not ok).
  void visit_not_ok(StageKey stage, const std::function<void(SampleIndex index, SampleState state,
                                                             const std::string& reason)>& visit) const;
  /// Every reason a run was ever given. O(reasons).
  std::vector<std::string> reason_names() const;
  /// Wall times of a stage's final runs (of those in `state`, if given). O(runs of the stage) of time,
  /// bounded memory.
  WallTimes wall_times(StageKey stage, std::optional<SampleState> state = std::nullopt) const;

  /// PRAGMA integrity_check and our own rules: counters, bitmaps and epochs agree with the rows, ids and
  /// states are in range, attempts follow each other, names resolve, nothing was altered afterwards.
  /// Empty: sound. Otherwise one sentence per fault, a hundred at most. O(everything).
  std::vector<std::string> check() const;

 private:
  struct Impl;
  explicit Ledger(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// For a takeover, by the new owner and before it opens the ledger: the ledger and its journal become copies
/// under the same names. A replaced owner that wakes up has the old files open and locked; what it writes
/// there is no longer the campaign's, and its fence tells it so. O(bytes of the ledger).
/// \throws Failure{owned} if the files change meanwhile, IoError
void renew_file(const std::string& path);

}  // namespace tranche::ledger
