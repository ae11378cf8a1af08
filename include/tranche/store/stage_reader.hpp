/// \file
/// Serial reading of one stage file: verify, export, show, sketches.
/// Layer: adapter (HDF5, serial: no MPI call). Throws IoError, DamageError (missing, short, newer
/// format, other campaign).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/store/stage_layout.hpp"

namespace tranche::store {

/// One column of one row, as stored.
struct ColumnBytes {
  std::string path;  ///< of the dataset
  std::vector<std::byte> bytes;
  bool operator==(const ColumnBytes&) const = default;
};

class StageReader {
 public:
  static StageReader open(const std::string& campaign_dir, const StageLayout& layout);
  StageReader(StageReader&&) noexcept;
  StageReader& operator=(StageReader&&) noexcept;
  ~StageReader();

  IndexRange range() const;
  /// All of these read rows [rows.begin, rows.end) given as design indices.
  void read_states(IndexRange rows, std::span<std::uint8_t> out) const;
  void read_checksums(IndexRange rows, std::span<std::uint64_t> out) const;
  void read_indices(IndexRange rows, std::span<std::int64_t> out) const;
  void read_revisions(IndexRange rows, std::span<std::uint16_t> out) const;
  void read_stages(IndexRange rows, std::span<std::uint8_t> out) const;
  void read_parameters(IndexRange rows, std::span<double> out) const;  ///< rows x d
  void read_derived(std::size_t which, IndexRange rows, std::span<double> out) const;
  void read_meta(std::size_t which, IndexRange rows, std::span<double> out) const;
  /// Stored bytes of output `which`, rows x field bytes.
  void read_output(std::size_t which, IndexRange rows, std::span<std::byte> out) const;
  /// Every column of one row, in the order of docs/formats/store.md.
  std::vector<ColumnBytes> read_row(SampleIndex index) const;
  /// Points of axis `which` of the specification. DamageError if there are not as many as it says.
  std::vector<double> read_axis(std::size_t which) const;
  /// Everything beside the values of rows, axes and seal that is not as the layout says, a sentence each.
  /// `versions`: of the programs that may have made the file.
  std::vector<std::string> frame_differences(const std::set<std::string>& versions) const;
  /// Of the columns that no checksum covers, as stored now (docs/formats/store.md). Reads all of them.
  std::string columns_digest() const;

  struct Seal {
    std::uint32_t generation = 0;  ///< 0: not sealed
    std::string digest;
    std::string columns;  ///< columns_digest() when it was sealed
  };
  Seal seal() const;

 private:
  struct Impl;
  explicit StageReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Rewrites `<dir>/store.h5`, the virtual view over the given stage files in this order (atomic rename).
/// At least one; all with the same columns and axes (ContractError). Opens and checks every file first.
/// File attributes are those of the last layout.
/// `fence` is called last, before the new file takes its name; what it throws leaves the old one.
void rewrite_view(const std::string& campaign_dir, std::span<const StageLayout> files,
                  const std::function<void()>& fence = {});

}  // namespace tranche::store
