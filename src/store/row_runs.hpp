/// \file
/// Rows in any order -> sorted, and cut into runs of consecutive rows.
/// Layer: store (private, pure).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tranche/base/ids.hpp"

namespace tranche::store {

/// `count` consecutive file rows from `row`, at positions `at`, `at + 1`, ... of the sorted order.
struct RowRun {
  std::uint64_t row = 0;
  std::uint64_t count = 0;
  std::size_t at = 0;
};

/// Cuts ascending indices into runs. Throws ContractError for an index outside of `range` or given twice.
std::vector<RowRun> runs_of(std::span<const SampleIndex> ascending, IndexRange range);

}  // namespace tranche::store
