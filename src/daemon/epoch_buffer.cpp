#include "epoch_buffer.hpp"

#include <utility>

namespace tranche::daemon {

void EpochBuffer::add(RunRecord record, std::span<const std::byte> row) {
  if (record.state == SampleState::ok) rows_.add(record.id.index(), row);
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

wire::EpochRecords EpochBuffer::take() {
  wire::EpochRecords taken;
  taken.bytes = rows_.rows() * rows_.row_bytes();
  taken.runs = std::exchange(records_, {});
  taken.skipped = std::exchange(skipped_, {});
  rows_.clear();
  text_bytes_ = 0;
  return taken;
}

}  // namespace tranche::daemon
