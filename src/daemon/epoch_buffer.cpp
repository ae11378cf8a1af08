#include "epoch_buffer.hpp"

#include <utility>

namespace tranche::daemon {

void EpochBuffer::add(RunRecord record, std::span<const std::byte> row) {
  if (record.state == SampleState::ok) {
    rows_.insert(rows_.end(), row.begin(), row.end());
    row_indices_.push_back(record.id.index());
  }
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
  const std::span<const std::byte> all{rows_};
  for (std::size_t k = 0; k < row_indices_.size(); ++k)
    views.push_back({row_indices_[k], all.subspan(k * row_bytes_, row_bytes_)});
  return views;
}

wire::EpochRecords EpochBuffer::take() {
  wire::EpochRecords taken;
  taken.bytes = rows_.size();
  taken.runs = std::exchange(records_, {});
  taken.skipped = std::exchange(skipped_, {});
  rows_.clear();
  row_indices_.clear();
  return taken;
}

}  // namespace tranche::daemon
