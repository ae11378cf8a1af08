#include "row_runs.hpp"

#include "tranche/base/errors.hpp"

namespace tranche::store {

std::vector<RowRun> runs_of(std::span<const SampleIndex> ascending, IndexRange range) {
  std::vector<RowRun> runs;
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    ensure(range.contains(ascending[i]), "every row of a stage file lies in the stage");
    const std::uint64_t row = ascending[i] - range.begin;
    if (!runs.empty()) {
      RowRun& last = runs.back();
      ensure(row >= last.row + last.count, "a row is written once in an epoch");
      if (row == last.row + last.count) {
        ++last.count;
        continue;
      }
    }
    runs.push_back({row, 1, i});
  }
  return runs;
}

}  // namespace tranche::store
