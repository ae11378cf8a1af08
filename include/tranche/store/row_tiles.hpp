/// \file
/// Rows that wait for an epoch, kept where the file will have them.
/// Layer: adapter (pure). Not for several threads at once.
///
///   indices 0 .. T-1        T .. 2T-1
///   [sed sed sed ...]       [sed sed sed ...]      one array a dataset, rows in index order:
///   [flux flux flux ...]    [flux flux flux ...]   a run of rows is written from where it lies
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "tranche/base/ids.hpp"
#include "tranche/campaign/spec.hpp"

namespace tranche::store {

/// Bytes of one row in each dataset that rows are written to: outputs in declared order, then meta numbers.
std::vector<std::size_t> row_field_bytes(const campaign::CampaignSpec& spec);

class RowTiles {
 public:
  /// \param field_bytes  as row_field_bytes() says; may be empty
  explicit RowTiles(std::vector<std::size_t> field_bytes);

  /// \param row  as campaign::RowCodec wrote it: the fields one after the other
  /// \throws ContractError for another length, or an index added twice
  void add(SampleIndex index, std::span<const std::byte> row);
  void clear();

  std::uint64_t rows() const noexcept { return rows_; }
  bool empty() const noexcept { return rows_ == 0; }
  std::size_t row_bytes() const noexcept { return row_bytes_; }
  /// Memory the rows take, about: scattered rows take more than their bytes.
  std::uint64_t memory() const noexcept;

  /// Consecutive rows of one tile; valid until the next add or clear.
  struct Run {
    IndexRange range;
    const std::byte* tile = nullptr;
    std::size_t at = 0;  ///< position of its first row in the tile
  };
  /// All rows, ascending.
  std::vector<Run> runs() const;
  const std::vector<std::size_t>& field_bytes() const noexcept { return field_bytes_; }
  /// The values of a run in one field: range.size() rows, packed.
  std::span<const std::byte> values(const Run& run, std::size_t field) const;

 private:
  struct Tile {
    std::unique_ptr<std::byte[]> bytes;
    std::vector<bool> present;
    std::size_t rows = 0;
  };
  std::size_t rows_per_tile() const noexcept { return std::size_t{1} << shift_; }
  Tile& tile_of(std::uint64_t number);

  std::vector<std::size_t> field_bytes_;
  std::vector<std::size_t> field_offsets_;  ///< of each field's array in a tile
  std::size_t row_bytes_ = 0;
  unsigned shift_ = 0;
  std::map<std::uint64_t, Tile> tiles_;  ///< by index >> shift_
  std::uint64_t last_number_ = 0;
  Tile* last_ = nullptr;     ///< in tiles_, with last_number_: neighbours come one after the other
  std::vector<Tile> spare_;  ///< with memory that has been touched
  std::uint64_t rows_ = 0;
};

}  // namespace tranche::store
