/// \file
/// How evenly designs fill the unit cube: centred discrepancy and smallest distance, plain Latin hypercube
/// beside Sobol'.
///
///     bench_spread [DIMENSIONS=7] [SEEDS=20]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <vector>

#include "tranche/design/design.hpp"

namespace {

using tranche::design::Design;
using tranche::design::Domain;

using Make = Design (*)(std::vector<Domain>, std::uint64_t seed);

struct Points {
  std::size_t n = 0;
  std::size_t d = 0;
  std::vector<double> x;  ///< [n][d] in ]0,1[
  double at(std::size_t i, std::size_t j) const { return x[i * d + j]; }
};

Points points_of(const Design& design, std::size_t n) {
  Points points{n, design.dimensions(), std::vector<double>(n * design.dimensions())};
  design.values_range(0, n, points.x);
  return points;
}

/// Squared centred L2 discrepancy (Hickernell 1998).
double centred_discrepancy(const Points& p) {
  double one = 0;
  double two = 0;
  for (std::size_t i = 0; i < p.n; ++i) {
    double product = 1;
    for (std::size_t j = 0; j < p.d; ++j) {
      const double a = std::abs(p.at(i, j) - 0.5);
      product *= 1 + 0.5 * a - 0.5 * a * a;
    }
    one += product;
    for (std::size_t k = 0; k < p.n; ++k) {
      double pair = 1;
      for (std::size_t j = 0; j < p.d; ++j)
        pair *= 1 + 0.5 * std::abs(p.at(i, j) - 0.5) + 0.5 * std::abs(p.at(k, j) - 0.5) -
                0.5 * std::abs(p.at(i, j) - p.at(k, j));
      two += pair;
    }
  }
  const auto n = static_cast<double>(p.n);
  return std::pow(13.0 / 12, static_cast<double>(p.d)) - 2 * one / n + two / (n * n);
}

double smallest_distance(const Points& p) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < p.n; ++i)
    for (std::size_t k = 0; k < i; ++k) {
      double squared = 0;
      for (std::size_t j = 0; j < p.d; ++j) squared += std::pow(p.at(i, j) - p.at(k, j), 2);
      least = std::min(least, squared);
    }
  return std::sqrt(least);
}

void report(const char* name, std::size_t n, std::size_t d, int seeds, Make make) {
  double discrepancy = 0;
  double distance = 0;
  for (int seed = 1; seed <= seeds; ++seed) {
    const auto points =
        points_of(make(std::vector<Domain>(d, Domain::linear(0, 1)), static_cast<std::uint64_t>(seed)), n);
    discrepancy += centred_discrepancy(points) / seeds;
    distance += smallest_distance(points) / seeds;
  }
  std::printf("%-10s  %5zu  %12.6f  %12.4f\n", name, n, discrepancy, distance);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t d = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 7;
  const int seeds = argc > 2 ? std::atoi(argv[2]) : 20;
  std::printf("%zu dimensions, mean of %d seeds\n%-10s  %5s  %12s  %12s\n", d, seeds, "method", "n",
              "CD2 squared", "min distance");
  const Make latin_200 = [](std::vector<Domain> domains, std::uint64_t seed) {
    return Design::nested_lhs(std::move(domains), {seed, {200, 2000}, 0});
  };
  const Make latin_256 = [](std::vector<Domain> domains, std::uint64_t seed) {
    return Design::nested_lhs(std::move(domains), {seed, {256, 2048}, 0});
  };
  const Make random = [](std::vector<Domain> domains, std::uint64_t seed) {
    return Design::random(std::move(domains), seed, 2048);
  };
  const Make sobol = [](std::vector<Domain> domains, std::uint64_t seed) {
    return Design::sobol(std::move(domains), seed, 2048);
  };
  for (const std::size_t n : {200, 256, 2000, 2048}) {
    report("random", n, d, seeds, random);
    report("nested-lhs", n, d, seeds, n % 200 == 0 ? latin_200 : latin_256);
    report("sobol", n, d, seeds, sobol);
  }
}
