/// \file
/// One stage's HDF5 file while a campaign runs: created serially, written by all ranks.
/// Layer: adapter (HDF5; parallel HDF5 needs a communicator, the one outside type we share with `comm`).
/// Functions that take an MPI_Comm are collective over it. Throws IoError.
/// Handles are closed by close(); a destructor during an exception leaks them on purpose, since a
/// collective close would hang.
#pragma once

#include <mpi.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "tranche/base/ids.hpp"
#include "tranche/base/sample_state.hpp"
#include "tranche/campaign/row_codec.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

/// What the design says of a row, asked for once at creation: x = parameters, constants, derived.
/// Returns whether the sample is excluded.
using DescribeSample = std::function<bool(SampleIndex, std::span<double> x)>;

/// Serial (any one process): creates `<dir>/store/<file_name>` under a temporary name, fills every
/// dataset (outputs NaN, which also reserves the space), syncs, renames. Does nothing if it exists.
/// Returns the number of excluded rows.
std::uint64_t create_stage_file(const std::string& campaign_dir, const StageLayout& layout,
                                const DescribeSample& describe);

/// One finished `ok` row: bytes as RowCodec wrote them (outputs, then meta f64).
struct RowView {
  SampleIndex index = 0;
  std::span<const std::byte> bytes;
};

struct StateView {
  SampleIndex index = 0;
  SampleState state = SampleState::pending;
  std::uint64_t checksum = 0;
};

/// Open for writing by all ranks of a communicator.
class StageFile {
 public:
  /// Collective. Checks version, campaign id, shape; throws IoError or DamageError with the file's name.
  static StageFile open(MPI_Comm comm, const std::string& campaign_dir, const StageLayout& layout);
  StageFile(StageFile&&) noexcept;
  StageFile& operator=(StageFile&&) noexcept;
  ~StageFile();

  /// Independent mode: any rank. Collective mode: all ranks, rows may be empty.
  /// Rows in any order; sorted and merged into long runs inside.
  void write_rows(std::span<const RowView> rows);
  /// Collective.
  void flush();
  /// Rank 0 alone (independent).
  void write_states(std::span<const StateView> rows);
  /// Collective.
  void close();

 private:
  struct Impl;
  explicit StageFile(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Serial, no other process has the file open: rewrites `state` and `checksum` of every row from the
/// ledger (rows given in index order; rows not given become pending; excluded rows stay) and, when
/// `erase_others`, sets outputs and meta of every row that is not ok to NaN.
enum class NotOkRows : std::uint8_t { keep, erase };
using NextStates = std::function<std::size_t(std::span<StateView> page)>;  ///< fills a page, 0 at the end
void rewrite_states(const std::string& campaign_dir, const StageLayout& layout, const NextStates& next,
                    NotOkRows rows);

/// Serial: marks the file sealed at generation `g` with the digest.
void write_seal(const std::string& campaign_dir, const StageLayout& layout, std::uint32_t generation,
                const std::string& digest_hex);

}  // namespace tranche::store
