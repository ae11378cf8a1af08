/// \file
/// One face for all methods. Layer: design (pure).
#include "tranche/design/design.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

#include "tranche/design/hash.hpp"
#include "tranche/design/stage_sizes.hpp"

namespace tranche::design {

namespace {

/// Stream of an independent coordinate, beside the stages 0..7 of the nested plan.
constexpr std::uint64_t independent_stream = std::uint64_t{1} << 32;

/// Coordinates looked up at a time, so that no vector of positions is ever allocated.
constexpr std::size_t small = 64;

void need_domains(const std::vector<Domain>& domains) {
  if (domains.empty()) throw std::invalid_argument("a design needs at least one parameter");
}

std::uint64_t checked_points(std::uint64_t points) {
  if (points < 1 || points > max_points)
    throw std::invalid_argument("a design needs between 1 and 2^40 points");
  return points;
}

/// Fills in "all values" and checks each against its domain.
std::vector<std::uint64_t> grid_counts(const std::vector<Domain>& domains,
                                       std::vector<std::uint64_t> counts) {
  if (counts.size() != domains.size())
    throw std::invalid_argument("a grid needs a number of points for each of its " +
                                std::to_string(domains.size()) + " parameters");
  for (std::size_t j = 0; j < counts.size(); ++j) {
    const auto all = domains[j].cardinality();
    const std::string who = "parameter " + std::to_string(j + 1) + " of the grid ";
    if (counts[j] == 0 && !all)
      throw std::invalid_argument(who + "is continuous and needs a number of points");
    if (all && counts[j] > *all)
      throw std::invalid_argument(who + "has " + std::to_string(*all) +
                                  " values, fewer than the points asked for");
    if (counts[j] == 0) counts[j] = *all;
  }
  return counts;
}

std::uint64_t grid_size(const std::vector<std::uint64_t>& counts) {
  std::uint64_t size = 1;
  for (const std::uint64_t n : counts) {
    if (n > max_points / size) throw std::invalid_argument("a grid may have at most 2^40 points");
    size *= n;
  }
  return size;
}

KeyedPermutation visit_order(std::uint64_t seed, std::uint64_t size) {
  return KeyedPermutation(size, stream_key(seed, Stream::visit_order));
}

}  // namespace

Design::Design(std::uint64_t seed, std::uint64_t size, std::size_t dimensions, std::vector<Domain> domains,
               Source source)
    : seed_(seed),
      size_(size),
      dimensions_(dimensions),
      domains_(std::move(domains)),
      source_(std::move(source)) {}

Design Design::nested_lhs(std::vector<Domain> domains, NestedLhsOptions options) {
  need_domains(domains);
  NestedLhs plan(options.seed, std::move(options.stage_sizes), domains.size());
  const std::uint64_t size = options.points == 0 ? plan.size() : options.points;
  if (size > plan.size())
    throw std::invalid_argument("cannot run " + std::to_string(size) + " points of a design of " +
                                std::to_string(plan.size()));
  const std::size_t d = domains.size();
  return Design(options.seed, size, d, std::move(domains), std::move(plan));
}

Design Design::random(std::vector<Domain> domains, std::uint64_t seed, std::uint64_t points) {
  need_domains(domains);
  Random source;
  for (std::size_t j = 0; j < domains.size(); ++j)
    source.keys.push_back(hash(hash(root_key(seed), j), independent_stream));
  const std::size_t d = domains.size();
  return Design(seed, checked_points(points), d, std::move(domains), std::move(source));
}

Design Design::sobol(std::vector<Domain> domains, std::uint64_t seed, std::uint64_t points) {
  need_domains(domains);
  Sobol source(seed, domains.size());
  const std::size_t d = domains.size();
  return Design(seed, checked_points(points), d, std::move(domains), std::move(source));
}

Design Design::grid(std::vector<Domain> domains, GridOptions options) {
  need_domains(domains);
  auto counts = grid_counts(domains, std::move(options.counts));
  const std::uint64_t size = grid_size(counts);
  const std::size_t d = domains.size();
  Grid source{std::move(counts), visit_order(options.seed, size), options.order};
  return Design(options.seed, size, d, std::move(domains), std::move(source));
}

Design Design::list(ListOptions options) {
  if (options.dimensions == 0) throw std::invalid_argument("a list needs at least one column");
  if (options.rows.empty() || options.rows.size() % options.dimensions != 0)
    throw std::invalid_argument("a list needs whole rows of " + std::to_string(options.dimensions) +
                                " values");
  const std::uint64_t size = checked_points(options.rows.size() / options.dimensions);
  List source{std::move(options.rows), visit_order(options.seed, size), options.order};
  return Design(options.seed, size, options.dimensions, {}, std::move(source));
}

Design::Method Design::method() const noexcept {
  return static_cast<Method>(source_.index());
}

const NestedLhs* Design::plan() const noexcept {
  return std::get_if<NestedLhs>(&source_);
}

std::uint64_t Design::seed_of(std::uint64_t index) const noexcept {
  return hash(stream_key(seed_, Stream::sample_seed), index);
}

void Design::values(std::uint64_t index, std::span<double> out) const {
  if (index >= size_) throw std::out_of_range("the design has no point " + std::to_string(index));
  values_range(index, index + 1, out);
}

void Design::values_range(std::uint64_t begin, std::uint64_t end, std::span<double> out) const {
  if (begin > end || end > size_)
    throw std::out_of_range("the design has no points " + std::to_string(begin) + " to " +
                            std::to_string(end));
  if (out.size() != (end - begin) * dimensions_)
    throw std::invalid_argument("no room for exactly " + std::to_string(end - begin) + " points");
  std::visit(
      [&](const auto& source) {
        double* row = out.data();
        for (std::uint64_t i = begin; i < end; ++i, row += dimensions_) fill(source, i, row);
      },
      source_);
}

template <class Sequence>
void Design::fill_in_parts(const Sequence& source, std::uint64_t index, double* out) const noexcept {
  std::array<Position, small> here;
  for (std::size_t first = 0; first < dimensions_; first += small) {
    const std::size_t n = std::min(small, dimensions_ - first);
    source.positions(index, {here.data(), n}, first);
    for (std::size_t j = 0; j < n; ++j) out[first + j] = domains_[first + j].value(here[j]);
  }
}

void Design::fill(const NestedLhs& source, std::uint64_t index, double* out) const noexcept {
  fill_in_parts(source, index, out);
}

void Design::fill(const Sobol& source, std::uint64_t index, double* out) const noexcept {
  fill_in_parts(source, index, out);
}

void Design::fill(const Random& source, std::uint64_t index, double* out) const noexcept {
  for (std::size_t j = 0; j < dimensions_; ++j)
    out[j] = domains_[j].value(hash(source.keys[j], index) >> (64 - position_bits));
}

void Design::fill(const Grid& source, std::uint64_t index, double* out) const noexcept {
  std::uint64_t node = source.order == Order::permuted ? source.visit(index) : index;
  for (std::size_t j = dimensions_; j-- > 0;) {
    const std::uint64_t n = source.counts[j];
    out[j] = domains_[j].grid_value(node % n, n);
    node /= n;
  }
}

void Design::fill(const List& source, std::uint64_t index, double* out) const noexcept {
  const std::uint64_t row = source.order == Order::permuted ? source.visit(index) : index;
  std::copy_n(source.rows.begin() + static_cast<std::ptrdiff_t>(row * dimensions_), dimensions_, out);
}

std::string_view name(Design::Method method) noexcept {
  constexpr std::array<std::string_view, 5> names{"nested-lhs", "random", "grid", "list", "sobol"};
  return names[static_cast<std::size_t>(method)];
}

}  // namespace tranche::design
