/// \file
/// A bounded random subset of a set of samples, kept up while the set grows.
/// Layer: atlas (pure). The same set gives the same subset, whatever the order; and subsets of two sets are
/// cut at the same place (bottom-k sketches: Cohen & Kaplan 2007), so that one can be told from the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "tranche/base/ids.hpp"

namespace tranche::atlas {

/// A number drawn for each index, once and for all.
std::uint64_t lot_of(SampleIndex index) noexcept;

/// Keeps the `most` indices with the smallest lots. An index is added once.
class IndexSample {
 public:
  static constexpr std::uint64_t no_bound = std::numeric_limits<std::uint64_t>::max();

  explicit IndexSample(std::size_t most) : most_{most} {}

  /// As it was published: `indices`, of a set of `added`.
  static IndexSample restored(const std::vector<SampleIndex>& indices, std::uint64_t added);

  /// O(log most) if it gets in, else a few ns.
  void add(SampleIndex index);

  /// Every added index whose lot is at most this is in; no_bound: all are.
  std::uint64_t bound() const noexcept;
  /// Those with lots up to `bound`, ascending.
  std::vector<SampleIndex> indices(std::uint64_t bound = no_bound) const;
  std::size_t size() const noexcept { return kept_.size(); }
  /// How many were added.
  std::uint64_t added() const noexcept { return added_; }

 private:
  std::size_t most_;
  std::uint64_t added_ = 0;
  std::vector<std::pair<std::uint64_t, SampleIndex>> kept_;  ///< a heap, the largest lot first
};

}  // namespace tranche::atlas
