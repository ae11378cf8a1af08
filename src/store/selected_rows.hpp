/// \file
/// The rows of some stage files whose state is wanted, one column at a time.
/// Layer: store (private adapter). Serial.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "check_stage_file.hpp"
#include "tranche/store/export.hpp"

namespace tranche::store {

/// Whether two stages have the same columns and axes, so that their rows can be put together.
bool same_columns(const StageLayout& a, const StageLayout& b);

/// Open stage files and the mask. Cursors refer to it.
class SelectedRows {
 public:
  SelectedRows(const std::string& campaign_dir, std::span<const StageLayout> files, const StateMask& states);

  std::uint64_t count() const noexcept { return count_; }
  const std::vector<Column>& columns() const noexcept { return stages_.front().columns; }
  std::span<const OpenStage> stages() const noexcept { return stages_; }
  /// Which of `count` rows from `row` are wanted; returns how many.
  std::size_t select(const OpenStage& stage, std::uint64_t row, std::span<std::uint8_t> wanted) const;

 private:
  StateMask states_;
  std::vector<OpenStage> stages_;
  std::uint64_t count_ = 0;
};

/// The bytes of one column's selected rows, in order, as a stream.
class ColumnCursor {
 public:
  ColumnCursor(const SelectedRows& rows, std::size_t column) : rows_{&rows}, column_{column} {}

  /// Fills `out` as far as there are bytes; returns how many. 0: the end.
  std::size_t read(std::span<std::byte> out);

 private:
  /// False at the end.
  bool load_page();

  const SelectedRows* rows_;
  std::size_t column_;
  std::size_t stage_ = 0;
  std::uint64_t row_ = 0;
  std::vector<std::byte> page_;
  std::vector<std::uint8_t> wanted_;
  std::size_t at_ = 0;
  std::size_t filled_ = 0;
};

}  // namespace tranche::store
