#include "box.hpp"

#include <array>
#include <cmath>
#include <numeric>
#include <random>
#include <utility>

namespace ssc {
namespace {

struct Range {
  double Parameters::*member;
  double from;  ///< value, or log10 of it
  double to;
  bool logarithmic;
};

constexpr std::array<Range, 7> ranges{{{&Parameters::delta, 3, 50, false},
                                       {&Parameters::R, 15, 18, true},
                                       {&Parameters::B, -3, 2, true},
                                       {&Parameters::p, 1.8, 5, false},
                                       {&Parameters::gamma_min, 1.5, 5, true},
                                       {&Parameters::gamma_max, 2, 8, true},
                                       {&Parameters::L_e, 42, 48, true}}};

/// In [0, 1), from the engine's upper 53 bits: the same on every platform.
double uniform(std::mt19937_64& engine) {
  return static_cast<double>(engine() >> 11) * 0x1p-53;
}

std::vector<std::size_t> permutation(std::size_t count, std::mt19937_64& engine) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  for (std::size_t i = count; i > 1; --i)
    std::swap(order[i - 1], order[static_cast<std::size_t>(uniform(engine) * static_cast<double>(i))]);
  return order;
}

}  // namespace

std::vector<Parameters> sample_box(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  std::vector<Parameters> all(count);
  for (Range const& range : ranges) {
    auto const order = permutation(count, engine);
    for (std::size_t i = 0; i < count; ++i) {
      double const u = (static_cast<double>(order[i]) + uniform(engine)) / static_cast<double>(count);
      double const value = range.from + u * (range.to - range.from);
      all[i].*range.member = range.logarithmic ? std::pow(10.0, value) : value;
    }
  }
  std::erase_if(all, [](Parameters const& p) { return p.gamma_max < 2.0 * p.gamma_min; });
  return all;
}

}  // namespace ssc
