/// \file
/// The face of this module: a set of points, index -> parameter values, for every method.
/// Layer: design (pure). Only indices ever travel or are stored; this is the only way to a value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "tranche/design/domain.hpp"
#include "tranche/design/keyed_permutation.hpp"
#include "tranche/design/nested_lhs.hpp"
#include "tranche/design/sobol.hpp"

namespace tranche::design {

/// In which order the rows of a list or the nodes of a grid are visited.
enum class Order {
  permuted,  ///< pseudo-random, by the seed: every prefix is a random subset
  file,      ///< as given; a grid's last parameter runs fastest
};

/// Value type; const members may be called from any number of threads.
///
/// Invariants: at least one point and one dimension; at most 2^40 points; the same arguments give the same
/// points everywhere (log ranges: to an ulp).
class Design {
 public:
  enum class Method { nested_lhs, random, grid, list, sobol };

  struct NestedLhsOptions {
    std::uint64_t seed = 0;
    std::vector<std::uint64_t> stage_sizes{};  ///< cumulative, see NestedLhs
    std::uint64_t points = 0;                  ///< to dispatch, <= last size; 0 = all (StageSizes::points)
  };
  struct GridOptions {
    std::uint64_t seed = 0;
    std::vector<std::uint64_t> counts{};  ///< per parameter; 0 = every value of a discrete domain
    Order order = Order::permuted;
  };
  struct ListOptions {
    std::uint64_t seed = 0;
    std::size_t dimensions = 0;
    std::vector<double> rows{};  ///< [points][dimensions], row after row
    Order order = Order::permuted;
  };

  /// Each throws std::invalid_argument, in words, for arguments that make no design.
  static Design nested_lhs(std::vector<Domain> domains, NestedLhsOptions options);
  /// Independent points; coordinate (i, j) is one hash of (seed, j, i).
  static Design random(std::vector<Domain> domains, std::uint64_t seed, std::uint64_t points);
  /// Scrambled Sobol' sequence: the first `points` of it.
  static Design sobol(std::vector<Domain> domains, std::uint64_t seed, std::uint64_t points);
  /// Cartesian product.
  static Design grid(std::vector<Domain> domains, GridOptions options);
  /// Given rows, as they are.
  static Design list(ListOptions options);

  Method method() const noexcept;
  std::uint64_t seed() const noexcept { return seed_; }
  std::uint64_t size() const noexcept { return size_; }
  std::size_t dimensions() const noexcept { return dimensions_; }

  /// One per parameter; empty for a list.
  std::span<const Domain> domains() const noexcept { return domains_; }

  /// Parameter values of one point, in declared order. No allocation; about 0.3 us for 7 dimensions.
  /// \throws std::out_of_range if index >= size(); std::invalid_argument if out.size() != dimensions()
  void values(std::uint64_t index, std::span<double> out) const;

  /// Points begin..end-1, row after row; bit for bit what values() gives.
  /// \throws std::out_of_range, std::invalid_argument as values(), for out.size() != (end-begin) *
  /// dimensions()
  void values_range(std::uint64_t begin, std::uint64_t end, std::span<double> out) const;

  /// The plan behind a nested Latin hypercube (strata, index_of); nullptr for other methods.
  const NestedLhs* plan() const noexcept;

  /// Seed for the simulator's own random numbers in this sample: hash of the index under a key of its own,
  /// unrelated to the sample's position. All attempts at a sample get the same one.
  std::uint64_t seed_of(std::uint64_t index) const noexcept;

 private:
  struct Random {
    std::vector<std::uint64_t> keys;  ///< [dimension]
  };
  struct Grid {
    std::vector<std::uint64_t> counts;
    KeyedPermutation visit;
    Order order;
  };
  struct List {
    std::vector<double> rows;
    KeyedPermutation visit;
    Order order;
  };
  using Source = std::variant<NestedLhs, Random, Grid, List, Sobol>;

  Design(std::uint64_t seed, std::uint64_t size, std::size_t dimensions, std::vector<Domain> domains,
         Source source);
  void fill(const NestedLhs& source, std::uint64_t index, double* out) const noexcept;
  void fill(const Random& source, std::uint64_t index, double* out) const noexcept;
  void fill(const Grid& source, std::uint64_t index, double* out) const noexcept;
  void fill(const List& source, std::uint64_t index, double* out) const noexcept;
  void fill(const Sobol& source, std::uint64_t index, double* out) const noexcept;
  template <class Sequence>
  void fill_in_parts(const Sequence& source, std::uint64_t index, double* out) const noexcept;

  std::uint64_t seed_;
  std::uint64_t size_;
  std::size_t dimensions_;
  std::vector<Domain> domains_;
  Source source_;
};

/// "nested-lhs", "random", "grid", "list", "sobol": as written in campaign.yaml.
std::string_view name(Design::Method method) noexcept;

}  // namespace tranche::design
