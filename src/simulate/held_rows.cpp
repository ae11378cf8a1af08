#include "held_rows.hpp"

#include <cstring>

namespace tranche::simulate {

std::uint32_t HeldRows::hold(std::span<const std::byte> row) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(rows_.size()));
    rows_.push_back(std::make_unique_for_overwrite<std::byte[]>(row_bytes_));
  }
  const std::uint32_t number = free_.back();
  free_.pop_back();
  std::memcpy(rows_[number].get(), row.data(), row_bytes_);
  return number;
}

}  // namespace tranche::simulate
