#include "epoch_buffer.hpp"

#include <algorithm>
#include <utility>

#include "tranche/base/errors.hpp"

namespace tranche::daemon {
namespace {

constexpr std::size_t block_bytes = std::size_t{4} << 20;

}  // namespace

EpochBuffer::EpochBuffer(std::size_t row_bytes)
    : row_size_{row_bytes},
      rows_per_block_{std::max<std::size_t>(1, block_bytes / std::max<std::size_t>(1, row_bytes))} {}

std::byte* EpochBuffer::place(std::size_t row) const {
  return blocks_[row / rows_per_block_].get() + row % rows_per_block_ * row_size_;
}

void EpochBuffer::add(RunRecord record, std::span<const std::byte> row) {
  if (record.state == SampleState::ok) {
    ensure(row.size() == row_size_, "a row has the bytes its layout says");
    const auto at = row_indices_.size();
    if (at == blocks_.size() * rows_per_block_)
      blocks_.push_back(std::make_unique_for_overwrite<std::byte[]>(rows_per_block_ * row_size_));
    std::copy(row.begin(), row.end(), place(at));
    row_indices_.push_back(record.id.index());
  }
  text_bytes_ += record.reason.size() + record.message.size();
  records_.push_back(std::move(record));
}

void EpochBuffer::add_skipped(SampleIndex index) {
  if (!skipped_.empty() && skipped_.back().end == index) {
    ++skipped_.back().end;
  } else {
    skipped_.push_back({index, index + 1});
  }
}

std::vector<store::RowView> EpochBuffer::rows() const {
  std::vector<store::RowView> views;
  views.reserve(row_indices_.size());
  for (std::size_t k = 0; k < row_indices_.size(); ++k)
    views.push_back({row_indices_[k], {place(k), row_size_}});
  return views;
}

wire::EpochRecords EpochBuffer::take() {
  wire::EpochRecords taken;
  taken.bytes = row_bytes();
  taken.runs = std::exchange(records_, {});
  taken.skipped = std::exchange(skipped_, {});
  row_indices_.clear();
  text_bytes_ = 0;
  return taken;
}

}  // namespace tranche::daemon
