/// \file
/// One stage's HDF5 file while a campaign runs: created serially, written by all ranks.
/// Layer: adapter (HDF5; parallel HDF5 needs a communicator, the one outside type we share with `comm`).
/// Functions that take an MPI_Comm are collective over it. Throws IoError. One thread at a time.
/// Files are closed by close() only: a destructor leaks them on purpose, since a collective close would
/// hang when the other ranks are elsewhere. A process that uses MPI calls MPI_Init before anything here.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/base/sample_state.hpp"
#include "tranche/store/row_tiles.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

/// What the design says of a row, asked for once at creation: x = parameters, constants, derived.
/// Returns whether the sample is excluded.
using DescribeSample = std::function<bool(SampleIndex, std::span<double> x)>;

/// Called every few megabytes with the share that is done. What it throws ends the work, and nothing is left.
using GoOn = std::function<void(double share)>;

/// Serial (any one process): creates `<dir>/store/<file_name>` under a temporary name, fills every
/// dataset (outputs NaN, which also reserves the space), syncs, renames. Changes nothing if it exists.
/// Returns the number of excluded rows. No MPI call; memory does not grow with the rows.
/// Throws IoError (a full disk shows here, before anything is written if the file system says how much is
/// free; nothing is left behind), and what `describe` throws.
std::uint64_t create_stage_file(const std::string& campaign_dir, const StageLayout& layout,
                                const DescribeSample& describe, const GoOn& go_on = {});

struct StateView {
  SampleIndex index = 0;
  SampleState state = SampleState::pending;
  std::uint64_t checksum = 0;
};

/// Open for writing by all ranks of a communicator.
class StageFile {
 public:
  /// Collective. Rank 0 checks format, campaign, stage, shapes and types, and every rank throws what it
  /// found: DamageError, IoError, or Failure with ExitCode::usage (format newer than ours).
  static StageFile open(MPI_Comm comm, const std::string& campaign_dir, const StageLayout& layout);
  StageFile(StageFile&&) noexcept;
  StageFile& operator=(StageFile&&) noexcept;
  ~StageFile();

  /// Independent mode: any rank. Collective mode: all ranks, with rows or without.
  /// Costs one write for each run of rows and dataset (independent) or one collective write for each
  /// dataset and 64 MB. Throws IoError on the rank whose write failed: the others do not hear of it.
  void write_rows(const RowTiles& rows);
  /// Collective; every rank syncs.
  void flush();
  /// Rank 0 alone (independent). Rows in any order, each once; checksums are written before states.
  void write_states(std::span<const StateView> rows);
  /// Collective.
  void close();

 private:
  struct Impl;
  explicit StageFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Called before a page is written; throws once the campaign has another owner. Empty: nobody to ask.
using Fence = std::function<void()>;

/// The first run of samples with a recorded final state at or after an index; nothing after the last.
using NextFinished = std::function<std::optional<IndexRange>(SampleIndex from)>;
/// The final states recorded of samples in a range, in any order; those without one are left out.
using RecordedStates = std::function<std::vector<StateView>(IndexRange)>;
/// Serial, no other process has the file open; what a start does. Rows that are finished in the file and
/// not in the ledger become pending, rows that are finished in the ledger and not in the file get what is
/// recorded: all that a death can leave, since a row's state is written once, after its commit and after
/// its checksum. Reads one byte a row (0.1 s for 10^8). Returns how many rows it changed; syncs then.
/// Checksums::check is for a start after a death that may have been the machine's: states and checksums are
/// not synced after a commit, so `ok` may have reached the disk without its checksum, which then is still 0.
/// Such rows get what is recorded too; reads 8 bytes a row more.
/// Throws DamageError also when the ledger has run an excluded sample.
enum class Checksums : std::uint8_t { trust, check };
std::uint64_t reconcile_states(const std::string& campaign_dir, const StageLayout& layout,
                               const NextFinished& next_finished, const RecordedStates& recorded,
                               const Fence& fence = {}, Checksums checksums = Checksums::trust);

enum class NotOkRows : std::uint8_t { keep, erase };
using NextStates = std::function<std::size_t(std::span<StateView> page)>;  ///< fills a page, 0 at the end
/// Serial, no other process has the file open: rewrites `state` and `checksum` of every row from the
/// ledger (rows given in index order; rows not given become pending; excluded rows stay) and, with
/// NotOkRows::erase, sets outputs and meta of every row that is not ok to NaN. Writes only pages that
/// differ; syncs. Throws DamageError also when the ledger has run an excluded sample.
void rewrite_states(const std::string& campaign_dir, const StageLayout& layout, const NextStates& next,
                    NotOkRows rows, const Fence& fence = {});

/// Serial: marks the file sealed at `generation` (from 1) with a digest of 32 hexadecimal digits; syncs.
void write_seal(const std::string& campaign_dir, const StageLayout& layout, std::uint32_t generation,
                const std::string& digest_hex);
/// Serial: the file is not sealed any more; syncs.
void remove_seal(const std::string& campaign_dir, const StageLayout& layout);

}  // namespace tranche::store
