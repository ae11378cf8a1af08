/// \file
/// Nested Latin hypercube, all coordinates of a point together: the index is split once, then rounds outside
/// and dimensions inside, so that independent hashes overlap. Same bits as NestedLhs::position. Layer: design
/// (pure). Source: nested Latin hypercube, section 5 (speed notes).
#include <algorithm>
#include <array>

#include "feistel.hpp"
#include "nested_lhs_born.hpp"
#include "tranche/design/nested_lhs.hpp"
#include "tranche/design/stage_sizes.hpp"

namespace tranche::design {

namespace {

constexpr std::size_t block = 16;  ///< dimensions worked on at a time; their state fits the first-level cache
using Words = std::array<std::uint64_t, block>;

}  // namespace

/// Dimensions first .. first+count-1 of one point.
struct NestedLhs::Lanes {
  std::size_t first;
  std::size_t count;
  Words m;  ///< image of the index under each dimension's permutation
};

void NestedLhs::positions(std::uint64_t index, std::span<Position> out,
                          std::size_t first_dimension) const noexcept {
  const std::size_t k = stage_of(index);
  const Stage& stage = stages_[k];
  for (std::size_t done = 0; done < out.size(); done += block) {
    Lanes lanes{.first = first_dimension + done, .count = std::min(block, out.size() - done), .m = {}};
    permute_lanes(stage, index - stage.first, lanes);
    place_lanes(k, lanes, out.data() + done);
  }
}

void NestedLhs::permute_lanes(const Stage& stage, std::uint64_t j, Lanes& lanes) const noexcept {
  const PermutationShape& shape = stage.shape;
  const std::uint64_t* keys = stage.round_keys.data() + lanes.first;
  const std::size_t n = lanes.count;
  const std::uint64_t high_0 = stage.by_half(j);
  const std::uint64_t low_0 = j - high_0 * shape.a;
  Words low;
  Words high;
  std::fill_n(low.begin(), n, low_0);
  std::fill_n(high.begin(), n, high_0);
  for (int t = 0; t < shape.rounds; t += 2) {
    const std::uint64_t* even = keys + static_cast<std::size_t>(t) * dimensions_;
    const std::uint64_t* odd = even + dimensions_;
    for (std::size_t i = 0; i < n; ++i)
      low[i] = add_mod(low[i], range(hash(even[i], high[i]), shape.a), shape.a);
    for (std::size_t i = 0; i < n; ++i)
      high[i] = add_mod(high[i], range(hash(odd[i], low[i]), shape.b), shape.b);
  }
  for (std::size_t i = 0; i < n; ++i) {
    const KeyColumn column{keys + i, dimensions_};
    std::uint64_t m = high[i] * shape.a + low[i];
    if (m >= shape.size) [[unlikely]]
      m = walk_forward(shape, column, low[i], high[i]);
    lanes.m[i] = final_swap(m, shape.size, column[shape.rounds]);
  }
}

void NestedLhs::place_lanes(std::size_t k, Lanes& lanes, Position* out) const noexcept {
  const Stage& stage = stages_[k];
  const std::uint64_t* jitter = stage.jitter_keys.data() + lanes.first;
  const std::size_t n = lanes.count;
  if (k == 0) {
    for (std::size_t i = 0; i < n; ++i)
      out[i] = born_in(lanes.m[i], jitter[i], stage.jitter_bits, stage.denominator);
    return;
  }

  // ancestors[l][i]: cell of level l that holds the point; the parent is that of level k-1.
  std::array<Words, max_stages> ancestors;
  for (std::size_t i = 0; i < n; ++i) ancestors[k - 1][i] = stage.by_siblings(lanes.m[i]);
  for (std::size_t l = k - 1; l > 0; --l)
    for (std::size_t i = 0; i < n; ++i) ancestors[l - 1][i] = stages_[l].by_ratio(ancestors[l][i]);

  // The parent's occupant, from the oldest level down; both candidates are computed, then one is selected.
  Words occupant_of;
  for (std::size_t l = 0; l < k; ++l) {
    const Stage& level = stages_[l];
    const std::uint64_t* keys = level.jitter_keys.data() + lanes.first;
    for (std::size_t i = 0; i < n; ++i) {
      const std::uint64_t here = ancestors[l][i];
      const Position fresh = born_in(here, keys[i], level.jitter_bits, level.denominator);
      const bool inherited = l > 0 && cell(occupant_of[i], level.size) == here;
      occupant_of[i] = inherited ? occupant_of[i] : fresh;
    }
  }

  for (std::size_t i = 0; i < n; ++i) {
    const std::uint64_t parent = ancestors[k - 1][i];
    const std::uint64_t first_child = parent * stage.ratio;
    const std::uint64_t taken = cell(occupant_of[i], stage.size) - first_child;
    const std::uint64_t child = lanes.m[i] - parent * (stage.ratio - 1);
    const std::uint64_t place = first_child + child + (child >= taken ? 1 : 0);
    out[i] = born_in(place, jitter[i], stage.jitter_bits, stage.denominator);
  }
}

}  // namespace tranche::design
