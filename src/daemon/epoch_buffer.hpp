/// \file
/// Finished runs of an agent that wait for the next epoch.
/// Layer: daemon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "tranche/base/run_record.hpp"
#include "tranche/store/row_tiles.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

/// Rows are copied out of the slots' shared memory, so that a slot never waits for the store.
class EpochBuffer {
 public:
  /// \param field_bytes  as store::row_field_bytes() says
  explicit EpochBuffer(std::vector<std::size_t> field_bytes) : rows_{std::move(field_bytes)} {}

  void add(RunRecord record, std::span<const std::byte> row);
  void add_skipped(SampleIndex index);

  /// Memory of rows and records, about.
  std::uint64_t bytes() const noexcept {
    return rows_.memory() + records_.size() * sizeof(RunRecord) + text_bytes_;
  }
  bool empty() const noexcept { return records_.empty() && skipped_.empty(); }
  const store::RowTiles& rows() const noexcept { return rows_; }
  /// Hands over the records and starts empty.
  wire::EpochRecords take();

 private:
  store::RowTiles rows_;
  std::vector<RunRecord> records_;
  std::vector<IndexRange> skipped_;
  std::uint64_t text_bytes_ = 0;
};

}  // namespace tranche::daemon
