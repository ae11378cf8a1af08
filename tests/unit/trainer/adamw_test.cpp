#include "adamw.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

using namespace tranche::trainer;

namespace {

/// As the paper has it (algorithm 2), in double, one number at a time.
struct Plain {
  double weight = 0;
  double mean = 0;
  double square = 0;

  void step(const AdamwOptions& how, double rate, double gradient, double number) {
    mean = how.beta1 * mean + (1 - how.beta1) * gradient;
    square = how.beta2 * square + (1 - how.beta2) * gradient * gradient;
    const double m = mean / (1 - std::pow(how.beta1, number));
    const double v = square / (1 - std::pow(how.beta2, number));
    weight -= rate * how.weight_decay * weight;
    weight -= rate * m / (std::sqrt(v) + how.epsilon);
  }
};

}  // namespace

TEST_CASE("steps of AdamW are those of its definition, for any number of weights") {
  const AdamwOptions how{0.1};
  for (const std::size_t count : {1u, 31u, 64u, 1001u}) {
    std::vector<float> weights(count), gradient(count), mean(count), square(count);
    std::vector<Plain> plain(count);
    for (std::size_t k = 0; k < count; ++k) plain[k].weight = weights[k] = std::sin(static_cast<float>(k));
    for (int step = 1; step <= 20; ++step) {
      for (std::size_t k = 0; k < count; ++k) {
        gradient[k] = std::cos(static_cast<float>(k * 7 + static_cast<std::size_t>(step)));
        plain[k].step(how, 0.01, 0.5 * static_cast<double>(gradient[k]), step);
      }
      adamw_step(how, 0.01, 0.5, static_cast<std::uint64_t>(step), weights, gradient, mean, square);
    }
    for (std::size_t k = 0; k < count; ++k)
      CHECK(static_cast<double>(weights[k]) == Approx(plain[k].weight).margin(2e-6));
  }
}

TEST_CASE("the norm is that of all numbers, also of those that fill no vector") {
  for (const std::size_t count : {0u, 1u, 32u, 33u, 100u}) {
    std::vector<float> values(count);
    std::iota(values.begin(), values.end(), 1.0F);
    const auto n = static_cast<double>(count);
    CHECK(squared_norm(values) == Approx(n * (n + 1) * (2 * n + 1) / 6));
  }
}
