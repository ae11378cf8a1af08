#include "kernels.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <vector>

namespace tranche::surrogate {
namespace {

/// Largest absolute error of the plain kernels over [-20,20]; the others give the same bits
/// (evaluator_test.cpp).
template <class Exact>
double largest_error(Function function, Exact exact) {
  constexpr std::size_t count = 400'000;
  std::vector<float> values(count);
  for (std::size_t k = 0; k < count; ++k) values[k] = -20 + 1e-4F * static_cast<float>(k);
  const auto x = values;
  const std::vector<float> alpha(count, 1.3F);
  const std::vector<float> beta(count, 0.2F);
  kernels_plain::kernels.activate(
      {function, values.data(), count, 1, count, nullptr, 0, alpha.data(), beta.data()});
  double worst = 0;
  for (std::size_t k = 0; k < count; ++k)
    worst = std::max(worst, std::abs(static_cast<double>(values[k]) - exact(static_cast<double>(x[k]))));
  return worst;
}

}  // namespace

TEST_CASE("Activations are as exact as kernels.hpp says") {
  const double tanh = largest_error(Function::tanh, [](double x) { return std::tanh(x); });
  const double atan = largest_error(Function::atan, [](double x) { return std::atan(x); });
  const double gelu =
      largest_error(Function::gelu, [](double x) { return 0.5 * x * (1 + std::erf(x / std::sqrt(2.0))); });
  const double silu = largest_error(Function::silu, [](double x) { return x / (1 + std::exp(-x)); });
  const double gate = largest_error(Function::gate, [](double x) {
    const double alpha = 1.3F;
    const double beta = 0.2F;
    return (beta + (1 - beta) / (1 + std::exp(-alpha * x))) * x;
  });
  CAPTURE(tanh, atan, gelu, silu, gate);
  CHECK(tanh < 2e-7);
  CHECK(atan < 2e-7);
  CHECK(gelu < 1.2e-6);
  CHECK(silu < 1.5e-6);
  CHECK(gate < 1.5e-6);
}

TEST_CASE("Far out every activation takes its limit") {
  const auto at = [](Function function, float x) {
    std::vector<float> values(kernels_plain::kernels.block, x);
    const std::vector<float> ones(kernels_plain::kernels.block, 1.0F);
    const std::vector<float> zeros(kernels_plain::kernels.block, 0.0F);
    kernels_plain::kernels.activate(
        {function, values.data(), values.size(), 1, values.size(), nullptr, 0, ones.data(), zeros.data()});
    return values.front();
  };
  for (const float x : {90.0F, 1e4F, 1e30F}) {
    REQUIRE(at(Function::tanh, x) == 1);
    REQUIRE(at(Function::tanh, -x) == -1);
    REQUIRE(at(Function::gelu, x) == x);
    REQUIRE(at(Function::gelu, -x) == 0);
    REQUIRE(at(Function::silu, x) == x);
    REQUIRE(std::abs(at(Function::silu, -x)) <= x * 1e-36F);
    REQUIRE(at(Function::atan, x) == Approx(std::atan(x)));
  }
}

}  // namespace tranche::surrogate
