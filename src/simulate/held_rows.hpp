/// \file
/// Rows that the agent has collected and not yet released, where no slot can write to them.
/// Layer: adapter (simulate). In the agent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tranche::simulate {

/// Grows to as many rows as were ever held at the same time; the last one dropped is used first, since its
/// memory is still in the cache.
class HeldRows {
 public:
  explicit HeldRows(std::size_t row_bytes) : row_bytes_{row_bytes} {}

  /// Copies `row` (row_bytes bytes); returns the number to ask and drop it by.
  std::uint32_t hold(std::span<const std::byte> row);
  std::span<const std::byte> row(std::uint32_t number) const noexcept {
    return {rows_[number].get(), row_bytes_};
  }
  void drop(std::uint32_t number) { free_.push_back(number); }

 private:
  std::size_t row_bytes_;
  std::vector<std::unique_ptr<std::byte[]>> rows_;
  std::vector<std::uint32_t> free_;
};

}  // namespace tranche::simulate
