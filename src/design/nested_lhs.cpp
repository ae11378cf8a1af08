/// \file
/// Nested Latin hypercube, one coordinate at a time. Layer: design (pure).
/// Source: nested Latin hypercube, sections 2 (keys), 4 (positions) and 5 (points).
#include "tranche/design/nested_lhs.hpp"

#include <bit>
#include <stdexcept>

#include "feistel.hpp"
#include "nested_lhs_born.hpp"
#include "tranche/design/hash.hpp"
#include "tranche/design/stage_sizes.hpp"

namespace tranche::design {

namespace {

constexpr std::uint64_t permutation_stream = 0;
constexpr std::uint64_t jitter_stream = 1;

/// Checked here, before the stages are built from them.
std::vector<std::uint64_t> checked(std::vector<std::uint64_t> sizes, std::size_t dimensions) {
  check_stage_sizes(sizes);
  if (dimensions == 0) throw std::invalid_argument("a design needs at least one parameter");
  return sizes;
}

}  // namespace

NestedLhs::NestedLhs(std::uint64_t seed, std::vector<std::uint64_t> stage_sizes, std::size_t dimensions)
    : dimensions_(dimensions), sizes_(checked(std::move(stage_sizes), dimensions)) {
  const std::uint64_t root = root_key(seed);
  stages_.reserve(sizes_.size());
  for (std::size_t k = 0; k < sizes_.size(); ++k) stages_.push_back(make_stage(root, k));
}

NestedLhs::Stage NestedLhs::make_stage(std::uint64_t root, std::size_t k) const {
  const std::uint64_t size = sizes_[k];
  const std::uint64_t first = k == 0 ? 0 : sizes_[k - 1];
  const std::uint64_t ratio = k == 0 ? 0 : size / first;
  const PermutationShape shape(size - first);
  const int jitter_bits = 50 - static_cast<int>(std::bit_width(size - 1));  // bit_width(n-1) = ceil(log2 n)
  const auto keys_per_dimension = static_cast<std::size_t>(shape.rounds) + 1;
  Stage stage{
      .size = size,
      .first = first,
      .ratio = ratio,
      .shape = shape,
      .by_half = Divider(shape.a, shape.size),
      .by_siblings = Divider(k == 0 ? 1 : ratio - 1, shape.size),
      .by_ratio = Divider(k == 0 ? 1 : ratio, size),
      .jitter_bits = jitter_bits,
      .denominator = static_cast<double>(size << (jitter_bits + 1)),
      .jitter_keys = std::vector<std::uint64_t>(dimensions_),
      .round_keys = std::vector<std::uint64_t>(keys_per_dimension * dimensions_),
  };
  for (std::size_t j = 0; j < dimensions_; ++j) {
    const std::uint64_t key = hash(hash(root, j), k);
    const std::uint64_t permutation_key = hash(key, permutation_stream);
    stage.jitter_keys[j] = hash(key, jitter_stream);
    for (std::size_t t = 0; t < keys_per_dimension; ++t)
      stage.round_keys[t * dimensions_ + j] = hash(permutation_key, t);
  }
  return stage;
}

std::size_t NestedLhs::stage_of(std::uint64_t index) const noexcept {
  std::size_t k = 0;
  while (index >= sizes_[k]) ++k;
  return k;
}

Position NestedLhs::born(const Stage& stage, std::size_t dimension, std::uint64_t cell) const noexcept {
  return born_in(cell, stage.jitter_keys[dimension], stage.jitter_bits, stage.denominator);
}

/// Position of the one point that cell `cell` of level `level` holds once that stage is complete. It depends
/// on the cell only: the oldest ancestor cell whose point happens to lie in this one, or else a point born
/// here.
Position NestedLhs::occupant(std::size_t level, std::size_t dimension,
                             std::uint64_t cell_here) const noexcept {
  const Stage& stage = stages_[level];
  if (level > 0) {
    const Position older = occupant(level - 1, dimension, cell_here / stage.ratio);
    if (cell(older, stage.size) == cell_here) return older;
  }
  return born(stage, dimension, cell_here);
}

std::uint64_t NestedLhs::permuted(const Stage& stage, std::size_t dimension, std::uint64_t j) const noexcept {
  return feistel_forward(stage.shape, KeyColumn{&stage.round_keys[dimension], dimensions_}, j);
}

std::uint64_t NestedLhs::unpermuted(const Stage& stage, std::size_t dimension,
                                    std::uint64_t m) const noexcept {
  return feistel_backward(stage.shape, KeyColumn{&stage.round_keys[dimension], dimensions_}, m);
}

Position NestedLhs::position(std::uint64_t index, std::size_t dimension) const noexcept {
  const std::size_t k = stage_of(index);
  const Stage& stage = stages_[k];
  const std::uint64_t m = permuted(stage, dimension, index - stage.first);
  if (k == 0) return born(stage, dimension, m);
  const std::uint64_t parent = m / (stage.ratio - 1);
  const std::uint64_t first_child = parent * stage.ratio;
  std::uint64_t child = m % (stage.ratio - 1);
  const std::uint64_t taken = cell(occupant(k - 1, dimension, parent), stage.size) - first_child;
  if (child >= taken) ++child;
  return born(stage, dimension, first_child + child);
}

std::uint64_t NestedLhs::index_of(std::size_t stage_number, std::size_t dimension,
                                  std::uint64_t cell_here) const noexcept {
  const Stage& stage = stages_[stage_number];
  if (stage_number == 0) return unpermuted(stage, dimension, cell_here);
  const std::uint64_t parent = cell_here / stage.ratio;
  const std::uint64_t taken = cell(occupant(stage_number - 1, dimension, parent), stage.size);
  if (taken == cell_here) return index_of(stage_number - 1, dimension, parent);
  const std::uint64_t child = cell_here - parent * stage.ratio - (cell_here > taken ? 1 : 0);
  return stage.first + unpermuted(stage, dimension, parent * (stage.ratio - 1) + child);
}

}  // namespace tranche::design
