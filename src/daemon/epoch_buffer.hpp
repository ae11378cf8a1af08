/// \file
/// Finished runs of an agent that wait for the next epoch.
/// Layer: daemon.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tranche/base/run_record.hpp"
#include "tranche/store/stage_file.hpp"
#include "tranche/wire/messages.hpp"

namespace tranche::daemon {

/// Rows are copied out of the slots' shared memory, so that a slot never waits for the store. They lie in
/// blocks that never move and are used again after take().
class EpochBuffer {
 public:
  explicit EpochBuffer(std::size_t row_bytes);

  void add(RunRecord record, std::span<const std::byte> row);
  void add_skipped(SampleIndex index);

  /// Rows and records, about: what the next epoch has to write and to send.
  std::uint64_t bytes() const noexcept {
    return row_bytes() + records_.size() * sizeof(RunRecord) + text_bytes_;
  }
  bool empty() const noexcept { return records_.empty() && skipped_.empty(); }
  /// The `ok` rows, valid until the next add or take.
  std::vector<store::RowView> rows() const;
  /// Hands over the records and starts empty.
  wire::EpochRecords take();

 private:
  std::uint64_t row_bytes() const noexcept { return row_indices_.size() * row_size_; }
  std::byte* place(std::size_t row) const;

  std::size_t row_size_;
  std::size_t rows_per_block_;
  std::vector<std::unique_ptr<std::byte[]>> blocks_;
  std::vector<SampleIndex> row_indices_;
  std::vector<RunRecord> records_;
  std::vector<IndexRange> skipped_;
  std::uint64_t text_bytes_ = 0;
};

}  // namespace tranche::daemon
