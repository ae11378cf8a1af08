#include "tranche/atlas/index_sample.hpp"

#include <algorithm>

#include "tranche/design/hash.hpp"

namespace tranche::atlas {

std::uint64_t lot_of(SampleIndex index) noexcept {
  constexpr std::uint64_t key = 0xA71A5;  // unlike any stream of a design: no position depends on it
  return design::hash(key, index);
}

IndexSample IndexSample::restored(const std::vector<SampleIndex>& indices, std::uint64_t added) {
  IndexSample sample{indices.size()};
  for (const auto index : indices) sample.add(index);
  sample.added_ = added;
  return sample;
}

void IndexSample::add(SampleIndex index) {
  ++added_;
  if (most_ == 0) return;
  const std::pair item{lot_of(index), index};
  if (kept_.size() == most_) {
    if (item >= kept_.front()) return;
    std::pop_heap(kept_.begin(), kept_.end());
    kept_.back() = item;
  } else {
    kept_.push_back(item);
  }
  std::push_heap(kept_.begin(), kept_.end());
}

std::uint64_t IndexSample::bound() const noexcept {
  if (added_ == kept_.size()) return no_bound;
  return kept_.empty() ? 0 : kept_.front().first;
}

std::vector<SampleIndex> IndexSample::indices(std::uint64_t bound) const {
  std::vector<SampleIndex> indices;
  for (const auto& [lot, index] : kept_)
    if (lot <= bound) indices.push_back(index);
  std::sort(indices.begin(), indices.end());
  return indices;
}

}  // namespace tranche::atlas
